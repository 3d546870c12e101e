import { useTranslation } from 'react-i18next';

/** Votes that no person cast, or that are mixed, are marked before anything is read. */
export function Markers({ voters }: { voters: string }) {
  const { t } = useTranslation();
  if (voters === 'simulated') {
    return <p className="notice notice-warn simulated"><strong className="badge">{t('board.simulated')}</strong> {t('board.simulatedText')}</p>;
  }
  return voters === 'combined' ? <p className="notice notice-warn">{t('board.combinedText')}</p> : null;
}
