import katex from 'katex';
import 'katex/dist/katex.min.css';
import { useLayoutEffect, useRef } from 'react';
import { Scroller } from '../ui/Scroller';

interface Props {
  tex: string;
  display: boolean;
}

/** A formula, built node by node by KaTeX. What it cannot read is shown as it was written. */
export function Maths({ tex, display }: Props) {
  const target = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = target.current;
    if (!element) return;
    try {
      // `trust: false` refuses links, images and classes; the limits keep a hostile formula from eating the page.
      katex.render(tex, element, { displayMode: display, throwOnError: true, trust: false, strict: 'ignore', maxSize: 20, maxExpand: 500 });
    } catch {
      element.textContent = tex;
      element.classList.add('maths-plain');
    }
  }, [tex, display]);
  const formula = <span ref={target} dir="ltr" className="maths" />;
  return display ? <Scroller className="maths-display">{formula}</Scroller> : formula;
}
