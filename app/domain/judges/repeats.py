"""Several verdicts of one judge on one item in one order, as one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from app.domain.judges.protocol import EVEN, Amounts, Counts, Finding, Outcome, Outcomes
from app.domain.judges.replies import Failure
from app.stats.verdicts import Verdict


def combined(outcomes: Sequence[Outcome], margin: float = 0) -> Outcome:
    """One outcome of k. Where each finding has a probability, or scores, their means decide (Wang et al. 2023), a tie
    within `margin`; else the verdict that most give, a tie where two lead. A repeat without a finding has no say; where
    these are half or more, the first of them is what came out.

    >>> said = [Finding("json", verdict=Verdict.A), Finding("json", verdict=Verdict.B)]
    >>> combined(said).verdict, combined([*said, said[0]]).verdict
    (<Verdict.TIE: 'tie'>, <Verdict.A: 'a'>)
    >>> combined([Finding("logprobs", probability=0.9), Finding("logprobs", probability=0.2)]).verdict
    <Verdict.A: 'a'>
    """
    if len(outcomes) == 1:
        return outcomes[0]
    found = [each for each in outcomes if isinstance(each, Finding)]
    if 2 * len(found) <= len(outcomes):
        return next(each for each in outcomes if not isinstance(each, Finding))
    merged = replace(
        found[0],
        how=f"{len(found)} of {len(outcomes)} repeats",
        label="",
        certainty=_mean([each.certainty for each in found]),
        probability=_mean([each.probability for each in found]),
        scores=_mean_scores(found),
        repeats=tuple(each.verdict for each in found if each.verdict is not None),
        notes=tuple(dict.fromkeys(note for each in found for note in each.notes)),
    )
    if merged.probability is not None:
        return replace(merged, verdict=_sided(merged.probability - 0.5, margin))
    if merged.scores is not None:
        return replace(merged, verdict=_sided(merged.scores[0] - merged.scores[1], margin))
    verdict = _most(found)
    strengths = [each.strength for each in found if each.verdict is verdict and each.strength is not None]
    strength = min(strengths) if strengths else None
    return replace(merged, verdict=verdict, strength=0 if verdict is Verdict.TIE and strengths else strength)


def together(
    rounds: Sequence[tuple[Outcomes, Counts]], dimensions: Sequence[str], margin: float = 0
) -> tuple[Outcomes, Counts]:
    """By dimension one outcome of k rounds that each have one, and what its answers count."""
    outcomes = {
        slug: combined([one[slug] for one, _ in rounds], margin)
        for slug in dimensions
        if all(slug in one for one, _ in rounds)
    }
    counts = {
        slug: {side: counted([one[slug][side] for _, one in rounds]) for side in sides}
        for slug, sides in rounds[0][1].items()
    }
    return outcomes, counts


def counted(rounds: Sequence[Amounts | Failure]) -> Amounts | Failure:
    """What one answer counts, as the mean of k repeats; where half of them or more were not read, the first failure.

    >>> counted([{"score": (4.0, 1.0)}, {"score": (5.0, 1.0)}])
    {'score': (4.5, 1.0)}
    """
    read = [each for each in rounds if not isinstance(each, Failure)]
    if 2 * len(read) <= len(rounds):
        return next(each for each in rounds if isinstance(each, Failure))
    names = dict.fromkeys(name for each in read for name in each)
    told = {name: [each.get(name, (0.0, 0.0)) for each in read] for name in names}
    return {name: (_total(each, 0) / len(read), _total(each, 1) / len(read)) for name, each in told.items()}


def _total(amounts: Sequence[tuple[float, float]], place: int) -> float:
    return float(sum(each[place] for each in amounts))


def _most(found: Sequence[Finding]) -> Verdict | None:
    (verdict, most), *others = Counter(each.verdict for each in found).most_common()
    return Verdict.TIE if others and others[0][1] == most else verdict


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _mean_scores(found: Sequence[Finding]) -> tuple[float, float] | None:
    scores = [each.scores for each in found if each.scores is not None]
    if len(scores) < len(found):
        return None
    return fmean(first for first, _ in scores), fmean(second for _, second in scores)


def _sided(lead: float, margin: float) -> Verdict:
    if abs(lead) <= margin + EVEN:
        return Verdict.TIE
    return Verdict.A if lead > 0 else Verdict.B
