"""Pairwise, jointly: all dimensions in one call. Cheaper than `pairwise`, but the dimensions rub off on one another.

Hada et al. (2024) find less agreement with people for such compound prompts.
"""

from dataclasses import dataclass

from app.domain.judges import replies, wording
from app.domain.judges.items import DimensionForm, Item
from app.domain.judges.protocol import Asking, Finding, Outcome, Outcomes, Protocol, Question, as_read
from app.domain.judges.replies import Found, Reply

KEY = "all"


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """The settings of every protocol."""


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    asked = (
        *(_asked(dimension) for dimension in item.dimensions),
        "Judge each question on its own. Reply with JSON alone, one field for each question: "
        '{"<name of the question>": <one of its words>}',
    )
    schema = wording.json_schema(
        {each.slug: {"enum": list(wording.choices(each))} for each in item.dimensions}
    )
    return (wording.question(KEY, item, settings, asked, schema=schema),)


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    """A dimension that the reply leaves out is unreadable; the others stand."""
    return {dimension.slug: _outcome(reply, dimension) for dimension in item.dimensions}


def _outcome(reply: Reply, dimension: DimensionForm) -> Outcome:
    found = replies.field(reply, dimension.slug, wording.looked_up(wording.choices(dimension)))
    return Finding(found.how, str(found.value), verdict=found.value) if isinstance(found, Found) else found


def _asked(dimension: DimensionForm) -> str:
    words = wording.offered(wording.choices(dimension))
    return f"Question {dimension.slug}\n{wording.form(dimension)}\n{words}"


PROTOCOL = Protocol(
    name="pairwise_joint",
    version="2",
    summary="One verdict for each dimension, all in one call",
    settings=Settings,
    questions=questions,
    read=read,
    decide=as_read,
)
