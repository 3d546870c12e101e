"""Pools: who votes in a simulation. Raters of the kind `simulated`, each with its manner as its profile."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from math import inf, isfinite
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.tables import Arena, Rater
from app.domain import arenas, dimensions
from app.domain.errors import AlreadyExists, Invalid
from app.stats.pools import Manner, Persona, Pool, band_of
from app.stats.settings import SettingsError

KIND = "simulated"
NUMBERS = ("flip", "position", "length", "ties", "floor")
CHUNK = 500

Numbers = Mapping[str, float | None]  # by the names of NUMBERS


def manner(numbers: Numbers) -> Manner:
    """A way to judge: `ties` is the share of ties among equal answers, a `floor` of None none. Raises Invalid."""
    try:
        values = {name: numbers[name] for name in ("flip", "position", "length")}
        floor = -inf if numbers["floor"] is None else numbers["floor"]
        return Manner(**values, band=band_of(numbers["ties"]), floor=floor)  # type: ignore[arg-type]  # Manner looks
    except SettingsError as unusable:
        raise Invalid(str(unusable)) from unusable


def pool(raters: int, personas: Sequence[Persona]) -> Pool:
    """Raises Invalid, also for shares that do not add up to 1."""
    try:
        return Pool.of(raters, personas)
    except SettingsError as unusable:
        raise Invalid(str(unusable)) from unusable


def read(document: Any, usual: Numbers) -> tuple[Persona, ...]:
    """Personas from JSON: [{"name", "share", those of NUMBERS that differ from the `usual` ones, "mix"}].

    Raises Invalid, naming the persona and what it may hold.

    >>> usual = {"flip": 0.25, "position": 0.1, "length": 0.3, "ties": 0.1, "floor": None}
    >>> [(each.name, each.manner.flip) for each in read(
    ...     [{"name": "crowd", "share": 0.9}, {"name": "expert", "share": 0.1, "flip": 0.05}], usual)]
    [('crowd', 0.25), ('expert', 0.05)]
    """
    if not isinstance(document, list) or not document:
        raise Invalid("personas: expected a list of objects with a name and a share")
    return tuple(_persona(f"personas[{at}]", each, usual) for at, each in enumerate(document))


def gather(session: Session, arena: Arena, name: str, pool: Pool, now: datetime) -> tuple[int, ...]:
    """The ids of the raters `simulated:<name>-01`, `-02`, …, made unless they are there.

    Raises AlreadyExists where one of them was made with another manner, and Invalid for a name that cannot be, or a mix
    of dimensions that are not asked.
    """
    arenas.check_slug(name, "pool")
    _check_mixes(session, arena, pool)
    # Two simulations in one arena queue here, so that neither makes what the other has made.
    session.execute(select(Arena.id).where(Arena.id == arena.id).with_for_update(key_share=True))
    width = max(2, len(str(len(pool.persona_of))))
    profiles = {
        f"{name}-{number:0{width}}": _profile(pool.personas[place])
        for number, place in enumerate(pool.persona_of, start=1)
    }
    there = _there(session, arena, list(profiles))
    for rater, (_, profile) in there.items():
        if profile != profiles[rater]:
            raise AlreadyExists(f"simulated:{rater} judges in another manner; give this pool another name")
    alike = {"arena_id": arena.id, "kind": KIND, "version": "", "created_at": now}
    new = [rater for rater in profiles if rater not in there]
    made = inserted(session, Rater, [{**alike, "name": rater, "profile": profiles[rater]} for rater in new])
    ids = {rater: key for rater, (key, _) in there.items()} | dict(zip(new, made, strict=True))
    return tuple(ids[rater] for rater in profiles)


def _there(session: Session, arena: Arena, names: Sequence[str]) -> dict[str, tuple[int, Any]]:
    found: dict[str, tuple[int, Any]] = {}
    for start in range(0, len(names), CHUNK):
        some = names[start : start + CHUNK]
        rows = session.execute(
            select(Rater.name, Rater.id, Rater.profile).where(
                Rater.arena_id == arena.id, Rater.kind == KIND, Rater.version == "", Rater.name.in_(some)
            )
        )
        found.update({row.name: (row.id, row.profile) for row in rows})
    return found


def _persona(at: str, given: Any, usual: Numbers) -> Persona:
    known = ("name", "share", *NUMBERS, "mix")
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or "share" not in given:
        raise Invalid(f"{at}: expected an object with a name and a share")
    if unknown := [name for name in given if name not in known]:
        raise Invalid(f"{at}: unknown {unknown[0]!r}; it may have {', '.join(known)}")
    mix = given.get("mix", {})
    if not isinstance(mix, dict) or not all(_is_mix(parts) for parts in mix.values()):
        raise Invalid(f"{at}.mix: expected {{dimension: {{dimension: weight}}}}")
    try:
        how = manner({name: given.get(name, usual[name]) for name in NUMBERS})
    except Invalid as unusable:
        raise Invalid(f"{at}: {unusable.detail}") from unusable
    return Persona(given["name"], given["share"], how, mix)


def _is_mix(parts: Any) -> bool:
    return isinstance(parts, dict) and all(
        isinstance(weight, int | float) and not isinstance(weight, bool) and isfinite(weight)
        for weight in parts.values()
    )


def _check_mixes(session: Session, arena: Arena, pool: Pool) -> None:
    asked = {row.slug: np.zeros(0) for row in dimensions.list_dimensions(session, arena)}
    for each in pool.personas:
        try:
            each.merits(asked)
        except SettingsError as unusable:
            raise Invalid(f"personas: {unusable}") from unusable


def _profile(persona: Persona) -> dict[str, Any]:
    """As JSON can keep it, which knows no infinite number."""
    numbers = {name: value if isfinite(value) else None for name, value in asdict(persona.manner).items()}
    return {
        "persona": persona.name,
        **numbers,
        "mix": {name: dict(parts) for name, parts in persona.mix.items()},
    }
