import { type KeyboardEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Scroller } from '../ui/Scroller';

export interface HeatCell {
  /** What stands large, and what small below it. */
  text: string;
  small: string;
  /** From 0 to 1; what is not a share, or has no votes, has no colour. */
  share: number | null;
  label: string;
  href: string;
}

interface Props {
  title: string;
  caption: string;
  corner: string;
  names: { key: string; name: string }[];
  /** None on the diagonal. */
  cell: (row: number, column: number) => HeatCell | null;
}

const STEPS = 4;

/**
 * A table of pairs, coloured around one half. It is one stop of the Tab key: arrows, Home and End walk its cells, Enter
 * follows them.
 */
export function Heatmap({ title, caption, corner, names, cell }: Props) {
  const [[row, column], setAt] = useState<[number, number]>([0, 1]);
  const table = useRef<HTMLTableElement>(null);
  const walk = (event: KeyboardEvent<HTMLTableElement>) => {
    const next = stepped(event.key, [row, column], names.length, event.currentTarget.matches(':dir(rtl)'));
    if (!next) return;
    event.preventDefault();
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-at="${next[0]} ${next[1]}"] a`)?.focus();
  };
  return (
    <Scroller label={title} className="board-table heatmap">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys belong to the links in its cells, which are what has the focus */}
      <table ref={table} onKeyDown={walk}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {names.map(({ key, name }) => <th key={key} scope="col"><bdi>{name}</bdi></th>)}
          </tr>
        </thead>
        <tbody>
          {names.map(({ key, name }, i) => (
            <tr key={key} data-model={key}>
              <th scope="row"><bdi>{name}</bdi></th>
              {names.map((other, j) => {
                const found = cell(i, j);
                if (!found) return <td key={other.key} className="diagonal" />;
                return (
                  <td key={other.key} data-at={`${i} ${j}`} data-heat={heat(found.share)} data-share={found.share ?? ''}>
                    <Link href={found.href} title={found.label} tabIndex={i === row && j === column ? 0 : -1} onFocus={() => setAt([i, j])}>
                      {found.text}
                      <small>{found.small}</small>
                    </Link>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** From −4 to 4, 0 around one half; none without a share. */
export function heat(share: number | null): number | undefined {
  if (share === null) return undefined;
  return Math.max(-STEPS, Math.min(STEPS, Math.round((share - 0.5) * 2 * STEPS * 1.25)));
}

/** Where a key leads from a cell, past the diagonal, which has none. */
export function stepped(key: string, [row, column]: [number, number], size: number, rtl: boolean): [number, number] | null {
  const along = rtl ? -1 : 1;
  const move: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -along], ArrowRight: [0, along] };
  if (key === 'Home') return [row, row === 0 ? 1 : 0];
  if (key === 'End') return [row, row === size - 1 ? size - 2 : size - 1];
  const [down, right] = move[key] ?? [0, 0];
  if (down === 0 && right === 0) return null;
  let next: [number, number] = [row + down, column + right];
  if (next[0] === next[1]) next = [next[0] + down, next[1] + right];
  const inside = next.every((each) => each >= 0 && each < size);
  return inside ? next : [row, column];
}
