import { lazy, type ReactNode, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { withMessages } from '../../i18n';
import { Loading } from '../../ui/Status';

const AdminPage = lazy(() => import('./AdminPage'));
const RegisteredPage = lazy(() => import('./JudgesPage'));
const SettingsPage = lazy(() => import('./SettingsPage'));
const TrustPage = lazy(() => import('./TrustPage'));
const RatersPage = lazy(() => import('./RatersPage'));
const KeysPage = lazy(() => withMessages('keys', import('./KeysPage')));
const AuditPage = lazy(() => import('./AuditPage'));
const DimensionsPage = lazy(() => import('./DimensionsPage'));
const VotesPage = lazy(() => import('./VotesPage'));
const LookedAtPage = lazy(() => import('./LookedAtPage'));
const StartPage = lazy(() => withMessages('vote', withMessages('setup', import('../setup/StartPage'))));
const NewArenaPage = lazy(() => withMessages('setup', import('./NewArenaPage')));
const PromptsPage = lazy(() => withMessages('vote', withMessages('setup', import('./PromptsPage'))));
const ModelsPage = lazy(() => withMessages('vote', withMessages('setup', import('./ModelsPage'))));
const RunsPage = lazy(() => import('../runs/RunsPage'));
const RunPage = lazy(() => import('../runs/RunPage'));

/** Everything that admins open, with its messages; `none` is shown where there is no such page. */
export default function AdminRoutes({ none }: { none: ReactNode }) {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
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
        <Route path="/arenas/:arena/admin/trust">{({ arena }) => <TrustPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/raters">{({ arena }) => <RatersPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/votes">{({ arena }) => <VotesPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/admin/texts">{({ arena }) => <LookedAtPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/runs">{({ arena }) => <RunsPage key={arena} arena={arena} />}</Route>
        <Route path="/arenas/:arena/runs/:run">{({ arena, run }) => <RunPage key={run} arena={arena} run={run} />}</Route>
        <Route>{none}</Route>
      </Switch>
    </Suspense>
  );
}
