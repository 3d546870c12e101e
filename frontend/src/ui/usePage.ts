import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

let first = true;

/**
 * Names the page and returns a ref for its `<h1 tabIndex={-1}>`. Coming from another page, the focus goes there, so that
 * a screen reader says where it is; on the first load the browser has said it already.
 */
export function usePage(title: string) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const site = t('site.name');
  useEffect(() => {
    document.title = title === site ? site : `${title} · ${site}`;
  }, [title, site]);
  useEffect(() => {
    if (!first) heading.current?.focus();
    first = false;
  }, []);
  return heading;
}
