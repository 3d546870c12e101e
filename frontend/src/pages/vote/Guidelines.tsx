import { useTranslation } from 'react-i18next';
import { Markdown } from '../../markdown/Markdown';
import { Dialog } from '../../ui/Dialog';

export function Guidelines({ text, close }: { text: string; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('vote.guidelines')} onClose={close}>
      <div className="guidelines" dir="auto"><Markdown source={text} under={2} /></div>
      <p className="actions"><button type="button" className="primary" onClick={close}>{t('vote.legend.close')}</button></p>
    </Dialog>
  );
}
