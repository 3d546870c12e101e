"""Checklist: yes-or-no questions made from the prompt alone, asked of each answer; the higher pass rate wins.

TICK (Cook et al. 2024). A question that does not apply leaves the denominator. Equal pass rates are a tie.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.content import Messages
from app.domain.errors import Invalid
from app.domain.judges import replies, wording
from app.domain.judges.items import Checklist, Item
from app.domain.judges.protocol import (
    Amounts,
    Asking,
    Figure,
    Finding,
    OfAnswers,
    Outcome,
    Outcomes,
    Protocol,
    Question,
    compared,
    first_failure,
)
from app.domain.judges.replies import Failure, Found, Reason, Reply, Unreadable
from app.stats.settings import UnusableValue

FIELD = "answer"
FEWEST, MOST = 2, 8
"""How many questions a judge may make of one prompt."""

NOTHING = "no question applies to any answer that was read"
WORTH = {"yes": 1.0, "no": 0.0, "na": None}

_LABELS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "notapplicable": "na"}
_LISTED = re.compile(
    r"^[ \t]{0,4}(?:[-*•]|\d{1,2}[.)])?[ \t]{0,4}([^\s].{0,400}\?)[ \t*]{0,4}$", re.MULTILINE
)
_GENERATE = (
    "Write a checklist for judging an answer to the prompt above, which nobody has answered yet: {fewest} to {most} "
    "questions, each about one requirement that the prompt states or strongly implies, and each answered yes "
    "exactly when the requirement is met. First analyse the prompt after the word Analysis:, then write Answer: and "
    "one question a line."
)


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """The settings of every protocol, but that its questions are asked one by one."""

    def __post_init__(self) -> None:
        Asking.__post_init__(self)
        if self.show_checklist:
            raise UnusableValue(
                "show_checklist: this protocol asks the checklist itself, one question at a time"
            )


def generation(prompt: Messages, fence: str, settings: Asking | None = None) -> Question:
    """Ask for a checklist from the prompt alone. Raises Invalid where an answer is among the messages."""
    if any(message["role"] == "assistant" for message in prompt):
        raise Invalid("checklist: it is made from the prompt alone, with no answer in sight")
    ask = _GENERATE.format(fewest=FEWEST, most=MOST)
    return wording.about_prompt("checklist", prompt, fence, settings or Settings(), ask)


def generated(reply: Reply) -> Checklist | Failure:
    """The checklist in a reply to `generation`: the lines after the last `Answer:` that end with a question mark.

    >>> generated(Reply("Analysis: short.\\nAnswer:\\n- Is it a poem?\\n- Does it rhyme?")).questions
    ('Is it a poem?', 'Does it rhyme?')
    """
    text = replies.spoken(reply)
    if not isinstance(text, str):
        return text
    questions = tuple(dict.fromkeys(_LISTED.findall(text.rpartition("Answer:")[2])))
    if not questions:
        return replies.nothing(reply, text)
    if reply.cut:
        return Unreadable(Reason.CUT_OFF)
    if not FEWEST <= len(questions) <= MOST:
        return Unreadable(Reason.OUT_OF_RANGE, f"{len(questions)} questions; {FEWEST} to {MOST} are wanted")
    return Checklist(questions)


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    item.only_dimension("checklist")
    schema = wording.json_schema({"reason": {"type": "string"}, FIELD: {"enum": ["yes", "no", "n/a"]}})
    how = f'Reply with JSON alone: {{"reason": <one sentence>, "{FIELD}": <yes, no, or n/a where it does not apply>}}'
    return tuple(
        wording.question(key, item, settings, (asked, how), shown=wording.SIDES[side], schema=schema)
        for side in wording.SIDES
        for key, asked in _asked(_known(item), side)
    )


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    found = replies.label(reply, FIELD, _LABELS)
    return {
        key: Finding(found.how, found.value, score=WORTH[found.value]) if isinstance(found, Found) else found
    }


def decide(item: Item, outcomes: Outcomes, settings: Settings) -> Outcomes:
    """Pass rates of both answers, and which is higher; none from a checklist of which an answer is missing."""
    known = _known(item)
    found = [[outcomes.get(key) for key, _ in _asked(known, side)] for side in wording.SIDES]
    return {item.only_dimension("checklist").slug: _decided(found[0], found[1], known.version)}


def pass_rate(answers: Sequence[bool | None]) -> float | None:
    """Share of yes among the questions that apply; None where none does.

    >>> pass_rate([True, True, False]), pass_rate([True, None]), pass_rate([None])
    (0.6666666666666666, 1.0, None)
    """
    told = [answer for answer in answers if answer is not None]
    return sum(told) / len(told) if told else None


def amounts(item: Item, side: str, outcomes: Outcomes, settings: Settings) -> Amounts | Failure:
    """Of one answer its pass rate, and yes among the questions that apply: summed over answers the latter is DRFR (Qin
    et al. 2024), the share of all questions and not the mean of the rates.
    """
    found = list(outcomes.values())
    if not found:
        return Unreadable(Reason.INCOMPLETE, "not asked or not answered")
    failure = first_failure(found)
    if failure is not None:
        return failure
    told = [each for each in _passes(found) if each is not None]
    return {"pass_rate": (sum(told) / len(told), 1), "drfr": (sum(told), len(told))} if told else {}


def _known(item: Item) -> Checklist:
    if item.checklist is None:
        raise Invalid("checklist: the prompt has none; make one first")
    return item.checklist


def _asked(checklist: Checklist, side: str) -> Iterator[tuple[str, str]]:
    for number, question in enumerate(checklist.questions, 1):
        yield f"{side}/{number}", question


def _decided(first: list[Outcome | None], second: list[Outcome | None], version: int) -> Outcome:
    failure = first_failure([*first, *second])
    if failure is not None:
        return failure
    rates = [pass_rate(_passes(each)) for each in (first, second)]
    if rates[0] is None or rates[1] is None:
        return Unreadable(
            Reason.NOTHING_APPLIES, "no question of the checklist applies to one of the answers"
        )
    return replace(compared(rates[0], rates[1], 0, "pass rates"), checklist_version=version)


def _passes(found: Sequence[Outcome | None]) -> list[bool | None]:
    return [None if each.score is None else each.score > 0 for each in found if isinstance(each, Finding)]


PROTOCOL = Protocol(
    name="checklist",
    version="1",
    summary="Yes-or-no questions of each answer; the higher pass rate wins",
    settings=Settings,
    questions=questions,
    read=read,
    decide=decide,
    of_answers=OfAnswers(
        (
            Figure("pass_rate", "PR: mean over its answers of the share of questions passed", NOTHING),
            Figure("drfr", "DRFR: share of all questions of all its answers that are passed", NOTHING),
        ),
        amounts,
    ),
)
