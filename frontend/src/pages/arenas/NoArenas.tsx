import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Scroller } from '../../ui/Scroller';
import { Notice } from '../../ui/Status';

const DEMO = 'arena demo';
const IMPORT = 'arena import votes.csv --format csv --arena my-arena';

/** What a newcomer can do with a server that runs and holds nothing. */
export function NoArenas() {
  const { t } = useTranslation();
  return (
    <Notice title={t('arenas.empty.title')}>
      <p>{t('arenas.empty.text')}</p>
      <ol className="ways">
        <li><p>{t('arenas.empty.demo')}</p><Command text={DEMO} /></li>
        <li><p>{t('arenas.empty.import')}</p><Command text={IMPORT} /></li>
        <li><p>{t('arenas.empty.create')}</p><p className="actions"><Link href="/start" className="button primary">{t('arenas.empty.start')}</Link></p></li>
      </ol>
      <p><a href="/docs">{t('arenas.empty.more')}</a></p>
    </Notice>
  );
}

function Command({ text }: { text: string }) {
  return <Scroller className="code"><pre dir="ltr"><code>{text}</code></pre></Scroller>;
}
