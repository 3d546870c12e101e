"""Plackett–Luce: ratings under which the rankings that voters gave are most likely, each ranking as a whole.

A ranking of k answers is k − 1 choices, each of the best of those that are left: with weights w = e^θ,
P(i₁ ≻ i₂ ≻ … ≻ i_k) = Π_s w_is/(w_is + … + w_ik) (Luce 1959; Plackett 1975). A vote on two answers is a ranking of two,
so without longer ones this is Bradley–Terry. θ is the maximum likelihood by iterative Luce spectral ranking (Maystre &
Grossglauser 2015, "Fast and accurate inference of Plackett–Luce models"); choix computes its stationary distributions.

- The votes of one ballot are a ranking where they name every pair of three or more answers once, and with one winner,
  one second, and so on. A ballot with a tie, a missing pair or a circle counts as its pairs, a tie as half a win for
  each side: k answers are then k(k − 1)/2 votes that take themselves for independent.
- Components, priors, limits and ranks are as `fitted` says, with votes tied to each other as their pairs are. The
  sandwich sums the scores of a ranking as a whole, so it counts as one opinion and not as k(k − 1)/2.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from app.stats.pairs import TIED, WON, Folded, Pairs, folded
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities, require_choice
from app.stats.sandwich import root_of
from app.stats.tally import BothBad, Comparisons, Floats, Ints, Ties

_STEPS = 1000
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Settings(FittedSettings):
    """Those of `FittedSettings`. `ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`)."""

    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


DEFAULTS = Settings()


class Orders(NamedTuple):
    """`ballots` (R,) of them ranked `order` (R, k), best first: indexes of models, k ≥ 3."""

    order: Ints
    ballots: Floats


def fit(votes: Comparisons, settings: Settings = DEFAULTS) -> Ranking:
    """Fit votes; those with the same `ballot` may form a ranking. The cost grows with the number of different rankings.

    >>> from app.stats.verdicts import Verdict
    >>> from app.stats.verdicts import Verdict
    >>> said = [(a, b, Verdict.A) for a, b, c in ("xyz", "yzx", "zxy") for a, b in ((a, b), (a, c), (b, c))]
    >>> ranking = fit(replace(Comparisons.of(said), ballot=np.repeat([1, 2, 3], 3)))
    >>> [(row.model, round(row.rating, 6)) for row in ranking.rows], ranking.figures
    ([('x', 1000.0), ('y', 1000.0), ('z', 1000.0)], {'rankings': 3.0})
    """
    entries = folded(votes, settings.ties, settings.both_bad)
    pairs = Pairs.summed(entries, np.ones(len(entries.kept)))
    orders = _orders(entries, None if votes.ballot is None else votes.ballot[entries.kept])
    estimator = Estimator(
        links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=partial(_estimate, pairs.models, orders)
    )
    ranking = board(METHOD, votes.tally(), settings, pairs, estimator)
    return replace(ranking, figures={"rankings": float(sum(each.ballots.sum() for each in orders))})


def _orders(entries: Folded, ballot: Ints | None) -> tuple[Orders, ...]:
    """The rankings of three and more, by length."""
    if ballot is None:
        return ()
    _, number, votes = np.unique(ballot, return_inverse=True, return_counts=True)
    several = np.flatnonzero(votes[number] > 2)
    by_ballot = several[np.argsort(number[several], kind="stable")]
    ends = np.cumsum(votes[votes > 2])
    found: Counter[tuple[int, ...]] = Counter()
    for rows in np.split(by_ballot, ends[:-1]) if len(ends) else ():
        if order := _order(entries, rows):
            found[order] += 1
    lengths: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for order in sorted(found):
        lengths[len(order)].append(order)
    return tuple(
        Orders(np.array(orders), np.array([found[order] for order in orders], dtype=np.float64))
        for _, orders in sorted(lengths.items())
    )


def _order(entries: Folded, rows: Ints) -> tuple[int, ...]:
    """The models of these entries, best first; empty where the entries are no strict ranking."""
    first, second, outcome = (
        column[rows].tolist() for column in (entries.first, entries.second, entries.outcome)
    )
    wins = dict.fromkeys([*first, *second], 0)
    size = len(wins)
    whole = len(set(zip(first, second, strict=True))) == len(first) == size * (size - 1) // 2
    if not whole or max(outcome) >= TIED:
        return ()
    for a, b, said in zip(first, second, outcome, strict=True):
        wins[a if said == WON else b] += 1
    if sorted(wins.values()) != list(range(size)):
        return ()
    return tuple(sorted(wins, key=lambda model: -wins[model]))


def _estimate(
    models: tuple[str, ...], orders: tuple[Orders, ...], pairs: Pairs, unmeasured: Ints
) -> Estimate:
    orders = _among(models, orders, pairs)
    single = _single(pairs, orders)
    theta = _theta(single, orders)
    p, q = (expit(sign * (theta[pairs.first] - theta[pairs.second])) for sign in (1, -1))
    information = pairs.laplacian(single.games * p * q)
    spread = single.won * q**2 + single.lost * p**2 + single.tied * ((q - p) / 2) ** 2
    spread[unmeasured] = (pairs.games * p * q)[unmeasured]
    scatter = pairs.laplacian(spread)
    for each in orders:
        information += _information(each, theta)
        scatter += _scatter(each, theta)
    return Estimate(theta, root_of(information, scatter), mean_win_probabilities(theta))


def _among(models: tuple[str, ...], orders: tuple[Orders, ...], pairs: Pairs) -> tuple[Orders, ...]:
    """The rankings of these models, numbered as in `pairs`: a ranking lies in one component."""
    place = {model: position for position, model in enumerate(pairs.models)}
    number = np.array([place.get(model, -1) for model in models], dtype=np.int64)
    own = [(number[each.order], each.ballots) for each in orders]
    return tuple(Orders(order[order[:, 0] >= 0], ballots[order[:, 0] >= 0]) for order, ballots in own)


def _single(pairs: Pairs, orders: tuple[Orders, ...]) -> Pairs:
    """The pairs without the votes that are part of a ranking."""
    size = len(pairs.models)
    above = np.zeros((size, size))
    for order, ballots in orders:
        better, worse = np.triu_indices(order.shape[1], 1)
        np.add.at(above, (order[:, better], order[:, worse]), ballots[:, None])
    won = pairs.won - above[pairs.first, pairs.second]
    lost = pairs.lost - above[pairs.second, pairs.first]
    return replace(pairs, won=won, lost=lost)


def _theta(single: Pairs, orders: tuple[Orders, ...]) -> Floats:
    """Rates of a walk towards winners from θ, θ from where the walker stays, until it moves no more."""
    from choix.utils import statdist  # here: choix loads all of scipy.stats, a second at every start

    size = len(single.models)
    theta = np.zeros(size)
    for _ in range(_STEPS):
        weight = np.exp(theta - theta.max())
        chain = np.zeros((size, size))
        pace = weight[single.first] + weight[single.second]
        chain[single.second, single.first] = (single.won + single.tied / 2) / pace
        chain[single.first, single.second] = (single.lost + single.tied / 2) / pace
        for order, ballots in orders:
            better, worse = np.triu_indices(order.shape[1], 1)
            rate = ballots[:, None] / _left(weight[order])
            np.add.at(chain, (order[:, worse], order[:, better]), rate[:, better])
        chain[np.diag_indices(size)] = -chain.sum(axis=1)
        try:
            stays = np.asarray(statdist(chain))
        except ValueError as cause:  # choix's word for a matrix that rounding has made singular
            raise ArithmeticError(*cause.args) from cause
        if not (stays > 0).all():
            raise ArithmeticError("the stationary distribution is below rounding")
        before, theta = theta, np.log(stays) - np.log(stays).mean()
        if np.abs(theta - before).max() <= _CLOSE:
            return np.asarray(theta)
    raise ArithmeticError("the rankings are too lopsided to be fitted")


def _left(weight: Floats) -> Floats:
    """The sum of the weights that are left at each place (R, k), its own included."""
    return np.asarray(np.cumsum(weight[:, ::-1], axis=1)[:, ::-1])


def _information(orders: Orders, theta: Floats) -> Floats:
    """Σ over choices of diag(π) − ππᵀ, π the chances of those that are left: (M, M)."""
    order, ballots = orders
    weight = np.exp(theta[order] - theta[order].max(axis=1, keepdims=True))
    places = order.shape[1]
    faced = np.cumsum(1 / _left(weight)[:, :-1] ** 2, axis=1)
    matrix = np.zeros((len(theta), len(theta)))
    for a in range(places):
        for b in range(a + 1, places):
            both = ballots * weight[:, a] * weight[:, b] * faced[:, min(a, places - 2)]
            np.add.at(matrix, (order[:, a], order[:, b]), -both)
            np.add.at(matrix, (order[:, b], order[:, a]), -both)
    matrix[np.diag_indices(len(theta))] = -matrix.sum(axis=1)
    return matrix


def _scatter(orders: Orders, theta: Floats) -> Floats:
    """Σ over rankings of gradient·gradientᵀ, (M, M)."""
    order, ballots = orders
    weight = np.exp(theta[order] - theta[order].max(axis=1, keepdims=True))
    places = order.shape[1]
    expected = np.cumsum(1 / _left(weight)[:, :-1], axis=1)
    slope = (np.arange(places) < places - 1) - weight * expected[:, np.minimum(np.arange(places), places - 2)]
    matrix = np.zeros((len(theta), len(theta)))
    for a in range(places):
        for b in range(places):
            np.add.at(matrix, (order[:, a], order[:, b]), ballots * slope[:, a] * slope[:, b])
    return matrix


METHOD: Method[Comparisons, Settings] = Method(
    name="plackett_luce",
    version="1",
    summary="Maximum likelihood on rankings of two and more answers, a ballot's ranking as a whole",
    takes=Comparisons,
    settings=Settings,
    fit=fit,
)
