import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Copies a text, and says so. Only pages that came over HTTPS, or from this machine, may write to the clipboard: nothing elsewhere. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState('');
  if (!globalThis.isSecureContext) return null;
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(text), () => setCopied(''));
  return (
    <>
      <button type="button" aria-label={`${t('site.copy')}: ${label}`} onClick={() => void copy()}>{t('site.copy')}</button>
      <span role="status">{copied === text && t('site.copied')}</span>
    </>
  );
}
