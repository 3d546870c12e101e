"""Whom `benchmarks/rankings.py` compares: each fits Bradley–Terry to the same votes, ties being half a win.

Ratings are in Elo points around a mean of 0. Every package is called in the way that is fastest for it where it
leaves a choice. All fit the same model, but for arenakit's prior of half a battle a model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import choix
import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from app.stats.rankings import Ranking, rank
from app.stats.tally import Comparisons, Floats, Ints, Tally

POINTS = 400 / np.log(10)  # Elo points for a natural-log strength of 1
ROUNDS = 100  # of every bootstrap
SEED = 7
_Z = ndtri(0.975)


class Cells(NamedTuple):
    """`number[c]` votes with `verdict[c]` (0: first won, 1: second won, 2: tie) of `first[c]` against `second[c]`."""

    models: int
    first: Ints
    second: Ints
    verdict: Ints
    number: Ints


class Votes(NamedTuple):
    """One row a vote; columns as in `Cells`."""

    models: int
    first: Ints
    second: Ints
    verdict: Ints

    def cells(self) -> Cells:
        table = _counted(self).ravel()
        present = np.flatnonzero(table)
        pair, verdict = np.divmod(present, 3)
        first, second = np.divmod(pair, self.models)
        return Cells(self.models, first, second, verdict, table[present])


class Fit(NamedTuple):
    """Ratings (M,) with mean 0 and, where there are intervals, half their width (M,)."""

    ratings: Floats
    margin: Floats | None = None


def _as_it_is(fit: Fit) -> Fit:
    return fit


@dataclass(frozen=True, slots=True)
class Contender:
    """`needs` is the package it is part of; without `from_cells` there is no way in from counts. `read` takes the
    figures out of what was fitted, and no time for it is counted.
    """

    name: str
    needs: str
    from_votes: Callable[[Votes], Any]
    from_cells: Callable[[Cells], Any] | None
    read: Callable[[Any], Fit] = _as_it_is

    @property
    def present(self) -> bool:
        return find_spec(self.needs) is not None


def simulated(models: int, votes: int, seed: int) -> Votes:
    """Votes on models of normal strengths, pairs and sides at random, 15 % of them ties."""
    rng = np.random.default_rng((seed, models, votes))
    strength = rng.normal(0, 0.8, models)
    first = rng.integers(0, models, votes)
    second = (first + rng.integers(1, models, votes)) % models
    won = rng.random(votes) < expit(strength[first] - strength[second])
    return Votes(models, first, second, np.where(rng.random(votes) < 0.15, 2, np.where(won, 0, 1)))


def _counted(votes: Votes) -> Ints:
    size = votes.models
    codes = (votes.first * size + votes.second) * 3 + votes.verdict
    return np.bincount(codes, minlength=size * size * 3).reshape(size, size, 3)


def _limit(table: Ints | Floats) -> Fit:
    """The same arithmetic and nothing else: no check, no names, no rows, no thought of a board without a maximum."""
    wins = table[..., 0] + table[..., 1].T
    ties = table[..., 2] + table[..., 2].T
    scores = wins + ties / 2
    games, won, lost = scores + scores.T, scores.sum(axis=1), scores.sum(axis=0)
    size = len(games)
    gauge, diagonal = games.sum() / size**3, np.diag_indices(size)
    theta, step = np.log((won + 0.5) / (lost + 0.5)), np.ones(size)
    while np.abs(step).max() > 1e-9:
        weight = np.exp(theta)
        p = weight[:, None] / (weight[:, None] + weight)
        expected = games * p
        curve = expected * p.T
        information = gauge - curve
        information[diagonal] += curve.sum(axis=1)
        factor = cho_factor(information, overwrite_a=True, check_finite=False)
        step = cho_solve(factor, won - expected.sum(axis=1), check_finite=False)
        theta += step
    weight = np.exp(theta)
    p = weight[:, None] / (weight[:, None] + weight)
    spread = wins * p.T**2
    spread = spread + spread.T + ties * (0.5 - p) ** 2
    meat = -spread
    meat[diagonal] += spread.sum(axis=1)
    inverse = cho_solve(factor, np.eye(size), check_finite=False)
    variance = ((inverse @ meat) * inverse).sum(axis=1)
    return Fit(POINTS * (theta - theta.mean()), _Z * POINTS * np.sqrt(variance))


def _limit_from_cells(cells: Cells) -> Fit:
    size = cells.models
    codes = (cells.first * size + cells.second) * 3 + cells.verdict
    table = np.bincount(codes, cells.number, minlength=size * size * 3)
    return _limit(table.reshape(size, size, 3))


def _ours(data: Tally, rank_bounds: str) -> Ranking:
    return rank("bradley_terry", data, {"center": 0, "rank_bounds": rank_bounds})


def _ours_from_votes(rank_bounds: str) -> Callable[[Votes], Ranking]:
    return lambda votes: _ours(Comparisons(_names(votes.models), *votes[1:]).tally(), rank_bounds)


def _ours_from_cells(rank_bounds: str) -> Callable[[Cells], Ranking]:
    return lambda cells: _ours(Tally(_names(cells.models), *cells[1:]), rank_bounds)


def _read(board: Ranking) -> Fit:
    rows = sorted(board.rows, key=lambda row: row.model)
    ratings, lower, upper = np.array([(row.rating, row.lower, row.upper) for row in rows], dtype=np.float64).T
    return Fit(ratings, (upper - lower) / 2)


@cache
def _names(models: int) -> tuple[str, ...]:
    return tuple(f"model-{index:04}" for index in range(models))


def _arena_rank(dataset: Any, models: int) -> Fit:
    from arena_rank.models.bradley_terry import BradleyTerry

    board = BradleyTerry(models).compute_ratings_and_cis(dataset)
    ratings, lower, upper = (np.asarray(board[name]) for name in ("ratings", "rating_lower", "rating_upper"))
    return Fit(ratings - ratings.mean(), (upper - lower) / 2)


def _arena_rank_from_votes(votes: Votes) -> Fit:
    import pandas as pd
    from arena_rank.utils.data_utils import PairDataset

    frame = pd.DataFrame({"model_a": votes.first, "model_b": votes.second, "winner": votes.verdict})
    return _arena_rank(PairDataset.from_pandas(frame, outcome_map={0: 1.0, 1: 0.0, 2: 0.5}), votes.models)


def _arena_rank_from_cells(cells: Cells) -> Fit:
    import jax.numpy as jnp
    from arena_rank.utils.data_utils import PairDataset

    count = jnp.array(cells.number, dtype=jnp.float64)
    dataset = PairDataset(
        competitors=list(range(cells.models)),
        pairs=jnp.column_stack([cells.first, cells.second]).astype(jnp.int32),
        outcomes=jnp.array(np.array([1.0, 0.0, 0.5])[cells.verdict]),
        counts=count,
        weights=jnp.ones_like(count),
        opt_weights=count,
    )
    return _arena_rank(dataset, cells.models)


def _arenakit_from_votes(votes: Votes) -> Fit:
    """Its own way in is an object a battle; the arrays behind them are filled at once instead."""
    from arenakit.boot import bootstrap
    from arenakit.schema import Arena

    arena = Arena.__new__(Arena)
    arena.models, arena.item, arena.voter = list(_names(votes.models)), None, None
    arena.a, arena.b = votes.first.astype(np.int32), votes.second.astype(np.int32)
    arena.y = votes.verdict.astype(np.int8)
    drawn = bootstrap(arena, n_resamples=ROUNDS, seed=SEED)
    lower, upper = drawn.score_ci().T
    return Fit(POINTS * (drawn.point - drawn.point.mean()), POINTS * (upper - lower) / 2)


def _arenakit_from_cells(cells: Cells) -> Fit:
    from arenakit.bt import fit_bt
    from arenakit.schema import PairCounts

    table = np.zeros((3, cells.models, cells.models))
    table[cells.verdict, cells.first, cells.second] = cells.number
    scores = fit_bt(PairCounts(wf=table[0], ws=table[1], tt=table[2])).scores
    return Fit(POINTS * (scores - scores.mean()))


def _fastchat_from_votes(votes: Votes) -> Fit:
    """FastChat finds the distinct rows by sorting them; what follows is alike for cells."""
    rows = np.stack([votes.first, votes.second, votes.verdict], axis=1).astype(np.int32)
    distinct, number = np.unique(rows, return_counts=True, axis=0)
    first, second, verdict = distinct.T
    return _fastchat_from_cells(Cells(votes.models, first, second, verdict, number))


def _fastchat_from_cells(cells: Cells) -> Fit:
    """Its `compute_bootstrap_bt`, step by step: multinomial resamples of the counts, each fitted by L-BFGS-B to its
    default tolerance with the slope gathered by `np.add.at`, and percentiles of them.
    """
    alpha, outcome = np.log(10), np.array([1.0, 0.0, 0.5])[cells.verdict]
    sides = np.stack([cells.first, cells.second], axis=1)

    def loss_and_slope(ratings: Floats, weight: Floats) -> tuple[float, Floats]:
        p = expit(alpha * (ratings[cells.first] - ratings[cells.second]))
        loss = -((outcome * np.log(p) + (1 - outcome) * np.log(1 - p)) * weight).sum()
        slope = np.zeros(cells.models)
        np.add.at(slope, sides, (-alpha * (outcome - p) * weight)[:, None] * np.array([1.0, -1.0]))
        return float(loss), slope

    def fitted(weight: Floats) -> Floats:
        found = minimize(
            partial(loss_and_slope, weight=weight),
            np.zeros(cells.models),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 100, "gtol": 1e-6},
        )
        return np.asarray(400 * found.x)

    votes = int(cells.number.sum())
    drawn = np.random.default_rng(SEED).multinomial(votes, cells.number / votes, size=ROUNDS)
    lower, upper = np.percentile([fitted(number / votes) for number in drawn], [2.5, 97.5], axis=0)
    ratings = fitted(cells.number.astype(np.float64))
    return Fit(ratings - ratings.mean(), (upper - lower) / 2)


def _evalica(first: Ints, second: Ints, verdict: Ints, models: int, count: Ints | None) -> Fit:
    import evalica
    import pandas as pd

    weights = None if count is None else count.astype(np.float64).tolist()
    winners = np.array([1, 2, 0])[verdict].tolist()
    index = pd.RangeIndex(models)
    board = evalica.bradley_terry(first.tolist(), second.tolist(), winners, index=index, weights=weights)
    theta = np.log(board.scores.sort_index().to_numpy())
    return Fit(POINTS * (theta - theta.mean()))


def _evalica_bootstrap(votes: Votes) -> Fit:
    import evalica

    drawn = evalica.bootstrap(
        evalica.bradley_terry,
        votes.first.tolist(),
        votes.second.tolist(),
        np.array([1, 2, 0])[votes.verdict].tolist(),
        n_resamples=ROUNDS,
        bootstrap_method="percentile",
        random_state=SEED,
    )
    theta = np.log(drawn.result.scores.sort_index().to_numpy())
    # Each draw keeps its own scale, so the limits are taken after centring.
    draws = np.log(drawn.distribution.sort_index(axis=1).to_numpy())
    lower, upper = np.percentile(draws - draws.mean(axis=1, keepdims=True), [2.5, 97.5], axis=0)
    return Fit(POINTS * (theta - theta.mean()), POINTS * (upper - lower) / 2)


def _choix(table: Ints | Floats) -> Fit:
    wins = table[..., 0] + table[..., 1].T + (table[..., 2] + table[..., 2].T) / 2
    theta = choix.ilsr_pairwise_dense(wins)
    return Fit(POINTS * (theta - theta.mean()))


def _choix_from_cells(cells: Cells) -> Fit:
    table = np.zeros((cells.models, cells.models, 3))
    table[cells.first, cells.second, cells.verdict] = cells.number
    return _choix(table)


def _scikit_learn(first: Ints, second: Ints, verdict: Ints, models: int, count: Floats) -> Fit:
    """A sparse row for a vote or a cell; a tie is two of half the weight."""
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    tied = verdict == 2
    sides = np.concatenate([np.stack([first, second], axis=1), np.stack([first[tied], second[tied]], axis=1)])
    weight = np.concatenate([np.where(tied, count / 2, count), count[tied] / 2])
    won = np.concatenate([verdict != 1, np.zeros(tied.sum(), dtype=bool)])
    signs = np.tile([1.0, -1.0], len(sides))
    design = csr_array(
        (signs, sides.ravel(), np.arange(0, 2 * len(sides) + 1, 2)), shape=(len(sides), models)
    )
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-6, max_iter=1000)
    theta = model.fit(design, won, sample_weight=weight).coef_[0]
    return Fit(POINTS * (theta - theta.mean()))


OURS, RANKED, LIMIT = "this project", "this project, with ranks", "numpy limit"

CONTENDERS = (
    Contender(LIMIT, "scipy", lambda votes: _limit(_counted(votes)), _limit_from_cells),
    Contender(OURS, "app", _ours_from_votes("overlap"), _ours_from_cells("overlap"), _read),
    Contender(RANKED, "app", _ours_from_votes("max_t"), _ours_from_cells("max_t"), _read),
    Contender("arena-rank", "arena_rank", _arena_rank_from_votes, _arena_rank_from_cells),
    Contender("arenakit", "arenakit", _arenakit_from_votes, _arenakit_from_cells),
    Contender("FastChat's formula", "scipy", _fastchat_from_votes, _fastchat_from_cells),
    Contender("evalica, bootstrap", "evalica", _evalica_bootstrap, None),
    Contender(
        "evalica",
        "evalica",
        lambda votes: _evalica(*votes[1:], votes.models, None),
        lambda cells: _evalica(*cells[1:4], cells.models, cells.number),
    ),
    Contender("choix", "choix", lambda votes: _choix(_counted(votes)), _choix_from_cells),
    Contender(
        "scikit-learn",
        "sklearn",
        lambda votes: _scikit_learn(*votes[1:], votes.models, np.ones(len(votes.verdict))),
        lambda cells: _scikit_learn(*cells[1:4], cells.models, cells.number.astype(np.float64)),
    ),
)
