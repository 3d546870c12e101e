"""Ties and both-bad as information: another fit on rows, planted truth, and boards that lack an outcome."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from app.stats.rankings import rank
from app.stats.rankings.ranking import Setting
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, by_model, matrix_tally, named, random_votes, rating, ratings

A, B, TIE, BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD
NATURAL: dict[str, Setting] = {"scale": math.log(10), "center": 0.0}
KINDS = [COUNTED.index(verdict) for verdict in (A, B, TIE, BAD)]
FALLING = (-0.6, 0.3, -0.8, -0.4)  # ties rise with the sum of the strengths, both-bad falls


def chances(first: Floats, second: Floats, shared: tuple[float, ...]) -> Floats:
    """Of A, B, tie and both bad (4, …)."""
    a, b, c, d = shared
    total = first + second
    weights = np.exp([(first - second) / 2, (second - first) / 2, a + b * total, c + d * total])
    return np.asarray(weights / weights.sum(axis=0))


def planted(theta: Floats, votes: int, seed: int, shared: tuple[float, ...] = FALLING) -> Tally:
    first, second = np.triu_indices(len(theta), 1)
    table = chances(theta[first], theta[second], shared)
    counts = np.random.default_rng(seed).multinomial(votes, table.T)
    columns = (np.repeat(first, 4), np.repeat(second, 4), np.tile(KINDS, len(first)))
    return Tally(named(len(theta)), *columns, counts.ravel())


def test_agrees_with_another_fit_on_rows() -> None:
    votes = random_votes(models=5, votes=600, seed=4)
    column = np.array([0, 1, 2, 2, 3])[votes.verdict]

    def by_vote(parameters: Floats) -> Floats:
        theta = np.append(parameters[:4], 0)
        a, b, c, d = parameters[4:]
        table = chances(
            theta[votes.first], theta[votes.second], (a, np.tanh(b) / 2, c, -1 / (2 + 2 * np.exp(-d)))
        )
        return np.asarray(np.log(table[column, np.arange(votes.votes)]))

    def cost(parameters: Floats) -> float:
        return float((parameters[[5, 7]] ** 2).sum() / 2 - by_vote(parameters).sum())

    found = minimize(cost, np.zeros(8), method="BFGS", tol=1e-5).x
    theta = np.append(found[:4], 0)
    rows = by_model(rank("both_bad_aware", votes.tally(), NATURAL))
    fitted = np.array([rows[model].rating for model in votes.models])
    np.testing.assert_allclose(fitted, theta - theta.mean(), rtol=0, atol=2e-5)

    units = np.eye(8) * 1e-4
    scores = np.stack([(by_vote(found + u) - by_vote(found - u)) / 2e-4 for u in units], axis=1)
    hessian = [[cost(found + u + v) - cost(found + u - v) for v in units] for u in units]
    hessian = [
        [at - (cost(found - u + v) - cost(found - u - v)) for at, v in zip(row, units, strict=True)]
        for row, u in zip(hessian, units, strict=True)
    ]
    inverse = np.linalg.inv(np.array(hessian) / 4e-8)
    spread = scores.T @ scores + np.diag([0, 0, 0, 0, 0, 1, 0, 1])
    covariance = np.pad((inverse @ spread @ inverse)[:4, :4], (0, 1))
    centred = np.eye(5) - 1 / 5
    upper = np.array([rows[model].upper for model in votes.models])
    error = np.sqrt(np.diag(centred @ covariance @ centred))
    np.testing.assert_allclose((upper - fitted) / 1.959964, error, rtol=2e-3)


def off_by(method: str, tally: Tally, theta: Floats) -> float:
    """Root mean square error in Elo."""
    truth = 1000 + 400 / math.log(10) * (theta - theta.mean())
    fitted = np.array([rating(rank(method, tally, {}), model) for model in named(len(theta))])
    return float(np.sqrt(((fitted - truth) ** 2).mean()))


def test_where_quality_decides_what_is_undecided_other_models_stay_biased() -> None:
    theta = np.random.default_rng(3).normal(0, 0.7, 15)
    few, many = planted(theta, 100, seed=1), planted(theta, 20_000, seed=2)
    assert off_by("both_bad_aware", many, theta) < 1.5 < off_by("both_bad_aware", few, theta)
    assert off_by("davidson", many, theta) > 4
    assert off_by("bradley_terry", many, theta) > 30


def test_undecided_votes_sharpen_ratings() -> None:
    """With few decisive votes, both-bad tells the good from the bad: narrower intervals than by decisions alone."""
    tally = planted(np.linspace(1, -1, 6), 200, seed=3, shared=(-0.6, 0.3, 1.0, -0.45))
    decided = Tally(
        tally.models, tally.first, tally.second, tally.verdict, np.where(tally.verdict < 2, tally.count, 0)
    )
    widths = [
        sum((row.upper or 0) - (row.lower or 0) for row in rank(name, votes, {}).rows)
        for name, votes in (("both_bad_aware", tally), ("bradley_terry", decided))
    ]
    assert widths[0] < 0.9 * widths[1]


def test_intervals_cover_as_often_as_they_say() -> None:
    theta = np.array([0.8, 0.3, 0.0, -0.3, -0.8])
    covered = np.zeros(5)
    for seed in range(300):
        settings: dict[str, Setting] = {**NATURAL, "rank_bounds": "overlap", "level": 0.9}
        rows = by_model(rank("both_bad_aware", planted(theta, 150, seed), settings))
        limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in named(5)]
        covered += [low <= truth <= high for truth, (low, high) in zip(theta, limits, strict=True)]
    assert 0.87 <= covered.mean() / 300 <= 0.93


def test_one_pair_has_the_odds_of_its_decided_votes() -> None:
    votes = Tally.of([("x", "y", A, 8), ("x", "y", B, 2), ("x", "y", TIE, 5), ("x", "y", BAD, 9)])
    ranking = rank("both_bad_aware", votes, {})
    assert rating(ranking, "x") - rating(ranking, "y") == pytest.approx(400 * math.log10(8 / 2))
    assert by_model(ranking)["x"].mean_win_probability == pytest.approx((8 + 7) / 24)
    assert ranking.votes == 24


def test_both_bad_counts_against_both_models_of_the_pair() -> None:
    """Six undecided votes of each pair, told as ties or, for the pair of the weaker models, as both bad."""
    cells = [("x", "y", A, 8), ("x", "y", B, 4), ("y", "z", A, 8), ("y", "z", B, 4), ("x", "y", TIE, 6)]
    tied, bad = Tally.of([*cells, ("y", "z", TIE, 6)]), Tally.of([*cells, ("y", "z", BAD, 6)])
    assert ratings(rank("davidson", tied, {})) == ratings(rank("davidson", bad, {}))
    usual, told = (ratings(rank("both_bad_aware", votes, {})) for votes in (tied, bad))
    assert told["x"] - told["z"] > usual["x"] - usual["z"] + 20


@pytest.mark.parametrize("wins", [[[0, 7, 8], [3, 0, 6], [2, 4, 0]], [[0, 4, 4], [0, 0, 3], [0, 2, 0]]])
def test_without_undecided_votes_it_is_bradley_terry(wins: list[list[int]]) -> None:
    there, usual = (rank(name, matrix_tally("ABC", wins), {}) for name in ("both_bad_aware", "bradley_terry"))
    assert ratings(there) == pytest.approx(ratings(usual))
    assert [row.prior for row in there.rows] == [row.prior for row in usual.rows]


@pytest.mark.parametrize("verdict", [TIE, BAD, Verdict.BOTH_GOOD])
def test_undecided_votes_alone_leave_both_sides_open(verdict: Verdict) -> None:
    ranking = rank("both_bad_aware", Tally.of([("x", "y", verdict, 4), ("y", "z", verdict, 4)]), {})
    assert [(row.lower, row.upper, row.prior) for row in ranking.rows] == [(None, None, True)] * 3
    assert ratings(ranking) == pytest.approx(dict.fromkeys("xyz", 1000))


def test_decided_votes_that_do_not_connect_need_the_prior() -> None:
    """The tie of q and r would be likelier without end the better r is, if ties rose with strength."""
    island = [("p", "q", A, 2), ("p", "q", B, 1), ("q", "r", TIE, 1)]
    rows = by_model(rank("both_bad_aware", Tally.of(island), {}))
    assert all(row.prior for row in rows.values())
    assert (rows["r"].lower, rows["r"].upper) == (None, None)
    assert not rank("davidson", Tally.of(island), {}).prior


def test_equal_models_are_rarely_told_apart() -> None:
    told_apart = sum(
        max(row.rank_best or 0 for row in rank("both_bad_aware", planted(np.zeros(6), 60, seed), {}).rows) > 1
        for seed in range(200)
    )
    assert told_apart <= 20  # 10 to be expected, with a standard deviation of 3


def test_islands_take_their_own_both_bad() -> None:
    left = [("a", "b", A, 8), ("a", "b", B, 4), ("b", "c", A, 8), ("b", "c", B, 4), ("b", "c", BAD, 6)]
    right = [(f"{first}x", f"{second}x", verdict, 2 * votes) for first, second, verdict, votes in left]
    alone = by_model(rank("both_bad_aware", Tally.of(left), {}))
    both = by_model(rank("both_bad_aware", Tally.of([*left, *right]), {}))
    for model, row in alone.items():
        assert both[model].rating == pytest.approx(row.rating, abs=1e-9)


def test_votes_are_the_same_in_any_order() -> None:
    votes = random_votes(models=6, votes=400, seed=8)
    order = np.random.default_rng(0).permutation(400)
    other = Comparisons(votes.models, votes.first[order], votes.second[order], votes.verdict[order])
    assert rank("both_bad_aware", votes, {}) == rank("both_bad_aware", other, {})
