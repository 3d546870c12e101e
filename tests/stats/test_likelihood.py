"""Weights and bootstrap of the fitted methods: against rows written out, the sandwich, and truth that was planted."""

import math
from dataclasses import replace

import numpy as np
import pytest

from app.stats.rankings import METHODS, rank
from app.stats.rankings.ranking import Ranking, Setting, UnusableValue
from app.stats.tally import Comparisons, Ints, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, by_model, named, random_votes, rating, ratings

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
NATURAL: dict[str, Setting] = {"scale": math.log(10), "center": 0.0}
every_fitted = pytest.mark.parametrize(
    "name", [name for name, method in METHODS.items() if method.spread is not None]
)


def test_the_fitted_methods_are_these() -> None:
    fitted = [name for name, method in METHODS.items() if method.spread is not None]
    assert fitted == ["bradley_terry", "davidson", "rao_kupper", "both_bad_aware"]


def margins(ranking: Ranking) -> Floats:
    rows = by_model(ranking)
    return np.array([(rows[model].upper or 0) - (rows[model].rating or 0) for model in sorted(rows)])


def dealt(votes: Comparisons, seed: int) -> Comparisons:
    """With probabilities that depend on the pair."""
    table = np.random.default_rng(seed).choice([0.05, 0.1, 0.2], (len(votes.models),) * 2)
    return replace(votes, probability=np.maximum(table, table.T)[votes.first, votes.second])


@every_fitted
def test_a_weight_that_is_a_whole_number_fits_as_so_many_votes(name: str) -> None:
    votes = dealt(random_votes(models=5, votes=300, seed=4), seed=1)
    assert votes.probability is not None
    weight = np.rint(1 / votes.probability).astype(np.int64)
    weighted = rank(name, votes, {"weights": "inverse_probability"})
    first, second, verdict = (np.repeat(each, weight) for each in (votes.first, votes.second, votes.verdict))
    repeated = Comparisons(votes.models, first, second, verdict)
    assert weighted.votes == 300
    assert ratings(weighted) == pytest.approx(ratings(rank(name, repeated, {})), abs=1e-6)
    if name == "both_bad_aware":
        return  # the prior of its slopes adds to the scatter, and so sets other limits for repeated votes
    # Votes repeated w times claim w times as much; what belongs together is said by their ballot.
    together = replace(repeated, ballot=np.repeat(np.arange(300), weight))
    limits = rank(name, together, {"cluster": "ballot"})
    usual = rank(
        name, replace(votes, ballot=np.arange(300)), {"cluster": "ballot", "weights": "inverse_probability"}
    )
    assert (margins(weighted) < margins(usual)).all()
    assert margins(usual) == pytest.approx(margins(limits), rel=1e-6)


@every_fitted
def test_weights_that_are_all_alike_change_nothing(name: str) -> None:
    votes = replace(random_votes(models=5, votes=400, seed=4), probability=np.ones(400))
    usual, weighted = (rank(name, votes, {"weights": each}) for each in ("none", "inverse_probability"))
    assert weighted.rows == usual.rows
    assert (usual.figures, weighted.figures) == ({}, {"effective_votes": 400})


def test_the_effective_number_of_votes_is_that_of_kish() -> None:
    votes = replace(
        Comparisons.of([("x", "y", A)] * 6 + [("x", "y", B)] * 4), probability=np.array([0.5] * 6 + [0.1] * 4)
    )
    ranking = rank("bradley_terry", votes, {"weights": "inverse_probability"})
    assert ranking.figures == {"effective_votes": pytest.approx((6 * 2 + 4 * 10) ** 2 / (6 * 4 + 4 * 100))}
    assert rating(ranking, "x") - rating(ranking, "y") == pytest.approx(400 * math.log10(12 / 40))


@every_fitted
def test_limits_under_weights_cover_where_pairs_were_dealt_unevenly(name: str) -> None:
    """Without weights the mean of an intransitive board depends on which pairs were dealt; with them it does not."""
    generator = np.random.default_rng(3)
    first, second = np.triu_indices(4, 1)
    chance = np.array([0.7, 0.2, 0.8, 0.5, 0.4, 0.6])  # of the first: no ratings explain these
    deal = np.array([0.4, 0.05, 0.05, 0.2, 0.1, 0.2])
    many = Tally(named(4), np.repeat(first, 2), np.repeat(second, 2), np.tile([0, 1], 6), counted(chance))
    truth = np.array([rating(rank(name, many, NATURAL), model) for model in named(4)])
    covered = np.zeros(2)
    for _ in range(150):
        pair = generator.choice(6, 800, p=deal)
        verdict = (generator.random(800) > chance[pair]).astype(np.int64)
        votes = Comparisons(named(4), first[pair], second[pair], verdict, probability=deal[pair])
        for number, weights in enumerate(("none", "inverse_probability")):
            rows = by_model(rank(name, votes, {**NATURAL, "weights": weights, "rank_bounds": "overlap"}))
            limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in named(4)]
            covered[number] += np.mean(
                [low <= true <= high for true, (low, high) in zip(truth, limits, strict=True)]
            )
    assert covered[0] / 150 < 0.7
    assert 0.91 <= covered[1] / 150 <= 0.98


def counted(chance: Floats) -> Ints:
    won = np.rint(chance * 10**6).astype(np.int64)
    return np.asarray(np.stack([won, 10**6 - won], axis=1).ravel())


def test_pairs_alike_weigh_by_their_votes_but_at_least_fifty() -> None:
    """arena-rank's rule: 60 votes weigh 1/60 each, 20 votes 1/50."""
    tally = Tally.of(
        [
            ("x", "y", A, 40),
            ("x", "y", B, 20),
            ("y", "z", A, 12),
            ("y", "z", B, 8),
            ("z", "x", A, 600),
            ("z", "x", B, 300),
        ]
    )
    votes = replace(
        Comparisons.of(
            [("x", "y", A)] * 40
            + [("x", "y", B)] * 20
            + [("y", "z", A)] * 12
            + [("y", "z", B)] * 8
            + [("z", "x", A)] * 600
            + [("z", "x", B)] * 300
        ),
        probability=np.array([0.06] * 60 + [0.05] * 20 + [0.9] * 900),
    )
    alike = rank("bradley_terry", tally, {"weights": "pairs"})
    same = rank("bradley_terry", votes, {"weights": "inverse_probability"})
    assert ratings(alike) == pytest.approx(ratings(same))
    assert margins(alike) == pytest.approx(margins(same))
    assert alike.figures["effective_votes"] == pytest.approx(same.figures["effective_votes"])
    assert ratings(alike) != pytest.approx(ratings(rank("bradley_terry", tally, {})), abs=10)


@pytest.mark.parametrize("weights", ["pairs", "inverse_probability"])
def test_a_virtual_vote_weighs_as_much_as_a_vote_of_its_pair(weights: str) -> None:
    votes = replace(Comparisons.of([("x", "y", A)] * 3), probability=np.full(3, 0.01))
    usual, weighted = (rank("bradley_terry", votes, {"weights": each}) for each in ("none", weights))
    assert ratings(weighted) == pytest.approx(ratings(usual))
    assert margins(weighted) == pytest.approx(margins(usual))


def test_votes_without_a_probability_are_counted_in_the_refusal() -> None:
    votes = replace(random_votes(3, 50, 1), probability=np.where(np.arange(50) < 12, 0, 0.5))
    with pytest.raises(UnusableValue, match="12 of 50 votes do not say with which probability"):
        rank("davidson", votes, {"weights": "inverse_probability"})
    with pytest.raises(UnusableValue, match="50 of 50"):
        rank("davidson", random_votes(3, 50, 1), {"weights": "inverse_probability"})
    with pytest.raises(UnusableValue, match="not counted in cells"):
        rank("davidson", votes.tally(), {"weights": "inverse_probability"})


@every_fitted
@pytest.mark.parametrize("cluster", ["none", "voter"])
def test_the_bootstrap_agrees_with_the_sandwich(name: str, cluster: str) -> None:
    votes = replace(
        random_votes(models=4, votes=1500, seed=6), voter=np.random.default_rng(1).integers(0, 300, 1500)
    )
    settings: dict[str, Setting] = {"cluster": cluster, "rounds": 400}
    there, usual = (rank(name, votes, {**settings, "interval": each}) for each in ("bootstrap", "sandwich"))
    assert ratings(there) == ratings(usual)
    assert margins(there) == pytest.approx(margins(usual), rel=0.12)  # an sd of 400 is known to 3.5 %


def test_the_bootstrap_follows_clusters_and_weights() -> None:
    votes = dealt(random_votes(models=4, votes=900, seed=6), seed=2)
    ninth = replace(votes, voter=np.repeat(np.arange(100), 9), verdict=np.repeat(votes.verdict[::9], 9))
    settings: dict[str, Setting] = {"interval": "bootstrap", "rounds": 300}
    for chosen in ({"cluster": "voter"}, {"weights": "inverse_probability"}, {"weights": "pairs"}):
        drawn = rank("bradley_terry", ninth, {**settings, **chosen})
        assert margins(drawn) == pytest.approx(margins(rank("bradley_terry", ninth, chosen)), rel=0.15)


def test_a_single_vote_certifies_nothing_in_a_bootstrap_either() -> None:
    for verdict in (A, TIE):
        votes = Tally.of([("x", "y", verdict, 1)])
        drawn, usual = (
            rank("bradley_terry", votes, {"interval": each}) for each in ("bootstrap", "sandwich")
        )
        assert [(row.rank_best, row.rank_worst) for row in drawn.rows] == [(1, 2)] * 2
        for row, other in zip(drawn.rows, usual.rows, strict=True):
            assert (row.lower is None, row.upper is None) == (other.lower is None, other.upper is None)
            assert row.lower is None or abs(row.lower - 1000) > 150


def test_a_tally_is_resampled_by_cells_the_same_in_any_order() -> None:
    tally = random_votes(models=5, votes=300, seed=2).tally()
    order = np.random.default_rng(0).permutation(len(tally.count))
    other = Tally(
        tally.models, *(each[order] for each in (tally.first, tally.second, tally.verdict, tally.count))
    )
    settings: dict[str, Setting] = {"interval": "bootstrap", "rounds": 100}
    assert rank("davidson", tally, settings) == rank("davidson", other, settings)


def test_reliability_weighs_as_inverse_probability_does() -> None:
    probability = np.random.default_rng(3).uniform(0.2, 1, 300)
    votes = replace(random_votes(4, 300, 3), probability=probability, reliability=1 / probability)
    one, other = (
        rank("bradley_terry", votes, {"weights": each}) for each in ("reliability", "inverse_probability")
    )
    for mine, same in zip(one.rows, other.rows, strict=True):
        assert (mine.rating, mine.lower) == pytest.approx((same.rating, same.lower))
    with pytest.raises(UnusableValue, match="how reliable"):
        rank("bradley_terry", replace(votes, reliability=None), {"weights": "reliability"})


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_a_reliability_is_above_nothing(wrong: float) -> None:
    with pytest.raises(ValueError, match="reliability"):
        replace(random_votes(3, 2, 1), reliability=np.array([1.0, wrong]))
