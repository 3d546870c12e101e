"""/arenas/{arena}/formats, /votes/import and /votes/export: votes from and for elsewhere, in public formats."""

import io
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Data, Now, OnceDep, Reading, Writing, allowed, readable, require
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, Out
from app.db.session import Database
from app.db.tables import Arena
from app.domain import arenas, catalogs, exports, imports, native, submissions
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid, TooManyRequests
from app.domain.exports import ExportReport, Wanted
from app.domain.fits import Spec
from app.domain.formats import FORMATS, read_file, submitted
from app.domain.formats.shapes import Format
from app.domain.formats.tables import ENCODINGS, lines_of
from app.domain.imports import ImportReport
from app.domain.pseudonyms import Pseudonyms

router = APIRouter(prefix="/arenas/{arena}", tags=["formats"], responses=RESPONSES)

PIECE = 64_000  # bytes sent at once; a line alone would cost a thread each
PUBLIC_AT_ONCE = 2  # exports without a key: each holds a connection to the database for as long as it is read
_places = threading.BoundedSemaphore(PUBLIC_AT_ONCE)
SENT = "body"  # what a problem calls the file

FormatQuery = Annotated[str, Query(alias="format", pattern=NO_CONTROL, max_length=40)]
ShortQuery = Annotated[str, Query(pattern=NO_CONTROL, max_length=80)]


class FormatOut(Out):
    """`encodings` and `shapes` are what an export may be written as; the first is chosen unless another is named."""

    name: str
    summary: str
    reads: bool
    writes: bool
    content: Literal["votes", "arena", "boards", "prompts", "answers", "profiles"]
    columns: list[str]
    encodings: list[str]
    shapes: list[str]


class FormatsOut(Out):
    items: list[FormatOut]
    next: str | None = None


class RejectedRowOut(Out):
    line: int
    problem: str


class ImportReportOut(Out):
    """`accepted` rows are new, `known` were there already; of very many bad rows the first are named."""

    accepted: int
    known: int
    rejected: Annotated[list[RejectedRowOut], Field(max_length=imports.PROBLEMS_KEPT)]
    rejected_rows: int


async def _file(request: Request) -> bytes:
    return await request.body()


FileBody = Annotated[bytes, Depends(_file)]
FILE = {
    "requestBody": {
        "required": True,
        "description": "The file as it is: JSON lines, a JSON array, CSV or Parquet, as the format has it",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
WRITTEN = {
    "description": "The file, in pieces",
    "content": {
        "application/json": {},
        **{each.media_type.partition(";")[0]: {} for each in ENCODINGS.values()},
    },
}


@router.get("/formats")
def list_formats(arena: ArenaPath, session: Reading, caller: CallerDep) -> FormatsOut:
    """The formats that can be imported, exported or both."""
    readable(session, arena, caller)
    return FormatsOut(items=[_shown(each) for each in FORMATS.values()])


@router.post("/votes/import", status_code=201, response_model=ImportReportOut, openapi_extra=FILE)
def import_votes(
    arena: ArenaPath,
    body: FileBody,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    format_name: FormatQuery,
    columns: Annotated[str, Query(pattern=NO_CONTROL, max_length=1_000)] = "",
    batch: ShortQuery = "",
    partial: bool = False,
    dry_run: bool = False,
) -> ImportReportOut | Response:
    """Import votes, prompts, answers or profiles of voters. Nothing is stored if any row is bad, unless `partial`;
    again doubles nothing.

    `native` is a whole arena and goes only into an empty one.
    """
    row = allowed(session, arena, caller, "admin")
    if format_name not in FORMATS or not FORMATS[format_name].reads:
        there = ", ".join(name for name, each in FORMATS.items() if each.reads)
        raise Invalid(f"format {format_name[:80]!r}: expected one of {there}")

    def work() -> ImportReportOut:
        undo = session.begin_nested() if dry_run else None
        if FORMATS[format_name].content == "arena":
            restored = native.restore(
                session, row, SENT, lines_of(io.BytesIO(body), native.LONGEST_RECORD), now
            ).records["vote"]
            report = ImportReport(restored, 0, 0, ())
        elif FORMATS[format_name].submits is not None:
            given = submitted(format_name, io.BytesIO(body), _columns(columns))
            report = submissions.import_files(session, row, [(SENT, given)], now, partial=partial or dry_run)
        else:
            rows = read_file(format_name, io.BytesIO(body), _columns(columns))
            report = imports.import_votes(
                session, row, [(SENT, rows)], now, partial=partial or dry_run, batch=batch
            )
        if undo is not None:
            undo.rollback()
        return _reported(report)

    return once(work, changes=not dry_run, outcome=lambda report: f"{report.accepted} accepted")


@router.get("/votes/export", response_class=Response, responses={200: WRITTEN})
def export_votes(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    format_name: FormatQuery,
    encoding: Annotated[str, Query(alias="as", pattern=NO_CONTROL, max_length=40)] = "",
    shape: ShortQuery = "",
    dimension: ShortQuery = "",
) -> Response:
    """The votes that count, with people under pseudonyms of this export; with `native`, the whole arena, and with
    `arena_catalog` its boards.

    For a key of scope read or admin. Where the arena's `exports` are `published`, votes are for everybody: without
    those on hidden models, with the comments that an admin published.
    """
    with data.reading() as session:
        row = readable(session, arena, caller)
        writes = format_name in FORMATS and FORMATS[format_name].writes
        content = FORMATS[format_name].content if writes else "votes"
        published = not caller.may("read", row.id)
        if published and (row.exports != "published" or content != "votes"):
            require(caller, "read", row.id)
        if content == "boards":
            return Response(
                catalogs.write(session, row, Spec(dimension or OVERALL), now), media_type="application/json"
            )
        if content == "arena":
            name, kind, wanted = "jsonl", ENCODINGS["jsonl"].media_type, None
        else:
            wanted = Wanted.of(format_name, encoding, shape, dimension)
            name, kind = wanted.encoding.name, wanted.encoding.media_type
            exports.check(session, row, wanted)
    ending = name if name == format_name else f"{format_name}.{name}"
    headers = {"Content-Disposition": f'attachment; filename="{arena}.{ending}"'}
    slot = _slot() if published else None
    return StreamingResponse(_pieces(data, arena, wanted, slot), media_type=kind, headers=headers)


class _Slot:
    """One of the places of those who export without a key."""


def _slot() -> _Slot:
    """A place, free again when nobody holds it: also of an export that was broken off. Raises TooManyRequests."""
    if not _places.acquire(blocking=False):
        raise TooManyRequests(f"{PUBLIC_AT_ONCE} exports without a key are under way; send it again", 10, {})
    slot = _Slot()
    weakref.finalize(slot, _places.release)
    return slot


def _pieces(data: Database, arena: str, wanted: Wanted | None, slot: _Slot | None) -> Iterator[bytes]:
    # A session of its own: it lasts as long as somebody reads.
    with data.reading() as session:
        held = bytearray()
        for piece in _written(session, arenas.find(session, arena), wanted, slot is not None):
            held += piece
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
        yield bytes(held)


def _written(session: Session, arena: Arena, wanted: Wanted | None, published: bool) -> Iterable[bytes]:
    if wanted is None:
        return native.write(session, arena, Pseudonyms())
    return exports.write_votes(session, arena, wanted, Pseudonyms(), ExportReport(), published=published)


def _shown(each: Format) -> FormatOut:
    return FormatOut(
        name=each.name,
        summary=each.summary,
        reads=each.reads,
        writes=each.writes,
        content=each.content,
        columns=list(each.columns),
        encodings=list(each.encodings) if each.writes else [],
        shapes=list(each.shapes),
    )


def _columns(text: str) -> dict[str, str]:
    """`model_a=left,rater==judge:x`: our name, then the file's, or `=` and one value for all rows. Raises Invalid."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not (name.strip() and given.strip()) for name, _, given in pairs):
        raise Invalid("columns: expected name=column, by commas")
    return {name.strip(): given.strip() for name, _, given in pairs}


def _reported(report: ImportReport) -> ImportReportOut:
    bad = [(each.at.rpartition(":")[2], each.problem) for each in report.problems]
    return ImportReportOut(
        accepted=report.imported,
        known=report.known,
        rejected=[RejectedRowOut(line=int(line), problem=problem) for line, problem in bad],
        rejected_rows=report.rejected,
    )
