import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Board } from '../../api/types';
import { DASH, figure, number, ratingDigits } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { wordText } from '../../i18n/told';

/** Effects fitted beside the models, and figures that say how far to trust the board. */
export function Found({ board }: { board: Board }) {
  const { t, i18n } = useTranslation();
  const digits = ratingDigits(board) + 1;
  const shown = (value: number | null) => number(value, i18n.language, digits);
  const figures = Object.entries(board.figures);
  if (board.coefficients.length + figures.length === 0) return null;
  return (
    <section aria-labelledby="found-title">
      <h2 id="found-title">{t('board.found')}</h2>
      {board.coefficients.length > 0 && (
        <Scroller label={t('board.foundText')} className="board-table">
          <table>
            <caption>{t('board.foundText')}</caption>
            <thead>
              <tr>{(['name', 'value', 'interval'] as const).map((name) => <th key={name} scope="col">{t(`board.foundColumns.${name}`)}</th>)}</tr>
            </thead>
            <tbody>
              {board.coefficients.map((each) => (
                <tr key={each.name}>
                  <th scope="row">{wordText(each.name, t)}</th>
                  <td className="number">{shown(each.value)}</td>
                  <td className="number">{each.lower === null || each.upper === null ? DASH : t('board.limits', { low: shown(each.lower), high: shown(each.upper) })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <dl className="facts-list">
        {figures.map(([name, value]) => <Fragment key={name}><dt>{wordText(name, t)}</dt><dd>{value === null ? t('board.none') : figure(value, i18n.language, { maximumFractionDigits: 3 })}</dd></Fragment>)}
      </dl>
    </section>
  );
}
