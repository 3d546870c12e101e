import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

interface Props {
  title: string;
  /** One sentence for who does not see the drawing. */
  summary: string;
  note?: string;
  level?: 2 | 3;
  height: (width: number) => number;
  children: (width: number, height: number) => ReactNode;
}

/** A drawing as wide as its place, in real pixels, so that its text keeps its size on a phone. */
export function Chart({ title, summary, note, level = 2, height, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const heading = useId();
  const Heading = `h${level}` as const;
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    if (typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const drawn = Math.max(width, 240);
  return (
    <figure className="chart" aria-labelledby={heading}>
      <figcaption><Heading id={heading}>{title}</Heading>{note && <p className="quiet">{note}</p>}</figcaption>
      <div ref={box}>
        <svg role="img" direction="ltr" aria-label={summary} width={drawn} height={height(drawn)} viewBox={`0 0 ${drawn} ${height(drawn)}`}>
          {children(drawn, height(drawn))}
        </svg>
      </div>
    </figure>
  );
}
