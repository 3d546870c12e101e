"""Is the judge guessing: exact tests, judges that do, and judges that do not."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import fisher_exact

from app.stats.agreement.guessing import guessing_by_label, guessing_p
from app.stats.agreement.labels import crossed
from app.stats.agreement.measure import Interval
from tests.stats.agreement.votes import genai_bench


@pytest.mark.parametrize("table", [((8, 2), (3, 7)), ((30, 20), (25, 25)), ((4, 6), (6, 4))])
def test_two_labels_are_fishers_exact_test(table: tuple[tuple[int, int], tuple[int, int]]) -> None:
    exact = fisher_exact(np.array(table), alternative="greater").pvalue
    for found in guessing_by_label(np.array(table)):
        assert found.value == pytest.approx(exact)
    drawn = guessing_p(np.array(table), Interval(level=0.999))
    assert drawn.lower is not None
    assert drawn.upper is not None
    assert drawn.lower <= exact <= drawn.upper


def test_a_judge_that_guesses_is_found_in_95_of_100_labels() -> None:
    """LACA's acceptance at n = 200: three labels a judge, 100 judges."""
    generator = np.random.default_rng(4)
    found = [
        label.value is not None and label.value >= 0.05
        for people, judge in generator.integers(0, 3, (100, 2, 200))
        for label in guessing_by_label(crossed(people, judge, 3))
    ]
    assert np.mean(found) >= 0.95


def test_a_judge_that_looks_is_not_found_guessing_in_any_label() -> None:
    generator = np.random.default_rng(5)
    for people, other in generator.integers(0, 3, (50, 2, 200)):
        judge = np.where(generator.random(200) < 0.4, people, other)  # κ about .4
        labels = guessing_by_label(crossed(people, judge, 3))
        assert all(label.value is not None and label.value < 0.05 for label in labels)
        assert (guessing_p(crossed(people, judge, 3)).value or 1) < 0.01


def test_one_label_for_everything_is_guessing() -> None:
    table = np.array([[30, 0], [12, 0]])
    assert guessing_p(table).value == 1
    assert [p.undefined for p in guessing_by_label(table)] == [
        "a side gave this label to every item or to none, so nothing can be told"
    ] * 2
    assert guessing_by_label(np.zeros((2, 2)))[0].undefined == "no item has a label from both sides"


def test_half_an_item_is_refused() -> None:
    with pytest.raises(ValueError, match="whole items"):
        guessing_p(np.array([[0.5, 1], [1, 2]]))


@pytest.mark.parametrize(
    ("judge", "guesses"),
    [("gpt4o", False), ("gemini-1.5-pro", False), ("llava", True), ("random", True), ("idefics2", True)],
)
def test_judges_of_genai_bench(shared_data: Path, judge: str, guesses: bool) -> None:
    p = guessing_p(crossed(*genai_bench(shared_data, judge), 4)).value
    assert p is not None
    assert (p >= 0.05) is guesses
