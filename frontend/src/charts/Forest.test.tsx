import { render, screen } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { Row } from '../api/types';
import { row } from '../testing';
import { Forest } from './Forest';
import { linear } from './scale';

const ash = row({ model: 'ash', name: 'Ash', rating: 1100, rating_lower: 1050, rating_upper: 1160 });
const elm = row({ model: 'elm', name: 'Elm', rating: 1000, rating_lower: 960, rating_upper: null });
const fir = row({ model: 'fir', name: 'Fir', rating: null });
const oak = row({ model: 'oak', name: 'Oak', rating: 900, rating_lower: null, rating_upper: null, preliminary: true });

const drawn = (...rows: Row[]) => {
  const { container } = render(<Forest title="Ratings" caption="Overall" rows={rows} />);
  return [...container.querySelectorAll<SVGGElement>('.whisker')];
};
const at = (element: Element | null, name: string) => Number(element?.getAttribute(name));

describe('Forest', () => {
  test('keeps the order and the numbers, leaves out what has no rating', () => {
    const whiskers = drawn(elm, fir, ash);
    expect(whiskers.map((each) => ({ ...each.dataset }))).toEqual([
      { model: 'elm', rating: '1000', lower: '960', upper: '' },
      { model: 'ash', rating: '1100', lower: '1050', upper: '1160' },
    ]);
  });

  test('draws to scale', () => {
    const [one, other] = drawn(ash, row({ model: 'b', rating: 900, rating_lower: 800, rating_upper: 1000 }));
    const x = (element: Element | undefined, selector: string, name: string) => at(element?.querySelector(selector) ?? null, name);
    const unit = (x(one, 'circle', 'cx') - x(other, 'circle', 'cx')) / 200;
    expect(unit).toBeGreaterThan(0);
    expect(x(one, 'circle', 'cx') - x(one, '.interval', 'x1')).toBeCloseTo(50 * unit);
    expect(x(one, '.interval', 'x2') - x(one, 'circle', 'cx')).toBeCloseTo(60 * unit);
  });

  test('an open end runs to the edge without a stop; no interval, no line', () => {
    const [open, none] = drawn(elm, oak);
    expect(open?.querySelectorAll('.end')).toHaveLength(1);
    expect(at(open?.querySelector('.interval') ?? null, 'x2')).toBe(240);
    expect(none?.querySelector('.interval, .end')).toBeNull();
    expect(none).toHaveClass('preliminary');
  });

  test('says in a sentence what it shows, and nothing when there is nothing', () => {
    drawn(ash, elm);
    expect(screen.getByRole('img')).toHaveAccessibleName(/^Overall\. .*2 models.*highest is Ash at 1,100/);
    expect(render(<Forest title="Ratings" caption="x" rows={[fir]} />).container).toBeEmptyDOMElement();
  });
});

test('the scale maps ends to ends, and an empty domain to the middle', () => {
  const scale = linear([0, 10], [100, 200]);
  expect([scale(0), scale(5), scale(10)]).toEqual([100, 150, 200]);
  expect(scale.ticks(2)).toEqual([0, 5, 10]);
  expect(linear([3, 3], [0, 10])(3)).toBe(5);
});
