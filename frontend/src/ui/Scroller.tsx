import { type ReactNode, useEffect, useRef, useState } from 'react';

interface Props {
  children: ReactNode;
  className?: string;
  label?: string;
}

/** Scrolls sideways inside itself. It takes the focus only while there is something to scroll to. */
export function Scroller({ children, className = '', label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [wide, setWide] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === 'undefined') return;
    const measure = () => setWide(element.scrollWidth > element.clientWidth + 1);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return (
    <div
      ref={box}
      className={`scroller ${className}`}
      tabIndex={wide ? 0 : undefined}
      role={label ? 'region' : 'group'}
      aria-label={label}
    >
      {children}
    </div>
  );
}
