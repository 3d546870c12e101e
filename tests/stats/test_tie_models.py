"""Davidson and Rao–Kupper boards: known answers, other ways of fitting them, planted truth, and degenerate votes."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from app.stats.rankings import METHODS, rank
from app.stats.rankings.ranking import Ranking, Setting
from app.stats.rankings.remarks import Remark
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import (
    Floats,
    by_model,
    evalica,
    golden,
    matrix_tally,
    named,
    random_votes,
    rating,
    ratings,
)

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
Chances = Callable[[Floats, float], Floats]
NATURAL = {"scale": math.log(10), "center": 0.0}


def davidson(gap: Floats, nu: float) -> Floats:
    """Chances of A, B and a tie (3, …), as Davidson writes them."""
    left, right = np.exp(gap), np.ones_like(gap)
    weights = np.stack([left, right, nu * np.sqrt(left * right)])
    return np.asarray(weights / weights.sum(axis=0))


def rao_kupper(gap: Floats, tau: float) -> Floats:
    left, right = np.exp(gap), np.ones_like(gap)
    a, b = left / (left + tau * right), right / (right + tau * left)
    return np.stack([a, b, (tau**2 - 1) * a * b])


MODELS: dict[str, Chances] = {"davidson": davidson, "rao_kupper": rao_kupper}
every_model = pytest.mark.parametrize("name", MODELS)


def planted(chances: Chances, theta: Floats, tie: float, votes: list[int], seed: int) -> Tally:
    """Pair i < j votes `votes[p]` times."""
    first, second = np.triu_indices(len(theta), 1)
    table = chances(theta[first] - theta[second], tie)
    counts = np.random.default_rng(seed).multinomial(votes, table.T)
    codes = [COUNTED.index(verdict) for verdict in (A, B, TIE)]
    columns = (np.repeat(first, 3), np.repeat(second, 3), np.tile(codes, len(first)))
    return Tally(named(len(theta)), *columns, counts.ravel())


@pytest.mark.parametrize("board", ["llmfao", "food", "simple"])
def test_davidson_meets_evalica(shared_data: Path, board: str) -> None:
    """Newman's iteration with a tie parameter has its fixed point where Davidson's likelihood is largest."""
    scores = {model: math.log(score) for model, score in golden(shared_data, board, "newman").items()}
    middle = sum(scores.values()) / len(scores)
    ours = ratings(rank("davidson", evalica(shared_data, board).tally(), NATURAL))
    assert ours == pytest.approx({model: score - middle for model, score in scores.items()}, abs=1e-9)


def test_one_pair_in_closed_form() -> None:
    """Two free parameters for three outcomes: the fit gives their shares, and the interval is the delta method's."""
    votes = matrix_tally("xy", [[0, 8], [2, 0]], [[0, 4], [0, 0]])
    row = by_model(rank("davidson", votes, {}))["x"]
    unit = 400 / math.log(10)
    assert row.rating == pytest.approx(1000 + unit * math.log(8 / 2) / 2)
    assert row.upper == pytest.approx(1000 + unit * (math.log(4) + 1.959964 * math.sqrt(1 / 8 + 1 / 2)) / 2)
    assert rating(rank("rao_kupper", votes, {}), "x") == pytest.approx(1090.3090, abs=1e-4)  # Nelder–Mead
    tau = (14 + 4) / (14 - 4)  # Rao–Kupper between equals: ties are (τ − 1)/(τ + 1) of the votes
    assert rao_kupper(np.zeros(1), tau)[2] == pytest.approx(4 / 14)
    even = matrix_tally("xy", [[0, 5], [5, 0]], [[0, 4], [0, 0]])
    assert ratings(rank("rao_kupper", even, {})) == pytest.approx({"x": 1000, "y": 1000})


def log_likelihood(votes: Comparisons, chances: Chances, parameters: Floats) -> Floats:
    """A number a vote; the parameters are θ with the last model at 0, then the logarithm of the tie parameter."""
    theta = np.append(parameters[:-1], 0)
    tie = float(np.exp(parameters[-1])) + (1 if chances is rao_kupper else 0)
    column = np.array([0, 1, 2, 2, 2])[votes.verdict]
    table = chances(theta[votes.first] - theta[votes.second], tie)
    return np.asarray(np.log(table[column, np.arange(votes.votes)]))


@every_model
def test_agrees_with_another_fit_on_rows(name: str) -> None:
    votes = random_votes(models=6, votes=500, seed=4)
    rows = Comparisons(votes.models, votes.second, votes.first, np.array([1, 0, 2, 3, 4])[votes.verdict])

    def by_vote(parameters: Floats) -> Floats:
        return log_likelihood(rows, MODELS[name], parameters)

    def cost(parameters: Floats) -> float:
        return -float(by_vote(parameters).sum())

    found = minimize(cost, np.zeros(6), method="BFGS", tol=1e-4).x
    theta = np.append(found[:-1], 0)
    ranking = by_model(rank(name, votes.tally(), NATURAL))
    fitted = np.array([ranking[model].rating for model in votes.models])
    np.testing.assert_allclose(fitted, theta - theta.mean(), rtol=0, atol=2e-5)
    error = standard_errors(by_vote, found)
    upper = np.array([ranking[model].upper for model in votes.models])
    np.testing.assert_allclose((upper - fitted) / 1.959964, error, rtol=1e-3)


def standard_errors(by_vote: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Sandwich errors of the strengths in the mean-zero gauge, from differences of the log likelihood alone."""
    units = np.eye(len(at)) * 1e-4
    scores = np.stack([(by_vote(at + u) - by_vote(at - u)) / 2e-4 for u in units], axis=1)
    hessian = [
        [
            (by_vote(at + u + v) - by_vote(at + u - v) - by_vote(at - u + v) + by_vote(at - u - v)).sum()
            for v in units
        ]
        for u in units
    ]
    inverse = np.linalg.inv(np.array(hessian) / 4e-8)
    covariance = np.zeros((len(at), len(at)))
    covariance[:-1, :-1] = (inverse @ scores.T @ scores @ inverse)[:-1, :-1]
    centred = np.eye(len(at)) - 1 / len(at)
    return np.sqrt(np.diag(centred @ covariance @ centred))


def root_mean_square(ranking: Ranking, theta: Floats) -> float:
    truth = 1000 + 400 / math.log(10) * (theta - theta.mean())
    fitted = np.array([rating(ranking, model) for model in named(len(theta))])
    return float(np.sqrt(((fitted - truth) ** 2).mean()))


@every_model
def test_half_wins_stay_biased_where_ties_follow_the_model(name: str) -> None:
    theta = np.random.default_rng(5).normal(0, 0.8, 20)
    tie = {"davidson": 0.45, "rao_kupper": 1.45}[name]  # about 15 % of the votes are ties
    errors: dict[str, list[float]] = {name: [], "bradley_terry": []}
    for votes in (100, 10_000):
        tally = planted(MODELS[name], theta, tie, [votes] * 190, seed=6)
        ties = sum(record.ties for record in tally.records().values()) / 2 / tally.votes
        assert 0.12 < ties < 0.18
        for method, found in errors.items():
            found.append(root_mean_square(rank(method, tally, {}), theta))
    assert errors[name][1] < 1.5 < errors[name][0]
    assert errors["bradley_terry"][1] > {"davidson": 15, "rao_kupper": 3}[name]


@every_model
def test_intervals_cover_as_often_as_they_say(name: str) -> None:
    """Also a newcomer with few votes beside millions."""
    theta = np.array([0.6, 0.3, 0.0, -0.3, -0.6])
    votes = [25 if newcomer == 4 else 50_000 for newcomer in np.triu_indices(5, 1)[1]]
    covered = np.zeros(5)
    settings: dict[str, Setting] = {**NATURAL, "level": 0.9, "rank_bounds": "overlap"}
    for seed in range(1000, 1300):
        rows = by_model(rank(name, planted(MODELS[name], theta, 1.4, votes, seed), settings))
        limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in named(5)]
        covered += [low <= truth <= high for truth, (low, high) in zip(theta, limits, strict=True)]
    assert (covered >= 0.86 * 300).all()  # the standard error of a share is .017
    assert (covered <= 0.94 * 300).all()


@every_model
def test_without_ties_it_is_bradley_terry(name: str) -> None:
    for wins in ([[0, 7, 8], [3, 0, 6], [2, 4, 0]], [[0, 4, 4], [0, 0, 3], [0, 2, 0]]):
        there = rank(name, matrix_tally("ABC", wins), {})
        usual = rank("bradley_terry", matrix_tally("ABC", wins), {})
        assert ratings(there) == pytest.approx(ratings(usual))
        assert [row.prior for row in there.rows] == [row.prior for row in usual.rows]
        assert [row.upper is None for row in there.rows] == [row.upper is None for row in usual.rows]


@every_model
def test_hardly_any_tie_is_hardly_another_board(name: str) -> None:
    wins = [[0, 7_000_000, 8_000_000], [3_000_000, 0, 6_000_000], [2_000_000, 4_000_000, 0]]
    one_tie = rank(name, matrix_tally("ABC", wins, [[0, 1, 0], [0, 0, 0], [0, 0, 0]]), {})
    assert ratings(one_tie) == pytest.approx(ratings(rank(name, matrix_tally("ABC", wins), {})), abs=1e-3)


@every_model
@pytest.mark.parametrize("wins", [0, 1])
def test_ties_alone_leave_both_sides_open(name: str, wins: int) -> None:
    """One win and one tie of a pair are likeliest where the loss is impossible: infinitely far apart."""
    ranking = rank(name, matrix_tally("xy", [[0, wins], [0, 0]], [[0, 3], [0, 0]]), {})
    rows = by_model(ranking)
    assert ranking.prior
    assert (rows["x"].upper, rows["y"].lower) == (None, None)
    assert (rows["x"].lower is None) == (wins == 0)
    assert (rating(ranking, "x") > rating(ranking, "y")) == (wins == 1)
    assert [(row.rank_best, row.rank_worst) for row in ranking.rows] == [(1, 2), (1, 2)]
    without = rank(name, matrix_tally("xy", [[0, wins], [0, 0]], [[0, 3], [0, 0]]), {"prior_weight": 0})
    assert {row.problem for row in without.rows} == {
        "never lost and no prior",
        "never won and no prior",
    } or not wins


@every_model
def test_a_cycle_with_more_wins_than_ties_needs_no_prior(name: str) -> None:
    round_about = [("a", "b", A, 1), ("b", "c", A, 1), ("c", "a", TIE, 1)]
    assert not rank(name, Tally.of(round_about), {}).prior
    assert rank(name, Tally.of([*round_about[1:], ("a", "b", TIE, 1)]), {}).prior


@every_model
def test_both_bad_follows_its_setting(name: str) -> None:
    cells = [("x", "y", A, 6), ("x", "y", B, 2), ("x", "y", TIE, 4)]
    tally = Tally.of([*cells, ("x", "y", Verdict.BOTH_BAD, 8)])
    assert rank(name, tally, {"both_bad": "drop"}).rows == rank(name, Tally.of(cells), {}).rows
    as_ties = Tally.of([*cells, ("x", "y", Verdict.BOTH_GOOD, 8)])
    assert rank(name, tally, {}) == rank(name, as_ties, {})


@every_model
def test_the_expected_score_counts_a_tie_as_a_half(name: str) -> None:
    votes = matrix_tally("xy", [[0, 8], [2, 0]], [[0, 4], [0, 0]])
    assert by_model(rank(name, votes, {}))["x"].mean_win_probability == pytest.approx(10 / 14)


@every_model
def test_votes_beyond_double_precision_are_refused_not_guessed(name: str) -> None:
    many = 10**15
    ranking = rank(
        name,
        matrix_tally("abc", [[0, many, 0], [1, 0, many], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [0] * 3]),
        {},
    )
    for row in ranking.rows:
        assert row.problem == Remark.LOPSIDED if row.rating is None else math.isfinite(row.rating)


def test_the_two_are_different_models() -> None:
    tally = random_votes(models=6, votes=2000, seed=2).tally()
    assert METHODS["davidson"].settings is METHODS["rao_kupper"].settings
    assert ratings(rank("davidson", tally, {})) != pytest.approx(
        ratings(rank("rao_kupper", tally, {})), abs=1
    )
