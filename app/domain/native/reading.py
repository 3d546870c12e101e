"""Records as an arena: into an empty one, all of them or none."""

import secrets
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import bulk
from app.db.tables import (
    Answer,
    Arena,
    Battle,
    ChecklistVersion,
    Dimension,
    DimensionVersion,
    JudgeRun,
    Model,
    Prompt,
    Rater,
)
from app.domain import answers, arenas, checklists, images
from app.domain.content import check_answer, check_prompt, turns
from app.domain.errors import AlreadyExists, Invalid, InvalidLines, Problem
from app.domain.native.fields import came_with, check_messages, check_questions, checks, parse
from app.domain.native.judged import check_call, check_judge, check_judgment, check_request, check_run
from app.domain.native.kinds import KINDS, NEWER, RULES_LEFT_OUT, Kind
from app.domain.native.writing import SCHEMA

LONGEST_RECORD = 60_000_000  # bytes: of the largest picture that is kept
STATES = ("counted", "superseded", "withdrawn", "set_aside")

Progress = Callable[[int], None]
Fields = dict[str, Any]
Record = tuple[int, str, Fields]  # line, kind, fields


@dataclass(frozen=True, slots=True)
class Restored:
    """How many records of each kind were stored."""

    records: Mapping[str, int]


class _At(Invalid):
    """What is wrong with one line."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line


def restore(
    session: Session,
    arena: Arena,
    name: str,
    lines: Iterable[bytes],
    now: datetime,
    progress: Progress = lambda records: None,
) -> Restored:
    """Store the records of a file called `name` in an arena that holds nothing yet.

    Raises AlreadyExists where it holds something; InvalidLines, with nothing stored, at the first line that is wrong.
    """
    session.execute(select(Arena.id).where(Arena.id == arena.id).with_for_update(key_share=True))
    _check_empty(session, arena)
    try:
        return Restored(_Restoring(session, arena, now).all(_records(lines), progress))
    except _At as wrong:
        problem = Problem(f"{name}:{wrong.line}", wrong.detail)
        raise InvalidLines("nothing was stored: the file cannot be read", (problem,)) from wrong


def _check_empty(session: Session, arena: Arena) -> None:
    for table in (Prompt, Model, Battle, Rater):
        if session.scalar(select(table.id).where(table.arena_id == arena.id).limit(1)) is not None:
            raise AlreadyExists(
                f"arena {arena.slug!r} holds {table.__tablename__} already; a native file needs a new or an empty arena"
            )


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = parse(line)
        except Invalid as invalid:
            raise _At(number, invalid.detail) from invalid
        yield number, str(fields.pop("record", "")), fields


class _Restoring:
    """One file on its way into one arena."""

    def __init__(self, session: Session, arena: Arena, now: datetime) -> None:
        self.session, self.arena, self.now = session, arena, now
        self.ids: dict[str, array[int]] = {kind: array("q") for kind in KINDS}  # by number
        self.named: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}  # by slug
        self.checks = {kind.kind: checks(kind.table, now) for kind in KINDS.values()}
        self.versions: set[tuple[str, int]] = set()  # of dimensions
        self.turns = array("q")  # of each prompt
        self.came_with: dict[int, list[str]] = {}  # checklists of earlier files, by the id of their prompt
        self.states = bytearray()  # of each vote, after its events
        self.claimed = bytearray()  # of each vote, as its record says
        self.judgeable = bytearray()  # whether each battle has texts
        self.judge_raters: dict[int, tuple[str, str, str]] = {}  # kind, name and version, by number
        self.judges: list[str] = []
        self.run_of = {"judgment": array("q"), "call": array("q")}
        self.later = array("q")  # number, number referred to and line, one after the other

    def all(self, records: Iterator[Record], progress: Progress) -> Mapping[str, int]:
        self._rules(records)
        done, reached, order = 1, 0, list(KINDS)
        for kind, same in groupby(records, key=lambda each: each[1]):
            if kind == "end":
                return self._end(done, same, records)
            if kind not in KINDS or order.index(kind) < reached:
                raise _At(next(same)[0], f"record {kind!r} is not expected here")
            reached = order.index(kind)
            while chunk := list(islice(same, KINDS[kind].at_once)):
                self._store(KINDS[kind], chunk)
                done += len(chunk)
                progress(done)
            self._link(KINDS[kind])
        raise _At(done + 1, f"the file ends after {done:,} records without its last line: it was cut off")

    def _rules(self, records: Iterator[Record]) -> None:
        line, kind, fields = next(records, (1, "", {}))
        schema = fields.pop("schema", None)
        if kind != "arena" or schema != SCHEMA:
            raise _At(
                line, f"expected the record of an arena in schema {SCHEMA} first: this is no native export"
            )
        wanted = [column.name for column in Arena.__table__.c if column.name not in RULES_LEFT_OUT]
        try:
            fields = {**NEWER["arena"], **fields}
            _same_fields(fields, wanted)
            of_type = checks(Arena, self.now)
            for name in wanted:
                setattr(self.arena, name, of_type[name](fields[name]))
            arenas.check(arenas.rules_of(self.arena))
        except Invalid as invalid:
            raise _At(line, invalid.detail) from invalid
        self.session.flush()
        of_arena = select(Dimension.id).where(Dimension.arena_id == self.arena.id)
        self.session.execute(delete(DimensionVersion).where(DimensionVersion.dimension_id.in_(of_arena)))
        self.session.execute(delete(Dimension).where(Dimension.arena_id == self.arena.id))

    def _end(self, done: int, same: Iterator[Record], records: Iterator[Record]) -> Mapping[str, int]:
        line, _, fields = next(same)
        if fields != {"records": done}:
            raise _At(
                line,
                f"{fields.get('records')} records were written, {done:,} are here: lines are missing",
            )
        for trailing in (*same, *islice(records, 1)):
            raise _At(trailing[0], "there is more after the last line")
        if arenas.OVERALL not in self.named["dimension"]:
            raise _At(line, f"there is no dimension {arenas.OVERALL!r}")
        if self.states != self.claimed:
            at = next(at for at, state in enumerate(self.claimed) if state != self.states[at])
            raise _At(
                line, f"vote {at} is {STATES[self.claimed[at]]}, its events make it {STATES[self.states[at]]}"
            )
        return {kind: len(ids) for kind, ids in self.ids.items()}

    def _store(self, kind: Kind, chunk: Sequence[Record]) -> None:
        ids = self.ids[kind.kind]
        first = len(ids)
        # Known before the rows are read: a battle may be a copy of one that stands just above it.
        ids.extend(bulk.reserve(self.session, kind.table, len(chunk)) if kind.has_id else range(len(chunk)))
        rows = []
        for number, (line, _, fields) in enumerate(chunk, start=first):
            try:
                row = self._row(kind, number, line, fields)
            except Invalid as invalid:
                raise _At(line, invalid.detail) from invalid
            if kind.has_id:
                row["id"] = ids[number]
            rows.append(row)
        self._insert(kind, rows, [line for line, *_ in chunk])
        if kind.table is Prompt:
            rows = [self._came_with(row) for row in rows if row["id"] in self.came_with]
            bulk.inserted(self.session, ChecklistVersion, rows)
            self.came_with.clear()
        if kind.table is Answer:
            answers.keep_styles(self.session, ((row["id"], row["messages"]) for row in rows))
            answers.keep_leaks(self.session, self.arena.id, [row["id"] for row in rows])

    def _row(self, kind: Kind, number: int, line: int, fields: Fields) -> Fields:
        if fields.pop("n", None) != number:
            raise Invalid(f"n: expected {number}: a record is missing, doubled or out of its place")
        if kind.table is Rater:
            fields["arena_id"] = None if _everywhere(fields) else self.arena.id
        fields = {**NEWER.get(kind.kind, {}), **fields}
        if kind.table is Prompt and (asked := came_with(fields.pop("checklist", []))):
            self.came_with[self.ids["prompt"][number]] = asked
        _same_fields(fields, kind.fields)
        row = {}
        of_type = self.checks[kind.kind]
        for column, name in zip(kind.columns, kind.fields, strict=True):
            value = fields[name]
            if value is not None and column in kind.later:
                if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
                    raise Invalid(f"{name}: no {kind.refers[column]} {value!r} is in the file")
                self.later.extend((number, value, line))
                value = None
            elif value is not None and column in kind.refers:
                value = self._id(kind.refers[column], name, value, number)
            row[column] = of_type[column](value)
        self._check(kind, number, fields, row)
        return row | self._unwritten(kind)

    def _came_with(self, prompt: Fields) -> Fields:
        """The checklist that stood in the prompt's own record, in files from before there were versions."""
        return {
            "prompt_id": prompt["id"],
            "version": 1,
            "questions": self.came_with[prompt["id"]],
            "author": checklists.SUBMITTED,
            "created_at": prompt["created_at"],
            "approved_at": prompt["created_at"],
        }

    def _id(self, kind: str, name: str, value: Any, number: int) -> int:
        """The database's id of the record that a field refers to. Raises Invalid."""
        if KINDS[kind].name:
            found = self.named[kind].get(value) if isinstance(value, str) else None
        else:
            above = number if name == "copy_of" else len(self.ids[kind])
            is_there = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < above
            found = self.ids[kind][value] if is_there else None
        if found is None:
            raise Invalid(f"{name}: no {kind} {value!r} stands above")
        return found

    def _link(self, kind: Kind) -> None:
        """Records that name one of their own kind that may stand below them."""
        ids = self.ids[kind.kind]
        for at in range(0, len(self.later), 3 * kind.at_once):
            some = self.later[at : at + 3 * kind.at_once]
            rows = []
            for number, other, line in zip(some[::3], some[1::3], some[2::3], strict=True):
                if other >= len(ids) or other == number:
                    raise _At(line, f"{kind.later[0]}: no other {kind.kind} {other} is in the file")
                rows.append({"id": ids[number], kind.later[0]: ids[other]})
            self.session.execute(update(kind.table), rows)
        del self.later[:]

    def _unwritten(self, kind: Kind) -> Fields:
        made: Fields = {}
        if kind.table is JudgeRun:
            made = {
                "public_id": secrets.token_hex(8),
                "worker": None,
                "lease": 0,
                "revision": 0,
                "leased_until": None,
            }
        if kind.table is Battle:
            made["public_id"] = secrets.token_urlsafe(16)
        if "arena_id" in kind.unwritten and "arena_id" in kind.table.__table__.c:
            made["arena_id"] = self.arena.id
        return made

    def _check(self, kind: Kind, number: int, fields: Fields, row: Fields) -> None:
        """What one column alone does not tell. Raises Invalid."""
        if kind.name:
            if row[kind.name] in self.named[kind.kind]:
                raise Invalid(f"{kind.name} {row[kind.name]!r} stands twice")
            self.named[kind.kind][row[kind.name]] = self.ids[kind.kind][number]
        match kind.kind:
            case "attachment" | "prompt" | "checklist" | "answer":
                self._check_shown(kind.kind, fields, row)
            case "dimension_version" | "vote" | "event":
                self._check_cast(kind.kind, fields, row)
            case "rater" if row["kind"] == "judge" and row["arena_id"] is not None:
                self.judge_raters[number] = (row["kind"], row["name"], row["version"])
            case "battle":
                self.judgeable.append(None not in (row["prompt_id"], row["answer_a_id"], row["answer_b_id"]))
            case _:
                self._check_judged(kind.kind, fields, row)

    def _check_shown(self, kind: str, fields: Fields, row: Fields) -> None:
        """What voters are shown. Raises Invalid."""
        if kind == "attachment":
            images.check_kept(row["media_type"], row["digest"], row["data"])
            return
        if kind == "checklist":
            check_questions(row["questions"])
            return
        check_messages(row["messages"], self.named["attachment"])
        if kind == "answer":
            check_answer(self.arena.modality, row["messages"], self.turns[fields["prompt"]])
            return
        if row["messages"]:
            check_prompt(self.arena.modality, row["messages"])
        self.turns.append(turns(row["messages"]))

    def _check_cast(self, kind: str, fields: Fields, row: Fields) -> None:
        """What was asked, what was voted and what became of it. Raises Invalid."""
        if kind == "dimension_version":
            self.versions.add((fields["dimension"], row["version"]))
        elif kind == "vote":
            if (fields["dimension"], row["dimension_version"]) not in self.versions:
                raise Invalid(
                    f"dimension_version: {fields['dimension']!r} has no version {row['dimension_version']}"
                )
            self.states.append(0)
            self.claimed.append(STATES.index(row["state"]))
        else:
            self._event(fields["vote"], row["from_state"], row["to_state"])

    def _check_judged(self, kind: str, fields: Fields, row: Fields) -> None:
        """What judges and their work must be. Raises Invalid."""
        match kind:
            case "judge":
                check_judge(row, self.judge_raters.get(fields["rater"]))
                self.judges.append(row["name"])
            case "run":
                check_run(row)
                row["judge"] = self.judges[fields["judge"]]
            case "judgment":
                check_judgment(row, judgeable=bool(self.judgeable[fields["battle"]]))
            case "call":
                check_call(row)
                self._same_run("judgment", fields)
            case "request":
                check_request(row)
                self._same_run("call", fields)
        if kind in self.run_of:
            self.run_of[kind].append(fields["run"])

    def _same_run(self, kind: str, fields: Fields) -> None:
        if self.run_of[kind][fields[kind]] != fields["run"]:
            raise Invalid(f"run: {kind} {fields[kind]} is of another run")

    def _event(self, vote: int, before: str, after: str) -> None:
        if STATES[self.states[vote]] != before or after not in STATES:
            raise Invalid(f"vote {vote} was {STATES[self.states[vote]]}, not {before!r} and then {after!r}")
        self.states[vote] = STATES.index(after)

    def _insert(self, kind: Kind, rows: list[Fields], lines: Sequence[int]) -> None:
        try:
            with self.session.begin_nested():
                self._put(kind, rows)
        except IntegrityError:
            # One of them does not fit what is stored; which one shows when they come one by one.
            for row, line in zip(rows, lines, strict=True):
                try:
                    with self.session.begin_nested():
                        self._put(kind, [row])
                except IntegrityError as broken:
                    told = str(broken.orig).partition("\n")[0]
                    raise _At(line, f"does not go with what stands above: {told}") from broken

    def _put(self, kind: Kind, rows: list[Fields]) -> None:
        if kind.table is Rater:
            rows = self._newcomers(rows)
        bulk.inserted(self.session, kind.table, rows)

    def _newcomers(self, rows: list[Fields]) -> list[Fields]:
        """Without the raters of no arena who are known already; their numbers lead to those."""
        names = [(row["kind"], row["name"], row["version"]) for row in rows if row["arena_id"] is None]
        columns = (Rater.kind, Rater.name, Rater.version)
        query = select(*columns, Rater.id).where(Rater.arena_id.is_(None), tuple_(*columns).in_(names))
        there = {tuple(name): key for *name, key in self.session.execute(query)} if names else {}
        first = len(self.ids["rater"]) - len(rows)
        for at, row in enumerate(rows):
            known = there.get((row["kind"], row["name"], row["version"])) if row["arena_id"] is None else None
            self.ids["rater"][first + at] = known or row["id"]
        return [row for at, row in enumerate(rows) if self.ids["rater"][first + at] == row["id"]]


def _everywhere(fields: Fields) -> bool:
    given = fields.pop("everywhere", None)
    if not isinstance(given, bool):
        raise Invalid("everywhere: expected true or false")
    return given


def _same_fields(fields: Fields, wanted: Iterable[str]) -> None:
    if odd := fields.keys() ^ set(wanted):
        name = min(odd)
        raise Invalid(f"a field {name!r} is not expected" if name in fields else f"no field {name!r}")
