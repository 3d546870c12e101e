import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch } from 'wouter';
import { withMessages } from './i18n';
import { Loading } from './ui/Status';
import { usePage } from './ui/usePage';

const ArenasPage = lazy(() => import('./pages/arenas/ArenasPage'));
const VotePage = lazy(() => withMessages('vote', import('./pages/vote/VotePage')));
const MePage = lazy(() => withMessages('me', import('./pages/me/MePage')));
const LeaderboardPage = lazy(() => import('./pages/leaderboard/LeaderboardPage'));
const JudgesPage = lazy(() => withMessages('judge', import('./pages/judge/JudgesPage')));
const JudgePage = lazy(() => withMessages('judge', import('./pages/judge/JudgePage')));
const JudgeBattlePage = lazy(() => withMessages('judge', import('./pages/judge/BattlePage')));
const AdminPage = lazy(() => withMessages('admin', import('./pages/admin/AdminPage')));
const RegisteredPage = lazy(() => withMessages('admin', import('./pages/admin/JudgesPage')));
const SettingsPage = lazy(() => withMessages('admin', import('./pages/admin/SettingsPage')));
const RatersPage = lazy(() => withMessages('admin', import('./pages/admin/RatersPage')));
const KeysPage = lazy(() => withMessages('admin', import('./pages/admin/KeysPage')));
const AuditPage = lazy(() => withMessages('admin', import('./pages/admin/AuditPage')));
const DimensionsPage = lazy(() => withMessages('admin', import('./pages/admin/DimensionsPage')));
const VotesPage = lazy(() => withMessages('admin', import('./pages/admin/VotesPage')));
const OwnerPage = lazy(() => withMessages('owner', import('./pages/owner/OwnerPage')));
const OwnModelPage = lazy(() => withMessages('vote', withMessages('owner', import('./pages/owner/ModelPage'))));
const NewArenaPage = lazy(() => withMessages('admin', withMessages('setup', import('./pages/admin/NewArenaPage'))));
const PromptsPage = lazy(() => withMessages('admin', withMessages('setup', import('./pages/admin/PromptsPage'))));
const ModelsPage = lazy(() => withMessages('admin', withMessages('setup', import('./pages/admin/ModelsPage'))));
const EmbedPage = lazy(() => import('./pages/embed/EmbedPage'));
const StartPage = lazy(() => withMessages('setup', import('./pages/setup/StartPage')));
const RunsPage = lazy(() => withMessages('admin', import('./pages/runs/RunsPage')));
const RunPage = lazy(() => withMessages('admin', import('./pages/runs/RunPage')));

export function Routes() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/"><ArenasPage /></Route>
        <Route path="/me"><MePage /></Route>
        <Route path="/arenas/:arena/vote">{({ arena }) => <VotePage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/leaderboard">{({ arena }) => <LeaderboardPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/judges">{({ arena }) => <JudgesPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/judges/:judge">{({ arena, judge }) => <JudgePage key={`${arena} ${judge}`} arena={arena} judge={judge} />}</Route>
        <Route path="/arenas/:arena/judges/:judge/battles/:battle">{({ arena, judge, battle }) => <JudgeBattlePage key={battle} arena={arena} judge={judge} battle={battle} />}</Route>
        <Route path="/owner"><OwnerPage /></Route>
        <Route path="/arenas/:arena/owner/:model">{({ arena, model }) => <OwnModelPage key={`${arena} ${model}`} arena={arena} model={model} />}</Route>
        <Route path="/embed/:arena">{({ arena }) => <EmbedPage key={arena} arena={arena} />}</Route>
        <Route path="/start"><StartPage /></Route>
        <Route path="/admin/arenas/new"><NewArenaPage /></Route>
        <Route path="/arenas/:arena/admin/prompts">{({ arena }) => <PromptsPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/models">{({ arena }) => <ModelsPage key={arena} arena={arena} />}</Route>
        <Route path="/admin"><AdminPage /></Route>
        <Route path="/admin/keys"><KeysPage /></Route>
        <Route path="/admin/audit"><AuditPage /></Route>
        <Route path="/arenas/:arena/admin/dimensions">{({ arena }) => <DimensionsPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/judges">{({ arena }) => <RegisteredPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/settings">{({ arena }) => <SettingsPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/raters">{({ arena }) => <RatersPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/votes">{({ arena }) => <VotesPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/runs">{({ arena }) => <RunsPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/runs/:run">{({ arena, run }) => <RunPage key={run} arena={arena} run={run} />}</Route>
        <Route><NotFound /></Route>
      </Switch>
    </Suspense>
  );
}

function NotFound() {
  const { t } = useTranslation();
  const heading = usePage(t('site.notFound.title'));
  return (
    <main id="content">
      <h1 ref={heading} tabIndex={-1}>{t('site.notFound.title')}</h1>
      <p>{t('site.notFound.text')}</p>
      <p><Link href="/">{t('site.notFound.home')}</Link></p>
    </main>
  );
}
