import { useTranslation } from 'react-i18next';
import type { ReviewedVote, VotesFilter } from '../../api/types';
import { dateTime } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';

type Verdict = NonNullable<VotesFilter['verdict']>;

interface Props {
  rows: ReviewedVote[];
  chosen: ReadonlySet<number>;
  choose: (chosen: ReadonlySet<number>) => void;
}

export function VotesTable({ rows, chosen, choose }: Props) {
  const { t, i18n } = useTranslation();
  const toggle = (id: number) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  const verdictText = (verdict: Verdict) => t(`review.words.${verdict}`);
  const every = rows.every((row) => chosen.has(row.id));
  return (
    <Scroller label={t('admin.parts.votes')} className="board-table">
      <table>
        <caption className="sr-only">{t('admin.parts.votes')}</caption>
        <thead>
          <tr>
            <th scope="col"><label className="check"><input type="checkbox" checked={every} onChange={() => choose(new Set(every ? [] : rows.map((row) => row.id)))} /><span>{t('review.columns.vote')}</span></label></th>
            {(['state', 'verdict', 'dimension', 'a', 'b', 'prompt', 'rater', 'at', 'comment'] as const).map((each) => <th key={each} scope="col">{t(`review.columns.${each}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-vote={row.id}>
              <th scope="row"><label className="check"><input type="checkbox" checked={chosen.has(row.id)} onChange={() => toggle(row.id)} /><span>{row.id}</span></label></th>
              <td>{t(`review.words.${row.state}`)}{row.state_reason && <small><Name of={row.state_reason} /></small>}</td>
              <td>{verdictText(row.verdict as Verdict)}</td>
              <td><Name of={row.dimension} /><small>v{row.dimension_version}</small></td>
              <td><Name of={row.a} /></td>
              <td><Name of={row.b} /></td>
              <td><Name of={row.prompt ?? ''} /></td>
              <td><Name of={row.rater.name} /><small>{row.rater.id}</small></td>
              <td>{dateTime(row.created_at, i18n.language)}</td>
              <td><Name of={row.comment} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
