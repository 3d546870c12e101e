"""Who judges in an arena: a model, how it is reached, how it is asked. An edited judge is a new version, a rater of its
own, so that each vote names the judge that gave it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import providers
from app.db.tables import Arena, Dimension, DimensionVersion, Judge
from app.domain import accounts, checklists, dimensions
from app.domain.accounts import RaterName
from app.domain.errors import Invalid, JudgeNotFound
from app.domain.judges import PROTOCOLS, Protocol
from app.domain.judges import find as find_protocol
from app.domain.judges.items import Checklist, Constraint, DimensionForm, Item, Reference
from app.domain.judges.protocol import Asking
from app.providers import ProviderKind
from app.stats.settings import Setting, SettingsError
from app.stats.verdicts import Verdict

Orders = Literal["both", "ab", "ba"]
ORDERS: tuple[Orders, ...] = get_args(Orders)
SIDES: Mapping[str, tuple[str, ...]] = {"both": ("a", "b"), "ab": ("a",), "ba": ("b",)}
"""Which answer is shown as A, by the judge's orders."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
RESERVED = ("choice", "scores")
"""What stands at /judges/… in place of a judge."""

MOST_REPEATS = 25
LONGEST_REPLY = 100_000
SELF = "self"


@dataclass(frozen=True, slots=True)
class NewJudge:
    """`dimensions` empty: all that the arena asks. `profile`, `policy` and `constraints` are for the protocols that
    need them. `temperature` None leaves it to the endpoint; repeats count `seed` up. `longest_reply` is in tokens, the
    protocol's own where it is None.
    """

    name: str
    model: str
    protocol: str = "pairwise"
    protocol_settings: Mapping[str, Setting] = field(default_factory=dict)
    provider: str = "openai_chat"
    endpoint: Mapping[str, Setting] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ()
    temperature: float | None = 0.0
    seed: int | None = None
    longest_reply: int | None = None
    orders: Orders = "both"
    repeats: int = 1
    family: str | None = None
    profile: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""
    constraints: tuple[Constraint, ...] = ()
    description: str = ""


def register(session: Session, arena: Arena, new: NewJudge, now: datetime) -> Judge:
    """The judge with these settings: the newest version of its name where that has them, else a new version. Where a
    dimension was reworded since, or a checklist that it reads was edited, what it is asked is new too, and so is the
    version.

    Raises Invalid, DimensionNotFound.
    """
    check(session, arena, new)
    newest = _newest(session, arena, new.name)
    values = _values(new)
    stands = newest is not None and newest.archived_at is None and all(_same(newest, values))
    if newest is not None and stands and not _reworded(session, arena, newest):
        newest.description = new.description
        session.flush()
        return newest
    version = 1 if newest is None else newest.version + 1
    rater = accounts.rater_id(session, RaterName("judge", new.name, str(version)), now, arena.id)
    judge = Judge(
        arena_id=arena.id,
        rater_id=rater,
        version=version,
        description=new.description,
        created_at=now,
        **values,
    )
    session.add(judge)
    session.flush()
    return judge


def find(session: Session, arena: Arena, name: str, version: int | None = None) -> Judge:
    """The newest version, or the one asked for. Raises JudgeNotFound."""
    query = select(Judge).where(Judge.arena_id == arena.id, Judge.name == name)
    if version is not None:
        query = query.where(Judge.version == version)
    judge = session.scalar(query.order_by(Judge.version.desc()).limit(1))
    if judge is None:
        known = ", ".join(each.name for each in list_judges(session, arena)) or "none yet"
        which = name if version is None else f"{name}@{version}"
        raise JudgeNotFound(f"arena {arena.slug!r} has no judge {which!r}; there are: {known}")
    return judge


def versions(session: Session, judge: Judge) -> Sequence[Judge]:
    """All versions of its name, the newest first."""
    query = select(Judge).where(Judge.arena_id == judge.arena_id, Judge.name == judge.name)
    return session.scalars(query.order_by(Judge.version.desc())).all()


def list_judges(session: Session, arena: Arena, *, archived: bool = False) -> Sequence[Judge]:
    """The newest version of each, by name."""
    newest = (
        select(Judge.name, func.max(Judge.version).label("version"))
        .where(Judge.arena_id == arena.id)
        .group_by(Judge.name)
        .subquery()
    )
    query = select(Judge).join(newest, (Judge.name == newest.c.name) & (Judge.version == newest.c.version))
    query = query.where(Judge.arena_id == arena.id).order_by(Judge.name)
    return session.scalars(query if archived else query.where(Judge.archived_at.is_(None))).all()


def archive(session: Session, judge: Judge, now: datetime) -> None:
    """Take it off the list; its votes and versions stay."""
    judge.archived_at = judge.archived_at or now
    session.flush()


def check(session: Session, arena: Arena, new: NewJudge) -> None:
    """Raises Invalid or DimensionNotFound for a judge that could not be asked."""
    protocol = find_protocol(new.protocol)
    check_settings(new, protocol.version)
    forms = forms_of(arena, _asked(session, arena, new.dimensions))
    _try(protocol, protocol.configured(new.protocol_settings), _specimen(new, forms))


def check_settings(new: NewJudge, protocol_version: str) -> None:
    """Raises Invalid for settings that no judge has, whatever its arena asks. Those of a protocol that was at another
    version than today's are not looked at: such a judge is never asked again.
    """
    if not NAME.fullmatch(new.name):
        raise Invalid(f"name {new.name!r}: letters, digits, dots, dashes and underscores, at most 80")
    if new.name in RESERVED:
        raise Invalid(f"name {new.name!r}: there is a page of that name; choose another")
    if not new.model.strip():
        raise Invalid("model: name the model as its endpoint knows it")
    if new.orders not in ORDERS:
        raise Invalid(f"orders {new.orders!r}: expected one of {', '.join(ORDERS)}")
    _within("repeats", new.repeats, 1, MOST_REPEATS)
    _within("longest_reply", new.longest_reply, 1, LONGEST_REPLY)
    _within("temperature", new.temperature, 0, 2)
    _within("seed", new.seed, 0, 2**62)
    if len(set(new.dimensions)) < len(new.dimensions):
        raise Invalid("dimensions: each once")
    try:
        _configured(providers.find(new.provider), new.endpoint)
        protocol = find_protocol(new.protocol)
        if protocol.version == protocol_version:
            _configured(protocol, new.protocol_settings)
    except SettingsError as wrong:
        raise Invalid(str(wrong)) from wrong


def protocol_of(judge: Judge) -> tuple[Protocol[Any], Any]:
    """The protocol and its settings. Raises Invalid where a later program has it no more, or asks in other words."""
    protocol = find_protocol(judge.protocol)
    if protocol.version != judge.protocol_version:
        raise Invalid(
            f"judge {judge.name}@{judge.version} was made for version {judge.protocol_version} of protocol "
            f"{judge.protocol!r}, which is at {protocol.version} now: register the judge again"
        )
    return protocol, protocol.configured(judge.protocol_settings)


def dimensions_of(session: Session, arena: Arena, judge: Judge) -> tuple[Dimension, ...]:
    """Those it is asked about. Raises DimensionNotFound, Invalid."""
    return _asked(session, arena, tuple(judge.dimensions))


def forms_of(arena: Arena, asked: Sequence[Dimension]) -> tuple[DimensionForm, ...]:
    """Dimensions in the words of the human form."""
    offered = tuple(Verdict(word) for word in arena.verdicts)
    return tuple(DimensionForm(each.slug, each.title, each.question, each.rubric, offered) for each in asked)


def constraints_of(judge: Judge) -> tuple[Constraint, ...]:
    return tuple(Constraint(**each) for each in judge.told.get("constraints", ()))


def wording_hash(session: Session, arena: Arena, judge: Judge) -> str:
    """SHA-256 of all that a judge is told whatever the answers are."""
    protocol, settings = protocol_of(judge)
    new = NewJudge(
        judge.name,
        judge.model,
        protocol_settings=judge.protocol_settings,
        profile=judge.told.get("profile", {}),
        policy=judge.told.get("policy", ""),
        constraints=constraints_of(judge),
    )
    forms = forms_of(arena, dimensions_of(session, arena, judge))
    item = replace(_specimen(new, forms), guidelines=arena.guidelines)
    return protocol.wording_hash(item, _without_reference(settings))


def reads_checklists(judge: Judge) -> bool:
    """Whether it asks the questions of a prompt's checklist, or is shown them."""
    return judge.protocol == "checklist" or bool(judge.protocol_settings.get("show_checklist"))


def _configured(kind: ProviderKind[Any] | Protocol[Any], given: Mapping[str, Setting]) -> Any:
    """The settings with these values, each of the type that the kind names. Raises UnknownSetting, UnusableValue."""
    known = {each.name: each for each in kind.parameters()}
    for name in known.keys() & given.keys():
        known[name].check(given[name])
    return kind.configured(given)


def _asked(session: Session, arena: Arena, slugs: tuple[str, ...]) -> tuple[Dimension, ...]:
    if not slugs:
        return dimensions.list_dimensions(session, arena)
    found = tuple(dimensions.find(session, arena, slug) for slug in slugs)
    gone = [each.slug for each in found if each.archived_at is not None]
    if gone:
        raise Invalid(f"dimensions: {gone[0]!r} is archived")
    return found


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise Invalid(f"{name} {value}: expected {low:,} to {high:,}")


def _try(protocol: Protocol[Any], settings: Asking, item: Item) -> None:
    """Ask about an item that has whatever a prompt can have, so that what is missing is missing of the judge."""
    protocol.questions(item, _without_reference(settings))


def _without_reference(settings: Any) -> Any:
    return settings if settings.reference != SELF else replace(settings, reference="any")


def _specimen(new: NewJudge, forms: tuple[DimensionForm, ...]) -> Item:
    return Item(
        prompt=[{"role": "user", "content": "prompt"}],
        first=[{"role": "assistant", "content": "A"}],
        second=[{"role": "assistant", "content": "B"}],
        dimensions=forms,
        fence="fence",
        references=_every_reference(new),
        rubrics=("rubric",),
        checklist=Checklist(("question?",)),
        constraints=new.constraints or (Constraint("ask", "question?"),),
        policy=new.policy,
        profile=dict(new.profile) or _every_field(new),
    )


def _every_field(new: NewJudge) -> dict[str, str]:
    """A profile such as a voter may have."""
    fields = str(new.protocol_settings.get("fields", "")).split(",")
    return {name.strip(): "value" for name in fields if name.strip()} or {"field": "value"}


def _every_reference(new: NewJudge) -> tuple[Reference, ...]:
    kind = str(new.protocol_settings.get("reference", "") or "any")
    return (Reference("reference", kind, str(new.protocol_settings.get("reference_language", ""))),)


def _newest(session: Session, arena: Arena, name: str) -> Judge | None:
    return session.scalar(
        select(Judge)
        .where(Judge.arena_id == arena.id, Judge.name == name)
        .order_by(Judge.version.desc())
        .limit(1)
    )


def _reworded(session: Session, arena: Arena, judge: Judge) -> bool:
    """Whether people are asked in other words now, on any of its dimensions, than when the judge was made; or a judge
    that reads checklists reads others.
    """
    if reads_checklists(judge) and checklists.edited_since(session, arena, judge.created_at):
        return True
    asked = [row.id for row in dimensions_of(session, arena, judge)]
    since = select(DimensionVersion.version).where(
        DimensionVersion.dimension_id.in_(asked),
        DimensionVersion.version > 1,
        DimensionVersion.created_at > judge.created_at,
    )
    return session.scalar(since.limit(1)) is not None


def _values(new: NewJudge) -> dict[str, Any]:
    told = {
        "profile": dict(new.profile),
        "policy": new.policy,
        "constraints": [_kept(each) for each in new.constraints],
    }
    return {
        "name": new.name,
        "provider": new.provider,
        "endpoint": dict(new.endpoint),
        "model": new.model,
        "family": new.family,
        "protocol": new.protocol,
        "protocol_version": PROTOCOLS[new.protocol].version,
        "protocol_settings": dict(new.protocol_settings),
        "dimensions": list(new.dimensions),
        "temperature": new.temperature,
        "seed": new.seed,
        "longest_reply": new.longest_reply,
        "orders": new.orders,
        "repeats": new.repeats,
        "told": {name: value for name, value in told.items() if value},
    }


def _kept(constraint: Constraint) -> dict[str, Any]:
    """As it is stored: what takes nothing out of the answer has no word about it."""
    return {
        name: value for name, value in asdict(constraint).items() if name != "extract" or constraint.extract
    }


def _same(judge: Judge, values: Mapping[str, Any]) -> list[bool]:
    return [getattr(judge, name) == value for name, value in values.items()]
