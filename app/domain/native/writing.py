"""An arena as records."""

import base64
import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Attachment, Ballot, Battle, ChecklistVersion, JudgeRun, Rater, Vote
from app.domain.accounts import RaterName
from app.domain.native.kinds import KINDS, RULES_LEFT_OUT, Kind
from app.domain.pseudonyms import Pseudonyms

SCHEMA = "pairwise-arena/1"
TOLD = 2_000  # records between two words on how far it is
MOVED = "it was running when its arena was written to a file; resume it where it is to go on"
SPELLING = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z

Progress = Callable[[int], None]
Fields = dict[str, Any]

# What nobody has reviewed, or what is not for everybody: left empty in a published file.
PRIVATE: Mapping[str, Fields] = {
    "model": {"endpoint": None, "owner": None},
    "ballot": {"comment": "", "reading": None},
    "skip": {"comment": ""},
    "rater": {"profile": None, "everywhere": False},
}


def spelled(record: str, fields: Fields) -> bytes:
    """One line: a record is spelled in one way only, whatever the database and the order of its keys."""
    try:
        text = orjson.dumps(fields, option=SPELLING)
    except TypeError:  # a number beyond 64 bits, somewhere in what an owner sent
        text = json.dumps(
            fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_moment
        ).encode()
    return b'{"record":"%s",%s\n' % (record.encode(), text[1:])


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def write(
    session: Session,
    arena: Arena,
    pseudonyms: Pseudonyms | None = None,
    progress: Progress = lambda rows: None,
) -> Iterator[bytes]:
    """The lines of the file. With `pseudonyms` it can be published: no names, profiles or comments of people, no
    owners and addresses of models, no checklist that nobody has approved, no battle that somebody may still vote on,
    no admin's name, and no kind that is private. A run that goes on is written as paused: nobody works on it where it
    is read.
    """
    rules = {column.name: getattr(arena, column.name) for column in Arena.__table__.c}
    yield spelled(
        "arena", {"schema": SCHEMA} | {name: rules[name] for name in rules if name not in RULES_LEFT_OUT}
    )
    writing = _Writing(session, arena.id, pseudonyms)
    written = 1
    for kind in KINDS.values():
        if kind.private and pseudonyms:
            continue
        for number, fields in enumerate(writing.records(kind)):
            yield spelled(kind.kind, {"n": number} | fields)
            written += 1
            if written % TOLD == 0:
                progress(written)
    yield spelled("end", {"records": written})
    progress(written)


@dataclass(slots=True)
class _Places:
    """id → the number or the name of a record. Ids that come in growing order take eight bytes each."""

    growing: "array[int]" = field(default_factory=lambda: array("q"))
    named: dict[int, Any] = field(default_factory=dict)

    def find(self, key: int) -> Any:
        """None where the record is not in the file."""
        if self.named:
            return self.named.get(key)
        at = bisect_left(self.growing, key)
        return at if at < len(self.growing) and self.growing[at] == key else None


@dataclass(slots=True)
class _Writing:
    session: Session
    arena_id: int
    pseudonyms: Pseudonyms | None
    places: dict[str, _Places] = field(default_factory=lambda: {kind: _Places() for kind in KINDS})

    def records(self, kind: Kind) -> Iterator[Fields]:
        found: Iterable[tuple[Fields, int | None]] = self._found(kind)
        if kind.order:
            found = sorted(found, key=lambda each: [each[0][name] for name in kind.order])
        places = self.places[kind.kind]
        if kind.later:
            places.growing.extend(self._ids(kind))
        for number, (fields, key) in enumerate(found):
            if key is not None and (kind.name or kind.order):
                places.named[key] = fields[kind.name] if kind.name else number
            elif key is not None and not kind.later:
                places.growing.append(key)
            yield fields

    def _ids(self, kind: Kind) -> Iterator[int]:
        key = kind.table.__table__.c.id
        query = select(key).where(kind.of(self.arena_id)).order_by(key)
        rows = self.session.connection().execute(query, execution_options={"yield_per": TOLD})
        yield from rows.scalars()

    def _found(self, kind: Kind) -> Iterator[tuple[Fields, int | None]]:
        """Fields and ids, as the rows come."""
        query = kind.rows(self.arena_id)
        if self.pseudonyms and kind.table is Battle:
            query = query.where(Battle.state != "open")
        elif self.pseudonyms and kind.table is ChecklistVersion:
            query = query.where(ChecklistVersion.approved_at.is_not(None))
        elif self.pseudonyms and kind.table is Ballot:
            closed = select(Vote.ballot_id).join(Battle, Vote.battle_id == Battle.id)
            query = query.where(
                Ballot.id.in_(closed.where(Vote.arena_id == self.arena_id, Battle.state != "open"))
            )
        rows = self.session.connection().execute(query, execution_options={"yield_per": kind.at_once})
        references = [
            (at, self.places[kind.refers[column]].find, not kind.table.__table__.c[column].nullable)
            for at, column in enumerate(kind.columns)
            if column in kind.refers
        ]
        for some in rows.partitions():
            for row in some:
                values = list(row)
                key = values.pop() if kind.has_id else None
                for at, find, _ in references:
                    if values[at] is not None:
                        values[at] = find(values[at])
                if any(needed and values[at] is None for at, _, needed in references):
                    continue  # of what is not in the file: a judge's vote on a battle that is open
                fields = dict(zip(kind.fields, values, strict=True))
                yield self._shown(kind, fields), key

    def _shown(self, kind: Kind, fields: Fields) -> Fields:
        if kind.table is Rater:
            fields["everywhere"] = fields.pop("arena_id") is None
        if kind.table is Attachment:
            fields["data"] = base64.b64encode(fields["data"]).decode("ascii")
        if kind.table is JudgeRun and fields["state"] == "running":
            fields |= {"state": "paused", "why": MOVED}
        return self._published(kind, fields) if self.pseudonyms else fields

    def _published(self, kind: Kind, fields: Fields) -> Fields:
        if self.pseudonyms and kind.table is Rater:
            known = RaterName(fields["kind"], fields["name"], fields["version"])
            fields["name"] = self.pseudonyms.of(known, everywhere=fields["everywhere"]).name
        for by in ("author", "actor"):
            if str(fields.get(by, "")).startswith("admin:"):
                fields[by] = "admin"
        return fields | PRIVATE.get(kind.kind, {})
