"""Many raters: the examples of the textbooks, people against people on public votes, missing ratings."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stats.agreement.labels import (
    agreement,
    agreement_no_ties,
    cohen_kappa,
    cohen_kappa_no_ties,
    crossed,
    gwet_ac1,
    scott_pi,
)
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.raters import (
    fleiss_kappa,
    krippendorff_alpha,
    krippendorff_alpha_interval,
    krippendorff_alpha_ordinal,
    pair_agreement,
    pair_agreement_no_ties,
    pairs_between,
    pairs_within,
    plurality,
    rated,
)
from app.stats.tally import Ints
from tests.stats.agreement.votes import (
    BOTH_BAD,
    TIE,
    Vote,
    chosen,
    columns,
    llmfao,
    mt_bench,
    mt_bench_categories,
    pandalm,
)

KRIPPENDORFF_2011 = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
THREE_CODERS = (  # Wikipedia, "Krippendorff's alpha"
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)
FLEISS = (  # Wikipedia, "Fleiss' kappa": 14 raters, 10 items, 5 labels
    "0 0 0 0 14", "0 2 6 4 2", "0 0 3 5 6", "0 3 9 2 0", "2 2 8 1 1",
    "7 7 0 0 0", "3 2 6 3 0", "2 5 3 2 2", "6 5 2 1 0", "0 2 2 3 7",
)  # fmt: skip
FIVE_ITEMS = np.array([[2, 1, 0], [3, 0, 0], [0, 3, 0], [1, 1, 1], [0, 2, 1]])

some_ratings = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=8)


def observed(coders: tuple[str, ...], labels: int) -> Ints:
    """Counts of ratings from one line a coder, a dot where there is none."""
    cells = [
        (item, int(word) - 1) for line in coders for item, word in enumerate(line.split()) if word != "."
    ]
    items, given_ = np.array(cells).T
    return rated(items, given_, (len(coders[0].split()), labels))


def rounded(measure: Measure, digits: int) -> float:
    assert measure.value is not None, measure.undefined
    return round(measure.value, digits)


def test_krippendorffs_own_example() -> None:
    ratings = observed(KRIPPENDORFF_2011, labels=5)
    assert rounded(krippendorff_alpha(ratings), 3) == 0.743
    assert rounded(krippendorff_alpha_ordinal(ratings), 3) == 0.815
    assert rounded(krippendorff_alpha_interval(ratings), 3) == 0.849
    assert krippendorff_alpha(ratings).n == 11  # one of the twelve has a single rating


def test_three_coders() -> None:
    ratings = observed(THREE_CODERS, labels=4)
    assert rounded(krippendorff_alpha(ratings), 3) == 0.691
    assert rounded(krippendorff_alpha_interval(ratings), 3) == 0.811


def test_fleiss_example() -> None:
    ratings = np.array([line.split() for line in FLEISS], dtype=np.int64)
    assert rounded(fleiss_kappa(ratings), 4) == 0.2099
    assert fleiss_kappa(ratings).n == 10


def test_fleiss_and_krippendorff_differ_on_few_items() -> None:
    assert rounded(fleiss_kappa(FIVE_ITEMS), 6) == 0.227941
    assert rounded(krippendorff_alpha(FIVE_ITEMS), 6) == 0.279412


@given(some_ratings)
def test_the_order_of_items_and_the_names_of_labels_change_nothing(rows: list[list[int]]) -> None:
    ratings = np.array(rows)
    for measure in (krippendorff_alpha, fleiss_kappa, pair_agreement):
        for other in (ratings[::-1], ratings[:, [2, 0, 1]]):
            assert measure(other).value == pytest.approx(measure(ratings).value, abs=1e-12)
    for graded in (krippendorff_alpha_ordinal, krippendorff_alpha_interval):
        assert graded(ratings[:, ::-1]).value == pytest.approx(graded(ratings).value, abs=1e-12)


@given(some_ratings)
def test_pairs_are_those_that_counting_one_by_one_gives(rows: list[list[int]]) -> None:
    ratings = np.array(rows)
    for item, table in zip(ratings, pairs_within(ratings), strict=True):
        given_ = [label for label, count in enumerate(item) for _ in range(count)]
        pairs = [(x, y) for i, x in enumerate(given_) for y in given_[i + 1 :]]
        assert table.sum() == len(pairs)
        assert np.trace(table) == sum(x == y for x, y in pairs)
        assert (table == table.T).all()


def test_pi_of_two_raters_pairs_is_fleiss_kappa() -> None:
    """Scott's π is Fleiss' κ for two raters."""
    ratings = np.array([[2, 0, 0], [1, 1, 0], [0, 2, 0], [0, 1, 1], [2, 0, 0], [0, 0, 2]])
    assert scott_pi(pairs_within(ratings)).value == pytest.approx(fleiss_kappa(ratings).value, abs=1e-12)


def test_a_missing_rating_is_no_disagreement() -> None:
    alone = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]])
    more = np.concatenate([FIVE_ITEMS, alone])
    for measure in (
        krippendorff_alpha,
        krippendorff_alpha_ordinal,
        krippendorff_alpha_interval,
        pair_agreement,
    ):
        assert measure(more) == measure(FIVE_ITEMS)
    assert fleiss_kappa(np.concatenate([FIVE_ITEMS, alone[2:]])) == fleiss_kappa(FIVE_ITEMS)


def test_fleiss_refuses_uneven_numbers_of_ratings() -> None:
    measure = fleiss_kappa(np.array([[2, 1], [1, 1]]))
    assert (
        measure.undefined == "items have different numbers of ratings; Krippendorff's alpha allows for that"
    )


@pytest.mark.parametrize(
    "measure",
    [krippendorff_alpha, krippendorff_alpha_ordinal, krippendorff_alpha_interval, fleiss_kappa],
)
def test_why_there_is_no_coefficient(measure: object) -> None:
    assert callable(measure)
    assert measure(np.array([[1, 0], [0, 1]])).undefined == "no item has two ratings"
    assert measure(np.zeros((0, 2))).undefined == "no item has two ratings"
    one_label = measure(np.array([[3, 0], [3, 0]]), Interval())
    assert (one_label.n, one_label.lower) == (2, None)
    assert one_label.undefined.startswith("every rating is one and the same label")


def test_limits_come_from_resampled_items() -> None:
    generator = np.random.default_rng(5)
    ratings = np.array([generator.multinomial(4, generator.dirichlet([0.6] * 3)) for _ in range(60)])
    for measure in (krippendorff_alpha, fleiss_kappa, pair_agreement):
        found = measure(ratings, Interval(draws=400))
        assert found.lower is not None
        assert found.value is not None
        assert found.upper is not None
        assert found.lower < found.value < found.upper
        assert 0.1 < found.upper - found.lower < 0.4
        assert measure(ratings, Interval(draws=400)) == found
    assert krippendorff_alpha(ratings[:1], Interval()).lower is None


@pytest.mark.parametrize("wrong", [[[1.5, 0]], [[-1, 0]], [[1]], [1, 2], [[np.nan, 1]]])
def test_what_are_no_ratings_is_refused(wrong: list[object]) -> None:
    with pytest.raises(ValueError, match=r"ratings|count"):
        krippendorff_alpha(np.array(wrong))


def test_ratings_outside_the_labels_and_groups_that_do_not_match_are_refused() -> None:
    for items, labels in (([0, 2], [0, 1]), ([0, 1], [0, 2]), ([-1, 0], [0, 0])):
        with pytest.raises(ValueError, match="outside"):
            rated(np.array(items), np.array(labels), (2, 2))
    with pytest.raises(ValueError, match="same items"):
        pairs_between(FIVE_ITEMS, FIVE_ITEMS[:2])


@pytest.mark.parametrize(
    ("turn", "all_pairs", "no_ties"), [(1, (454, 721), (388, 479)), (2, (471, 707), (388, 474))]
)
def test_experts_among_themselves_on_mt_bench(
    shared_data: Path, turn: int, all_pairs: tuple[int, int], no_ties: tuple[int, int]
) -> None:
    """The paper's 63 % and 81 % (Zheng et al. 2023, table 5)."""
    ratings = people(mt_bench(shared_data, "human"), "expert", turn)
    check(pair_agreement(ratings), all_pairs)
    check(pair_agreement_no_ties(ratings), no_ties)


@pytest.mark.parametrize(
    ("turn", "all_pairs", "no_ties"), [(1, (280, 428), (218, 262)), (2, (279, 413), (234, 273))]
)
def test_experts_and_authors_on_mt_bench(
    shared_data: Path, turn: int, all_pairs: tuple[int, int], no_ties: tuple[int, int]
) -> None:
    votes = mt_bench(shared_data, "human")
    number: dict[Hashable, int] = {vote.item: item for item, vote in enumerate(votes)}
    tables = pairs_between(people(votes, "expert", turn, number), people(votes, "author", turn, number))
    check(agreement(tables), all_pairs)
    check(agreement_no_ties(tables), no_ties)


def test_gpt_4_and_the_plurality_of_people_on_mt_bench(shared_data: Path) -> None:
    number, human, judge = mt_bench_verdicts(shared_data)
    both = crossed(human, judge, 3)
    assert (agreement(both).n, rounded(agreement(both), 4)) == (1814, 0.6720)
    assert (rounded(cohen_kappa(both), 4), rounded(scott_pi(both), 4), rounded(gwet_ac1(both), 4)) == (
        0.5047,
        0.5038,
        0.5101,
    )
    assert (agreement_no_ties(both).n, rounded(agreement_no_ties(both), 4)) == (1078, 0.8840)
    assert rounded(cohen_kappa_no_ties(both), 4) == 0.7670
    categories = mt_bench_categories(shared_data)
    known = {"coding": (224, 0.3916), "math": (218, 0.5216), "stem": (235, 0.5483), "writing": (215, 0.3989)}
    for category, (n, kappa) in known.items():
        kept = np.array([isinstance(item, tuple) and categories[item[0]] == category for item in number])
        measure = cohen_kappa(crossed(human[kept], judge[kept], 3))
        assert (measure.n, rounded(measure, 4)) == (n, kappa)
    for turn, n, kappa in ((1, 910, 0.5158), (2, 904, 0.4922)):
        kept = np.array([isinstance(item, tuple) and item[1] == turn for item in number])
        measure = cohen_kappa(crossed(human[kept], judge[kept], 3))
        assert (measure.n, rounded(measure, 4)) == (n, kappa)


def test_alpha_of_people_on_mt_bench(shared_data: Path) -> None:
    number: dict[Hashable, int] = {}
    items, labels = columns(mt_bench(shared_data, "human"), number)
    alpha = krippendorff_alpha(rated(items, labels, (len(number), 3)))
    assert (alpha.n, rounded(alpha, 4)) == (961, 0.4855)


def test_annotators_of_pandalm(shared_data: Path) -> None:
    labels, _ = pandalm(shared_data)
    ratings = rated(np.tile(np.arange(999), 3), labels.ravel(), (999, 3))
    assert rounded(krippendorff_alpha(ratings), 4) == 0.8642
    assert rounded(fleiss_kappa(ratings), 4) == 0.8642
    assert np.bincount(plurality(ratings, otherwise=TIE)).tolist() == [422, 472, 105]
    assert (ratings.max(axis=1) > 1).all()


@pytest.mark.parametrize(
    ("judge", "agreed", "kappa", "decided", "agreed_no_ties", "kappa_no_ties"),
    [("gpt3", 0.3361, 0.0833, 971, 0.6313, 0.2514), ("gpt4", 0.3871, 0.1781, 1043, 0.7459, 0.493)],
)
def test_judges_and_the_crowd_of_llmfao(
    shared_data: Path, judge: str, agreed: float, kappa: float, decided: int, agreed_no_ties: float,
    kappa_no_ties: float,
) -> None:  # fmt: skip
    number: dict[Hashable, int] = {}
    items, labels = columns(llmfao(shared_data, "crowd"), number)
    crowd = rated(items, labels, (len(number), 3))
    assert rounded(krippendorff_alpha(crowd), 4) == 0.2906
    judged, verdicts = columns(llmfao(shared_data, judge), number)
    both = crossed(plurality(crowd, otherwise=TIE)[judged], verdicts, 3)
    assert (agreement(both).n, rounded(agreement(both), 4)) == (2139, agreed)
    assert rounded(cohen_kappa(both), 4) == kappa
    assert (agreement_no_ties(both).n, rounded(agreement_no_ties(both), 4)) == (decided, agreed_no_ties)
    assert rounded(cohen_kappa_no_ties(both), 4) == kappa_no_ties


def test_a_lead_shared_by_two_labels_is_what_the_caller_says() -> None:
    ratings = np.array([[1, 1, 0, 0], [0, 0, 2, 0], [1, 0, 1, 0], [0, 0, 0, 0]])
    assert plurality(ratings, otherwise=BOTH_BAD).tolist() == [BOTH_BAD, TIE, BOTH_BAD, -1]


def people(votes: list[Vote], group: str, turn: int, number: dict[Hashable, int] | None = None) -> Ints:
    """Ratings by one group in one turn, of the items that `number` knows."""
    known = {} if number is None else number
    kept = chosen(votes, lambda vote: vote.rater.startswith(group) and turn_of(vote) == turn)
    items, labels = columns(kept, known)
    return rated(items, labels, (max(known.values()) + 1, 3))


def mt_bench_verdicts(shared_data: Path) -> tuple[dict[Hashable, int], Ints, Ints]:
    """The items, the plurality of the people on each (a lead shared is a tie) and GPT-4's verdict, or −1."""
    number: dict[Hashable, int] = {}
    items, labels = columns(mt_bench(shared_data, "human"), number)
    judged, verdicts = columns(mt_bench(shared_data, "gpt4_pair"), number)
    ratings = rated(items, labels, (len(number), 3))
    judge = np.full(len(number), -1)
    judge[judged] = verdicts
    return number, plurality(ratings, otherwise=TIE), judge


def turn_of(vote: Vote) -> int:
    assert isinstance(vote.item, tuple)
    return int(vote.item[1])


def check(measure: Measure, agreed: tuple[int, int]) -> None:
    hits, n = agreed
    assert measure.n == n
    assert measure.value == hits / n
