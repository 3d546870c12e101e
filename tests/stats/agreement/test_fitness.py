"""May a judge sit in for a person: the authors' figures, ACORN's acceptance, and planted judges."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.fitness import Level, add_one, alternative_test, majority_grade, replace_one
from app.stats.agreement.measure import Interval
from app.stats.tally import Ints
from tests.stats.agreement.votes import MISSING, columns, llmfao, pandalm

QUICK = Interval(draws=40)


def panel(seed: int, skill: float = 0.7, items: int = 300, raters: int = 5) -> tuple[Ints, Ints]:
    """A truth of three grades, and the labels of equally good people: the truth, else by chance."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, items)
    said = np.where(
        generator.random((items, raters)) < skill, truth[:, None], generator.integers(0, 3, (items, raters))
    )
    return truth, said


def crowd(shared_data: Path, judge: str) -> tuple[Annotations, Ints]:
    number: dict[Hashable, int] = {}
    votes = llmfao(shared_data, "crowd")
    items, labels = columns(votes, number)
    judged, verdicts = columns(llmfao(shared_data, judge), number)
    workers = np.array([int(vote.rater) for vote in votes])
    own = np.full(len(number), MISSING)
    own[judged] = verdicts
    return Annotations(items, workers, labels, (len(number), int(workers.max()) + 1, 3)), own


def test_a_copy_of_one_seat_changes_nothing_there() -> None:
    _, said = panel(seed=1)
    found = replace_one(Annotations.of(said, 3), said[:, 2])
    changes = {seat.rater: seat.change for seat in found.seats}
    assert changes[2] == pytest.approx(0, abs=1e-12)
    assert all(change > 0 for rater, change in changes.items() if rater != 2)
    assert found.change.value == pytest.approx(np.mean(list(changes.values())))
    assert found.change.n == 5


def test_one_label_for_everything_lowers_alpha() -> None:
    _, said = panel(seed=2)
    levels: tuple[Level, ...] = ("nominal", "ordinal", "interval")
    for level in levels:
        found = replace_one(Annotations.of(said, 3), np.full(300, 1), level)
        assert found.change.value is not None
        assert found.change.value < -0.05


def test_a_seat_needs_items_and_a_change_needs_alpha() -> None:
    _, said = panel(seed=3)
    said[5:, 4] = MISSING
    known = Annotations.of(said, 3)
    assert [seat.items for seat in replace_one(known, said[:, 0]).seats] == [300, 300, 300, 300, 5]
    assert len(replace_one(known, said[:, 0], least_items=6).seats) == 4
    nobody = replace_one(known, np.full(300, MISSING))
    assert (nobody.seats, nobody.change.undefined) == (
        (), "nobody labelled an item that others and the judge labelled too",
    )  # fmt: skip
    same = replace_one(Annotations.of(np.ones((9, 2), dtype=int), 3), np.ones(9, dtype=int))
    assert same.change.undefined == "people gave one and the same label, so there is no alpha to change"


@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_the_majority_of_all_as_a_judge_never_lowers_the_correlation(people: int) -> None:
    _, said = panel(seed=4, skill=0.5)
    counts = Annotations.of(said, 3).ratings()
    gold = np.floor(majority_grade(counts)).astype(int)
    found = add_one(Annotations.of(said, 3), gold, people, QUICK)
    assert found.gain.value is not None
    assert found.gain.value > 0
    assert found.with_judge.value == pytest.approx((found.without.value or 0) + found.gain.value)


def test_a_judge_by_chance_lowers_it() -> None:
    _, said = panel(seed=5)
    found = add_one(Annotations.of(said, 3), np.random.default_rng(0).integers(0, 3, 300), 2, QUICK)
    assert found.gain.value is not None
    assert found.gain.value < -0.05


def test_more_people_come_nearer_to_all_and_too_many_are_not_there() -> None:
    truth, said = panel(seed=6)
    near = [
        add_one(Annotations.of(said, 3), truth, drawn, QUICK).without.value or 0 for drawn in (1, 2, 3, 4)
    ]
    assert near == sorted(near)
    none = add_one(Annotations.of(said, 3), truth, 5)
    assert none.gain.undefined == "no item has enough labels of people and one of the judge"
    with pytest.raises(ValueError, match="1 or more"):
        add_one(Annotations.of(said, 3), truth, 0)


@pytest.mark.parametrize(
    ("judge", "epsilon", "rate", "advantage"),
    [
        ("gpt-3.5-turbo", 0.2, 0.0, 0.755422), ("gpt-3.5-turbo", 0.3, 1.0, 0.755422),
        ("pandalm-7b", 0.2, 0.0, 0.714715), ("pandalm-7b", 0.3, 2 / 3, 0.714715),
    ],
)  # fmt: skip
def test_the_authors_code_says_the_same_on_pandalm(
    shared_data: Path, judge: str, epsilon: float, rate: float, advantage: float
) -> None:
    """alt_test_example.ipynb of nitaytech/AltTest (13eada2), run on these labels."""
    people, judges = pandalm(shared_data)
    found = alternative_test(Annotations.of(people.T, 3), judges[judge], epsilon)
    assert found.winning_rate.value == pytest.approx(rate)
    assert found.passes is (rate >= 0.5)
    assert found.advantage.value == pytest.approx(advantage, abs=1e-6)


def test_p_of_each_person_is_the_authors_t_test_adjusted(shared_data: Path) -> None:
    """Their p are .0102287043, .0024873912 and .0276445048; Benjamini–Yekutieli multiplies by 11/6 and 3/2, 3, 1."""
    people, judges = pandalm(shared_data)
    found = alternative_test(Annotations.of(people.T, 3), judges["pandalm-7b"], epsilon=0.3)
    adjusted = [0.0102287043 * 1.5 * 11 / 6, 0.0024873912 * 3 * 11 / 6, 0.0276445048 * 11 / 6]
    assert [rival.p for rival in found.rivals] == pytest.approx(adjusted, rel=1e-6)


@pytest.mark.parametrize(("judge", "beaten", "advantage"), [("gpt3", 5, 0.654576), ("gpt4", 7, 0.694761)])
def test_the_authors_code_says_the_same_on_a_crowd(
    shared_data: Path, judge: str, beaten: int, advantage: float
) -> None:
    """The same notebook, ε = .2: 49 of 124 workers labelled enough."""
    found = alternative_test(*crowd(shared_data, judge), epsilon=0.2)
    assert (found.winning_rate.n, sum(rival.beaten for rival in found.rivals)) == (49, beaten)
    assert found.winning_rate.value == pytest.approx(beaten / 49)
    assert found.advantage.value == pytest.approx(advantage, abs=1e-6)
    assert not found.passes


def test_a_judge_that_knows_passes_and_one_that_guesses_fails() -> None:
    truth, said = panel(seed=7)
    known = Annotations.of(said, 3)
    assert alternative_test(known, truth, 0.1).winning_rate.value == 1
    guesses = np.random.default_rng(1).integers(0, 3, 300)
    assert alternative_test(known, guesses, 0.1).winning_rate.value == 0
    everyone = Annotations.of(np.repeat(truth[:, None], 3, axis=1), 3)  # no spread to test against
    assert alternative_test(everyone, truth, 0.1).passes
    assert alternative_test(everyone, truth, 0.0).passes is False


def test_it_needs_three_people_with_thirty_items_each() -> None:
    truth, said = panel(seed=8)
    for few in (said[:, :2], np.where(np.arange(300)[:, None] < 29, said, MISSING)):
        found = alternative_test(Annotations.of(few, 3), truth)
        assert (found.passes, found.rivals) == (None, ())
        assert "fewer than 3 people labelled 30 items" in (found.winning_rate.undefined or "")


def test_labels_and_settings_that_are_none_are_refused() -> None:
    truth, said = panel(seed=9)
    known = Annotations.of(said, 3)
    with pytest.raises(ValueError, match="label for each item"):
        replace_one(known, truth[:9])
    with pytest.raises(ValueError, match="outside"):
        replace_one(known, truth + 1)
    with pytest.raises(ValueError, match="epsilon"):
        alternative_test(known, truth, epsilon=1.5)
