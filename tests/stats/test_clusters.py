"""Limits from clusters: against the textbook formula vote by vote, against truth with tastes, and carried forward."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import stdtrit

from app.stats.clusters import Carried
from app.stats.rankings import METHODS, rank
from app.stats.rankings.ranking import Ranking, Setting, UnusableValue
from app.stats.rankings.remarks import Remark
from app.stats.tally import COUNTED, Comparisons, Ints
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, by_model, named, random_votes, ratings

A, B, BAD = Verdict.A, Verdict.B, Verdict.BOTH_BAD
NATURAL: dict[str, Setting] = {"scale": math.log(10), "center": 0.0}


def grouped_votes(models: int, votes: int, clusters: int, seed: int) -> Comparisons:
    """Random votes whose clusters each like one model best, the same clusters as voters, prompts and ballots."""
    drawn = random_votes(models, votes, seed)
    generator = np.random.default_rng(seed + 1000)
    cluster = generator.integers(0, clusters, votes) * 7 - 3  # any whole numbers
    favourite = generator.integers(0, models, 7 * clusters)[cluster]
    fond = generator.random(votes) < 0.5
    verdict = np.where(fond & (drawn.first == favourite), COUNTED.index(A), drawn.verdict)
    verdict = np.where(fond & (drawn.second == favourite), COUNTED.index(B), verdict)
    return replace(drawn, verdict=verdict, voter=cluster, prompt=cluster, ballot=cluster)


def shares(name: str, first: Floats, second: Floats, shared: Floats) -> Floats:
    """P(A), P(B), P(tie) and P(both bad), (4, N), as each method's paper writes them."""
    gap, total = first - second, first + second
    none = np.zeros_like(gap)
    if name == "bradley_terry":
        p = 1 / (1 + np.exp(-gap))
        return np.stack([p, 1 - p, np.sqrt(p * (1 - p)), np.sqrt(p * (1 - p))])  # a tie is half of both
    if name == "davidson":
        weights = np.exp([gap, none, gap / 2 + shared[0]])
        return np.asarray((weights / weights.sum(axis=0))[[0, 1, 2, 2]])
    if name == "rao_kupper":
        tau = np.sqrt(1 + np.exp(shared[0]))
        a, b = np.exp(gap) / (np.exp(gap) + tau), 1 / (1 + tau * np.exp(gap))
        return np.stack([a, b, (tau**2 - 1) * a * b, (tau**2 - 1) * a * b])
    b, d = np.tanh(shared[1]) / 2, -1 / (2 + 2 * np.exp(-shared[3]))
    weights = np.exp([gap / 2, -gap / 2, shared[0] + b * total, shared[2] + d * total])
    return np.asarray(weights / weights.sum(axis=0))


def freedom(votes: Comparisons, cluster: Ints) -> Floats:
    """One less than the effective number of clusters of each model, (M,)."""
    found = []
    for model in range(len(votes.models)):
        own = cluster[(votes.first == model) | (votes.second == model)].tolist()
        sizes = [own.count(number) for number in set(own)]
        found.append(sum(sizes) ** 2 / sum(size**2 for size in sizes) - 1)
    return np.array(found)


PARAMETERS = {"bradley_terry": 0, "davidson": 1, "rao_kupper": 1, "both_bad_aware": 4}
every_fitted = pytest.mark.parametrize("name", PARAMETERS)


def textbook(name: str, votes: Comparisons, cluster: Ints) -> tuple[Floats, Floats]:
    """Ratings and their cluster-robust errors (M,), mean zero, from nothing but the log likelihood of each vote."""
    size = len(votes.models)
    column = np.array([0, 1, 2, 2, 3])[votes.verdict]
    precision = np.zeros(size - 1 + PARAMETERS[name])
    if name == "both_bad_aware":
        precision[[size, size + 2]] = 1

    def by_vote(at: Floats) -> Floats:
        theta = np.append(at[: size - 1], 0)
        table = shares(name, theta[votes.first], theta[votes.second], at[size - 1 :])
        return np.asarray(np.log(table[column, np.arange(votes.votes)]))

    def cost(at: Floats) -> float:
        return float(precision @ at**2 / 2 - by_vote(at).sum())

    at = minimize(cost, np.zeros(len(precision)), method="BFGS", tol=1e-5).x
    units = np.eye(len(at)) * 1e-4
    scores = np.stack([(by_vote(at + u) - by_vote(at - u)) / 2e-4 for u in units], axis=1)
    meat = np.zeros((len(at), len(at)))
    for number in set(cluster.tolist()):
        total = scores[cluster == number].sum(axis=0)
        meat += np.outer(total, total)
    groups = len(set(cluster.tolist()))
    meat = meat * groups / (groups - 1) + np.diag(precision)
    second = [
        [cost(at + u + v) - cost(at + u - v) - cost(at - u + v) + cost(at - u - v) for v in units]
        for u in units
    ]
    inverse = np.linalg.inv(np.array(second) / 4e-8)
    covariance = np.pad((inverse @ meat @ inverse)[: size - 1, : size - 1], (0, 1))
    centred = np.eye(size) - 1 / size
    theta = np.append(at[: size - 1], 0)
    return theta - theta.mean(), np.sqrt(np.diag(centred @ covariance @ centred))


@every_fitted
def test_clustered_limits_are_those_of_the_textbook(name: str) -> None:
    votes = grouped_votes(models=5, votes=600, clusters=25, seed=4)
    assert votes.voter is not None
    theta, error = textbook(name, votes, votes.voter)
    rows = by_model(rank(name, votes, {**NATURAL, "cluster": "voter"}))
    rating = np.array([rows[model].rating for model in votes.models])
    upper = np.array([rows[model].upper for model in votes.models])
    np.testing.assert_allclose(rating, theta, rtol=0, atol=2e-5)
    assert (freedom(votes, votes.voter) < 24).all()
    quantile = stdtrit(freedom(votes, votes.voter), 0.975)
    np.testing.assert_allclose((upper - rating) / quantile, error, rtol=2e-3)
    plain = by_model(rank(name, votes, NATURAL))
    assert (
        sum((plain[model].upper or 0) - (plain[model].rating or 0) for model in rows)
        < 0.8 * (upper - rating).sum()
    )


@every_fitted
def test_votes_that_are_clusters_of_one_are_single_votes(name: str) -> None:
    votes = random_votes(models=5, votes=400, seed=2)
    own = replace(votes, ballot=np.arange(400))
    rows, usual = (by_model(rank(name, own, {**NATURAL, "cluster": each})) for each in ("ballot", "none"))
    for model, row in rows.items():
        cast = own.tally().records()[model].votes
        wider = math.sqrt(400 / 399) * stdtrit(cast - 1, 0.975) / 1.959964
        assert row.rating == usual[model].rating
        margin = (usual[model].upper or 0) - (usual[model].rating or 0)
        assert (row.upper or 0) - (row.rating or 0) == pytest.approx(margin * wider, rel=2e-3)


@every_fitted
@pytest.mark.parametrize("weights", ["none", "pairs"])
def test_a_spread_carried_to_the_same_votes_gives_the_limits_of_the_votes(name: str, weights: str) -> None:
    votes = grouped_votes(models=6, votes=500, clusters=20, seed=3)
    settings: dict[str, Setting] = {"cluster": "prompt", "weights": weights}
    method = METHODS[name]
    assert method.spread is not None
    spread = method.spread(votes, method.configured(settings))
    assert spread.votes == 500
    assert votes.prompt is not None
    assert spread.clusters - 1 == pytest.approx(freedom(votes, votes.prompt))
    same = rank(name, Carried(votes.tally(), spread), settings)
    for row, other in zip(same.rows, rank(name, votes, settings).rows, strict=True):
        assert row.model == other.model
        assert row.lower == pytest.approx(other.lower, abs=1e-9)
        assert (row.rank_best, row.rank_worst) == (other.rank_best, other.rank_worst)


def first_of(votes: Comparisons, count: int) -> Comparisons:
    assert votes.voter is not None
    columns = (votes.first[:count], votes.second[:count], votes.verdict[:count])
    return Comparisons(votes.models, *columns, voter=votes.voter[:count])


def widths(ranking: Ranking) -> Floats:
    rows = by_model(ranking)
    return np.array([(rows[model].upper or 0) - (rows[model].lower or 0) for model in sorted(rows)])


def test_a_spread_grows_with_the_votes_and_knows_nothing_of_new_models() -> None:
    new = grouped_votes(models=5, votes=2200, clusters=60, seed=5)
    old = first_of(new, 2000)
    method = METHODS["bradley_terry"]
    assert method.spread is not None
    settings: dict[str, Setting] = {"cluster": "voter"}
    spread = method.spread(old, method.configured(settings))
    carried = widths(rank("bradley_terry", Carried(new.tally(), spread), settings))
    assert carried == pytest.approx(widths(rank("bradley_terry", new, settings)), rel=0.1)
    assert (carried > 1.3 * widths(rank("bradley_terry", new, {}))).all()

    both = Comparisons(
        (*old.models, "new"),
        np.append(old.first, [5] * 60),
        np.append(old.second, [0, 1, 2] * 20),
        np.append(old.verdict, np.arange(60) // 3 % 2),
    )
    apart, usual = (
        by_model(rank("bradley_terry", data, chosen))
        for data, chosen in ((Carried(both.tally(), spread), settings), (both, {}))
    )
    margins = [(rows["new"].upper or 0) - (rows["new"].rating or 0) for rows in (apart, usual)]
    assert margins[0] == pytest.approx(margins[1], rel=0.05)


def test_voters_with_tastes_are_covered_only_when_clustered() -> None:
    """Each voter likes each of five equal models more or less, so that votes of one voter err together."""
    generator = np.random.default_rng(7)
    voters, each = 60, 40
    covered = np.zeros(2)
    for _ in range(120):
        taste = generator.normal(0, 0.6, (voters, 5))
        voter = np.repeat(np.arange(voters), each)
        first = generator.integers(0, 5, len(voter))
        second = (first + generator.integers(1, 5, len(voter))) % 5
        gap = taste[voter, first] - taste[voter, second]
        verdict = np.where(generator.random(len(voter)) < 1 / (1 + np.exp(-gap)), 0, 1)
        votes = Comparisons(named(5), first, second, verdict, voter=voter)
        for number, cluster in enumerate(("none", "voter")):
            settings: dict[str, Setting] = {**NATURAL, "cluster": cluster, "rank_bounds": "overlap"}
            rows = by_model(rank("bradley_terry", votes, settings))
            limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in named(5)]
            covered[number] += np.mean([low <= 0 <= high for low, high in limits])
    plain, clustered = covered / 120
    assert plain < 0.85
    assert 0.92 < clustered < 0.98


@every_fitted
def test_one_cluster_sets_no_limits(name: str) -> None:
    votes = random_votes(models=4, votes=200, seed=1)
    alone = rank(name, replace(votes, voter=np.zeros(200, dtype=np.int64)), {"cluster": "voter"})
    assert alone.problem == Remark.FEW_CLUSTERS
    assert ratings(alone) == ratings(rank(name, votes, {}))
    assert [(row.lower, row.upper, row.rank_best, row.rank_worst) for row in alone.rows] == [
        (None, None, 1, 4)
    ] * 4


@pytest.mark.parametrize("uneven", [False, True])
def test_few_voters_with_tastes_rarely_rank_equal_models(uneven: bool) -> None:
    """Fewer voters than models, or a few who gave most of the votes: no certainty from what happens to cancel."""
    generator = np.random.default_rng(9)
    claims, covered = 0, []
    for _ in range(100):
        voters = 30 if uneven else 10
        busy = generator.pareto(1.2, voters) + 0.2 if uneven else np.ones(voters)
        taste = generator.normal(0, 0.6, (voters, 15))
        voter = generator.choice(voters, 900, p=busy / busy.sum())
        first = generator.integers(0, 15, 900)
        second = (first + generator.integers(1, 15, 900)) % 15
        gap = taste[voter, first] - taste[voter, second]
        verdict = np.where(generator.random(900) < 1 / (1 + np.exp(-gap)), 0, 1)
        votes = Comparisons(named(15), first, second, verdict, voter=voter)
        rows = rank("bradley_terry", votes, {"cluster": "voter"}).rows
        claims += any(row.rank_best != 1 for row in rows)
        covered += [(row.lower or 0) <= 1000 <= (row.upper or 9999) for row in rows]
    assert claims <= 12  # 5 to be expected at most; with Student's max-t it is 20 to 40
    assert 0.92 < np.mean(covered) < 0.98


def test_islands_count_their_own_clusters() -> None:
    votes = [("a", "b", A), ("b", "a", A)] * 6 + [("p", "q", A), ("q", "p", A)] * 6
    data = replace(Comparisons.of(votes), voter=np.array([*range(6), *range(6), *[1, 2] * 6]))
    board = rank("bradley_terry", data, {"cluster": "voter"})
    assert board.figures == {"fewest_effective_clusters": 2}
    assert board.problem is not None
    assert Remark.FEW_CLUSTERS not in board.problem
    margin = {row.model: (row.upper or 0) - (row.rating or 0) for row in board.rows}
    assert margin["a"] != pytest.approx(margin["p"])


@pytest.mark.parametrize(
    ("data", "settings", "told"),
    [
        (random_votes(3, 50, 1), {"cluster": "voter"}, "do not say which voter"),
        (random_votes(3, 50, 1).tally(), {"cluster": "prompt"}, "takes the votes one by one"),
    ],
)
def test_votes_that_lack_their_cluster_are_refused(
    data: object, settings: dict[str, Setting], told: str
) -> None:
    with pytest.raises(UnusableValue, match=told):
        rank("davidson", data, settings)


def test_a_spread_is_of_one_kind_and_cannot_be_resampled() -> None:
    votes = grouped_votes(models=4, votes=200, clusters=10, seed=6)
    method = METHODS["davidson"]
    assert method.spread is not None
    spread = method.spread(votes, method.configured({"cluster": "voter"}))
    carried = Carried(votes.tally(), spread)
    with pytest.raises(UnusableValue, match="the spread is that of voter"):
        rank("davidson", carried, {"cluster": "prompt"})
    with pytest.raises(UnusableValue, match=r"bootstrap.*votes one by one"):
        rank("davidson", carried, {"cluster": "voter", "interval": "bootstrap"})
    with pytest.raises(UnusableValue, match="cluster is 'none'"):
        method.spread(votes, method.configured({}))


@every_fitted
@pytest.mark.parametrize("setting", [("cluster", "voter"), ("weights", "inverse_probability")])
def test_neither_order_nor_sides_of_single_votes_matter(name: str, setting: tuple[str, str]) -> None:
    votes = grouped_votes(models=5, votes=300, clusters=15, seed=8)
    assert votes.voter is not None
    order = np.random.default_rng(0).permutation(300)
    turned = np.array([1, 0, 2, 3, 4])[votes.verdict]
    chance = np.random.default_rng(1).uniform(0.1, 0.9, 300)
    there = replace(votes, probability=chance)
    back = Comparisons(
        votes.models,
        votes.second[order],
        votes.first[order],
        turned[order],
        voter=votes.voter[order],
        probability=chance[order],
    )
    upper, other = ([row.upper for row in rank(name, data, dict([setting])).rows] for data in (there, back))
    assert other == pytest.approx(upper, abs=1e-8)
