"""Picking a judge by a rule: EvalGen's example, what breaks ties, who is refused, whether the first is told apart."""

import numpy as np
import pytest

from app.stats.agreement.checks import check_alignment, failure_coverage, false_failure_rate, mcc, of_pairs
from app.stats.agreement.choosing import Candidate, Rule, choose
from app.stats.agreement.measure import Interval
from app.stats.tally import Floats, Ints

# METHODS 2.9 as pairs: the i-th good grade and the i-th bad one are the two answers of an item that people decided.
PEOPLE = np.array([0, 1, 0, 1, 0])
FIRST = np.array([0, 1, 1, 2, 2])  # catches two losers, fails one winner
SECOND = np.array([0, 2, 2, 1, -1])  # catches two losers; its last verdict is missing


def checks(caught: int, wronged: int, of: int = 20) -> Floats:
    """One prompt an item: so many losers caught, then so many winners failed, and ties."""
    judge = np.array([0] * caught + [1] * wronged + [2] * (of - caught - wronged))
    return of_pairs(np.zeros(of, dtype=np.int64), judge)


def candidate(
    name: str, caught: int, wronged: int, verdicts: float = 1, cost: float | None = None
) -> Candidate:
    return Candidate(name, checks(caught, wronged), verdicts, cost)


@pytest.mark.parametrize(
    ("judge", "figures"), [(FIRST, (0.4, 0.2, 0.5333, 0.2182)), (SECOND, (0.4, 0.0, 0.5714, 0.5))]
)
def test_evalgens_assertions_as_judges_of_pairs(judge: Ints, figures: tuple[float, ...]) -> None:
    tables = of_pairs(PEOPLE, judge)
    found = [each(tables) for each in (failure_coverage, false_failure_rate, check_alignment, mcc)]
    assert [round(each.value or 0, 4) for each in found] == list(figures)
    assert tables.sum() == 10


def test_only_decided_pairs_have_a_good_and_a_bad_answer() -> None:
    with pytest.raises(ValueError, match="decided"):
        of_pairs(np.array([0, 2]), np.array([0, 0]))
    with pytest.raises(ValueError, match="decided"):
        of_pairs(np.array([0, 1]), np.array([0]))


def test_the_highest_alignment_among_those_that_fail_few_good_answers() -> None:
    harsh, careful, shy = candidate("harsh", 15, 5), candidate("careful", 12, 2), candidate("shy", 5, 0)
    found = choose([harsh, careful, shy], Rule())
    assert found.ranked == ("careful", "shy")
    assert found.refused == {"harsh": "false failures 0.25 are above 0.2"}
    assert choose([harsh, careful], Rule(most_false_failures=0.25)).picked == "harsh"


def test_chainforges_rule_has_no_limit_and_another_winner() -> None:
    harsh, careful = candidate("harsh", 15, 5), candidate("careful", 9, 0)
    assert choose([harsh, careful], Rule(most_false_failures=1)).picked == "harsh"
    assert choose([harsh, careful], Rule("mcc")).picked == "careful"
    assert choose([harsh], Rule("mcc")).picked == "harsh"


def test_equal_scores_go_to_fewer_false_failures_then_to_the_cheaper() -> None:
    # alignment 2·c·k/(c+k) is the same with coverage and 1 − false failures exchanged
    one = Candidate("a", np.array([[[18.0, 2], [4, 16]]]), 1)
    other = Candidate("b", np.array([[[16.0, 4], [2, 18]]]), 1, cost=0.1)
    rule = Rule(most_false_failures=0.3)
    assert check_alignment(one.checks).value == pytest.approx(check_alignment(other.checks).value, abs=1e-12)
    assert choose([other, one], rule).ranked == ("a", "b")
    same = [candidate("a", 16, 2), candidate("b", 16, 2, cost=3), candidate("c", 16, 2, cost=2)]
    assert choose(same, rule).ranked == ("c", "b", "a")  # what is unknown is not taken for cheap


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (candidate("x", 12, 1, verdicts=0.89), "it has a verdict on 89% of the items, and 90% are asked for"),
        (candidate("x", 4, 4), "it fails bad answers no more than good ones: 0.2 and 0.2"),
        (candidate("x", 0, 0), "it fails bad answers no more than good ones: 0 and 0"),
        (Candidate("x", np.zeros((1, 2, 2)), 1.0), "no item has a label from both sides"),
    ],
)
def test_who_is_refused_is_told_why(made: Candidate, why: str) -> None:
    found = choose([made], Rule())
    assert (found.picked, found.refused) == (None, {"x": why})


def test_a_small_lead_is_not_told_apart_and_a_large_one_is() -> None:
    asked = Interval(draws=500, seed=3)
    close = choose([candidate("a", 13, 1), candidate("b", 12, 1)], Rule(), asked)
    assert close.picked == "a"
    assert not close.told_apart
    assert close.difference is not None
    assert close.difference.value == pytest.approx(2 * 0.65 * 0.95 / 1.6 - 2 * 0.6 * 0.95 / 1.55)
    assert (close.difference.n, close.difference.level) == (40, 0.95)
    assert choose([candidate("a", 18, 1), candidate("b", 6, 1)], Rule(), asked).told_apart
    assert choose([candidate("a", 18, 1)], Rule(), asked).difference is None


def test_the_difference_is_of_the_same_prompts() -> None:
    """Two judges that err on the same prompts differ by nothing on every resample."""
    same = choose([candidate("a", 12, 2), candidate("b", 12, 2)], Rule(), Interval(draws=100))
    assert same.difference is not None
    assert (same.difference.lower, same.difference.upper) == (0, 0)


@pytest.mark.parametrize(
    "asked", [{"by": "kappa"}, {"most_false_failures": 1.5}, {"least_verdicts": -0.1}, {"least_items": 0}]
)
def test_a_rule_that_cannot_be_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(asked))):
        Rule(**asked)  # type: ignore[arg-type]  # wrong on purpose
