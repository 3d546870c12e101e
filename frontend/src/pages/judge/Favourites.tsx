import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { FiguresTable, type Line, Why } from './figures';
import { Section } from './Section';

/** Whom does it favour? Win rates with the judge less those with people on the same items. */
export function Favourites({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { model_bias: models, self_preference: families } = report.biases;
  const known = new Map(report.ranks.map((row) => [row.model, row]));
  const modelLines: Line[] = models.models.map(({ model, bias }) => {
    const row = known.get(model);
    return { name: model, label: row?.name ?? model, ...(row?.own_family && { hint: t('judge.own') }), kind: 'share', figures: [bias] };
  });
  const familyLines: Line[] = families.families.map(({ family, own, bias }) => ({ name: family, label: family, ...(own && { hint: t('judge.own') }), kind: 'share', figures: [bias] }));
  const heads = (first: string) => [first, t('judge.favourites.bias')];
  return (
    <Section id="favourites" title={t('judge.favourites.title')} lead={t('judge.favourites.lead')}>
      <div className="pair">
        {models.models.length > 0
          ? <FiguresTable caption={t('judge.favourites.models')} level={models.mean.level} heads={heads(t('board.columns.model'))} lines={modelLines} />
          : <p><Why text={models.mean.undefined} /></p>}
        {families.undefined === null
          ? <FiguresTable caption={t('judge.favourites.families')} level={models.mean.level} heads={heads(t('judge.favourites.family'))} lines={familyLines} />
          : <p><Why text={families.undefined} /></p>}
      </div>
    </Section>
  );
}
