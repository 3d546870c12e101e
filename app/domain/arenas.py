"""Arenas: one set of prompts, models and dimensions, and the rules under which people vote."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, DimensionVersion, Model, Prompt
from app.db.tables import Dimension as DimensionRow
from app.domain.content import MODALITIES
from app.domain.errors import AlreadyExists, ArenaNotFound, Invalid
from app.domain.paging import Page, after, page
from app.stats import gates, pairing
from app.stats.settings import Setting, SettingsError
from app.stats.verdicts import Verdict

REVEALS = ("after_vote", "never", "end")
LEAKS = ("off", "flag", "redeal")
EXPORTS = ("closed", "published")
REGISTRATIONS = ("closed", "open")
LARGEST_SHARE = 0.5  # of the deals, how many may be control battles of one kind
OVERALL = "overall"
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
LARGEST_GOAL = 100_000
LARGEST_OVERLAP = 20


@dataclass(frozen=True, slots=True)
class ArenaRules:
    """What an admin sets; every field can be changed later without touching a vote.

    `sampling` names one of the samplers and `sampling_settings` gives those of its settings that differ from their
    defaults; need is measured on the votes of `sampling_dimension`. Each pair keeps `explore`/pairs of the
    probability. What is drawn is dealt to `target_overlap` voters.

    `leaks` says what becomes of answers that betray their model: dealt as others and not looked for in boards (`off`),
    dealt and marked (`flag`), or not dealt (`redeal`). `gates` gives, by gate, those of its settings that differ from
    their defaults. Of the deals, `gold_share` have a known verdict and `repeat_share` come a second time.

    `exports` says who may have the votes as a file: those with a key of scope read (`closed`), or, of a public arena,
    everybody (`published`). `registration` says who may enter models: those to whom an admin gave a key of scope owner
    (`closed`), or everybody, who make such a key by themselves (`open`).
    """

    title: str
    description: str = ""
    guidelines: str = ""
    modality: str = "text"
    verdicts: tuple[str, ...] = ("a", "b", "tie", "both_bad", "abstain")
    reveal: str = "after_vote"
    public: bool = True
    goal: int = 30
    sampling: str = "variance_reduction"
    sampling_settings: Mapping[str, Setting] = field(default_factory=dict)
    sampling_dimension: str = OVERALL
    target_overlap: int = 1
    explore: float = 0.1
    minimum_votes: int = 10
    battle_minutes: int = 24 * 60
    leaks: str = "flag"
    gates: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    gold_share: float = 0.0
    repeat_share: float = 0.0
    exports: str = "closed"
    registration: str = "closed"


@dataclass(frozen=True, slots=True)
class ArenaView:
    slug: str
    rules: ArenaRules
    models: int
    prompts: int
    created_at: datetime
    id: int = field(repr=False)


def create(session: Session, slug: str, rules: ArenaRules, now: datetime) -> Arena:
    """Make an arena with its `overall` dimension. Raises AlreadyExists, Invalid."""
    if session.scalar(select(Arena.id).where(Arena.slug == slug)) is not None:
        raise AlreadyExists(f"there is an arena {slug!r} already")
    check_slug(slug, "arena")
    check(rules)
    _check_dimension(rules.sampling_dimension, [OVERALL])
    row = Arena(slug=slug, created_at=now, **_columns(rules))
    session.add(row)
    session.flush()
    _add_overall(session, row.id, now)
    return row


def change(session: Session, row: Arena, values: Mapping[str, Any]) -> Arena:
    """Set the given fields of ArenaRules; another sampling begins with its own defaults. Raises Invalid."""
    rules = rules_of(row)
    if values.get("sampling", rules.sampling) != rules.sampling:
        values = {"sampling_settings": {}, **values}
    wanted = ArenaRules(
        **{**_columns(rules), **values, "verdicts": tuple(values.get("verdicts", rules.verdicts))}
    )
    check(wanted)
    if "sampling_dimension" in values:
        _check_dimension(wanted.sampling_dimension, _asked(session, row.id))
    for name, value in _columns(wanted).items():
        setattr(row, name, value)
    session.flush()
    return row


def find(session: Session, slug: str) -> Arena:
    """Raises ArenaNotFound."""
    row = session.scalar(select(Arena).where(Arena.slug == slug))
    if row is None:
        raise ArenaNotFound(f"there is no arena {slug!r}")
    return row


def view(session: Session, row: Arena) -> ArenaView:
    return ArenaView(
        slug=row.slug,
        rules=rules_of(row),
        models=_count(session, Model, row.id),
        prompts=_count(session, Prompt, row.id, Prompt.archived_at.is_(None)),
        created_at=row.created_at,
        id=row.id,
    )


def list_arenas(
    session: Session, limit: int, cursor: str | None, visible: int | None, everything: bool
) -> Page[ArenaView]:
    """Public arenas, and the private one that a key belongs to (`visible`), or all of them for an admin."""
    query = select(Arena).where(Arena.id > after(cursor)).order_by(Arena.id).limit(limit + 1)
    if not everything:
        query = query.where(Arena.public | (Arena.id == (visible or 0)))
    rows = session.scalars(query).all()
    return page([view(session, row) for row in rows], [row.id for row in rows], limit)


def rules_of(row: Arena) -> ArenaRules:
    names = ArenaRules.__dataclass_fields__
    return ArenaRules(**{**{name: getattr(row, name) for name in names}, "verdicts": tuple(row.verdicts)})


def check_slug(slug: str, of: str) -> None:
    """Raises Invalid for what could not stand in an address."""
    if not SLUG.fullmatch(slug):
        raise Invalid(f"{of} {slug[:80]!r}: expected up to 80 of a-z 0-9 . _ -, first a letter or digit")


def check(rules: ArenaRules) -> None:
    """Raises Invalid, naming the field and what it may hold."""
    if not rules.title.strip():
        raise Invalid("title: an arena needs one")
    if rules.modality not in MODALITIES:
        raise Invalid(f"modality {rules.modality!r}: expected one of {', '.join(MODALITIES)}")
    if rules.reveal not in REVEALS:
        raise Invalid(f"reveal {rules.reveal!r}: expected one of {', '.join(REVEALS)}")
    _check_verdicts(rules.verdicts)
    _check_sampling(rules)
    if rules.leaks not in LEAKS:
        raise Invalid(f"leaks {rules.leaks!r}: expected one of {', '.join(LEAKS)}")
    if rules.exports not in EXPORTS:
        raise Invalid(f"exports {rules.exports!r}: expected one of {', '.join(EXPORTS)}")
    if rules.registration not in REGISTRATIONS:
        raise Invalid(f"registration {rules.registration!r}: expected one of {', '.join(REGISTRATIONS)}")
    try:
        gates.policies(rules.gates)
    except SettingsError as unusable:
        raise Invalid(f"gates: {unusable}") from unusable
    for name, low, high in (
        ("goal", 1, LARGEST_GOAL),
        ("explore", 0.1, 1.0),
        ("target_overlap", 1, LARGEST_OVERLAP),
        ("minimum_votes", 0, LARGEST_GOAL),
        ("battle_minutes", 1, 60 * 24 * 365),
        ("gold_share", 0, LARGEST_SHARE),
        ("repeat_share", 0, LARGEST_SHARE),
    ):
        if not low <= getattr(rules, name) <= high:
            raise Invalid(f"{name}: from {low} to {high}, not {getattr(rules, name)}")


def _check_verdicts(verdicts: Sequence[str]) -> None:
    known = [verdict.value for verdict in Verdict]
    for verdict in verdicts:
        if verdict not in known:
            raise Invalid(f"verdict {verdict!r}: expected some of {', '.join(known)}")
    if len(set(verdicts)) != len(verdicts):
        raise Invalid("verdicts: one is named twice")
    if not {"a", "b"} <= set(verdicts):
        raise Invalid("verdicts: a and b are always offered")


def _check_sampling(rules: ArenaRules) -> None:
    try:
        pairing.find(rules.sampling).configured(rules.sampling_settings)
    except pairing.UnknownSampler as unknown:
        raise Invalid(
            f"sampling {rules.sampling!r}: expected one of {', '.join(pairing.SAMPLERS)}"
        ) from unknown
    except SettingsError as unusable:
        raise Invalid(f"sampling_settings: {unusable}") from unusable


def _check_dimension(slug: str, asked: Sequence[str]) -> None:
    if slug not in asked:
        raise Invalid(f"sampling_dimension {slug!r}: expected one of {', '.join(asked)}")


def _asked(session: Session, arena_id: int) -> Sequence[str]:
    query = select(DimensionRow.slug).where(
        DimensionRow.arena_id == arena_id, DimensionRow.archived_at.is_(None)
    )
    return session.scalars(query.order_by(DimensionRow.position, DimensionRow.id)).all()


def _add_overall(session: Session, arena_id: int, now: datetime) -> None:
    asked = {"title": "Overall", "question": "Which answer is better overall?", "rubric": ""}
    row = DimensionRow(
        arena_id=arena_id, slug=OVERALL, required=True, position=0, version=1, created_at=now, **asked
    )
    session.add(row)
    session.flush()
    session.add(DimensionVersion(dimension_id=row.id, version=1, created_at=now, **asked))
    session.flush()


def _columns(rules: ArenaRules) -> dict[str, Any]:
    values = {name: getattr(rules, name) for name in ArenaRules.__dataclass_fields__}
    return {
        **values,
        "verdicts": list(rules.verdicts),
        "sampling_settings": dict(rules.sampling_settings),
        "gates": {name: dict(values) for name, values in rules.gates.items()},
    }


def _count(
    session: Session, table: type[Model] | type[Prompt], arena_id: int, *which: ColumnElement[bool]
) -> int:
    query = select(func.count()).select_from(table).where(table.arena_id == arena_id, *which)
    return session.scalar(query) or 0
