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
/** Pages that few people open have a router of their own. */
const OwnerRoutes = lazy(() => withMessages('owner', import('./pages/owner/routes')));
const AdminRoutes = lazy(() => withMessages('admin', import('./pages/admin/routes')));

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
        <Route path="/owner/*?"><OwnerRoutes none={<NotFound />} /></Route>
        <Route path="/arenas/:arena/owner/*"><OwnerRoutes none={<NotFound />} /></Route>
        <Route path="/embed/:arena">{({ arena }) => <LeaderboardPage key={arena} arena={arena} embedded />}</Route>
        <Route path="/start"><AdminRoutes none={<NotFound />} /></Route>
        <Route path="/admin/*?"><AdminRoutes none={<NotFound />} /></Route>
        <Route path="/arenas/:arena/admin/*"><AdminRoutes none={<NotFound />} /></Route>
        <Route path="/arenas/:arena/runs/*?"><AdminRoutes none={<NotFound />} /></Route>
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
