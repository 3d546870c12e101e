"""Two boards: published ranks, another implementation, permutation, resampled boards."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import (
    Boards,
    exact_p,
    footrule,
    kendall_tau_b,
    kendall_tau_c,
    order_test,
    pairwise_accuracy,
    pearson,
    rank_biased_overlap,
    rbo,
    spearman,
)
from app.stats.tally import Floats, Tally
from tests.stats.agreement.votes import llmfao_tally

COEFFICIENTS = (spearman, kendall_tau_b, kendall_tau_c, pearson, footrule, rbo, pairwise_accuracy)
WEBDEV_ARENA = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
ARTIFACTS_BENCH = [1, 2, 3, 4, 5, 6, 8, 9, 7, 10, 11, 12]
WEB_BENCH = [1, 6, 2, 4, 5, 3, 8, 10, 11, 12, 9, 7]

MT_BENCH_HUMAN = [1177.39, 1111.67, 1104.16, 990.12, 867.69, 748.96]
MT_BENCH_GPT_4 = [1314.50, 1171.88, 1091.37, 970.36, 786.35, 665.55]

# How many of the 120 orders of five have each Σd²: Kendall's table for Spearman's coefficient.
FIVE_MODELS = {
    0: 1, 2: 4, 4: 3, 6: 6, 8: 7, 10: 6, 12: 4, 14: 10, 16: 6, 18: 10, 20: 6,
    22: 10, 24: 6, 26: 10, 28: 4, 30: 6, 32: 7, 34: 6, 36: 3, 38: 4, 40: 1,
}  # fmt: skip

whole = st.integers(-5, 5)
two_boards = st.lists(st.tuples(whole, whole), min_size=2, max_size=7)


def of_ranks(first: list[float] | list[int], second: list[float] | list[int]) -> Boards:
    """Boards whose best model has rank 1."""
    return Boards(-np.array(first, dtype=float), -np.array(second, dtype=float))


def rounded(measure: Measure, digits: int = 4) -> float:
    assert measure.value is not None, measure.undefined
    return round(measure.value, digits)


@pytest.mark.parametrize(
    ("ranks", "consistency", "rho", "tau"),
    [(ARTIFACTS_BENCH, 0.9444, 0.979, 0.939), (WEB_BENCH, 0.6944, 0.762, 0.576)],
)
def test_the_footrule_is_what_artifacts_bench_calls_consistency(
    ranks: list[int], consistency: float, rho: float, tau: float
) -> None:
    """The paper's 94.4 % and 69.4 % are no other coefficient of its ranks."""
    boards = of_ranks(WEBDEV_ARENA, ranks)
    assert rounded(footrule(boards)) == consistency
    assert rounded(spearman(boards), 3) == rho
    assert rounded(kendall_tau_b(boards), 3) == tau


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [([5, 4, 3, 2, 1], 0.0), ([2, 1, 3, 4, 5], 0.8333), ([4, 3, 2, 1], 0.0), ([1, 2.5, 2.5, 4], 0.875)],
)
def test_footrule_of_few_models(ranks: list[float], expected: float) -> None:
    assert rounded(footrule(of_ranks(list(range(1, len(ranks) + 1)), ranks))) == expected


def test_coefficients_of_a_tied_board() -> None:
    boards = of_ranks([1, 2, 3, 4, 5], [1, 2, 2, 4, 3])
    assert rounded(kendall_tau_b(boards), 6) == 0.737865
    assert rounded(kendall_tau_c(boards), 6) == 0.746667
    assert rounded(spearman(boards), 6) == 0.872082
    assert rounded(pairwise_accuracy(boards), 6) == 0.8
    assert rbo(boards).undefined == "two models of one board are tied, and a list cannot say so"


CAP_ARENA = (
    "GPT-4o 44.00, Gemini-2.0-flash 30.83, InternVL2-26B 13.00, Gemini-1.5-pro 56.17, Claude-3.5-Sonnet 21.50, "
    "GPT-4o-mini 9.33, Llama-3.2-90B -25.67, Qwen2-VL-72B -9.00, CogVLM2-19B -8.50, MiniCPM-V2.6 -38.00, "
    "Qwen2-VL-7B -49.00, Qwen2-VL-2B -48.67, LLaVA-1.6-34B -67.50, LLaVA-1.5-7B -94.00"
)
"""CapArena-Auto's published scores, in the order of its human board."""


def test_cap_arena_ranks_as_people_do() -> None:
    """The paper's .943 and .824 (Cheng et al. 2025)."""
    scores = np.array([float(row.rsplit(" ", 1)[1]) for row in CAP_ARENA.split(", ")])
    boards = Boards(-np.arange(14.0), scores)
    assert rounded(spearman(boards), 6) == 0.942857
    assert rounded(kendall_tau_b(boards), 6) == 0.824176
    assert rounded(footrule(boards), 3) == 0.857


@pytest.mark.parametrize(
    ("other", "expected"),
    [("bacde", 0.9), ("edcba", 0.737775), ("abced", 0.981775), ("vwxyz", 0.0), ("abcde", 1.0)],
)
def test_rank_biased_overlap(other: str, expected: float) -> None:
    """Equal lists have 1: the lower bound that some libraries give would be .672."""
    assert rank_biased_overlap("abcde", other) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(("first", "second"), [("", ""), ("ab", "abc"), ("aab", "abc")])
def test_lists_that_are_no_ranking_are_refused(first: str, second: str) -> None:
    with pytest.raises(ValueError, match="one length"):
        rank_biased_overlap(first, second)


def test_the_overlap_reads_boards_from_the_top() -> None:
    top = rbo(of_ranks([1, 2, 3, 4, 5], [2, 1, 3, 4, 5]))
    bottom = rbo(of_ranks([1, 2, 3, 4, 5], [1, 2, 3, 5, 4]))
    assert (rounded(top, 6), rounded(bottom, 6)) == (0.9, 0.981775)


def test_mt_bench_ranks_perfectly_on_six_models() -> None:
    """GPT-4 against people: the order agrees, the gaps do not quite; 1 in 720 orders would be as good."""
    boards = Boards(np.array(MT_BENCH_HUMAN), np.array(MT_BENCH_GPT_4))
    for coefficient in (spearman, kendall_tau_b, footrule, rbo, pairwise_accuracy):
        assert coefficient(boards).value == pytest.approx(1, abs=1e-12)
        assert coefficient(boards).n == 6
    assert rounded(pearson(boards)) == 0.9855
    assert exact_p(boards).value == 1 / 720


def test_pandalm_judges_rank_five_models() -> None:
    people = [1125.83, 1012.79, 996.84, 957.79, 906.76]  # llama, pythia, bloom, opt, cerebras
    gpt_3_5 = [1116.75, 1002.34, 1012.3, 963.76, 904.84]
    pandalm = [1068.12, 1009.46, 1020.38, 974.78, 927.25]
    for judge in (gpt_3_5, pandalm):
        boards = Boards(np.array(people), np.array(judge))
        assert (rounded(spearman(boards)), rounded(kendall_tau_b(boards))) == (0.9, 0.8)


@pytest.mark.parametrize(("judge", "tau", "rho"), [("gpt3", 0.4597, 0.6334), ("gpt4", 0.5675, 0.7601)])
def test_judges_of_llmfao_rank_59_models(shared_data: Path, judge: str, tau: float, rho: float) -> None:
    boards = Boards(*(win_rates(llmfao_tally(shared_data, name)) for name in ("crowd", judge)))
    assert boards.models == 59
    assert rounded(kendall_tau_b(boards)) == tau
    assert rounded(spearman(boards)) == rho


@given(two_boards)
def test_spearman_equals_scipy(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=float).T
    if np.ptp(first) and np.ptp(second):
        ours = spearman(Boards(first, second)).value
        assert ours == pytest.approx(spearmanr(first, second).statistic, abs=1e-12)


@given(two_boards)
def test_neither_the_order_of_models_nor_which_board_is_first_matters(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=float).T
    for coefficient in (*COEFFICIENTS, exact_p):
        measure = coefficient(Boards(first, second))
        assert coefficient(Boards(second, first)).value == pytest.approx(measure.value, abs=1e-12)
        assert coefficient(Boards(first[::-1], second[::-1])).value == pytest.approx(measure.value, abs=1e-12)


def test_only_the_order_matters_to_a_rank_coefficient() -> None:
    first, second = np.array([1.0, 4, 2, 8]), np.array([2.0, 3, 9, 4])
    for coefficient in (spearman, kendall_tau_b, footrule, rbo, pairwise_accuracy, exact_p):
        assert coefficient(Boards(np.exp(first), second * 7 - 3)) == coefficient(Boards(first, second))


def test_ratings_that_differ_by_rounding_are_tied() -> None:
    wobble = np.array([1000.0, 1000 + 1e-11, 900])
    assert pairwise_accuracy(Boards(wobble, np.array([5.0, 5, 1]))).value == 1.0


def test_four_models_are_in_perfect_order_once_in_24() -> None:
    test = order_test(of_ranks([1, 2, 3, 4], [1, 2, 3, 4]))
    assert (test.p.value, test.exact, test.orders) == (1 / 24, True, 24)


@given(st.permutations(range(5)))
def test_exact_p_counts_the_orders_that_correlate_as_much(order: list[int]) -> None:
    measure = exact_p(Boards(np.arange(5.0), np.array(order, dtype=float)))
    drop = sum((place - rank) ** 2 for place, rank in enumerate(order))
    as_high = sum(count for squares, count in FIVE_MODELS.items() if squares <= drop)
    assert measure.value == pytest.approx(as_high / 120)


def test_beyond_eight_models_orders_are_drawn_with_a_seed() -> None:
    ranks = list(range(1, 10))
    drawn = order_test(of_ranks(ranks, [3, 1, 2, 6, 5, 4, 7, 9, 8]), Interval())
    assert (drawn.exact, drawn.orders) == (False, 10_000)
    assert drawn.p == order_test(of_ranks(ranks, [3, 1, 2, 6, 5, 4, 7, 9, 8]), Interval()).p
    perfect = order_test(of_ranks(ranks, ranks), Interval())
    assert perfect.p.value == 1 / 10_001  # never 0: the order that was seen is one of them
    weak = order_test(of_ranks(ranks, [5, 9, 1, 3, 8, 2, 6, 7, 4]), Interval()).p
    assert weak.value == pytest.approx(0.55, abs=0.1)
    assert weak.lower is not None
    assert weak.upper is not None
    assert weak.lower < (weak.value or 0) < weak.upper
    assert order_test(of_ranks(ranks[:8], ranks[:8])).exact


def test_limits_come_from_boards_fitted_on_one_resample() -> None:
    generator = np.random.default_rng(1)
    truth = np.linspace(1, -1, 6)
    noise = generator.normal(0, 0.3, (400, 6))
    alike = Boards(truth, truth, truth + noise, truth + noise)
    assert (spearman(alike, Interval()).lower, spearman(alike, Interval()).upper) == (1.0, 1.0)
    apart = Boards(truth, truth, truth + noise, truth + noise[::-1])
    for coefficient in (spearman, kendall_tau_b, footrule, rbo, pairwise_accuracy, pearson):
        measure = coefficient(apart, Interval())
        assert measure.value == pytest.approx(1.0)
        assert measure.lower is not None
        assert measure.lower < 0.95
    fixed = spearman(Boards(truth, truth, None, truth + noise), Interval())
    assert (spearman(apart, Interval()).lower or 0) < (fixed.lower or 0) < 1


def test_no_resamples_no_limits() -> None:
    measure = spearman(of_ranks([1, 2, 3], [1, 3, 2]), Interval())
    assert (measure.value, measure.lower, measure.level) == (0.5, None, 0.95)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_too_few_models_and_tied_boards_have_no_coefficient(coefficient: object) -> None:
    assert callable(coefficient)
    for size in (0, 1):
        measure = coefficient(Boards(np.zeros(size), np.zeros(size)))
        assert (measure.n, measure.undefined) == (size, "fewer than two models have a rating on both boards")
    tied = coefficient(Boards(np.zeros(3), np.arange(3.0)))
    assert (tied.value is None and "tied" in tied.undefined) or coefficient is pairwise_accuracy


def test_the_order_test_needs_an_order() -> None:
    assert exact_p(Boards(np.zeros(3), np.arange(3.0))).undefined == "all models of one board are tied"
    assert exact_p(Boards(np.zeros(1), np.zeros(1))).n == 1


def test_ratings_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Boards(np.array([1.0, math.nan]), np.array([1.0, 2]))
    with pytest.raises(ValueError, match="same models"):
        Boards(np.array([1.0, 2]), np.array([1.0, 2, 3]))
    with pytest.raises(ValueError, match="same models"):
        Boards(np.array([1.0, 2]), np.array([1.0, 2]), np.zeros((5, 3)))


def win_rates(tally: Tally) -> Floats:
    records = [tally.records()[model] for model in sorted(tally.models)]
    return np.array([(record.wins + record.ties / 2) / record.votes for record in records])
