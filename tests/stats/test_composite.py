"""The composite board: known answers, weights that were planted, ballots whose dimensions agree."""

import numpy as np
import pytest

from app.stats.dimensions import NONE, OVERALL, Dimensions
from app.stats.rankings import rank
from app.stats.rankings.ranking import Setting, UnusableValue
from app.stats.rankings.remarks import Remark
from app.stats.tally import Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.ballots import TAUGHT, of_columns, of_tallies, taught
from tests.stats.boards import by_model, matrix_tally, random_votes, ratings

A, B = Verdict.A, Verdict.B


def test_known_answers() -> None:
    """METHODS 4.8: each dimension alone, all votes pooled, and weights of ¾ and ¼."""
    votes = of_tallies(
        accuracy=matrix_tally("ABC", [[0, 8, 9], [2, 0, 7], [1, 3, 0]]),
        style=matrix_tally("ABC", [[0, 3, 4], [7, 0, 5], [6, 5, 0]]),
    )
    for weights, expected in (
        ("accuracy=1", (1207.978, 968.929, 823.093)),
        ("style=1", (928.226, 1047.841, 1023.933)),
        ("equal", (1047.445, 1011.866, 940.688)),
        ("accuracy=0.75,style=0.25", (1114.507, 993.593, 891.900)),
        ("style=1, accuracy=3", (1114.507, 993.593, 891.900)),
    ):
        found = ratings(rank("composite", votes, {"weights": weights}))
        assert [found[model] for model in "ABC"] == pytest.approx(expected, abs=6e-4)


def test_weights_of_each_category_are_found_again() -> None:
    """METHODS 2.21: within .05 of what 20,000 overall votes were made with."""
    ranking = rank("composite", taught(20_000, seed=1), {})
    assert ranking.problem is None
    assert ranking.figures["ballots_weighed"] == 20_000
    for category, weights in zip(("law", "medicine"), TAUGHT, strict=True):
        for dimension, weight in zip(("accuracy", "style", "tone"), weights, strict=True):
            assert ranking.figures[f"weight_{dimension}_in_{category}"] == pytest.approx(weight, abs=0.05)


def test_a_dimension_that_the_overall_votes_contradict_weighs_nothing() -> None:
    said = [
        ("x", "y", {"accuracy": A, "haste": B, OVERALL: A}, 90),
        ("x", "y", {"accuracy": B, OVERALL: B}, 9),
    ]
    said += [("x", "y", {"accuracy": B, "haste": A, OVERALL: B}, 40)]
    figures = rank("composite", Dimensions.of(said), {}).figures
    assert figures == {
        "weight_accuracy": pytest.approx(1),
        "weight_haste": 0,
        "ballots_weighed": 130,
    }


def test_ballots_that_always_agree_are_worth_one_vote_each() -> None:
    """Twice the same verdict on a ballot is Bradley–Terry on one of them, intervals and ranks included."""
    votes = random_votes(models=5, votes=400, seed=3)
    twice = rank("composite", of_columns(votes, accuracy=votes, style=votes), {"weights": "equal"})
    once = by_model(rank("bradley_terry", votes, {}))
    for row in twice.rows:
        usual = once[row.model]
        assert row.rating == pytest.approx(usual.rating)
        assert row.lower == pytest.approx(usual.lower)
        assert (row.rank_best, row.rank_worst) == (usual.rank_best, usual.rank_worst)
    assert twice.votes == 800


def test_votes_of_which_no_ballot_is_known_are_ballots_of_their_own() -> None:
    votes = random_votes(models=5, votes=400, seed=3)
    apart = of_tallies(accuracy=votes.tally(), style=votes.tally())
    twice = by_model(rank("composite", apart, {"weights": "equal"}))
    both = votes.tally()
    doubled = Tally(both.models, both.first, both.second, both.verdict, 2 * both.count)
    usual = by_model(rank("bradley_terry", doubled, {}))
    assert {model: row.lower for model, row in twice.items()} == pytest.approx(
        {model: row.lower for model, row in usual.items()}
    )


def test_limits_are_those_of_scores_summed_by_ballot() -> None:
    """The sandwich once more, a ballot at a time."""
    votes = random_votes(models=4, votes=500, seed=5)
    other = random_votes(models=4, votes=500, seed=6)
    ballots = of_columns(votes, accuracy=votes, style=other)
    found = rank(
        "composite", ballots, {"weights": "accuracy=0.6,style=0.4", "scale": np.log(10), "center": 0}
    )
    theta = np.array([ratings(found)[model] for model in votes.models])
    score, _ = ballots.scores("half", "tie")
    gap = theta[votes.first] - theta[votes.second]
    p = 1 / (1 + np.exp(-gap))
    design = np.eye(4)[votes.first] - np.eye(4)[votes.second]
    gradient = design * (score @ [0.6, 0.4] - p)[:, None]
    assert np.abs(gradient.sum(axis=0)).max() < 1e-6
    bread = np.linalg.pinv(design.T @ (design * (p * (1 - p))[:, None]), rcond=1e-12)
    covariance = bread @ gradient.T @ gradient @ bread
    widths = [(by_model(found)[model].upper or 0) - ratings(found)[model] for model in votes.models]
    assert widths == pytest.approx(1.959964 * np.sqrt(np.diag(covariance)), rel=1e-5)


def test_overall_counts_alone_or_where_it_is_named() -> None:
    votes = random_votes(models=4, votes=200, seed=2)
    usual = ratings(rank("bradley_terry", votes, {}))
    assert ratings(rank("composite", of_columns(votes, overall=votes), {})) == pytest.approx(usual)
    other = random_votes(models=4, votes=200, seed=9)
    both = of_columns(votes, overall=votes, style=other)
    assert ratings(rank("composite", both, {"weights": "overall=1"})) == pytest.approx(usual)
    style = Comparisons(votes.models, votes.first, votes.second, other.verdict)
    for weights in ("by_category", "global", "equal"):
        found = ratings(rank("composite", both, {"weights": weights}))
        assert found == pytest.approx(ratings(rank("bradley_terry", style, {})))


def test_an_undefeated_model_is_rated_as_on_a_bradley_terry_board() -> None:
    """Prior and open limits included."""
    votes = Comparisons.of([("a", "b", A)] * 4 + [("b", "c", A)] * 3 + [("b", "c", B)] * 2)
    ranking = rank("composite", of_columns(votes, accuracy=votes), {})
    usual = by_model(rank("bradley_terry", votes, {}))
    assert ranking.prior
    for row in ranking.rows:
        there = usual[row.model]
        assert row.rating == pytest.approx(there.rating)
        assert (row.lower is None, row.upper is None) == (there.lower is None, there.upper is None)
        assert (row.lower or 0) == pytest.approx(there.lower or 0)


def test_a_category_with_one_ballot_weighs_as_the_others_do() -> None:
    ballots = taught(2000, seed=6)
    few = Dimensions(
        ballots.models,
        ballots.dimensions,
        ballots.first,
        ballots.second,
        ballots.verdict,
        ballots.count,
        ("law", "medicine"),
        (np.arange(2000) > 0).astype(np.int64),
    )
    figures = rank("composite", few, {}).figures
    everywhere = rank("composite", few, {"weights": "global"}).figures
    for dimension in ("accuracy", "style", "tone"):
        expected = pytest.approx(everywhere[f"weight_{dimension}"], abs=0.05)
        assert figures[f"weight_{dimension}_in_law"] == expected


def test_without_overall_votes_all_weigh_alike_and_the_board_says_so() -> None:
    votes = random_votes(models=4, votes=200, seed=2)
    ranking = rank("composite", of_columns(votes, accuracy=votes, style=votes), {})
    assert ranking.problem == Remark.ALIKE
    assert ranking.figures["weight_style"] == 0.5


def test_a_dimension_without_votes_teaches_nothing_and_hinders_nothing() -> None:
    ballots = taught(2000, seed=4)
    empty = Dimensions(
        ballots.models,
        (*ballots.dimensions, "new"),
        ballots.first,
        ballots.second,
        np.column_stack([ballots.verdict, np.full(2000, NONE)]),
        ballots.count,
        ballots.categories,
        ballots.category,
    )
    assert rank("composite", empty, {}) == rank("composite", ballots, {})


def test_swapped_sides_teach_the_same_weights() -> None:
    ballots = taught(300, seed=5)
    turned = np.array([1, 0, 2, 3, 4])[ballots.verdict]
    back = Dimensions(
        ballots.models,
        ballots.dimensions,
        ballots.second,
        ballots.first,
        turned,
        ballots.count,
        ballots.categories,
        ballots.category,
    )
    assert rank("composite", back, {}) == rank("composite", ballots, {})


@pytest.mark.parametrize(
    "weights",
    ["accuracy", "accuracy=", "accuracy=-1", "accuracy=nan", "accuracy=1,,", "accuracy=0", "", 0.5, False],
)
def test_weights_that_are_none_are_refused(weights: Setting) -> None:
    votes = of_tallies(accuracy=matrix_tally("xy", [[0, 2], [1, 0]]))
    with pytest.raises(UnusableValue, match="weights by dimension such as"):
        rank("composite", votes, {"weights": weights})


def test_the_weight_of_a_dimension_that_does_not_exist_is_refused_with_those_that_do() -> None:
    votes = of_tallies(
        accuracy=matrix_tally("xy", [[0, 2], [1, 0]]), style=matrix_tally("xy", [[0, 2], [1, 0]])
    )
    with pytest.raises(UnusableValue, match=r"weights name grace; .* are accuracy, style"):
        rank("composite", votes, {"weights": "accuracy=1,grace=2"})
