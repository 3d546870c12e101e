"""Ring: several voters prefer one model whoever it meets, each of them too seldom to be seen alone.

For each model and each side (for it, against it) voters are taken for a mixture: of those who judge, by the strengths
of all votes or by a sharper eye where that prefers the model more often, and of partisans who stand by it 98
times of 100. The share of partisans is fitted by expectation–maximization (Dempster, Laird & Rubin 1977); where it is
above 0 by a likelihood ratio test, whose statistic at this edge is half a χ² of one degree (Self & Liang 1987), with
Bonferroni's correction for the sides and models, there is a ring, of those who are more likely partisans than not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from app.stats.gates.at_once import Rule
from app.stats.gates.gate import Decided, Others, Voter, partisan_odds
from app.stats.settings import require_number
from app.stats.tally import Floats, Ints

_STEPS, _CLOSE = 500, 1e-7
_LARGEST = 500.0  # of a logarithm, so that no ratio is infinite


@dataclass(frozen=True, slots=True)
class Settings:
    """`chance`: of finding a ring among voters who all judge. `sharpness` of the eye that it is held against."""

    chance: float = 0.01
    sharpness: float = 1.5

    def __post_init__(self) -> None:
        require_number("chance", self.chance, 1e-9, 0.5)
        require_number("sharpness", self.sharpness, 1, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """Places of the voters among those given, the model that they stand for or against, and the share of all voters who
    judged the model that the mixture takes for partisans.
    """

    voters: Ints
    model: int
    favours: bool
    share: float

    @property
    def why(self) -> str:
        side = "for" if self.favours else "against"
        return f"one of {len(self.voters)} voters whose verdicts on one model are nearly all {side} it, whoever it met"


def rings(voters: Sequence[Voter], others: Others, settings: Settings) -> list[Ring]:
    """The rings among these voters; `others` holds the votes of all of them. Their verdicts on other models say
    nothing of them, so only those on the model need be set aside.
    """
    size = len(others.theta)
    if not voters or not size:
        return []
    needed = float(chi2.isf(min(1.0, 2 * settings.chance / (2 * size)), 1))
    return [
        ring
        for favours in (True, False)
        for model, who, odds in _by_model(voters, others, favours, settings.sharpness)
        if (ring := _ring(model, who, odds, favours, needed)) is not None
    ]


def _by_model(
    voters: Sequence[Voter], others: Others, favours: bool, sharpness: float
) -> Iterator[tuple[int, Ints, Floats]]:
    """Each model with the voters who judged it, and by how much likelier (log) each is a partisan."""
    size = len(others.theta)
    decided = [voter.decided() for voter in voters]
    number = np.repeat(np.arange(len(voters)), [len(each.left) for each in decided])
    together = Decided(
        *(np.concatenate([getattr(each, name) for each in decided]) for name in Decided.__slots__)
    )
    (first, of_first), (second, of_second) = partisan_odds(together, others, favours, sharpness)
    code = np.concatenate([number * size + first, number * size + second])
    ratio = np.concatenate([of_first, of_second])
    cells, at = np.unique(code, return_inverse=True)
    sums = np.bincount(at, ratio, len(cells)).astype(np.float64)
    who, model = np.divmod(cells, size)
    order = np.argsort(model, kind="stable")
    starts = np.searchsorted(model[order], np.arange(size + 1))
    for place in range(size):
        these = order[starts[place] : starts[place + 1]]
        if len(these):
            yield place, who[these], sums[these]


def _ring(model: int, who: Ints, odds: Floats, favours: bool, needed: float) -> Ring | None:
    ratio = np.exp(np.minimum(odds, _LARGEST))
    if ratio.mean() <= 1:  # the likelihood falls from the share 0 on
        return None
    share = 0.05
    for _ in range(_STEPS):
        belongs = share * ratio / (share * ratio + 1 - share)
        before, share = share, float(belongs.mean())
        if abs(share - before) < _CLOSE:
            break
    if 2 * np.log1p(share * (ratio - 1)).sum() < needed:
        return None
    members = who[belongs > 0.5]
    return Ring(members, model, favours, share) if len(members) > 1 else None


RULE = Rule(
    "ring",
    "Several voters prefer one model, or its rivals, nearly every time they meet it",
    "",
    Settings,
)
