"""Plackett–Luce against choix, against scipy on the likelihood written out, and on ballots that are no rankings."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import choix
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from app.stats.rankings import rank
from app.stats.tally import COUNTED, Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, by_model, named, random_votes, ratings

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
NATURAL = {"scale": float(np.log(10)), "center": 0.0}
Vote = tuple[str, str, Verdict]


def pairs_of(ranking: Sequence[str]) -> list[Vote]:
    return [(better, worse, A) for better, worse in combinations(ranking, 2)]


def ballots(*groups: Sequence[Vote]) -> Comparisons:
    """A ballot for each group of votes, some of them turned, in the order worst pair first."""
    rows = [(vote, number) for number, group in enumerate(groups) for vote in reversed(group)]
    turned = [
        (vote[1], vote[0], {A: B, B: A}.get(vote[2], vote[2])) if place % 2 else vote
        for place, (vote, _) in enumerate(rows)
    ]
    return replace(Comparisons.of(turned), ballot=np.array([number for _, number in rows]))


def simulated(theta: Floats, rankings: int, k: int, generator: np.random.Generator) -> list[list[int]]:
    """Rankings of k random models each: the order of θ plus Gumbel noise is a Plackett–Luce draw."""
    drawn = []
    for _ in range(rankings):
        members = generator.choice(len(theta), k, replace=False)
        drawn.append(members[np.argsort(-(theta[members] + generator.gumbel(size=k)))].tolist())
    return drawn


def of_rankings(rankings: list[list[int]], size: int) -> Comparisons:
    names = named(size)
    return ballots(*(pairs_of([names[index] for index in ranking]) for ranking in rankings))


def likeliest(rankings: list[list[int]], size: int) -> Floats:
    """θ by scipy on the likelihood as it is written, mean 0."""

    def loss(theta: Floats) -> float:
        chosen = [
            theta[ranking[place]] - logsumexp(theta[ranking[place:]])
            for ranking in rankings
            for place in range(len(ranking) - 1)
        ]
        return float(-np.sum(chosen) + theta.mean() ** 2)

    found = minimize(loss, np.zeros(size), method="BFGS", options={"gtol": 1e-9})
    return np.asarray(found.x - found.x.mean())


def test_three_rankings() -> None:
    """ABC, ACB, BAC (METHODS 2.25), whose likelihood scipy maximises."""
    rankings = [[0, 1, 2], [0, 2, 1], [1, 0, 2]]
    found = rank("plackett_luce", of_rankings(rankings, 3), NATURAL)
    assert [ratings(found)[model] for model in named(3)] == pytest.approx(likeliest(rankings, 3), abs=1e-6)
    assert found.figures["rankings"] == 3
    shares = ratings(rank("win_rate", of_rankings(rankings, 3), {}))
    assert [shares[model] for model in named(3)] == pytest.approx([83.3333, 50, 16.6667], abs=1e-4)


@pytest.mark.parametrize(("k", "seed"), [(3, 1), (4, 2), (6, 3)])
def test_agrees_with_choix_on_rankings(k: int, seed: int) -> None:
    theta = np.linspace(-1, 1, 7)
    rankings = simulated(theta, 150, k, np.random.default_rng(seed))
    expected = choix.ilsr_rankings(7, [tuple(each) for each in rankings], tol=1e-11)
    found = ratings(rank("plackett_luce", of_rankings(rankings, 7), NATURAL))
    assert [found[model] for model in named(7)] == pytest.approx(expected - np.mean(expected), abs=1e-7)


def test_rankings_of_several_lengths_and_ties_agree_with_choix() -> None:
    """Every ranking twice, and a tie once each way."""
    theta = np.linspace(-1, 1, 5)
    generator = np.random.default_rng(4)
    rankings = [each for k in (2, 3, 5) for each in simulated(theta, 40, k, generator)]
    ties = [[int(index) for index in generator.choice(5, 2, replace=False)] for _ in range(30)]
    names = named(5)
    votes = ballots(
        *(pairs_of([names[index] for index in ranking]) for ranking in rankings),
        *([(names[a], names[b], TIE)] for a, b in ties),
    )
    rows = [tuple(each) for each in 2 * rankings + ties + [tie[::-1] for tie in ties]]
    expected = choix.ilsr_rankings(5, rows, tol=1e-11)
    found = ratings(rank("plackett_luce", votes, NATURAL))
    assert [found[model] for model in names] == pytest.approx(expected - np.mean(expected), abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_votes_on_pairs_are_bradley_terry(seed: int) -> None:
    """Ratings, limits and ranks, with a ballot a vote or none."""
    votes = random_votes(models=6, votes=300, seed=seed)
    usual = by_model(rank("bradley_terry", votes, {}))
    for given in (votes, replace(votes, ballot=np.arange(300))):
        for row in rank("plackett_luce", given, {}).rows:
            there = usual[row.model]
            assert row.rating == pytest.approx(there.rating, abs=1e-6)
            assert row.lower == pytest.approx(there.lower, abs=1e-5)
            assert (row.rank_best, row.rank_worst) == (there.rank_best, there.rank_worst)


def test_a_ballot_that_is_no_ranking_counts_as_its_pairs() -> None:
    circle = [("x", "y", A), ("y", "z", A), ("z", "x", A)]
    with_tie = [("x", "y", A), ("y", "z", TIE), ("x", "z", A)]
    short = [("x", "y", A), ("y", "z", B)]
    twice = [("x", "y", A), ("x", "y", A), ("y", "z", A)]
    groups = (circle, with_tie, short, twice)
    votes = ballots(*groups)
    found = rank("plackett_luce", votes, {})
    assert found.figures["rankings"] == 0
    assert ratings(found) == pytest.approx(ratings(rank("bradley_terry", votes, {})), abs=1e-6)
    assert rank("plackett_luce", ballots(*groups, pairs_of("xyz")), {}).figures["rankings"] == 1


def test_a_ranking_is_one_opinion() -> None:
    """The sandwich once more, a ranking at a time; as loose pairs the same votes look surer than they are."""
    theta = np.linspace(-0.8, 0.8, 5)
    rankings = simulated(theta, 200, 4, np.random.default_rng(5))
    votes = of_rankings(rankings, 5)
    found = rank("plackett_luce", votes, NATURAL)
    fitted = np.array([ratings(found)[model] for model in named(5)])
    gradients, information = np.zeros((200, 5)), np.zeros((5, 5))
    for row, ranking in enumerate(rankings):
        for place in range(3):
            left = ranking[place:]
            chance = np.zeros(5)
            chance[left] = np.exp(fitted[left] - logsumexp(fitted[left]))
            gradients[row] -= chance
            gradients[row, ranking[place]] += 1
            information += np.diag(chance) - np.outer(chance, chance)
    bread = np.linalg.pinv(information, rcond=1e-12)
    errors = np.sqrt(np.diag(bread @ gradients.T @ gradients @ bread))
    rows = by_model(found)
    widths = [(rows[model].upper or 0) - (rows[model].rating or 0) for model in named(5)]
    assert widths == pytest.approx(1.959964 * errors, rel=1e-5)


def test_intervals_cover_as_often_as_they_say() -> None:
    theta = np.array([0.8, 0.2, 0.0, -0.3, -0.7])
    generator = np.random.default_rng(6)
    covered = []
    for _ in range(120):
        votes = of_rankings(simulated(theta, 80, 3, generator), 5)
        rows = by_model(rank("plackett_luce", votes, {**NATURAL, "rank_bounds": "overlap"}))
        covered += [
            (rows[model].lower or -9) <= truth <= (rows[model].upper or 9)
            for model, truth in zip(named(5), theta, strict=True)
        ]
    assert 0.92 <= np.mean(covered) <= 0.975


def test_a_model_that_every_ranking_puts_first_needs_the_prior() -> None:
    votes = ballots(pairs_of("xyz"), pairs_of("xzy"), pairs_of("xyz"))
    ranking = rank("plackett_luce", votes, {})
    rows = by_model(ranking)
    assert ranking.prior
    assert (rows["x"].upper, rows["x"].rank) == (None, 1)
    without = by_model(rank("plackett_luce", votes, {"prior_weight": 0}))
    assert without["x"].problem == "never lost and no prior"


def test_islands_of_rankings_are_fitted_apart() -> None:
    there = [[0, 1, 2], [0, 2, 1], [1, 0, 2]]
    names = ("a", "b", "c")
    near = [pairs_of([names[index] for index in ranking]) for ranking in there]
    far = [pairs_of([("p", "q", "r")[index] for index in ranking]) for ranking in there]
    found = rank("plackett_luce", ballots(*near, *far), NATURAL)
    assert found.components == 2
    for models in (names, ("p", "q", "r")):
        assert [ratings(found)[model] for model in models] == pytest.approx(likeliest(there, 3), abs=1e-6)


def test_the_number_of_a_ballot_and_the_order_of_its_votes_say_nothing() -> None:
    theta = np.linspace(-1, 1, 5)
    votes = of_rankings(simulated(theta, 60, 3, np.random.default_rng(7)), 5)
    assert votes.ballot is not None
    mixed = np.random.default_rng(8).permutation(votes.votes)
    other = Comparisons(
        votes.models,
        votes.first[mixed],
        votes.second[mixed],
        votes.verdict[mixed],
        ballot=(1000 - 7 * votes.ballot)[mixed],
    )
    assert rank("plackett_luce", other, {}) == rank("plackett_luce", votes, {})
    assert {COUNTED[code] for code in votes.verdict} == {A, B}
