"""Which of several judges to use, each taken for a check that fails answers or passes them, by a stated rule.

>>> careful = Candidate("careful", np.array([[[9.0, 1], [4, 6]]]), verdicts=1.0)
>>> harsh = Candidate("harsh", np.array([[[6.0, 4], [1, 9]]]), verdicts=1.0)
>>> choice = choose([harsh, careful], Rule())
>>> choice.picked, choice.refused
('careful', {'harsh': 'false failures 0.4 are above 0.2'})
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from app.stats.agreement.bootstrap import from_counts
from app.stats.agreement.checks import alignment, check_alignment, failure_coverage, false_failure_rate, mcc
from app.stats.agreement.labels import phi
from app.stats.agreement.measure import Interval, Measure
from app.stats.settings import require_number
from app.stats.tally import Floats

By = Literal["alignment", "mcc"]
BY: tuple[By, ...] = get_args(By)

_SCORES = {"alignment": check_alignment, "mcc": mcc}
_STATISTICS = {"alignment": alignment, "mcc": phi}
_DIGITS = 9  # scores that differ by less are equal


@dataclass(frozen=True, slots=True)
class Rule:
    """`alignment`: the highest one among the judges that fail few good answers (EvalGen: Shankar et al. 2024); `mcc`:
    the highest correlation (ChainForge). `most_false_failures` None is 0.2, or no limit for `mcc`.

    Nobody is picked who lacks more than 1 − `least_verdicts` of the verdicts or fails no bad answer more readily than a
    good one, and nobody at all on fewer than `least_items`. Raises ValueError for what is no share or no count.
    """

    by: By = "alignment"
    most_false_failures: float | None = None
    least_verdicts: float = 0.9
    least_items: int = 10

    def __post_init__(self) -> None:
        if self.by not in BY:
            raise ValueError(f"by is {self.by!r}; expected one of {', '.join(BY)}")
        require_number("most_false_failures", self.limit, 0, 1)
        require_number("least_verdicts", self.least_verdicts, 0, 1)
        require_number("least_items", self.least_items, 1, 1_000_000, whole=True)

    @property
    def limit(self) -> float:
        """The share of good answers that may fail."""
        if self.most_false_failures is not None:
            return self.most_false_failures
        return 0.2 if self.by == "alignment" else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """`checks` (C, 2, 2) counts answers by cluster, people's good then bad by the judge's pass then fail; for every
    candidate the same answers. `verdicts` is the share of items with a verdict, `cost` None where it is unknown.
    """

    name: str
    checks: Floats
    verdicts: float
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """`ranked` are those that the rule allows, the best first, `refused` says why the others are not; `difference` is
    the score of the first less that of the second.
    """

    ranked: tuple[str, ...]
    refused: Mapping[str, str]
    difference: Measure | None

    @property
    def picked(self) -> str | None:
        return self.ranked[0] if self.ranked else None

    @property
    def told_apart(self) -> bool:
        """Whether the limits of the difference leave out 0."""
        return self.difference is not None and (self.difference.lower or 0) > 0


def choose(candidates: Sequence[Candidate], rule: Rule, interval: Interval | None = None) -> Choice:
    """The rule applied. Of equal scores the one with fewer false failures is first, then the cheaper, then by name.

    The difference is resampled over the clusters that both share.
    """
    refused = {each.name: why for each in candidates if (why := _refusal(each, rule))}
    ranked = sorted(
        (each for each in candidates if each.name not in refused), key=lambda each: _key(each, rule)
    )
    return Choice(
        tuple(each.name for each in ranked),
        refused,
        _difference(ranked[0], ranked[1], rule, interval) if len(ranked) > 1 else None,
    )


def _refusal(candidate: Candidate, rule: Rule) -> str:
    score = _SCORES[rule.by](candidate.checks)
    caught, wronged = failure_coverage(candidate.checks), false_failure_rate(candidate.checks)
    if candidate.verdicts < rule.least_verdicts:
        return f"it has a verdict on {candidate.verdicts:.0%} of the items, and {rule.least_verdicts:.0%} are asked for"
    if caught.value is None or wronged.value is None or score.value is None:
        return caught.undefined or wronged.undefined or score.undefined or ""
    if wronged.value > rule.limit:
        return f"false failures {wronged.value:.2g} are above {rule.limit:g}"
    if caught.value <= wronged.value:
        return f"it fails bad answers no more than good ones: {caught.value:.2g} and {wronged.value:.2g}"
    return ""


def _key(candidate: Candidate, rule: Rule) -> tuple[float, float, float, str]:
    score, wronged = (each(candidate.checks).value or 0 for each in (_SCORES[rule.by], false_failure_rate))
    cost = np.inf if candidate.cost is None else candidate.cost
    return -round(score, _DIGITS), round(wronged, _DIGITS), cost, candidate.name


def _difference(first: Candidate, second: Candidate, rule: Rule, interval: Interval | None) -> Measure:
    score = _STATISTICS[rule.by]

    def apart(counts: Floats) -> Floats:
        return score(counts[..., 0, :, :]) - score(counts[..., 1, :, :])

    both = np.stack([first.checks, second.checks], axis=-3)
    return from_counts(
        apart, both, 3, interval, lambda c: c[..., 0, :, :].sum(axis=(-2, -1)), "a judge has no score"
    )
