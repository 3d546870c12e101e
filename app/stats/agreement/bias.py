"""What moves a judge besides the answers: the side, ties, leniency, the model, a factor such as length.

Counts again, by cluster or not, so that limits are cheap. Labels stand in the order A, B, then ties, A being
the answer shown first.

>>> first_share(np.array([70, 30, 50])).value, tie_rate(np.array([70, 30, 50])).n
(0.7, 150)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import from_counts, ratio, share
from app.stats.agreement.labels import DECIDED
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Tally
from app.stats.verdicts import Verdict, swapped

Counts = NDArray[Any]

NO_VERDICTS = "no verdicts"
NONE_DECIDED = "no verdict is decided"
NO_SWAPS = "no item was judged in both orders"
NO_ITEMS = "no item has a label from both sides"
ONE_CLASS = "the reference gives every item the same label"
NEVER_LENIENT = "the reference gives every item the same label, or the judge gives every item the reference's"
NO_GAMES = "no votes on one of the sides"
NO_PAIRS = "no pair of answers"


def first_share(verdicts: Counts, interval: Interval | None = None) -> Measure:
    """Share of decided verdicts for the answer shown first, from counts (k,) or (C, k) by label; .5 is no bias.

    n counts decided verdicts. Sides must have been assigned by chance, else the better model may stand first.
    """
    counts = _checked(verdicts, 1)
    return share(lambda c: c[..., 0], _decided, counts, 1, interval, NONE_DECIDED)


def tie_rate(verdicts: Counts, interval: Interval | None = None) -> Measure:
    """Share of verdicts, from counts (k,) or (C, k) by label, that are a tie of any kind. n counts verdicts."""
    counts = _checked(verdicts, 1)
    return share(lambda c: c[..., DECIDED:].sum(axis=-1), _votes, counts, 1, interval, NO_VERDICTS)


def flip_rate(swaps: Counts, interval: Interval | None = None) -> Measure:
    """Share of items whose verdict changes when the two answers change places: 1 − JudgeLM's consistency.

    `swaps` (k, k) or (C, k, k) counts items: row, the verdict in one order; column, the verdict as shown in the other,
    where A again is the answer shown first. So A then B is one opinion, and A twice is a liking for the first
    place. All ties are one here. n counts items.

    >>> flip_rate(np.array([[5, 80, 0], [10, 0, 0], [5, 0, 0]])).value
    0.1
    """
    return _swap_share(swaps, lambda lean: lean != 0, interval)


def prefers_first(swaps: Counts, interval: Interval | None = None) -> Measure:
    """Share of items where the two verdicts together favour the first place (Zhu et al. 2023). n counts items.

    >>> prefers_first(np.array([[5, 80, 0], [10, 0, 0], [5, 0, 0]])).value
    0.1
    """
    return _swap_share(swaps, lambda lean: lean > 0, interval)


def prefers_second(swaps: Counts, interval: Interval | None = None) -> Measure:
    """Share of items where the two verdicts together favour the second place (Zhu et al. 2023). n counts items.

    >>> prefers_second(np.array([[5, 80, 0], [10, 0, 0], [5, 0, 0]])).value
    0.0
    """
    return _swap_share(swaps, lambda lean: lean < 0, interval)


def swap_and_agree(verdict: Verdict, other_order: Verdict) -> Verdict:
    """One verdict from two, the second as shown with the answers the other way round: a win needs both.

    Equal opinions stand, different ones are a tie (Zheng et al. 2023). Without an opinion on either side there is
    none.

    >>> str(swap_and_agree(Verdict.A, Verdict.B)), str(swap_and_agree(Verdict.A, Verdict.A))
    ('a', 'tie')
    """
    if Verdict.ABSTAIN in (verdict, other_order):
        return Verdict.ABSTAIN
    return verdict if swapped(other_order) == verdict else Verdict.TIE


def leniency_p_c(tables: Counts, interval: Interval | None = None) -> Measure:
    """Share P_c of items that the judge evaluates properly, when it waves through others with a fixed chance.

    From counts (2, 2) or (C, 2, 2), reference by judge, label 0 the good one. P_c = tP/s + tN/(1 − s) − 1, with s the
    share that the reference calls good, tP and tN the shares of *all* items where both say good, or bad
    (Thakur et al. 2024). Below 0 the judge is worse than no look at all; it is not clipped. n counts items.

    >>> round(leniency_p_c(np.array([[50, 10], [20, 20]])).value, 4)
    0.3333
    """
    return from_counts(_p_c, _checked_classes(tables), 2, interval, _items, ONE_CLASS, NO_ITEMS)


def leniency_p_plus(tables: Counts, interval: Interval | None = None) -> Measure:
    """Chance P_+ = (1 − tN/(1 − s))/(1 − P_c) that the judge says good when it does not evaluate; see `leniency_p_c`.

    Above .5 it is lenient, below strict. n counts items.

    >>> round(leniency_p_plus(np.array([[50, 10], [20, 20]])).value, 4)
    0.75
    """

    def p_plus(counts: Floats) -> Floats:
        return ratio(1 - _rates(counts)[1], 1 - _p_c(counts))

    return from_counts(p_plus, _checked_classes(tables), 2, interval, _items, NEVER_LENIENT, NO_ITEMS)


@dataclass(frozen=True, slots=True, eq=False)
class WinShares:
    """Wins, a tie being half of one, and votes of each model on two sides: `counts` (C, 4, M), or (4, M).

    Rows: wins and votes with the reference, wins and votes with the judge. Raises ValueError for other shapes.
    """

    models: tuple[str, ...]
    counts: Floats

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts, dtype=np.float64)
        object.__setattr__(self, "counts", _checked(counts[None] if counts.ndim == 2 else counts, 2))
        if self.counts.shape[-2:] != (4, len(self.models)):
            raise ValueError(f"the counts must be (4, {len(self.models)}), or so by cluster")

    @classmethod
    def of(cls, reference: Tally, judge: Tally) -> Self:
        """The models of either tally by name; use votes on the same items, or the schedule is compared too."""
        models = tuple(sorted(set(reference.models) | set(judge.models)))
        counts = np.zeros((4, len(models)))
        for row, tally in ((0, reference), (2, judge)):
            where = [models.index(model) for model in tally.models]
            wins = tally.win_matrix()
            counts[row, where] = wins.sum(axis=1)
            counts[row + 1, where] = (wins + wins.T).sum(axis=1)
        return cls(models, counts)


def win_rate_biases(shares: WinShares, interval: Interval | None = None) -> dict[str, Measure]:
    """For each model its win rate with the judge minus that with the reference. n counts the judge's votes on it.

    Limits need two clusters or more.

    >>> reference = Tally.of([("x", "y", Verdict.A, 6), ("x", "y", Verdict.B, 4)])
    >>> judge = Tally.of([("x", "y", Verdict.A, 9), ("x", "y", Verdict.B, 1)])
    >>> bias = win_rate_biases(WinShares.of(reference, judge))
    >>> round(bias["x"].value, 4), round(bias["y"].value, 4), bias["x"].n
    (0.3, -0.3, 10)
    """

    def measure(position: int) -> Measure:
        def bias(counts: Floats) -> Floats:
            return np.asarray(_biases(counts)[..., position])

        def judged(counts: Floats) -> Floats:
            return np.asarray(counts[..., 3, position])

        return from_counts(bias, shares.counts, 2, interval, judged, NO_GAMES, NO_GAMES)

    return {model: measure(position) for position, model in enumerate(shares.models)}


def win_rate_bias(shares: WinShares, interval: Interval | None = None) -> Measure:
    """Mean over models of |win rate with the judge − win rate with the reference| (CapArena).

    n counts the models with votes on both sides. Chance alone keeps it above 0. Limits need two clusters or more.
    """

    def mean(counts: Floats) -> Floats:
        return ratio(np.nansum(np.abs(_biases(counts)), axis=-1), models(counts))

    def models(counts: Floats) -> Floats:
        return np.asarray((~np.isnan(_biases(counts))).sum(axis=-1), dtype=np.float64)

    return from_counts(mean, shares.counts, 2, interval, models, NO_GAMES, NO_GAMES)


def factor_counts(differences: Counts, votes: Counts) -> NDArray[np.int64]:
    """How often the answer with more of a factor was preferred, was not, or neither: (3,).

    `differences` (N,) is the factor of A less that of B; `votes` (N,) is 1 for A, −1 for B and 0 for a tie.

    >>> factor_counts(np.array([3, -1, 0, 2, 5, -4]), np.array([1, -1, 1, -1, 1, 1])).tolist()
    [3, 2, 1]
    """
    side = np.sign(differences) * np.sign(votes)
    return np.array([(side > 0).sum(), (side < 0).sum(), (side == 0).sum()], dtype=np.int64)


def factor_tau(counts: Counts, interval: Interval | None = None) -> Measure:
    """(C − D)/(C + D + T) of `factor_counts` (3,), or (C, 3) by cluster: does the factor go with preference?

    1 if the answer with more of it always wins, 0 if it does not matter; PROFILE's τ of one factor. n counts pairs
    of answers.

    >>> round(factor_tau(np.array([3, 2, 1])).value, 4)
    0.1667
    """

    def tau(c: Floats) -> Floats:
        return ratio(c[..., 0] - c[..., 1], _votes(c))

    return from_counts(tau, _checked_factor(counts), 1, interval, _votes, NO_PAIRS, NO_PAIRS)


def factor_share(counts: Counts, interval: Interval | None = None) -> Measure:
    """C/(C + D) of `factor_counts` (3,), or (C, 3) by cluster: how often the answer with more of a factor is preferred.

    .5 if it does not matter. For length bias count only pairs that differ clearly (`length_counts`), and hold it
    against people's own share, since longer answers may be better ones. n counts decided pairs.

    >>> factor_share(np.array([3, 2, 1])).value
    0.6
    """
    checked = _checked_factor(counts)
    return share(lambda c: c[..., 0], _decided, checked, 1, interval, NONE_DECIDED)


def length_counts(first: Counts, second: Counts, votes: Counts, beyond: float = 30) -> NDArray[np.int64]:
    """`factor_counts` of length over the pairs whose lengths differ by more than `beyond` (AlpacaFarm: 30 characters).

    `first`, `second` (N,) are the lengths of A and B, `votes` as there.

    >>> length_counts(np.array([100, 100, 90]), np.array([10, 90, 200]), np.array([1, 1, 1])).tolist()
    [1, 1, 0]
    """
    difference = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    far = np.abs(difference) > beyond
    return factor_counts(difference[far], np.asarray(votes)[far])


def high_score_bias(tables: Counts, interval: Interval | None = None) -> Measure:
    """How much more often the judge gives the highest grade than the reference does, of the same items (Hada et al.
    2024). From counts (k, k) or (C, k, k) of grades in their order, reference by judge. n counts items.

    >>> high_score_bias(np.array([[2, 0, 3], [0, 1, 1], [0, 0, 3]])).value
    0.4
    """
    counts = _checked(tables, 2)

    def gap(c: Floats) -> Floats:
        return ratio(c[..., :, -1].sum(axis=-1) - c[..., -1, :].sum(axis=-1), _items(c))

    return from_counts(gap, counts, 2, interval, _items, NO_ITEMS, NO_ITEMS)


def _swap_share(
    swaps: Counts, chosen: Callable[[Floats], NDArray[np.bool_]], interval: Interval | None
) -> Measure:
    counts = _checked(swaps, 2)
    if counts.shape[-1] != counts.shape[-2]:
        raise ValueError("swaps are counted in one table of labels by the same labels")
    value = np.zeros(counts.shape[-1])
    value[:DECIDED] = 1, -1
    lean = chosen(np.sign(value[:, None] + value[None, :]))
    return share(lambda c: (c * lean).sum(axis=(-2, -1)), _items, counts, 2, interval, NO_SWAPS)


def _rates(counts: Floats) -> tuple[Floats, Floats]:
    """The shares of the reference's good and bad items that the judge calls so."""
    good = ratio(counts[..., 0, 0], counts[..., 0, :].sum(axis=-1))
    bad = ratio(counts[..., 1, 1], counts[..., 1, :].sum(axis=-1))
    return good, bad


def _p_c(counts: Floats) -> Floats:
    good, bad = _rates(counts)
    return good + bad - 1


def _biases(counts: Floats) -> Floats:
    return ratio(counts[..., 2, :], counts[..., 3, :]) - ratio(counts[..., 0, :], counts[..., 1, :])


def _votes(counts: Floats) -> Floats:
    return np.asarray(counts.sum(axis=-1))


def _decided(counts: Floats) -> Floats:
    return np.asarray(counts[..., :DECIDED].sum(axis=-1))


def _items(counts: Floats) -> Floats:
    return np.asarray(counts.sum(axis=(-2, -1)))


def _checked_classes(tables: Counts) -> Floats:
    counts = _checked(tables, 2)
    if counts.shape[-2:] != (2, 2):
        raise ValueError(f"leniency is of two labels, good and bad, not of a table {counts.shape}")
    return counts


def _checked_factor(counts: Counts) -> Floats:
    checked = _checked(counts, 1)
    if checked.shape[-1] != 3:
        raise ValueError("a factor has three counts: with it, against it, neither")
    return checked


def _checked(counts: Counts, axes: int) -> Floats:
    values = np.asarray(counts, dtype=np.float64)
    if values.ndim not in (axes, axes + 1) or values.shape[-1] < DECIDED:
        raise ValueError(f"counts have {axes} axes, or one more for clusters, not the shape {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("a count is negative or not a number")
    return values
