"""May a judge sit in for a person? Three tests on the same items: replace one, add one, and the alternative
annotator test.

All take people's `Annotations` and the judge's labels (N,), −1 where it gave none; an item without a label of the
judge says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # not scipy.stats, which is loaded when it is first used: it takes a second
from scipy.special import stdtr

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.bootstrap import percentile_limits, ratio
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.raters import (
    krippendorff_alpha,
    krippendorff_alpha_interval,
    krippendorff_alpha_ordinal,
    rated,
)
from app.stats.tally import Floats, Ints

Level = Literal["nominal", "ordinal", "interval"]

LEAST_RATERS = 3
LEAST_ITEMS = 30
FEW_RATERS = (
    f"fewer than {LEAST_RATERS} people labelled {LEAST_ITEMS} items that others and the judge labelled too"
)
NO_SEAT = "nobody labelled an item that others and the judge labelled too"
NO_ALPHA = "people gave one and the same label, so there is no alpha to change"
NO_ITEMS = "no item has enough labels of people and one of the judge"
NO_ORDER = "every item has the same grade, so there is no order to correlate"

_ALPHAS: dict[Level, Callable[[Ints], Measure]] = {
    "nominal": krippendorff_alpha,
    "ordinal": krippendorff_alpha_ordinal,
    "interval": krippendorff_alpha_interval,
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A person: `items` shared with others and the judge, and how alpha changes with the judge in this seat."""

    rater: int
    items: int
    change: float


@dataclass(frozen=True, slots=True)
class Replacement:
    """`change` is the mean over `seats` of alpha with the judge in the seat less alpha of people: below 0 the judge
    lowers agreement.
    """

    change: Measure
    seats: tuple[Seat, ...]


def replace_one(
    people: Annotations, judge: Ints, level: Level = "nominal", least_items: int = 1
) -> Replacement:
    """Krippendorff's alpha with each person in turn replaced by the judge on the items of that person (ACORN).

    `change` counts seats in n and has no limits. A person with fewer than `least_items` such items has no seat.

    >>> labels = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1], [0, 0, 1]])
    >>> found = replace_one(Annotations.of(labels, 2), labels[:, 0])
    >>> [round(seat.change, 3) for seat in found.seats]
    [0.0, 0.231, 0.5]
    """
    known = _shared(people, judge, 2)
    alpha = _ALPHAS[level](known.ratings())
    if not len(known.item):
        return Replacement(Measure.missing(NO_SEAT, 0), ())
    if alpha.value is None:
        return Replacement(Measure.missing(NO_ALPHA, 0), ())
    seats = []
    for rater, items in enumerate(np.bincount(known.rater, minlength=known.size[1]).tolist()):
        if items >= max(1, least_items):
            label = np.where(known.rater == rater, judge[known.item], known.label)
            changed = _ALPHAS[level](rated(known.item, label, (known.size[0], known.size[2])))
            seats.append(Seat(rater, items, (changed.value or 0.0) - alpha.value))
    if not seats:
        return Replacement(Measure.missing(NO_SEAT, 0), ())
    return Replacement(Measure.of(float(np.mean([seat.change for seat in seats])), len(seats)), tuple(seats))


@dataclass(frozen=True, slots=True)
class Addition:
    """Spearman's correlation with the majority of all people, of that of `people` drawn at random (`without`), and of
    the same with the judge as one more (`with_judge`); `gain` is the mean difference. Limits are the spread over draws.
    """

    people: int
    without: Measure
    with_judge: Measure
    gain: Measure


def add_one(people: Annotations, judge: Ints, drawn: int, interval: Interval | None = None) -> Addition:
    """Does the judge help `drawn` people to come nearer to all of them (ACORN)? For grades, or A, tie, B, in order.

    The majority of labels that share the lead is their median, halfway between two. Items with more than `drawn`
    people and a label of the judge count; n counts them. `interval.draws` draws, 100 unless given.

    >>> labels = np.array([[0, 0, 1], [2, 2, 1], [1, 1, 1], [0, 0, 0], [2, 1, 2], [1, 2, 1]])
    >>> found = add_one(Annotations.of(labels, 3), np.array([0, 2, 1, 0, 2, 1]), drawn=1)
    >>> found.gain.value > 0.1, found.with_judge.n
    (True, 6)
    """
    if drawn < 1:
        raise ValueError(f"{drawn} people are drawn; it must be 1 or more")
    asked = interval or Interval(draws=100)
    known = _shared(people, judge, drawn + 1)
    items = np.unique(known.item)
    if not len(items):
        missing = Measure.missing(NO_ITEMS, 0)
        return Addition(drawn, missing, missing, missing)
    ratings = known.ratings()[items]
    own = np.eye(known.size[2], dtype=np.int64)[judge[items]]
    generator = np.random.default_rng(asked.seed)
    few = np.array([_some(known, drawn, generator)[items] for _ in range(asked.draws)])
    gold = scipy.stats.rankdata(majority_grade(ratings))
    pair = [
        _spearman(scipy.stats.rankdata(majority_grade(votes), axis=1), gold) for votes in (few, few + own)
    ]
    measures = [_mean(values, len(items), asked) for values in (*pair, pair[1] - pair[0])]
    return Addition(drawn, *measures)


def majority_grade(ratings: Ints) -> Floats:
    """The grade with most ratings (…, k) → (…); of several that lead the median, halfway between the middle two.

    >>> majority_grade(np.array([[2, 1, 0], [1, 0, 1], [1, 1, 1], [1, 1, 0]])).tolist()
    [0.0, 1.0, 1.0, 0.5]
    """
    leads = np.cumsum(ratings == ratings.max(axis=-1, keepdims=True), axis=-1)
    count = leads[..., -1:]
    lower = (leads > (count - 1) // 2).argmax(axis=-1)
    upper = (leads > count // 2).argmax(axis=-1)
    return np.asarray((lower + upper) / 2)


@dataclass(frozen=True, slots=True)
class Rival:
    """A person against the judge on `items`: `advantage` is the share on which the judge matches the others at least
    as well, `p` the adjusted p of "the person does by ε or more better", `beaten` whether that is rejected.
    """

    rater: int
    items: int
    advantage: float
    p: float
    beaten: bool


@dataclass(frozen=True, slots=True)
class AlternativeTest:
    """`winning_rate`: share of people beaten; the judge `passes` from one half on, None where it cannot be said.
    `advantage`: mean over people. n counts people who labelled enough.
    """

    winning_rate: Measure
    advantage: Measure
    passes: bool | None
    rivals: tuple[Rival, ...]


def alternative_test(
    people: Annotations, judge: Ints, epsilon: float = 0.15, q: float = 0.05, least_items: int = LEAST_ITEMS
) -> AlternativeTest:
    """The alternative annotator test (Calderon, Reichart and Dror 2025): is the judge as good as each person?

    On each item of person j, judge and j are scored by the share of the other people whose label they give; a win
    for the better, for both if equal. One-sided paired t-test of H0: j's share of wins less the judge's ≥ ε, then
    Benjamini–Yekutieli at `q` over people. ε is what a person's cost is worth: .2 for experts, .15 for skilled people,
    .1 for a crowd. Needs three people with `least_items` items each. Raises ValueError for ε or q out of range.
    """
    if not 0 <= epsilon < 1 or not 0 < q < 1:
        raise ValueError("epsilon must be from 0 to below 1, q between 0 and 1")
    known = _shared(people, judge, 2)
    ratings = known.ratings()
    own = ratings[known.item, known.label] - 1
    given = judge[known.item]
    judged = ratings[known.item, given] - (given == known.label)
    size = known.size[1]
    items = np.bincount(known.rater, minlength=size)
    seated = np.flatnonzero(items >= max(2, least_items))
    if len(seated) < LEAST_RATERS:
        missing = Measure.missing(FEW_RATERS, len(seated))
        return AlternativeTest(missing, missing, None, ())
    behind = np.sign(own - judged).astype(np.float64)
    lead, spread = (np.bincount(known.rater, behind**power, size)[seated] for power in (1, 2))
    n = items[seated].astype(np.float64)
    p = scipy.stats.false_discovery_control(_t_test(lead / n, spread / n, n, epsilon), method="by")
    advantage = np.bincount(known.rater, judged >= own, size)[seated] / n
    rivals = tuple(
        Rival(int(rater), int(items[rater]), float(share), float(each), bool(each <= q))
        for rater, share, each in zip(seated, advantage, p, strict=True)
    )
    rate = float((p <= q).mean())
    return AlternativeTest(
        Measure.of(rate, len(seated)), Measure.of(float(advantage.mean()), len(seated)), rate >= 0.5, rivals
    )


def _t_test(mean: Floats, square: Floats, n: Floats, least: float) -> Floats:
    """p of "the mean is `least` or more", from means and mean squares; without any spread it is 0 or 1."""
    error = np.sqrt(np.maximum(square - mean**2, 0) / (n - 1))
    t = ratio(mean - least, error)
    return np.where(np.isnan(t), np.where(mean < least, 0.0, 1.0), stdtr(n - 1, np.nan_to_num(t)))


def _shared(people: Annotations, judge: Ints, least: int) -> Annotations:
    """The labels on items that the judge and `least` people or more labelled. Raises ValueError for other labels."""
    label = np.asarray(judge)
    if label.shape != people.size[:1] or label.dtype.kind not in "iu":
        raise ValueError("the judge needs a label for each item, -1 where it gave none")
    if label.size and (label.min() < -1 or label.max() >= people.size[2]):
        raise ValueError(f"a label is outside 0..{people.size[2] - 1}; -1 is for a missing one")
    ratings = np.bincount(people.item, minlength=people.size[0])
    return people.on((label >= 0) & (ratings >= least))


def _some(known: Annotations, drawn: int, generator: np.random.Generator) -> Ints:
    """(N, k) ratings of so many people an item, drawn at random."""
    order = np.lexsort((generator.random(len(known.item)), known.item))
    starts = np.searchsorted(known.item[order], known.item[order])
    kept = order[np.arange(len(order)) - starts < drawn]
    return rated(known.item[kept], known.label[kept], (known.size[0], known.size[2]))


def _spearman(ranks: Floats, gold: Floats) -> Floats:
    """(D, N) and (N,) ranks → (D,)."""
    first, second = ranks - ranks.mean(axis=1, keepdims=True), gold - gold.mean()
    return ratio(first @ second, np.sqrt((first**2).sum(axis=1) * (second**2).sum()))


def _mean(values: Floats, items: int, interval: Interval) -> Measure:
    defined = values[~np.isnan(values)]
    if not defined.size:
        return Measure.missing(NO_ORDER, items)
    return Measure.of(float(defined.mean()), items, percentile_limits(values, interval.level), interval)
