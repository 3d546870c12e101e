"""Two raters: known tables, a second implementation, public votes, and when there is no answer."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from app.stats.agreement.labels import (
    agreement,
    agreement_no_ties,
    clipped,
    cohen_kappa,
    cohen_kappa_no_ties,
    crossed,
    decided,
    gwet_ac1,
    scott_pi,
    weighted_kappa_linear,
    weighted_kappa_quadratic,
)
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Ints
from tests.stats.agreement.votes import (
    MISSING,
    TIE,
    Vote,
    chosen,
    genai_bench,
    mt_bench,
    pandalm,
)

LABELS = 3
small_tables = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3)


def table(yes_yes: int, first_only: int, second_only: int, no_no: int) -> Ints:
    return np.array([[yes_yes, first_only], [second_only, no_no]])


def rounded(measure: Measure, digits: int = 4) -> float:
    assert measure.value is not None, measure.undefined
    return round(measure.value, digits)


@pytest.mark.parametrize(
    ("cells", "kappa", "pi", "ac1"),
    [
        ((20, 5, 10, 15), 0.4000, 0.3939, 0.4059),
        ((45, 15, 25, 15), 0.1304, 0.1209, 0.2661),
        ((25, 35, 5, 35), 0.2593, 0.1919, 0.2079),
        ((50, 10, 20, 20), 0.3478, 0.3407, None),
        ((55, 5, 30, 10), 0.1860, 0.1223, None),
    ],
)
def test_two_by_two_tables_of_the_literature(
    cells: tuple[int, int, int, int], kappa: float, pi: float, ac1: float | None
) -> None:
    counts = table(*cells)
    assert rounded(cohen_kappa(counts)) == kappa
    assert rounded(scott_pi(counts)) == pi
    assert ac1 is None or rounded(gwet_ac1(counts)) == ac1


def test_the_paradox_of_a_dominant_label() -> None:
    counts = table(118, 5, 2, 0)
    assert rounded(agreement(counts), 3) == 0.944
    assert rounded(cohen_kappa(counts)) == -0.0234
    assert rounded(gwet_ac1(counts)) == 0.9408


def test_weighted_kappa_needs_the_labels_that_nobody_gave() -> None:
    first = np.array([1, 2, 2, 3, 5, 5, 3, 1]) - 1
    second = np.array([1, 2, 3, 3, 5, 3, 3, 2]) - 1
    grades = crossed(first, second, labels=5)
    assert rounded(cohen_kappa(grades), 6) == 0.5
    assert rounded(weighted_kappa_linear(grades), 6) == 0.652174
    assert rounded(weighted_kappa_quadratic(grades), 6) == 0.777778
    seen = np.array([0, 1, 2, 4])
    without_grade_4 = grades[np.ix_(seen, seen)]
    assert rounded(weighted_kappa_linear(without_grade_4), 6) == 0.666667
    assert rounded(weighted_kappa_quadratic(without_grade_4), 6) == 0.8125


@given(small_tables)
def test_kappas_equal_those_of_scikit_learn(rows: list[list[int]]) -> None:
    counts = np.array(rows)
    if np.count_nonzero(counts.sum(axis=0) + counts.sum(axis=1)) < 2:
        return
    first, second = np.indices((3, 3)).reshape(2, -1)
    ours = {None: cohen_kappa, "linear": weighted_kappa_linear, "quadratic": weighted_kappa_quadratic}
    for weights, kappa in ours.items():
        theirs = cohen_kappa_score(
            first, second, labels=[0, 1, 2], weights=weights, sample_weight=counts.ravel()
        )
        assert kappa(counts).value == pytest.approx(theirs, abs=1e-12)


@given(small_tables)
def test_raters_trade_places_and_labels_trade_names(rows: list[list[int]]) -> None:
    counts = np.array(rows)
    renamed = counts[np.ix_([1, 0, 2], [1, 0, 2])]
    reversed_grades = counts[::-1, ::-1]
    for coefficient in (agreement, agreement_no_ties, cohen_kappa, scott_pi, gwet_ac1):
        for other in (counts.T, renamed):
            assert coefficient(other).value == pytest.approx(coefficient(counts).value, abs=1e-12)
    for weighted in (weighted_kappa_linear, weighted_kappa_quadratic):
        for other in (counts.T, reversed_grades):
            assert weighted(other).value == pytest.approx(weighted(counts).value, abs=1e-12)


def test_a_tie_on_either_side_leaves_the_item_out() -> None:
    counts = np.array([[5, 1, 100], [2, 4, 100], [100, 100, 100]])
    assert decided(counts).tolist() == [[5, 1], [2, 4]]
    assert agreement_no_ties(counts) == Measure(0.75, 12)
    assert cohen_kappa_no_ties(counts) == cohen_kappa(np.array([[5, 1], [2, 4]]))


def test_a_label_that_is_missing_leaves_the_item_out() -> None:
    counts = crossed(np.array([0, MISSING, 1, 2]), np.array([0, 1, MISSING, 1]), LABELS)
    assert counts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_a_judge_that_copies_its_reference_is_as_good_as_the_reference() -> None:
    """No Free Labels (Krumdick et al. 2025): with a human reference κ goes to 1, with a wrong one below 0."""
    generator = np.random.default_rng(2)
    people = generator.integers(0, 2, 600)
    knows = generator.random(600) < 0.5
    human, wrong = np.where(generator.random(600) < 0.98, people, 1 - people), 1 - people
    for reference, sign in ((human, 1), (wrong, -1)):
        split = [cohen_kappa(crossed(people[part], reference[part], 2)) for part in (knows, ~knows)]
        assert [kappa.n for kappa in split] == [knows.sum(), (~knows).sum()]
        assert all(0.9 < sign * (kappa.value or 0) <= 1 for kappa in split)
    one_class = cohen_kappa(crossed(people[:0], human[:0], 2))
    assert one_class.undefined == "no item has a label from both sides"


def test_grades_that_do_not_exist_are_clipped_and_counted() -> None:
    """LLMJudge has two grades of 5 on its scale of 0 to 3."""
    people, judge = np.array([0, 1, 2, 3, 3, 3]), np.array([0, 1, 1, 3, 5, 5])
    grades, stray = clipped(judge, highest=3)
    assert (grades.tolist(), stray) == ([0, 1, 1, 3, 3, 3], 2)
    assert agreement(crossed(people, grades, 4)).value == pytest.approx(5 / 6)
    with pytest.raises(ValueError, match="outside"):
        crossed(people, judge, 4)


def test_labels_that_do_not_exist_are_refused() -> None:
    for column in ([0, 3], [0, -2], [0.0, 1.0]):
        with pytest.raises(ValueError, match=r"outside 0\.\.2"):
            crossed(np.array(column), np.array([0, 1]), LABELS)
    with pytest.raises(ValueError, match="one length"):
        crossed(np.array([0, 1]), np.array([0]), LABELS)


@pytest.mark.parametrize("wrong", [[[1]], [[1, 2]], [1, 2], [[1, -1], [0, 1]], [[1, np.nan], [0, 1]]])
def test_what_is_no_table_is_refused(wrong: list[object]) -> None:
    with pytest.raises(ValueError, match=r"table|count"):
        agreement(np.array(wrong))


def test_one_label_leaves_kappa_undefined_and_says_why() -> None:
    counts = table(9, 0, 0, 0)
    for kappa in (cohen_kappa, scott_pi, weighted_kappa_linear, weighted_kappa_quadratic):
        measure = kappa(counts, Interval())
        assert (measure.value, measure.n) == (None, 9)
        assert measure.undefined == (
            "both sides gave one and the same label to every item, so agreement by chance is certain"
        )
    assert gwet_ac1(counts) == agreement(counts) == Measure(1.0, 9)


def test_a_judge_with_one_label_agrees_by_chance_only() -> None:
    assert cohen_kappa(table(30, 0, 12, 0)) == Measure(0.0, 42)


def test_nothing_to_compare_says_so() -> None:
    assert cohen_kappa(np.zeros((3, 3))).undefined == "no item has a label from both sides"
    only_ties = np.array([[0, 0, 5], [0, 0, 5], [5, 5, 5]])
    assert agreement_no_ties(only_ties).undefined == "no item is decided by both sides"


def test_limits_of_kappa_have_the_width_of_its_standard_error() -> None:
    counts = table(200, 50, 100, 150)
    measure = cohen_kappa(counts, Interval(draws=4000))
    assert measure.lower is not None
    assert measure.upper is not None
    error = fleiss_cohen_everitt(counts)
    assert (measure.upper - measure.lower) / 2 == pytest.approx(1.96 * error, rel=0.04)
    assert measure.lower < 0.4 < measure.upper


def test_tables_by_cluster_add_up_and_widen_the_limits() -> None:
    counts = np.array([table(4, 1, 2, 3), table(0, 9, 0, 1), table(9, 0, 0, 1)] * 10)
    clustered, items = (cohen_kappa(cells, Interval()) for cells in (counts, counts.sum(axis=0)))
    assert (clustered.value, clustered.n) == (items.value, items.n)
    assert None not in (clustered.lower, clustered.upper, items.lower, items.upper)
    assert (clustered.upper or 0) - (clustered.lower or 0) > 1.5 * ((items.upper or 0) - (items.lower or 0))


@pytest.mark.parametrize(
    ("group", "turn", "all_votes", "no_ties"),
    [
        ("expert", 1, (886, 1343), (727, 859)),
        ("expert", 2, (871, 1325), (731, 864)),
        ("author", 1, (239, 346), (184, 201)),
        ("author", 2, (224, 341), (181, 205)),
    ],
)
def test_gpt_4_and_people_on_mt_bench(
    shared_data: Path, group: str, turn: int, all_votes: tuple[int, int], no_ties: tuple[int, int]
) -> None:
    """The paper's 66 % of 1343 and 85 % of 859 for experts, turn 1 (Zheng et al. 2023, table 5)."""
    people = chosen(mt_bench(shared_data, "human"), lambda vote: vote.rater.startswith(group))
    counts = against(people, mt_bench(shared_data, "gpt4_pair"), turn)
    for measure, (agreed, n) in ((agreement(counts), all_votes), (agreement_no_ties(counts), no_ties)):
        assert measure.n == n
        assert measure.value == agreed / n


def test_annotators_and_judges_of_pandalm(shared_data: Path) -> None:
    people, judges = pandalm(shared_data)
    pairs = [(0, 1, 0.852), (0, 2, 0.8789), (1, 2, 0.8617)]
    for first, second, kappa in pairs:
        assert rounded(cohen_kappa(crossed(people[first], people[second], LABELS))) == kappa
    counts = (people[:, :, None] == np.arange(LABELS)).sum(axis=0)
    majority = np.where(counts.max(axis=1) > 1, counts.argmax(axis=1), TIE)
    known = {"gpt-3.5-turbo": (0.7107, None), "pandalm-7b": (0.6677, 0.4354)}
    for judge, (accuracy, against_majority) in known.items():
        verdicts = crossed(majority, judges[judge], LABELS)
        assert rounded(agreement(verdicts)) == accuracy
        assert against_majority is None or rounded(cohen_kappa(verdicts)) == against_majority
    decisive = crossed(majority, judges["gpt-3.5-turbo"], LABELS)
    assert agreement_no_ties(decisive).n == 849
    assert rounded(agreement_no_ties(decisive)) == 0.8151
    assert rounded(cohen_kappa_no_ties(decisive)) == 0.6299


@pytest.mark.parametrize(
    ("judge", "accuracy", "kappa", "decided_by_both", "agreed", "kappa_no_ties"),
    [
        ("gpt4o", 0.5354, 0.3361, 434, 0.8364, 0.6675),
        ("gemini-1.5-pro", 0.5593, 0.3493, 408, 0.8039, 0.6022),
        ("llava", 0.2612, 0.0, 503, 0.4771, 0.0),
        ("random", 0.2590, 0.007, 251, 0.506, 0.0117),
        ("idefics2", 0.2731, 0.0046, 503, 0.499, 0.0071),
    ],
)
def test_judges_of_genai_bench_with_four_labels(
    shared_data: Path, judge: str, accuracy: float, kappa: float, decided_by_both: int, agreed: float,
    kappa_no_ties: float,
) -> None:  # fmt: skip
    counts = crossed(*genai_bench(shared_data, judge), labels=4)
    assert (rounded(agreement(counts)), rounded(cohen_kappa(counts))) == (accuracy, kappa)
    assert agreement_no_ties(counts).n == decided_by_both
    assert rounded(agreement_no_ties(counts)) == agreed
    assert rounded(cohen_kappa_no_ties(counts)) == kappa_no_ties


def fleiss_cohen_everitt(counts: Ints) -> float:
    """The large-sample standard error of Cohen's κ (Fleiss, Cohen and Everitt 1969)."""
    n = counts.sum()
    shares = counts / n
    rows, columns_ = shares.sum(axis=1), shares.sum(axis=0)
    kappa = cohen_kappa(counts).value or 0
    chance = (rows * columns_).sum()
    diagonal = (np.diag(shares) * (1 - (rows + columns_) * (1 - kappa)) ** 2).sum()
    sums = (columns_[:, None] + rows[None, :]) ** 2 * shares
    off = (1 - kappa) ** 2 * (sums.sum() - np.trace(sums))
    variance = diagonal + off - (kappa - chance * (1 - kappa)) ** 2
    return float(np.sqrt(variance / n) / (1 - chance))


def against(people: list[Vote], judge: list[Vote], turn: int | None = None) -> Ints:
    """Every vote of a person against the judge's on the same item."""
    verdicts = {vote.item: vote.label for vote in judge}
    both = [(vote.label, verdicts[vote.item]) for vote in people if turn is None or turn_of(vote) == turn]
    reference, said = np.array(both).T
    return crossed(reference, said, LABELS)


def turn_of(vote: Vote) -> int:
    assert isinstance(vote.item, tuple)
    return int(vote.item[1])
