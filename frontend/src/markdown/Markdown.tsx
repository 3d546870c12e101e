/**
 * Text from strangers, shown as markdown. Every node is built by React or KaTeX: no string ever becomes markup, raw HTML
 * stays text, and nothing is fetched: an image from elsewhere would tell its owner who is looking.
 */
import { memo, useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import ReactMarkdown, { type Components, type Options, defaultUrlTransform } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';
import { Scroller } from '../ui/Scroller';
import './markdown.css';
import { Maths } from './Maths';
import { normalizeMath } from './mathnorm';
import { rehypeAnswer } from './rehypeAnswer';

interface Props {
  source: string;
  /** The level of the page's heading that this text stands under. */
  under?: number;
}

/** Longer text is shown as it is: parsing it would stall the page, on the same side as the hostile answer. */
const LONGEST = 100_000;
/** Each formula costs about half a millisecond; nobody writes this many. */
const MOST_DOLLARS = 2_000;

const EMBEDDED_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;
const OUTSIDE_LINK = /^(?:https?:\/\/|mailto:)/i;

export const Markdown = memo(function Markdown({ source, under = 2 }: Props) {
  const { t } = useTranslation();
  const prefix = `${useId().replace(/[^\w-]/g, '')}-`;
  const text = useMemo(() => (source.length > LONGEST ? '' : normalizeMath(source)), [source]);
  const dollars = text.split('$').length - 1;
  const remarkRehypeOptions: Options['remarkRehypeOptions'] = {
    clobberPrefix: prefix,
    footnoteLabel: t('markdown.footnotes'),
    footnoteBackLabel: (index) => t('markdown.back', { number: index + 1 }),
  };
  if (source.length > LONGEST) return <div className="markdown markdown-plain">{source}</div>;
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={dollars > MOST_DOLLARS ? [remarkGfm] : [remarkGfm, remarkMath]}
        remarkRehypeOptions={remarkRehypeOptions}
        rehypePlugins={[[rehypeAnswer, { prefix, under }]]}
        urlTransform={(url, key) => (key === 'src' && EMBEDDED_IMAGE.test(url) ? url : defaultUrlTransform(url))}
        components={COMPONENTS}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});

const COMPONENTS: Components = {
  a: ({ href, children, node: _node, ...rest }) => {
    if (href?.startsWith('#')) return <a href={href} {...rest}>{children}</a>;
    if (!href || !OUTSIDE_LINK.test(href)) return <span>{children}</span>;
    return <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
  },
  code: ({ className, children, node: _node }) => {
    const names = className?.split(' ') ?? [];
    if (names.includes('language-math')) return <Maths tex={String(children)} display={names.includes('math-display')} />;
    return <code className={className} dir="ltr">{children}</code>;
  },
  img: ({ src, alt }) => <Image src={src} alt={alt} />,
  input: ({ checked }) => <Tick done={Boolean(checked)} />,
  pre: ({ children, node }) => {
    const code = node?.children[0];
    const names = code?.type === 'element' ? code.properties.className : undefined;
    if (Array.isArray(names) && names.includes('math-display')) return <>{children}</>;
    return <Scroller className="code"><pre>{children}</pre></Scroller>;
  },
  table: ({ children }) => <Scroller><table>{children}</table></Scroller>,
};

function Image({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const { t } = useTranslation();
  if (typeof src === 'string' && EMBEDDED_IMAGE.test(src)) return <img src={src} alt={alt ?? ''} />;
  return <span className="blocked">{alt ? t('markdown.blockedNamed', { alt }) : t('markdown.blocked')}</span>;
}

function Tick({ done }: { done: boolean }) {
  const { t } = useTranslation();
  return <span role="img" aria-label={done ? t('markdown.done') : t('markdown.open')}>{done ? '☑' : '☐'}</span>;
}
