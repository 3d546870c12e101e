import { useTranslation } from 'react-i18next';
import { CopyButton } from './CopyButton';

/** A key, the only time that it is shown. `lead` says so. */
export function NewKey({ lead, value }: { lead: string; value: string | null | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <div role="status">{value && <p className="notice notice-warn new-key">{lead} <code>{value}</code></p>}</div>
      {value && <p className="actions"><CopyButton text={value} label={t('session.key')} /></p>}
    </>
  );
}
