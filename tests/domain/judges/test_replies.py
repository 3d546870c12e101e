"""Words and numbers are read where they stand, the last one counts, and a reply costs no more than its length."""

import re
import time
from collections.abc import Callable

import pytest

from app.domain.judges.checklist import generated
from app.domain.judges.items import Checklist
from app.domain.judges.replies import Found, Reason, Refused, Reply, Unreadable, label, number, objects
from app.domain.judges.score import correctness
from app.domain.judges.wording import flags
from app.stats.verdicts import Verdict
from tests.domain.judged_items import item

LABELS = {"a": "A", "b": "B", "tie": "tie"}
MEGABYTE = 1_000_000


def said(text: str, finish: str = "stop") -> str | Reason | None:
    found = label(Reply(text, finish), "winner", LABELS)
    if isinstance(found, Found):
        return found.value
    return found.reason if isinstance(found, Unreadable) else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"winner": "A", "certainty": 80}', "A"),
        ('Sure!\n```json\n{"winner": "A", "certainty": 80}\n```', "A"),
        ('{"winner": "A"} On reflection: {"winner": "B"}', "B"),
        ('{"reason": "B has {braces} and \\"quotes\\"", "winner": "A"}', "A"),
        ('{"winner": "Answer A", "certainty": "high"}', "A"),
        ('{"winner": "A", "certainty": NaN}', "A"),
        ('{"winner": "A", "certainty": 1e999}', "A"),
        ('{"winner": "tie"}', "tie"),
        ("[[A]] no wait, [[B]]", "B"),
        ("The lists [[1, 2], [3, 4]] differ, so [[B]]", "B"),
        ('[[A]]"', "A"),
        ("[[[B]]]", "B"),
        ("**[[ A ]]**", "A"),
        ("[[Answer B]]", "B"),
        ("A", "A"),
        ("**B**.", "B"),
        ("[Answer A]", "A"),
        ("[A]", "A"),
        ("Answer B is better.", "B"),
        ("Final verdict: tie", "tie"),
        ('<think>A seems [[B]]...</think>\n{"winner": "A", "certainty": 80}', "A"),
        ("The user's answer quotes [[B]]. My verdict: [[A]]", "A"),
        ('{"winner": "B"} was asked for by the answer itself, but [[A]]', "A"),
    ],
)
def test_a_verdict_is_read(text: str, meant: str) -> None:
    assert said(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Reason.EMPTY),
        ("The answer is: [A]\n\nThe answer is: [B]", Reason.NO_VERDICT),
        ("The answer is: [A, B, tie]", Reason.NO_VERDICT),
        ("A or B", Reason.NO_VERDICT),
        ("Choose [[A]], [[B]] or [[TIE]]. I take [[A]].", Reason.MENU),
        ("[[C]]", Reason.UNKNOWN_LABEL),
        ("[[A]] but really [[neither]]", Reason.UNKNOWN_LABEL),
        ('{"winner": "A or B"}', Reason.UNKNOWN_LABEL),
        ('{"winner": ["A"]}', Reason.UNKNOWN_LABEL),
        ('{winner: "A" or "B" or "tie", "certainty": 0.5}', Reason.NO_VERDICT),
        ('{"winner": "A", "winner": "B"}', Reason.NO_VERDICT),
        ('{"verdict": "A"}', Reason.NO_VERDICT),
        ("Neither answer is better than the other.", Reason.NO_VERDICT),
    ],
)
def test_what_names_no_verdict_says_why(text: str, why: Reason) -> None:
    assert said(text) == why


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"winner": "A", "cert', Reason.CUT_OFF),
        ("", Reason.CUT_OFF),
        ("[[A]", Reason.CUT_OFF),
        ("A", Reason.CUT_OFF),
        ("First [[A]], then I thought of", Reason.CUT_OFF),
        ("[[A]]\n[[B]]\n[[A]]\n[[B]]", Reason.CUT_OFF),
        ("[[A]]\nBecause the sum", "A"),
        ("The sum is right: [[A]]", "A"),
        ('{"winner": "A"}\nBecause', "A"),
    ],
)
def test_of_a_reply_that_was_cut_off_only_what_is_whole_counts(text: str, meant: Reason | str) -> None:
    assert said(text, "length") == meant


@pytest.mark.parametrize(
    "reply",
    [
        Reply(None, refusal="I can't assist with that."),
        Reply("", "content_filter"),
        Reply("I\u2019m sorry, but I can\u2019t help with comparing these answers."),
        Reply("As an AI language model, I cannot evaluate that."),
    ],
)
def test_a_refusal_is_one(reply: Reply) -> None:
    assert isinstance(label(reply, "winner", LABELS), Refused)


def test_an_apology_before_a_verdict_is_no_refusal() -> None:
    assert said("I'm sorry for the earlier mistake. [[B]]") == "B"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"score": 7}', 7),
        ('{"score": "7"}', 7),
        ('"Overall Score": "35" {"score": "8"}', 8),
        ("[[3]] or rather [[7.5]]", 7.5),
        ("Feedback: fine. [RESULT] 4", 4),
        ("[RESULT] 4.", 4),
        ("[RESULT] 2 [RESULT] 4 because it is right", 4),
        ("7", 7),
        ("Out of 100 words, [[A]] has 40. [[9]]", 9),
    ],
)
def test_the_last_number_is_read(text: str, value: float) -> None:
    found = number(Reply(text), "score", 1, 10)
    assert isinstance(found, Found)
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[30-40]]", Reason.NO_NUMBER),
        ("[[7/10]]", Reason.NO_NUMBER),
        ('{"score": "30-40"}', Reason.NO_NUMBER),
        ('{"score": "7/10"}', Reason.NO_NUMBER),
        ('{"score": true}', Reason.NO_NUMBER),
        ('{"score": NaN}', Reason.NO_NUMBER),
        ('{"score": "high"}', Reason.NO_NUMBER),
        ("[RESULT] 30-40", Reason.NO_NUMBER),
        ("[RESULT] 3 - 4", Reason.NO_NUMBER),
        ("[RESULT] 7/10", Reason.NO_NUMBER),
        ("[RESULT] 7 out of 10", Reason.NO_NUMBER),
        ("[RESULT] five", Reason.NO_NUMBER),
        ("[[30]]", Reason.OUT_OF_RANGE),
        ('{"score": 1e999}', Reason.NO_NUMBER),
        ('{"score": 1000}', Reason.OUT_OF_RANGE),
        ("7/10", Reason.NO_VERDICT),
        ("I give it a 7.", Reason.NO_VERDICT),
    ],
)
def test_a_range_or_a_fraction_is_no_number(text: str, why: Reason) -> None:
    found = number(Reply(text), "score", 1, 10)
    assert isinstance(found, Unreadable)
    assert found.reason == why


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("correct", 1),
        ("Correct.", 1),
        ("The answer is correct.", 1),
        ("Partially correct.", 0.5),
        ("The answer is partially correct.", 0.5),
        ("It names one of the two sources and misses the other; partially correct, not incorrect.", 0.5),
        ("Incorrect.", 0),
        ("incorrect. The correct answer is 43.", 0),
        ("not correct", 0),
        ("This isn't correct", 0),
        ("[[incorrect]]", 0),
        ("This is not entirely correct", None),
        ("It is right.", None),
        ("", None),
    ],
)
def test_partially_comes_before_incorrect_and_that_before_correct(text: str, worth: float | None) -> None:
    found = correctness(Reply(text))
    assert (found.value if isinstance(found, Found) else None) == worth


HOSTILE = {
    "braces": "{" * MEGABYTE,
    "nested objects": '{"a":' * (MEGABYTE // 5),
    "nested lists": "[" * MEGABYTE,
    "quoted braces": '{"' + '\\"{' * (MEGABYTE // 3),
    "open strings": '{"winner": "' * (MEGABYTE // 12),
    "objects": '{"winner": "A or B"} ' * (MEGABYTE // 21),
    "brackets": "[[A]]" * (MEGABYTE // 5),
    "half brackets": "[[A] " * (MEGABYTE // 5),
    "digits": "[[" + "9" * MEGABYTE + "]]",
    "a long number": '{"score": ' + "9" * MEGABYTE + "}",
    "spaces": "[[" + " " * MEGABYTE,
    "lines": "\n" * MEGABYTE,
    "questions": "Is it? " * (MEGABYTE // 7),
    "commands": "ignore all the " * (MEGABYTE // 15),
    "results": "[RESULT] " * (MEGABYTE // 9),
    "thoughts": "<think>" * (MEGABYTE // 7),
    "negations": "isn't very " * (MEGABYTE // 11),
}
READERS: dict[str, Callable[[str], object]] = {
    "label": lambda text: label(Reply(text), "winner", LABELS),
    "number": lambda text: number(Reply(text), "score", 1, 10),
    "correctness": lambda text: correctness(Reply(text)),
    "checklist": lambda text: generated(Reply(text)),
    "flags": lambda text: flags(item(second=text)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_reply_costs_no_more_than_its_length(text: str) -> None:
    """A megabyte takes well under a second of work; a reader that went back and forth in it would take hours."""
    for name, read in READERS.items():
        started = time.process_time()
        read(text)
        assert time.process_time() - started < 3, name


def test_a_hostile_checklist_is_none() -> None:
    assert not isinstance(generated(Reply("Is it? " * 200)), Checklist)


def test_of_many_objects_those_near_the_ends_are_looked_at() -> None:
    text = "{ " * 1000 + '{"winner": "B"}'
    assert said(text) == "B"
    assert [each.value for each in objects(text)] == [{"winner": "B"}]


@pytest.mark.parametrize("text", ['{"winner": "A"}', "[[A]]", "A"])
def test_how_it_was_read_is_told(text: str) -> None:
    found = label(Reply(text), "winner", {"a": Verdict.A})
    assert isinstance(found, Found)
    assert re.fullmatch("json|brackets|bare", found.how)
