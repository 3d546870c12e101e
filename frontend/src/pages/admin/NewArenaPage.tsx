import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ArenaForm } from '../setup/ArenaForm';
import { AdminFrame } from './AdminFrame';

/** Another arena; its settings come next. */
export default function NewArenaPage() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  return <AdminFrame title={t('setup.steps.arena')}><ArenaForm made={(arena) => go(`/arenas/${encodeURIComponent(arena.slug)}/admin/settings`)} /></AdminFrame>;
}
