"""Biases: the worked examples of the papers, judges known to be biased, and what must not change them."""

from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.bias import (
    WinShares,
    factor_counts,
    factor_tau,
    first_share,
    flip_rate,
    leniency_p_c,
    leniency_p_plus,
    prefers_first,
    prefers_second,
    swap_and_agree,
    tie_rate,
    win_rate_bias,
    win_rate_biases,
)
from app.stats.agreement.labels import crossed
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Ints, Tally
from app.stats.verdicts import Verdict
from tests.stats.agreement.votes import genai_bench, llmfao, mt_bench, pandalm
from tests.stats.boards import mt_bench as mt_bench_tally

A, B, TIE, BOTH_BAD, ABSTAIN = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD, Verdict.ABSTAIN
JUDGE_LM = [((8, 6), (5, 8)), ((7, 7), (8, 6)), ((5, 9), (9, 5)), ((9, 4), (9, 4))]


def rounded(measure: Measure, digits: int = 4) -> float:
    assert measure.value is not None, measure.undefined
    return round(measure.value, digits)


def winner(scores: tuple[int, int]) -> int:
    """0 the first shown, 1 the second, 2 a tie."""
    return 2 if scores[0] == scores[1] else int(scores[0] < scores[1])


def as_shown(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> Ints:
    """Both verdicts of each item as the judge saw its two answers."""
    one, other = (np.array([winner(row[order]) for row in rows]) for order in (0, 1))
    return crossed(one, other, 3)


def test_consistency_of_judge_lm() -> None:
    swaps = as_shown(JUDGE_LM)
    assert flip_rate(swaps) == Measure(0.5, 4)
    assert prefers_first(swaps) == Measure(0.5, 4)
    assert prefers_second(swaps) == Measure(0.0, 4)


def test_a_judge_that_always_likes_the_first_place() -> None:
    swaps = as_shown([((9, 4), (9, 4))] * 7)
    assert (flip_rate(swaps).value, prefers_first(swaps).value) == (1.0, 1.0)
    mirrored = as_shown([((4, 9), (4, 9))] * 7)
    assert (flip_rate(mirrored).value, prefers_second(mirrored).value) == (1.0, 1.0)


def test_one_opinion_in_both_orders_is_consistent_whatever_kind_of_tie() -> None:
    swaps = np.zeros((4, 4))
    swaps[0, 1] = swaps[1, 0] = swaps[2, 2] = swaps[2, 3] = swaps[3, 2] = 1
    assert flip_rate(swaps) == Measure(0.0, 5)
    swaps[0, 2] = swaps[3, 0] = 1  # a win here, a tie there
    assert prefers_first(swaps) == flip_rate(swaps) == Measure(2 / 7, 7)


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (A, A, TIE), (A, B, A), (A, TIE, TIE), (B, A, B), (B, B, TIE), (B, TIE, TIE),
        (TIE, A, TIE), (TIE, B, TIE), (TIE, TIE, TIE),
        (BOTH_BAD, BOTH_BAD, BOTH_BAD), (BOTH_BAD, TIE, TIE), (A, BOTH_BAD, TIE),
        (ABSTAIN, A, ABSTAIN), (B, ABSTAIN, ABSTAIN), (ABSTAIN, ABSTAIN, ABSTAIN),
    ],
)  # fmt: skip
def test_a_win_needs_both_orders(first: Verdict, second: Verdict, together: Verdict) -> None:
    assert swap_and_agree(first, second) is together


@pytest.mark.parametrize(
    ("table", "p_c", "p_plus"),
    [(((50, 10), (20, 20)), 0.3333, 0.75), (((55, 5), (30, 10)), 0.1667, 0.9)],
)
def test_leniency_of_the_papers_tables(
    table: tuple[tuple[int, int], tuple[int, int]], p_c: float, p_plus: float
) -> None:
    """Rows TP, FN and FP, TN (Thakur et al. 2024)."""
    assert (rounded(leniency_p_c(np.array(table))), rounded(leniency_p_plus(np.array(table)))) == (
        p_c,
        p_plus,
    )
    assert leniency_p_c(np.array(table)).n == 100


def test_leniency_recovers_the_judge_that_it_assumes() -> None:
    generator = np.random.default_rng(6)
    good = generator.random(40_000) < 0.3
    looks, waves_through = generator.random(40_000) < 0.6, generator.random(40_000) < 0.8
    judged_good = np.where(looks, good, waves_through)
    table = crossed((~good).astype(int), (~judged_good).astype(int), 2)
    for measure, truth in ((leniency_p_c, 0.6), (leniency_p_plus, 0.8)):
        found = measure(table, Interval(draws=300))
        assert found.value == pytest.approx(truth, abs=0.02)
        assert found.lower is not None
        assert found.upper is not None
        assert truth - 0.03 < found.lower < truth < found.upper < truth + 0.03


def test_leniency_is_not_clipped_and_says_when_it_is_not_defined() -> None:
    assert rounded(leniency_p_c(np.array([[10, 50], [30, 10]]))) == -0.5833
    one_class = np.array([[5, 3], [0, 0]])
    assert leniency_p_c(one_class).undefined == "the reference gives every item the same label"
    for table in (one_class, np.array([[5, 0], [0, 4]])):
        assert "every item" in (leniency_p_plus(table).undefined or "")
    assert leniency_p_c(np.array([[5, 0], [0, 4]])).value == 1.0
    assert leniency_p_plus(np.zeros((2, 2))).undefined == "no item has a label from both sides"
    with pytest.raises(ValueError, match="two labels"):
        leniency_p_c(np.ones((3, 3)))


def test_sides_and_ties_of_counted_verdicts() -> None:
    counts = np.array([30, 10, 25, 35])
    assert first_share(counts) == Measure(0.75, 40)
    assert tie_rate(counts) == Measure(0.6, 100)
    assert first_share(np.array([0, 0, 9])).undefined == "no verdict is decided"
    assert tie_rate(np.zeros(3)).undefined == "no verdicts"
    by_rater = np.array([[30, 0, 0, 0], [0, 10, 0, 0], [0, 0, 25, 35]])
    assert (first_share(by_rater).value, tie_rate(by_rater).value) == (0.75, 0.6)


def test_swap_the_sides_and_the_share_is_its_complement() -> None:
    counts, other = np.array([31, 11, 5]), np.array([11, 31, 5])
    there, back = first_share(counts, Interval()), first_share(other, Interval())
    assert there.value == pytest.approx(1 - (back.value or 0))
    assert there.lower == pytest.approx(1 - (back.upper or 0))
    assert tie_rate(counts) == tie_rate(other)


@pytest.mark.parametrize(("name", "expected"), [("crowd", 0.5332), ("gpt3", 0.6951), ("gpt4", 0.4549)])
def test_who_prefers_the_left_answer_in_llmfao(shared_data: Path, name: str, expected: float) -> None:
    labels = [vote.label for vote in llmfao(shared_data, name)]
    measure = first_share(np.bincount(labels, minlength=3), Interval())
    assert rounded(measure) == expected
    assert measure.lower is not None
    assert measure.upper is not None
    assert not measure.lower < 0.5 < measure.upper


@pytest.mark.parametrize(
    ("judge", "expected"),
    [("gpt4o", 0.4198), ("gemini-1.5-pro", 0.3905), ("llava", 1.0), ("random", 0.511), ("idefics2", 0.6572)],
)
def test_which_side_the_judges_of_genai_bench_prefer(shared_data: Path, judge: str, expected: float) -> None:
    _, verdicts = genai_bench(shared_data, judge)
    assert rounded(first_share(np.bincount(verdicts, minlength=4))) == expected


def test_ties_and_sides_of_people_on_genai_bench(shared_data: Path) -> None:
    people, _ = genai_bench(shared_data, "gpt4o")
    counts = np.bincount(people, minlength=4)
    assert counts.tolist() == [240, 263, 24, 392]
    assert tie_rate(counts).value == (24 + 392) / 919


def test_the_first_answer_on_pandalm(shared_data: Path) -> None:
    _, judges = pandalm(shared_data)
    assert rounded(first_share(np.bincount(judges["gpt-3.5-turbo"], minlength=3))) == 0.4915


def test_how_often_the_order_changed_gpt_4_on_mt_bench(shared_data: Path) -> None:
    """Recorded only as inconsistent, so which side it leant to is unknown: half of each."""
    votes = mt_bench(shared_data, "gpt4_pair")
    judged_by_people = {vote.item for vote in mt_bench(shared_data, "human")}
    for kept, expected in ((votes, 0.1583), ([v for v in votes if v.item in judged_by_people], 0.1599)):
        flipped = sum(vote.inconsistent for vote in kept)
        swaps = np.array([[flipped / 2, len(kept) - flipped], [0, flipped / 2]])
        assert rounded(flip_rate(swaps)) == expected


def test_win_rates_with_gpt_4_and_with_people_on_mt_bench(shared_data: Path) -> None:
    """Published win rates, judge less people."""
    shares = WinShares.of(mt_bench_tally(shared_data, "human"), mt_bench_tally(shared_data, "gpt4_pair"))
    people = {"gpt-4": 0.7328, "gpt-3.5-turbo": 0.6519, "claude-v1": 0.6501, "llama-13b": 0.1542}
    gpt_4 = {"gpt-4": 0.8575, "gpt-3.5-turbo": 0.6088, "claude-v1": 0.7063, "llama-13b": 0.1269}
    biases = win_rate_biases(shares)
    for model, win_rate in people.items():
        assert biases[model].n == 800
        assert biases[model].value == pytest.approx(gpt_4[model] - win_rate, abs=1e-4)
    values = [abs(measure.value or 0) for measure in biases.values()]
    assert win_rate_bias(shares) == Measure(float(np.mean(values)), 6)


def test_biases_by_cluster_have_limits_and_others_only_the_level() -> None:
    generator = np.random.default_rng(2)
    wins = generator.binomial(4, [0.5, 0.5, 0.8, 0.2], (30, 4)).astype(float)
    votes = np.full((30, 2), 4.0)
    counts = np.stack([wins[:, :2], votes, wins[:, 2:], votes], axis=1)
    found = win_rate_biases(WinShares(("x", "y"), counts), Interval())
    assert (found["x"].lower or 0) > 0.1
    assert (found["y"].upper or 0) < -0.1
    overall = win_rate_bias(WinShares(("x", "y"), counts), Interval())
    assert (overall.lower or 0) > 0.1
    summed = WinShares(("x", "y"), counts.sum(axis=0))
    for measure in (*win_rate_biases(summed, Interval()).values(), win_rate_bias(summed, Interval())):
        assert (measure.lower, measure.level) == (None, 0.95)
    assert win_rate_bias(summed).value == overall.value


def test_a_model_without_votes_on_one_side_has_no_bias() -> None:
    reference = Tally.of([("x", "y", A, 3), ("x", "z", TIE, 2)])
    judge = Tally.of([("x", "y", B, 3)], models=["w"])
    biases = win_rate_biases(WinShares.of(reference, judge))
    assert {model: bias.value for model, bias in biases.items()} == {
        "w": None,
        "x": pytest.approx(-0.8),
        "y": pytest.approx(1.0),
        "z": None,
    }
    assert biases["z"].undefined == biases["w"].undefined == "no votes on one of the sides"
    assert win_rate_bias(WinShares.of(reference, judge)).n == 2
    assert win_rate_bias(WinShares.of(reference, Tally.of([]))).undefined == "no votes on one of the sides"


def test_the_factor_of_the_worked_example() -> None:
    counts = factor_counts(np.array([3, -1, 0, 2, 5, -4]), np.array([1, -1, 1, -1, 1, 1]))
    assert counts.tolist() == [3, 2, 1]
    assert rounded(factor_tau(counts)) == 0.1667


def test_a_judge_that_loves_length_and_one_that_hates_it() -> None:
    lengths = np.random.default_rng(1).normal(size=50)
    for sign in (1, -1):
        tau = factor_tau(factor_counts(lengths, sign * np.sign(lengths)))
        assert tau == Measure(float(sign), 50)
    assert factor_tau(factor_counts(lengths, np.zeros(50))).value == 0
    assert factor_tau(factor_counts(-lengths, np.ones(50))).value == pytest.approx(
        -(factor_tau(factor_counts(lengths, np.ones(50))).value or 0)
    )
    assert factor_tau(np.zeros(3)).undefined == "no pair of answers"


def test_counts_that_are_none_are_refused() -> None:
    for wrong in (np.array([1.0, -1, 0]), np.array([np.nan, 1]), np.zeros((2, 2, 2)), np.array([1])):
        with pytest.raises(ValueError, match="count"):
            first_share(wrong)
    with pytest.raises(ValueError, match="same labels"):
        flip_rate(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="three counts"):
        factor_tau(np.zeros(4))
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        WinShares(("x", "y"), np.zeros((4, 3)))
