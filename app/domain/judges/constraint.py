"""Constraint: does each answer keep to what was demanded of it? The larger share of kept constraints wins.

AGENTIF (Qi et al. 2025): a constraint may depend on a question; where its answer is no, it does not apply and leaves
the denominator. A program checks what `checks.CHECKS` names; the rest are yes-or-no questions. No code is run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.judges import replies, wording
from app.domain.judges.checks import CHECKS, checked
from app.domain.judges.items import Constraint, Item
from app.domain.judges.protocol import (
    Asking,
    Finding,
    Outcome,
    Outcomes,
    Protocol,
    Question,
    compared,
    first_failure,
)
from app.domain.judges.replies import Failure, Found, Reason, Reply, Unreadable

FIELD = "answer"
ASK = "ask"

_LABELS = {"yes": "yes", "no": "no"}


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """`loose` lets checks pass without the first or last line, or without stars."""

    loose: bool = False


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    """Of each answer, what a program cannot check; none where it can check all.

    Raises Invalid without constraints, and for a check that does not exist.
    """
    item.only_dimension("constraint")
    if not item.constraints:
        raise Invalid("constraints: there are none to judge by")
    for each in item.constraints:
        _require_check(each)
    how = f'Reply with JSON alone: {{"reason": <one sentence>, "{FIELD}": <yes or no>}}'
    schema = wording.json_schema({"reason": {"type": "string"}, FIELD: {"enum": ["yes", "no"]}})
    return tuple(
        wording.question(key, item, settings, (asked, how), shown=wording.SIDES[side], schema=schema)
        for side in wording.SIDES
        for number, constraint in enumerate(item.constraints, 1)
        for key, asked in _asked(constraint, f"{side}/{number}")
    )


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    found = replies.label(reply, FIELD, _LABELS)
    return {
        key: Finding(found.how, found.value, score=float(found.value == "yes"))
        if isinstance(found, Found)
        else found
    }


def decide(item: Item, outcomes: Outcomes, settings: Settings) -> Outcomes:
    """The shares of constraints that each answer keeps, and which is larger; equal ones tie."""
    kept = {
        side: [
            _kept(constraint, f"{side}/{number}", text, outcomes, settings)
            for number, constraint in enumerate(item.constraints, 1)
        ]
        for side, text in (("first", wording.text(item.first)), ("second", wording.text(item.second)))
    }
    return {item.only_dimension("constraint").slug: _decided(kept["first"], kept["second"])}


def satisfaction(instructions: Sequence[Sequence[bool | None]]) -> float | None:
    """CSR: share of the constraints that apply, of all instructions, that are kept; None where none applies.

    >>> told = [[True, True, None], [True, False], [None, None, True], [False]]
    >>> round(satisfaction(told), 4), instruction_success(told)
    (0.6667, 0.5)
    """
    return _share([kept for each in instructions for kept in each])


def instruction_success(instructions: Sequence[Sequence[bool | None]]) -> float | None:
    """ISR: share of the instructions with any constraint that applies whose every one is kept."""
    applied = [[kept for kept in each if kept is not None] for each in instructions]
    return _share([all(each) for each in applied if each])


def _require_check(constraint: Constraint) -> None:
    if constraint.check == ASK:
        if not isinstance(constraint.value, str) or not constraint.value.strip():
            raise Invalid("constraint: ask needs a question as its value")
    elif constraint.check not in CHECKS:
        raise Invalid(
            f"constraint: there is no check {constraint.check!r}; code of the data is never run. "
            f"There are {ASK}, {', '.join(CHECKS)}"
        )


def _asked(constraint: Constraint, key: str) -> Iterator[tuple[str, str]]:
    if constraint.when:
        yield f"{key}/when", constraint.when
    if constraint.check == ASK:
        yield key, str(constraint.value)


def _kept(
    constraint: Constraint, key: str, text: str, outcomes: Outcomes, settings: Settings
) -> bool | Failure | None:
    """None where it does not apply; what does not apply need not have been asked."""
    if constraint.when:
        applies = _yes(outcomes.get(f"{key}/when"))
        if applies is not True:
            return None if applies is False else applies
    if constraint.check == ASK:
        return _yes(outcomes.get(key))
    return checked(constraint.check, text, constraint.value, settings.loose)


def _yes(outcome: Outcome | None) -> bool | Failure:
    if isinstance(outcome, Finding):
        return outcome.label == "yes"
    return first_failure([outcome]) or Unreadable(Reason.INCOMPLETE)


def _decided(first: list[bool | Failure | None], second: list[bool | Failure | None]) -> Outcome:
    both = [*first, *second]
    failure = next((each for each in both if each is not None and not isinstance(each, bool)), None)
    if failure is not None:
        return failure
    shares = [_share([each for each in kept if isinstance(each, bool)]) for kept in (first, second)]
    if shares[0] is None or shares[1] is None:
        return Unreadable(Reason.NOTHING_APPLIES, "no constraint applies to one of the answers")
    return compared(shares[0], shares[1], 0, "checks")


def _share(kept: Sequence[bool | None]) -> float | None:
    told = [each for each in kept if each is not None]
    return sum(told) / len(told) if told else None


PROTOCOL = Protocol(
    name="constraint",
    version="1",
    summary="The share of demanded constraints that each answer keeps; checks without running code",
    settings=Settings,
    questions=questions,
    read=read,
    decide=decide,
)
