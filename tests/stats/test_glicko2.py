"""Glicko-2 against Glickman's worked example and against his steps written out once more."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from glicko2.math import update_rating
from scipy.optimize import brentq

from app.stats.rankings import rank
from app.stats.rankings.remarks import Remark
from app.stats.tally import COUNTED, Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import by_model, random_votes, rating, ratings

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
UNIT = 173.7178
Standing = tuple[float, float, float]


def after(own: Standing, games: Sequence[Standing], tau: float) -> Standing:
    """μ, φ and volatility by the steps of the paper; a game is the opponent's μ and φ, and the score."""
    mu, phi, sigma = own
    if not games:
        return mu, math.hypot(phi, sigma), sigma
    other, deviation, score = np.array(games).T
    g = 1 / np.sqrt(1 + 3 * deviation**2 / math.pi**2)
    expected = 1 / (1 + np.exp(-g * (mu - other)))
    v = 1 / float((g**2 * expected * (1 - expected)).sum())
    gain = float((g * (score - expected)).sum())

    def drift(x: float) -> float:
        variance = phi**2 + v + math.exp(x)
        surprise = (v * gain) ** 2 - variance
        return math.exp(x) * surprise / (2 * variance**2) - (x - math.log(sigma**2)) / tau**2

    sigma = math.exp(float(brentq(drift, -60, 60, xtol=1e-14)) / 2)
    phi = 1 / math.sqrt(1 / (phi**2 + sigma**2) + 1 / v)
    return mu + phi**2 * gain, phi, sigma


def test_glickmans_example() -> None:
    """1500 ± 200 beats 1400 ± 30 and loses to 1550 ± 100 and 1700 ± 300 with τ = .5: 1464.06 ± 151.52, volatility
    .05999.

    He prints what comes of rounded steps, 1464.06; unrounded they give 1464.05.
    """
    own = (0.0, 200 / UNIT, 0.06)
    games = [
        ((opponent - 1500) / UNIT, deviation / UNIT, score)
        for opponent, deviation, score in ((1400, 30, 1.0), (1550, 100, 0.0), (1700, 300, 0.0))
    ]
    for mu, phi, sigma in (after(own, games, 0.5), update_rating(*own, games, tau=0.5)):
        assert 1500 + UNIT * mu == pytest.approx(1464.06, abs=0.01)
        assert UNIT * phi == pytest.approx(151.52, abs=0.005)
        assert sigma == pytest.approx(0.05999, abs=1e-5)


@pytest.mark.parametrize(("period", "tau"), [(1, 0.5), (7, 0.9), (50, 0.3), (1000, 1.2)])
def test_agrees_with_the_steps_written_out(period: int, tau: float) -> None:
    """One of the models enters after two thirds of the votes."""
    drawn = random_votes(models=5, votes=400, seed=period)
    late = (np.maximum(drawn.first, drawn.second) < 4) | (np.arange(400) > 266)
    votes = Comparisons(drawn.models, drawn.first[late], drawn.second[late], drawn.verdict[late])
    standing = dict.fromkeys(votes.models, (0.0, 350 / UNIT, 0.06))
    rows = list(zip(votes.first, votes.second, votes.verdict, strict=True))
    entered: set[str] = set()
    for start in range(0, len(rows), period):
        games: dict[str, list[Standing]] = {}
        for first, second, code in rows[start : start + period]:
            score = {A: 1.0, B: 0.0}.get(COUNTED[code], 0.5)
            one, other = votes.models[first], votes.models[second]
            games.setdefault(one, []).append((*standing[other][:2], score))
            games.setdefault(other, []).append((*standing[one][:2], 1 - score))
        entered |= games.keys()
        standing |= {model: after(standing[model], games.get(model, []), tau) for model in entered}
    found = rank("glicko2", votes, {"period": period, "tau": tau})
    mean = sum(mu for mu, *_ in standing.values()) / len(standing)
    for row in found.rows:
        mu, phi, _ = standing[row.model]
        assert row.rating == pytest.approx(1000 + UNIT * (mu - mean), abs=0.01)
        assert row.upper is not None
        assert row.upper - (row.rating or 0) == pytest.approx(1.959964 * UNIT * phi, abs=0.01)


def test_the_chance_to_win_takes_both_deviations_into_account() -> None:
    """Glickman 1999: 1/(1 + 10^(−g(√(RD_x² + RD_y²))(r_x − r_y)/400)), g(RD) = 1/√(1 + 3(RD·ln10/400π)²)."""
    rows = by_model(rank("glicko2", Comparisons.of([("x", "y", A)] * 3 + [("x", "y", B)]), {}))
    x, y = rows["x"], rows["y"]
    deviations = [((row.upper or 0) - (row.rating or 0)) / 1.959964 for row in (x, y)]
    g = 1 / math.sqrt(1 + 3 * (math.hypot(*deviations) * math.log(10) / 400 / math.pi) ** 2)
    chance = 1 / (1 + 10 ** (-g * ((x.rating or 0) - (y.rating or 0)) / 400))
    assert x.mean_win_probability == pytest.approx(chance, abs=1e-6)


def test_the_order_of_the_votes_matters() -> None:
    votes = random_votes(models=4, votes=200, seed=1)
    back = Comparisons(votes.models, votes.first[::-1], votes.second[::-1], votes.verdict[::-1])
    there = ratings(rank("glicko2", votes, {"period": 20}))
    assert ratings(rank("glicko2", back, {"period": 20})) != pytest.approx(there, abs=1)


def test_votes_of_one_period_are_simultaneous() -> None:
    votes = random_votes(models=4, votes=60, seed=1)
    back = Comparisons(votes.models, votes.first[::-1], votes.second[::-1], votes.verdict[::-1])
    there = ratings(rank("glicko2", votes, {"period": 60}))
    assert ratings(rank("glicko2", back, {"period": 60})) == pytest.approx(there)


def test_dropped_votes_take_no_place_in_a_period() -> None:
    """Ten wins and ten losses; every second vote is a tie that does not count."""
    decided = [("x", "y", A)] * 10 + [("x", "y", B)] * 10
    mixed = [vote for each in decided for vote in (each, ("x", "y", TIE))]
    there = ratings(rank("glicko2", Comparisons.of(decided), {"period": 5}))
    assert ratings(rank("glicko2", Comparisons.of(mixed), {"period": 5, "ties": "drop"})) == there


def test_a_model_that_meets_nobody_becomes_less_certain() -> None:
    early = [("x", "y", A), ("y", "x", A)] * 10
    late = [("y", "z", A), ("z", "y", A)] * 50
    before = by_model(rank("glicko2", Comparisons.of([*early, *late[:20]]), {"period": 20}))["x"]
    later = by_model(rank("glicko2", Comparisons.of([*early, *late]), {"period": 20}))["x"]
    widths = [(row.upper or 0) - (row.rating or 0) for row in (before, later)]
    assert widths[1] > widths[0]


def test_a_model_that_turns_good_overtakes() -> None:
    """A thousand votes of the past weigh less than the last hundred; Bradley–Terry still ranks it last."""
    votes = Comparisons.of([("x", "y", B), ("x", "y", B), ("x", "y", A)] * 300 + [("x", "y", A)] * 200)
    followed = rank("glicko2", votes, {"period": 20})
    assert rating(followed, "x") > rating(followed, "y")
    likely = rank("bradley_terry", votes, {})
    assert rating(likely, "x") < rating(likely, "y")


def test_ratings_that_run_away_are_refused() -> None:
    votes = Comparisons.of([("x", "y", A)] * 1000 + [("x", "y", B)] * 1000 + [("x", "y", A)] * 1000)
    ranking = rank("glicko2", votes, {"period": 1000})
    assert [(row.rating, row.problem) for row in ranking.rows] == [(None, Remark.RAN_AWAY)] * 2
    assert all(row.rating is not None for row in rank("glicko2", votes, {"period": 20}).rows)
