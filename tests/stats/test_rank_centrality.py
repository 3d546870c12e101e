"""Rank centrality against choix on single votes, its errors against differences and against planted truth."""

import math
from dataclasses import replace

import choix
import numpy as np
import pytest

from app.stats.pairs import Pairs
from app.stats.rankings import rank, rank_centrality
from app.stats.rankings.remarks import Remark
from app.stats.tally import COUNTED, Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import by_model, matrix_tally, named, random_votes, rating, ratings, simulated

NATURAL = {"scale": math.log(10), "center": 0.0}


def wins_of(votes: Comparisons) -> list[tuple[int, int]]:
    """(winner, loser) rows as choix takes them, two for every vote: a tie is one each way."""
    rows = []
    for first, second, code in zip(votes.first, votes.second, votes.verdict, strict=True):
        verdict = COUNTED[code]
        one = (second, first) if verdict is Verdict.B else (first, second)
        other = one if verdict in (Verdict.A, Verdict.B) else one[::-1]
        rows += [one, other]
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_choix(seed: int) -> None:
    votes = random_votes(models=4 + 6 * seed, votes=3000, seed=seed)
    expected = choix.rank_centrality(len(votes.models), wins_of(votes))
    fitted = ratings(rank("rank_centrality", votes.tally(), NATURAL))
    assert fitted == pytest.approx(dict(zip(votes.models, expected, strict=True)), abs=1e-8)


def test_a_pair_alone_is_bradley_terry() -> None:
    """Also its interval: the walk between two models has the odds of the votes."""
    tally = matrix_tally("xy", [[0, 8], [2, 0]])
    there, usual = (by_model(rank(name, tally, {}))["x"] for name in ("rank_centrality", "bradley_terry"))
    assert there.rating == pytest.approx(usual.rating)
    assert there.upper == pytest.approx(usual.upper)


def test_every_pair_counts_alike() -> None:
    few = matrix_tally("ABC", [[0, 7, 8], [3, 0, 6], [2, 4, 0]])
    many = matrix_tally("ABC", [[0, 7000, 8], [3000, 0, 6], [2, 4, 0]])
    assert ratings(rank("rank_centrality", few, {})) == pytest.approx(
        ratings(rank("rank_centrality", many, {}))
    )


def test_errors_are_those_of_differences() -> None:
    """The covariance once more, from the ratings after a small change of each pair's share."""
    tally = random_votes(models=5, votes=400, seed=3).tally()
    pairs = Pairs.of(tally, "half", "tie")
    usual = rank_centrality._estimate(pairs, np.zeros(0, dtype=np.int64))
    gap = usual.theta[pairs.first] - usual.theta[pairs.second]
    p = 1 / (1 + np.exp(-gap))
    by_vote = pairs.won * (1 - p) ** 2 + pairs.lost * p**2 + pairs.tied * (0.5 - p) ** 2
    covariance = np.zeros((5, 5))
    for pair in range(len(pairs.first)):
        moved = np.zeros(len(pairs.first))
        moved[pair] = 1e-4 * pairs.games[pair]
        changed = replace(pairs, won=pairs.won + moved, lost=pairs.lost - moved)
        slope = (rank_centrality._estimate(changed, np.zeros(0, dtype=np.int64)).theta - usual.theta) / 1e-4
        covariance += np.outer(slope, slope) * by_vote[pair] / pairs.games[pair] ** 2
    np.testing.assert_allclose(usual.root @ usual.root.T, covariance, rtol=5e-3, atol=1e-4)


def test_intervals_cover_as_often_as_they_say_and_are_wider_than_those_of_maximum_likelihood() -> None:
    theta = np.array([0.8, 0.3, 0.0, -0.3, -0.8])
    votes = np.array([40, 80, 120, 160, 40, 80, 120, 160, 40, 80])
    generator = np.random.default_rng(4)
    covered, widths = np.zeros(5), np.zeros(2)
    for _ in range(300):
        tally = simulated(theta, votes, tie_share=1.0, generator=generator)
        rows, likely = (
            by_model(rank(name, tally, {**NATURAL, "rank_bounds": "overlap"}))
            for name in ("rank_centrality", "bradley_terry")
        )
        limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in named(5)]
        covered += [low <= truth <= high for truth, (low, high) in zip(theta, limits, strict=True)]
        widths += [
            sum((row.upper or 0) - (row.lower or 0) for row in each.values()) for each in (rows, likely)
        ]
    assert 0.92 <= covered.mean() / 300 <= 0.975
    assert widths[0] > 1.02 * widths[1]


def test_an_undefeated_model_needs_the_prior() -> None:
    ranking = rank("rank_centrality", matrix_tally("ABC", [[0, 4, 4], [0, 0, 3], [0, 2, 0]]), {})
    assert ranking.prior
    assert by_model(ranking)["A"].upper is None
    without = rank("rank_centrality", matrix_tally("xy", [[0, 4], [0, 0]]), {"prior_weight": 0})
    assert [row.problem for row in without.rows] == ["never lost and no prior", "never won and no prior"]


@pytest.mark.parametrize(
    "wins",
    [
        [[0, 0, 10**12, 0], [0, 0, 10**16, 10**5], [10**15, 1, 0, 0], [0, 10**16, 10**15, 0]],  # π below 0
        [[0, 0, 10, 0], [0, 0, 0, 10**16], [0, 0, 0, 10**7], [1, 1, 10**6, 0]],  # a singular system
    ],
)
def test_what_double_precision_cannot_tell_apart_is_refused(wins: list[list[int]]) -> None:
    rows = rank("rank_centrality", matrix_tally("abcd", wins), {}).rows
    assert [(row.rating, row.problem) for row in rows] == [(None, Remark.LOPSIDED)] * 4


def test_it_is_consistent() -> None:
    theta = np.array([0.9, 0.1, -0.2, -0.8])
    tally = simulated(theta, np.full(6, 10**7), tie_share=0.5, generator=np.random.default_rng(1))
    fitted = [rating(rank("rank_centrality", tally, NATURAL), model) for model in named(4)]
    assert fitted == pytest.approx(theta.tolist(), abs=0.002)
