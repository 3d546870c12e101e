import { lazy, type ReactNode, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { withMessages } from '../../i18n';
import { Loading } from '../../ui/Status';

const OwnerPage = lazy(() => import('./OwnerPage'));
const KeysPage = lazy(() => withMessages('keys', import('./KeysPage')));
const ModelPage = lazy(() => withMessages('vote', withMessages('setup', import('./ModelPage'))));

/** Everything that owners of models open, with its messages; `none` is shown where there is no such page. */
export default function OwnerRoutes({ none }: { none: ReactNode }) {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path="/owner"><OwnerPage /></Route>
        <Route path="/owner/keys"><KeysPage /></Route>
        <Route path="/arenas/:arena/owner/:model">{({ arena, model }) => <ModelPage key={`${arena} ${model}`} arena={arena} model={model} />}</Route>
        <Route>{none}</Route>
      </Switch>
    </Suspense>
  );
}
