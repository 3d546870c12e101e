"""Bradley–Terry boards: known answers, and what happens where the votes do not decide a rating."""

import math
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from app.stats.pairs import Pairs
from app.stats.rankings import likelihood, rank
from app.stats.rankings.bradley_terry import Settings, fit
from app.stats.rankings.remarks import Remark
from app.stats.tally import Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import (
    by_model,
    evalica,
    golden,
    matrix_tally,
    mt_bench,
    random_votes,
    rating,
    ratings,
)

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
ACCURACY = [[0, 8, 9], [2, 0, 7], [1, 3, 0]]
STYLE = [[0, 3, 4], [7, 0, 5], [6, 5, 0]]


def added(left: list[list[int]], right: list[list[int]], weight: int = 1) -> list[list[int]]:
    return [[weight * a + b for a, b in zip(*rows, strict=True)] for rows in zip(left, right, strict=True)]


@pytest.mark.parametrize(
    ("wins", "ties", "expected"),
    [
        ([[0, 7, 8], [3, 0, 6], [2, 4, 0]], None, (1128.65, 974.10, 897.25)),
        (
            [[0, 7, 8], [3, 0, 6], [2, 4, 0]],
            [[0, 2, 0], [0, 0, 4], [0, 0, 0]],
            (1116.56, 974.87, 908.58),
        ),
        (ACCURACY, None, (1207.978, 968.929, 823.093)),
        (STYLE, None, (928.226, 1047.841, 1023.933)),
        (added(ACCURACY, STYLE), None, (1047.445, 1011.866, 940.688)),
        (added(ACCURACY, STYLE, weight=3), None, (1114.507, 993.593, 891.900)),  # composite .75/.25
        ([[0, 6, 7], [4, 0, 5], [3, 0, 0]], [[0, 0, 0], [0, 0, 5], [0, 0, 0]], (1074.974, 1037.596, 887.430)),
    ],
)
def test_known_answers(
    wins: list[list[int]], ties: list[list[int]] | None, expected: tuple[float, float, float]
) -> None:
    """METHODS 4.8 and the Bradley–Terry line of 4.10."""
    ranking = fit(matrix_tally("ABC", wins, ties))
    assert tuple(ratings(ranking)[model] for model in "ABC") == pytest.approx(expected, abs=0.0051)


@pytest.mark.parametrize(
    ("file", "votes", "expected"),
    [
        ("human", 3355, (1177.39, 1111.67, 1104.16, 990.12, 867.69, 748.96)),
        ("gpt4_pair", 2400, (1314.50, 1171.88, 1091.37, 970.36, 786.35, 665.55)),
    ],
)
def test_mt_bench(shared_data: Path, file: str, votes: int, expected: tuple[float, ...]) -> None:
    """METHODS 4.1, computed there with evalica and choix."""
    models = ("gpt-4", "claude-v1", "gpt-3.5-turbo", "vicuna-13b-v1.2", "alpaca-13b", "llama-13b")
    ranking = fit(mt_bench(shared_data, file))
    assert tuple(row.model for row in ranking.rows) == models
    assert tuple(ratings(ranking).values()) == pytest.approx(expected, abs=0.0051)
    assert (ranking.votes, ranking.components, ranking.prior, ranking.problem) == (votes, 1, False, None)


@pytest.mark.parametrize("name", ["llmfao", "food", "simple"])
def test_evalica_golden(shared_data: Path, name: str) -> None:
    scores = golden(shared_data, name, "bradley_terry")
    logs = {model: math.log(score) for model, score in scores.items()}
    middle = sum(logs.values()) / len(logs)
    ranking = fit(evalica(shared_data, name).tally(), Settings(scale=math.log(10), center=0))
    assert ratings(ranking) == pytest.approx({model: log - middle for model, log in logs.items()}, abs=1e-9)
    assert [row.model for row in ranking.rows] == sorted(scores, key=lambda model: -scores[model])


def test_the_order_of_votes_models_and_sides_changes_no_bit() -> None:
    votes = random_votes(models=7, votes=400, seed=8)
    tally = votes.tally()
    shuffled = np.random.default_rng(0).permutation(len(tally.count))
    columns = (tally.first, tally.second, tally.verdict, tally.count)
    other = Tally(tally.models, *(column[shuffled] for column in columns))
    backwards = Tally(tally.models[::-1], 6 - tally.first, 6 - tally.second, tally.verdict, tally.count)
    swap = np.array([1, 0, 2, 3, 4])
    swapped = Tally(tally.models, tally.second, tally.first, swap[tally.verdict], tally.count)
    assert fit(tally) == fit(other) == fit(backwards) == fit(swapped)


def test_the_chance_to_win_is_the_mean_over_opponents() -> None:
    ranking = fit(matrix_tally("ABC", [[0, 7, 8], [3, 0, 6], [2, 4, 0]]))
    a, b, c = (rating(ranking, model) for model in "ABC")
    against_b, against_c = (1 / (1 + 10 ** ((other - a) / 400)) for other in (b, c))
    assert by_model(ranking)["A"].mean_win_probability == pytest.approx((against_b + against_c) / 2)


def test_a_wider_level_gives_wider_limits_in_the_ratio_of_normal_quantiles() -> None:
    tally = matrix_tally("ABC", [[0, 7, 8], [3, 0, 6], [2, 4, 0]])
    at_95, at_80 = (by_model(fit(tally, Settings(level=level)))["A"] for level in (0.95, 0.8))
    assert at_95.rating is not None
    assert at_95.upper is not None
    assert at_80.upper is not None
    assert (at_95.upper - at_95.rating) / (at_80.upper - at_95.rating) == pytest.approx(1.959964 / 1.281552)


def test_ties_and_both_bad_follow_the_settings() -> None:
    cells = [("x", "y", A, 6), ("x", "y", B, 2), ("x", "y", TIE, 4), ("x", "y", Verdict.BOTH_BAD, 8)]
    tally = Tally.of([*cells, ("x", "y", Verdict.BOTH_GOOD, 4)])
    odds = {"tie": 14 / 10, "drop": 10 / 6}
    for both_bad, expected in odds.items():
        ranking = rank("bradley_terry", tally, {"both_bad": both_bad})
        assert rating(ranking, "x") - rating(ranking, "y") == pytest.approx(400 * math.log10(expected))
    dropped = rank("bradley_terry", tally, {"ties": "drop"})
    assert rating(dropped, "x") - rating(dropped, "y") == pytest.approx(400 * math.log10(3))
    assert dropped.votes == 8


def test_islands_are_never_on_one_scale() -> None:
    tally = Tally.of(
        [("a", "b", A, 3), ("a", "b", B, 1), ("p", "q", A, 9), ("p", "q", B, 1), ("q", "r", TIE, 2)],
        ["lonely"],
    )
    ranking = fit(tally)
    assert [row.model for row in ranking.rows] == ["p", "q", "r", "a", "b", "lonely"]
    assert [row.rank for row in ranking.rows] == [1, 2, 3, 1, 2, None]
    assert [row.component for row in ranking.rows] == [0, 0, 0, 1, 1, None]
    assert rating(ranking, "a") + rating(ranking, "b") == pytest.approx(2000)
    assert rating(ranking, "a") == pytest.approx(1000 + 200 * math.log10(3))
    assert by_model(ranking)["lonely"].problem == "no votes"
    assert ranking.components == 2
    assert ranking.problem is not None
    assert "never met" in ranking.problem


def test_an_undefeated_model_needs_the_prior_and_has_no_upper_limit() -> None:
    ranking = fit(matrix_tally("ABC", [[0, 4, 4], [0, 0, 3], [0, 2, 0]]))
    rows = by_model(ranking)
    assert ranking.prior
    assert all(row.prior for row in ranking.rows)
    assert rows["A"].upper is None
    assert rows["A"].lower is not None
    assert rows["B"].upper is not None
    assert rows["B"].lower is None  # B and C never won against A: nothing says how far below they are
    assert rows["C"].lower is None


def test_the_prior_is_one_virtual_tie_for_each_pair_that_met() -> None:
    ranking = fit(Tally.of([("x", "y", A, 1)]))
    assert rating(ranking, "x") - rating(ranking, "y") == pytest.approx(400 * math.log10(1.5 / 0.5))
    with_more = fit(Tally.of([("x", "y", A, 1)]), Settings(prior_weight=4))
    assert rating(with_more, "x") - rating(with_more, "y") == pytest.approx(400 * math.log10(3 / 2))


def test_a_single_vote_certifies_nothing() -> None:
    for verdict in (A, TIE):
        rows = fit(Tally.of([("x", "y", verdict, 1)])).rows
        assert [(row.rank_best, row.rank_worst) for row in rows] == [(1, 2), (1, 2)]
        limits = [limit for row in rows for limit in (row.lower, row.upper) if limit is not None]
        assert all(abs(limit - 1000) > 150 for limit in limits if limit is not None)


def test_ties_alone_are_not_certainty() -> None:
    """Residuals of a tie between equals are 0, so the plain sandwich would give an interval of no width."""
    few, many = (fit(Tally.of([("x", "y", TIE, count), ("y", "z", TIE, count)])) for count in (1, 100))
    for ranking, narrowest in ((few, 300), (many, 30)):
        for row in ranking.rows:
            assert row.rating == pytest.approx(1000)
            assert row.lower is not None
            assert row.upper is not None
            assert row.upper - row.lower > narrowest
    assert not few.prior


def test_without_a_prior_the_rows_say_why_there_is_no_rating() -> None:
    tally = Tally.of([("a", "b", A, 5), ("b", "c", A, 5), ("p", "q", A, 1), ("p", "q", B, 1)])
    ranking = fit(tally, Settings(prior_weight=0))
    problems = {row.model: row.problem for row in ranking.rows}
    assert problems["a"] == "never lost and no prior"
    assert problems["b"] == "no finite rating without a prior"
    assert problems["c"] == "never won and no prior"
    assert set(ratings(ranking)) == {"p", "q"}
    assert ranking.problem is not None
    assert "no rating" in ranking.problem


def test_a_component_that_needs_no_prior_is_not_moved_by_the_one_that_does() -> None:
    fair = [("p", "q", A, 3), ("p", "q", B, 1)]
    alone, beside = fit(Tally.of(fair)), fit(Tally.of([*fair, ("a", "b", A, 2)]))
    assert rating(alone, "p") == rating(beside, "p")
    assert [row.prior for row in beside.rows] == [True, True, False, False]


@pytest.mark.parametrize("failure", [ArithmeticError("no maximum"), np.linalg.LinAlgError("not definite")])
def test_votes_beyond_double_precision_are_refused_not_guessed(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(pairs: Pairs, start: None) -> NoReturn:
        raise failure

    monkeypatch.setattr(likelihood, "strengths", fail)
    ranking = fit(matrix_tally("AB", [[0, 2], [1, 0]]))
    assert [(row.rating, row.rank, row.problem) for row in ranking.rows] == [
        (None, None, Remark.LOPSIDED)
    ] * 2


def test_billions_of_votes_beside_single_ones_are_fitted_or_refused() -> None:
    good, many = Verdict.BOTH_GOOD, 7 * 10**9
    cells = [("d", "f", good, 1), ("f", "g", good, many), ("a", "h", A, many), ("h", "d", good, 2)]
    ranking = fit(Tally.of([*cells, ("c", "a", A, 1), ("b", "c", good, many)]))
    for row in ranking.rows:
        assert row.problem == Remark.LOPSIDED if row.rating is None else math.isfinite(row.rating)


def test_no_board_gives_a_number_that_is_none() -> None:
    """Random boards with few and with millions of votes: limits around ratings, ranks in their bounds."""
    generator = np.random.default_rng(11)
    words = list(Verdict)[:5]
    for _ in range(300):
        models = "abcdefg"[: generator.integers(2, 8)]
        cells = []
        for _ in range(generator.integers(0, 14)):
            first, second = generator.choice(list(models), 2, replace=False)
            votes = generator.integers(0, 4) * 10 ** generator.integers(0, 7)
            cells.append((str(first), str(second), words[generator.integers(0, 5)], int(votes)))
        for row in fit(Tally.of(cells, models)).rows:
            if row.rating is None:
                assert row.problem == "no votes"
                continue
            assert row.rank is not None
            assert row.rank_best is not None
            assert row.rank_worst is not None
            assert row.rank_best <= row.rank <= row.rank_worst
            assert row.lower is None or -math.inf < row.lower < row.rating
            assert row.upper is None or row.rating < row.upper < math.inf
            assert row.mean_win_probability is not None
            assert 0 <= row.mean_win_probability <= 1
