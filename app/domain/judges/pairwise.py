"""Pairwise: one call and one verdict for each dimension, asked in the words of the human form.

A dimension is judged on its own, since judges that see several at once agree less with people (Wu & Aji 2023; Hada et
al. 2024). Two games with the sides swapped, as in MT-Bench (Zheng et al. 2023), are two votes: see `orders`.
"""

from dataclasses import dataclass
from typing import Literal

from app.domain.judges import replies, wording
from app.domain.judges.items import DimensionForm, Item
from app.domain.judges.protocol import Asking, Finding, Outcomes, Protocol, Question, as_read
from app.domain.judges.replies import Found, Reply
from app.stats.settings import require_choice

FIELD = "winner"


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """The reply is JSON or a word in double brackets; `explain` asks for a reason before it, as MT-Bench does: small
    models decide better so, and their replies cost more.
    """

    form: Literal["json", "brackets"] = "json"
    explain: bool = True

    def __post_init__(self) -> None:
        Asking.__post_init__(self)
        require_choice("form", self.form, ("json", "brackets"))


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    return tuple(_question(item, dimension, settings) for dimension in item.dimensions)


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    found = replies.label(reply, FIELD, wording.looked_up(wording.choices(item.dimension(key))))
    return {
        key: Finding(found.how, str(found.value), verdict=found.value) if isinstance(found, Found) else found
    }


def _question(item: Item, dimension: DimensionForm, settings: Settings) -> Question:
    words = wording.choices(dimension)
    asked = (wording.form(dimension), wording.offered(words), _how_to_reply(settings))
    schema = wording.json_schema(
        ({"reason": {"type": "string"}} if settings.explain else {}) | {FIELD: {"enum": list(words)}}
    )
    return wording.question(
        dimension.slug, item, settings, asked, schema=schema if settings.form == "json" else None
    )


def _how_to_reply(settings: Settings) -> str:
    if settings.form == "json":
        reason = '"reason": <one or two sentences>, ' if settings.explain else ""
        return f'Reply with JSON alone: {{{reason}"{FIELD}": <one of the words above>}}'
    first = "Give your reasons first. " if settings.explain else ""
    return f"{first}End with one of the words above in double square brackets."


PROTOCOL = Protocol(
    name="pairwise",
    version="2",
    summary="One verdict for each dimension, one call each",
    settings=Settings,
    questions=questions,
    read=read,
    decide=as_read,
)
