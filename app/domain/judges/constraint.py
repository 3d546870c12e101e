"""Constraint: does each answer keep to what was demanded of it? The larger share of kept constraints wins.

AGENTIF (Qi et al. 2025): a constraint is a chain. It may depend on a question; where its answer is no, it does not
apply and leaves the denominator. The judge may copy a part out of the answer first. Then a program checks what
`checks.CHECKS` names, code of the constraint's own is run in a `sandbox`, or the judge answers a yes-or-no question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.judges import replies, sandbox, wording
from app.domain.judges.checks import checked, variants
from app.domain.judges.items import Constraint, Item
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

FIELD = "answer"
ASK = "ask"
CODE = "code"
WHEN, EXTRACT = "/when", "/extract"
NOTHING = "no constraint applies to any answer that was read"

_LABELS = {"yes": "yes", "no": "no"}
_NEEDED = {ASK: "a question", CODE: "a function check_following(response)"}


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """`loose` lets checks pass without the first or last line, or without stars."""

    loose: bool = False


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    """Of each answer, what a program cannot check; none where it can check all.

    Raises Invalid without constraints, and for one that nobody could check.
    """
    item.only_dimension("constraint")
    if not item.constraints:
        raise Invalid("constraints: there are none to judge by")
    for each in item.constraints:
        _require_checkable(each)
    return tuple(
        _question(key, item, settings, asked, side)
        for side in wording.SIDES
        for number, constraint in enumerate(item.constraints, 1)
        for key, asked in _asked(constraint, f"{side}/{number}")
    )


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    if key.endswith(EXTRACT):
        copied = replies.spoken(reply)
        return {key: Finding("copied", copied) if isinstance(copied, str) else copied}
    found = replies.label(reply, FIELD, _LABELS)
    return {
        key: Finding(found.how, found.value, score=float(found.value == "yes"))
        if isinstance(found, Found)
        else found
    }


def decide(item: Item, outcomes: Outcomes, settings: Settings) -> Outcomes:
    """The shares of constraints that each answer keeps, and which is larger; equal ones tie."""
    first, second = (_all_kept(item, side, outcomes, settings) for side in wording.SIDES)
    return {item.only_dimension("constraint").slug: _decided(first, second)}


def amounts(item: Item, side: str, outcomes: Outcomes, settings: Settings) -> Amounts | Failure:
    """Of one answer the constraints kept among those that apply, whose share over all answers is CSR, and whether it
    keeps every one, whose share is ISR; nothing where none applies.
    """
    kept = _all_kept(item, side, outcomes, settings)
    failure = _failure_of(kept)
    if failure is not None:
        return failure
    told = [each for each in kept if isinstance(each, bool)]
    return {"csr": (sum(told), len(told)), "isr": (all(told), 1)} if told else {}


def _question(key: str, item: Item, settings: Settings, asked: str, side: str) -> Question:
    if key.endswith(EXTRACT):
        how = "Copy this part of the answer, word for word, and write nothing else. Write NONE where there is none."
        return wording.question(key, item, settings, (asked, how), shown=wording.SIDES[side])
    how = f'Reply with JSON alone: {{"reason": <one sentence>, "{FIELD}": <yes or no>}}'
    schema = wording.json_schema({"reason": {"type": "string"}, FIELD: {"enum": ["yes", "no"]}})
    return wording.question(key, item, settings, (asked, how), shown=wording.SIDES[side], schema=schema)


def _require_checkable(constraint: Constraint) -> None:
    if constraint.check in _NEEDED and not (isinstance(constraint.value, str) and constraint.value.strip()):
        raise Invalid(f"constraint: {constraint.check} needs {_NEEDED[constraint.check]} as its value")
    if constraint.check == ASK:
        if constraint.extract:
            raise Invalid("constraint: ask is put to the whole answer; extract is for checks and code")
    elif constraint.check == CODE:
        sandbox.require_runnable(str(constraint.value))
    else:
        checked(constraint.check, "", constraint.value)


def _asked(constraint: Constraint, key: str) -> Iterator[tuple[str, str]]:
    if constraint.when:
        yield f"{key}{WHEN}", constraint.when
    if constraint.extract:
        yield f"{key}{EXTRACT}", constraint.extract
    if constraint.check == ASK:
        yield key, str(constraint.value)


def _all_kept(item: Item, side: str, outcomes: Outcomes, settings: Settings) -> list[bool | Failure | None]:
    text = wording.text(item.first if side == "first" else item.second)
    return [
        _kept(constraint, f"{side}/{number}", text, outcomes, settings)
        for number, constraint in enumerate(item.constraints, 1)
    ]


def _kept(
    constraint: Constraint, key: str, text: str, outcomes: Outcomes, settings: Settings
) -> bool | Failure | None:
    """None where it does not apply; what does not apply need not have been asked."""
    if constraint.when:
        applies = _yes(outcomes.get(f"{key}{WHEN}"))
        if applies is not True:
            return None if applies is False else applies
    if constraint.check == ASK:
        return _yes(outcomes.get(key))
    if constraint.extract:
        copied = outcomes.get(f"{key}{EXTRACT}")
        if not isinstance(copied, Finding):
            return first_failure([copied]) or Unreadable(Reason.INCOMPLETE)
        text = "" if copied.label.strip() == "NONE" else copied.label
    if constraint.check == CODE:
        texts = variants(text) if settings.loose else (text,)
        return sandbox.kept(str(constraint.value), texts)
    return checked(constraint.check, text, constraint.value, settings.loose)


def _yes(outcome: Outcome | None) -> bool | Failure:
    if isinstance(outcome, Finding):
        return outcome.label == "yes"
    return first_failure([outcome]) or Unreadable(Reason.INCOMPLETE)


def _decided(first: list[bool | Failure | None], second: list[bool | Failure | None]) -> Outcome:
    failure = _failure_of([*first, *second])
    if failure is not None:
        return failure
    shares = [_share([each for each in kept if isinstance(each, bool)]) for kept in (first, second)]
    if shares[0] is None or shares[1] is None:
        return Unreadable(Reason.NOTHING_APPLIES, "no constraint applies to one of the answers")
    return compared(shares[0], shares[1], 0, "checks")


def _failure_of(kept: Sequence[bool | Failure | None]) -> Failure | None:
    return next((each for each in kept if each is not None and not isinstance(each, bool)), None)


def _share(kept: Sequence[bool | None]) -> float | None:
    told = [each for each in kept if each is not None]
    return sum(told) / len(told) if told else None


PROTOCOL = Protocol(
    name="constraint",
    version="1",
    summary="The share of demanded constraints that each answer keeps: checks, code in a sandbox, questions",
    settings=Settings,
    questions=questions,
    read=read,
    decide=decide,
    of_answers=OfAnswers(
        (
            Figure("csr", "CSR: share of all constraints that apply to its answers that are kept", NOTHING),
            Figure("isr", "ISR: share of its answers that keep every constraint that applies", NOTHING),
        ),
        amounts,
    ),
)
