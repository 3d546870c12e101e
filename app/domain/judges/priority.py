"""Priority: criteria in their order, and the first on which the answers differ decides.

As in TencentLLMEval (Xie et al. 2023): safety, neutrality, factual correctness, instruction following, logical
consistency, fluency, informativeness. The item's dimensions are the criteria, in their order.
"""

from dataclasses import dataclass

from app.domain.judges import replies, wording
from app.domain.judges.items import DimensionForm, Item
from app.domain.judges.protocol import (
    Asking,
    Finding,
    Outcome,
    Outcomes,
    Protocol,
    Question,
    first_failure,
)
from app.domain.judges.replies import Found, Reason, Reply, Unreadable
from app.stats.verdicts import Verdict

FIELD = "winner"

_VERDICTS = {"A": Verdict.A, "B": Verdict.B, "TIE": Verdict.TIE}


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """`decides` is the dimension that the verdict is given on."""

    decides: str = "overall"


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    return tuple(_question(item, criterion, settings) for criterion in item.dimensions)


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    found = replies.label(reply, FIELD, wording.looked_up(_VERDICTS))
    return {
        key: Finding(found.how, str(found.value), verdict=found.value) if isinstance(found, Found) else found
    }


def decide(item: Item, outcomes: Outcomes, settings: Settings) -> Outcomes:
    """The first criterion with a winner; a tie where none has one. A criterion that could not be read decides nothing,
    nor do those below it.
    """
    return {settings.decides: _decided([(each.slug, outcomes.get(each.slug)) for each in item.dimensions])}


def _decided(found: list[tuple[str, Outcome | None]]) -> Outcome:
    for slug, outcome in found:
        failure = first_failure([outcome])
        if failure is not None:
            return failure
        if isinstance(outcome, Finding) and outcome.verdict in (Verdict.A, Verdict.B):
            return Finding("priority", slug, verdict=outcome.verdict)
    return Finding("priority", verdict=Verdict.TIE) if found else Unreadable(Reason.INCOMPLETE)


def _question(item: Item, criterion: DimensionForm, settings: Settings) -> Question:
    how = f'Judge by this alone. Reply with JSON alone: {{"{FIELD}": <one of the words above>}}'
    schema = wording.json_schema({FIELD: {"enum": list(_VERDICTS)}})
    asked = (wording.form(criterion), wording.offered(_VERDICTS), how)
    return wording.question(criterion.slug, item, settings, asked, schema=schema)


PROTOCOL = Protocol(
    name="priority",
    version="1",
    summary="Criteria in order; the first on which the answers differ decides",
    settings=Settings,
    questions=questions,
    read=read,
    decide=decide,
)
