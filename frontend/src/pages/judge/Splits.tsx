import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { languageName } from '../../lib/format';
import { FiguresTable } from './figures';
import { Section } from './Section';

const KINDS = ['dimension', 'category', 'language', 'turn', 'difficulty', 'judge_correct'] as const;

/** Where does it break down? The same figures for parts of the items, people's own beside them. */
export function Splits({ report, titles }: { report: Report; titles: Map<string, string> }) {
  const { t, i18n } = useTranslation();
  const name = (kind: (typeof KINDS)[number], value: string) => {
    if (kind === 'dimension') return titles.get(value) ?? value;
    if (kind === 'language') return languageName(value, i18n.language);
    if (kind === 'judge_correct') return t(value === 'right' ? 'judge.splits.right' : 'judge.splits.wrong');
    return value;
  };
  const shown = KINDS.filter((kind) => report.splits[kind].length > 0);
  return (
    <Section id="splits" title={t('judge.splits.title')} lead={t('judge.splits.lead')}>
      {shown.length === 0 && <p>{t('judge.splits.none')}</p>}
      {shown.map((kind) => (
        <FiguresTable
          key={kind}
          caption={t(`judge.splits.${kind}`)}
          level={report.splits[kind][0]?.agreement.level ?? null}
          heads={[t('judge.splits.part'), t('judge.measures.agreement'), t('judge.measures.agreement_no_ties'), t('judge.measures.cohen_kappa'), t('judge.splits.ceiling')]}
          lines={report.splits[kind].map((row) => ({
            name: String(row.value),
            label: name(kind, String(row.value)),
            hint: t('judge.splits.items', { items: row.items }),
            kind: ['share', 'share', 'number', 'number'],
            figures: [row.agreement, row.agreement_no_ties, row.cohen_kappa, row.ceiling.cohen_kappa],
          }))}
        />
      ))}
    </Section>
  );
}
