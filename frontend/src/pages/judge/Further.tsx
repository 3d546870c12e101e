import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { list } from '../../lib/format';
import { FiguresTable, type Line, Why } from './figures';

const BOTH = ['share', 'number'] as const;

/** The rest of the report, for who wants to know it exactly. */
export function Further({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <section className="question" id="further" aria-labelledby="further-title">
      <h2 id="further-title">{t('judge.further.title')}</h2>
      <Part name="habits"><Habits report={report} /></Part>
      <Part name="fitness"><Fitness report={report} /></Part>
      <Part name="panel"><Panel report={report} /></Part>
      {report.ceiling.rater_pairs && report.ceiling.rater_pairs.length > 0 && <Part name="pairs"><Pairs report={report} /></Part>}
    </section>
  );
}

function Part({ name, children }: { name: 'habits' | 'fitness' | 'panel' | 'pairs'; children: ReactNode }) {
  const { t } = useTranslation();
  return <details data-part={name}><summary>{t(`judge.further.${name}`)}</summary>{children}</details>;
}

function Habits({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { tie_rate: ties, leniency, spread, model_bias: models } = report.biases;
  const { by_kind: kinds, guessing_p: guessing } = report.plurality;
  const one = (name: string, label: string, figure: Line['figures'][number], kind: Line['kind'] = 'number'): Line => ({ name, label, kind, figures: [figure] });
  return (
    <FiguresTable
      caption={t('judge.further.habits')}
      heads={[t('judge.measure'), t('judge.value')]}
      lines={[
        one('ties', t('judge.further.ties'), ties.judge, 'share'),
        one('ties_people', t('judge.further.tiesPeople'), ties.reference, 'share'),
        one('p_c', t('judge.further.looks'), leniency.p_c),
        one('p_plus', t('judge.further.lenient'), leniency.p_plus),
        one('minority', t('judge.further.minority'), spread.minority_erasure, 'share'),
        one('entropy', t('judge.further.entropy'), spread.entropy_gap),
        one('win_rates', t('judge.further.winRates'), models.mean, 'share'),
        one('kinds', t('judge.further.kinds'), kinds.agreement, 'share'),
        one('kinds_kappa', t('judge.further.kindsKappa'), kinds.cohen_kappa),
        one('guessing', t('judge.further.guessing'), guessing),
      ]}
    />
  );
}

function Fitness({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { fitness } = report;
  const lines: Line[] = [
    { name: 'replace', label: t('judge.further.replace', { seats: fitness.replace_one.seats }), kind: 'number', figures: [fitness.replace_one.change] },
    ...fitness.add_one.map((each) => ({ name: `add-${each.people}`, label: t('judge.further.add', { people: each.people }), kind: 'number' as const, figures: [each.gain] })),
    ...fitness.alternative_test.map((each) => ({
      name: each.people,
      label: t(`judge.further.alternative.${each.people}`, { epsilon: new Intl.NumberFormat(i18n.language).format(each.epsilon) }),
      hint: each.passes === null ? t('judge.notKnown') : t(each.passes ? 'judge.further.passes' : 'judge.further.fails'),
      kind: 'share' as const,
      figures: [each.winning_rate],
    })),
    ...fitness.guessing.map((each) => ({ name: `guessing-${each.label}`, label: t(`judge.further.guessed.${each.label}`), kind: 'number' as const, figures: [each.p] })),
    { name: 'consensus', label: t('judge.further.consensus'), kind: 'share', figures: [fitness.consensus.agreement] },
    { name: 'consensus_kappa', label: t('judge.further.consensusKappa'), kind: 'number', figures: [fitness.consensus.cohen_kappa] },
  ];
  return <FiguresTable caption={t('judge.further.fitness')} heads={[t('judge.measure'), t('judge.value')]} lines={lines} />;
}

function Panel({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { panel } = report;
  if (panel.undefined !== null) return <p><Why text={panel.undefined} /></p>;
  const both = [t('judge.measures.agreement'), t('judge.measures.cohen_kappa')];
  return (
    <>
      <FiguresTable
        caption={t('judge.further.panelText', { items: panel.items })}
        heads={[t('judge.further.panelOf'), ...both]}
        lines={[
          ...panel.rules.map((each) => ({ name: each.rule, label: t(`judge.further.rules.${each.rule}`), kind: BOTH, figures: [each.agreement, each.cohen_kappa] })),
          ...(panel.members ?? []).map((each) => ({ name: each.judge, label: each.judge, kind: BOTH, figures: [each.agreement, each.cohen_kappa] })),
        ]}
      />
      <FiguresTable
        caption={t('judge.further.errors')}
        heads={[t('judge.title'), t('judge.value')]}
        lines={[
          ...panel.pairs.map((each) => ({ name: each.judges.join(), label: list(each.judges, i18n.language, i18n.dir()), hint: t('judge.further.errorsHint'), kind: 'number' as const, figures: [each.error_correlation] })),
          ...panel.rivals.map((each) => ({ name: `rival-${each.judge}`, label: each.judge, hint: t('judge.further.rival'), kind: 'number' as const, figures: [each.difference] })),
        ]}
      />
    </>
  );
}

function Pairs({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <FiguresTable
      caption={t('judge.further.pairs')}
      heads={[t('judge.further.two'), t('judge.measures.agreement'), t('judge.measures.agreement_no_ties'), t('judge.measures.cohen_kappa')]}
      lines={(report.ceiling.rater_pairs ?? []).map(({ raters: [one, other], ...each }) => ({
        name: `${one}-${other}`,
        label: t('judge.further.people', { one: one ?? 0, other: other ?? 0 }),
        kind: ['share', ...BOTH],
        figures: [each.agreement, each.agreement_no_ties, each.cohen_kappa],
      }))}
    />
  );
}
