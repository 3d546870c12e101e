"""Uploads: a file of answers, a line each, that comes in parts and becomes answers once its owner confirms it.

receiving → checking → checked → storing → stored; or cancelled, or failed when its model is withdrawn. What has
come is kept with everything else, so an upload outlives the server. The worker looks through it and, once it is
confirmed, stores it, some lines at a time, so that votes need not wait. A look that was cut off begins anew; what was
stored stays.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Model, Upload, UploadChunk
from app.domain import answers
from app.domain.answers import NewAnswer, Rejected
from app.domain.attachments import Sent
from app.domain.errors import (
    Invalid,
    InvalidLines,
    Problem,
    TooManyUploads,
    UploadDiffers,
    UploadNotFound,
    UploadNotReady,
    UploadOffset,
)

LARGEST_CHUNK = 8_000_000  # bytes
LONGEST_LINE = 10_000_000
MOST_OPEN = 5
KEPT = timedelta(days=1)  # after the last change, when it is not confirmed
BATCH = 1_000  # lines
LISTED = 200
WAITS = -1  # the line of an upload that no worker has begun to look through
OPEN = ("receiving", "checked")

Reader = Callable[[int, bytes], NewAnswer | Rejected]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, counted from 1; `raw` is None for one that is too long, `end` where the next begins."""

    number: int
    raw: bytes | None
    end: int


def begin(
    session: Session, model: Model, name: str, size: int, sha256: str | None, largest: int, now: datetime
) -> Upload:
    """Expect a file of so many bytes. Raises Invalid when it is too large, TooManyUploads when others are open."""
    if size > largest:
        raise Invalid(f"size: {size:,} bytes; at most {largest:,} are taken, so send it in several files")
    if model.withdrawn_at is not None:
        raise Invalid(f"model {model.slug!r} is withdrawn and takes no answers")
    mine = select(Model.id).where(Model.arena_id == model.arena_id, Model.owner == model.owner)
    waiting = select(func.count()).where(Upload.model_id.in_(mine), Upload.state.in_(OPEN))
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise TooManyUploads(f"{MOST_OPEN} uploads are open already; confirm or cancel one of them first")
    row = Upload(
        public_id=secrets.token_urlsafe(16), arena_id=model.arena_id, model_id=model.id, name=name, size=size,
        sha256=sha256, received=0, state="receiving", report={}, bad_lines=[], position=0, line=0, accepted=0,
        replaced=0, problem="", created_at=now, touched_at=now, wanted_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def state_of(upload: Upload) -> str:
    """Its state; `checking` from when a look through it is asked for until there is a report."""
    return upload.state if upload.wanted_at is None else "checking"


def find(session: Session, model: Model, public_id: str, *, lock: bool = False) -> Upload:
    """Raises UploadNotFound."""
    query = select(Upload).where(Upload.model_id == model.id, Upload.public_id == public_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise UploadNotFound("there is no such upload of yours; one that is left alone for a day is dropped")
    return row


def list_uploads(session: Session, model: Model, limit: int) -> list[Upload]:
    """The newest first."""
    query = select(Upload).where(Upload.model_id == model.id).order_by(Upload.id.desc()).limit(limit)
    return list(session.scalars(query))


def append(session: Session, upload: Upload, start: int, data: bytes, now: datetime) -> Upload:
    """Add bytes that begin at `start`. What has come already is compared and not added again, so that sending a part
    twice is harmless. Raises UploadNotReady, UploadOffset, UploadDiffers, Invalid.
    """
    if upload.state != "receiving":
        raise UploadNotReady(f"this upload is {upload.state} and takes no more bytes")
    if not 0 < len(data) <= LARGEST_CHUNK:
        raise Invalid(f"{len(data):,} bytes; expected 1 to {LARGEST_CHUNK:,} in one part")
    if start > upload.received:
        raise UploadOffset(f"{upload.received} bytes have come; go on from there, not from {start}")
    if start + len(data) > upload.size:
        raise Invalid(f"byte {start + len(data):,} of a file of {upload.size:,}")
    known = upload.received - start
    if known and _held(session, upload, start, min(known, len(data))) != data[:known]:
        raise UploadDiffers("these bytes are not those that came before; is it another file?")
    if fresh := data[known:]:
        session.add(UploadChunk(upload_id=upload.id, start=upload.received, size=len(fresh), data=fresh))
        upload.received += len(fresh)
    upload.touched_at = now
    session.flush()
    return upload


def ask_check(session: Session, upload: Upload, now: datetime) -> Upload:
    """Have the worker look through the whole file and say what would become of it; once more where it has. Raises
    UploadNotReady.
    """
    if upload.wanted_at is not None:
        return upload
    if upload.state not in OPEN:
        raise UploadNotReady(f"this upload is {upload.state} and cannot be checked")
    if upload.received < upload.size:
        raise UploadNotReady(f"{upload.received} of {upload.size} bytes have come; send the rest first")
    upload.position, upload.line = 0, WAITS
    upload.touched_at = upload.wanted_at = now
    session.flush()
    return upload


def confirm(session: Session, upload: Upload, now: datetime, *, partial: bool = False) -> Upload:
    """Have the worker store it, without its bad lines where it is `partial`. Raises UploadNotReady, InvalidLines."""
    if state_of(upload) != "checked":
        raise UploadNotReady(
            f"this upload is {state_of(upload)}; only one that was just checked can be confirmed"
        )
    if upload.bad_lines and not partial:
        problems = tuple(
            Problem(f"line {each['line']}", each["problem"]) for each in upload.report["problems"]
        )
        raise InvalidLines("nothing was stored: some answers cannot be used", problems)
    upload.state, upload.touched_at = "storing", now
    session.flush()
    return upload


def cancel(session: Session, upload: Upload, now: datetime) -> Upload:
    """Forget what has come. Raises UploadNotReady once it is confirmed."""
    if upload.state not in OPEN:
        raise UploadNotReady(f"this upload is {upload.state} and cannot be cancelled")
    end(session, upload, "cancelled", now)
    return upload


def preview(session: Session, upload: Upload, first: int, limit: int, read: Reader) -> list[NewAnswer]:
    """The good answers from this line on. Raises UploadNotReady."""
    if state_of(upload) != "checked":
        raise UploadNotReady(f"this upload is {state_of(upload)}; only one that was checked can be looked at")
    bad, found = set(upload.bad_lines), []
    for line in lines_from(session, upload):
        if line.number >= first and line.number not in bad:
            answer = read_line(line, read)
            found += [answer] if isinstance(answer, NewAnswer) else []
        if len(found) == limit:
            break
    return found


def waiting(session: Session) -> bool:
    """Whether an upload is confirmed and not stored yet."""
    return session.scalar(select(Upload.id).where(Upload.state == "storing").limit(1)) is not None


def step(session: Session, now: datetime) -> bool:
    """Store some lines of the upload that was confirmed first; whether there was one."""
    oldest = select(Upload).where(Upload.state == "storing").order_by(Upload.id).limit(1)
    upload = session.scalar(oldest.with_for_update(skip_locked=True))
    if upload is None:
        return False
    model = session.get_one(Model, upload.model_id)
    if model.withdrawn_at is not None:
        upload.problem = "the model was withdrawn"
        end(session, upload, "failed", now)
        return True
    lines = list(islice(lines_from(session, upload, upload.position, upload.line), BATCH))
    if not lines:
        end(session, upload, "stored", now)
        return True
    bad = set(upload.bad_lines)
    read = [_stored_form(line) for line in lines if line.raw is not None and line.number not in bad]
    good = [each for each in read if isinstance(each, NewAnswer)]
    done = answers.store(session, session.get_one(Arena, upload.arena_id), model, good, now)
    # What was good when it was checked, and is no more.
    if late := [*(each for each in read if isinstance(each, Rejected)), *done.rejected]:
        told = [*upload.report.get("late", ()), *map(asdict, late)]
        upload.report = {**upload.report, "late": told[:LISTED]}
    upload.position, upload.line = lines[-1].end, lines[-1].number
    upload.accepted += len(done.good)
    upload.replaced += done.replacing
    upload.touched_at = now
    session.flush()
    return True


def drop_old(session: Session, now: datetime) -> None:
    """Cancel what was left alone, and drop what ended long ago."""
    old = select(Upload).where(Upload.touched_at < now - KEPT)
    for upload in session.scalars(old.where(Upload.state.in_(OPEN)).with_for_update(skip_locked=True)):
        end(session, upload, "cancelled", now)
    ended = ("stored", "cancelled", "failed")
    gone = Upload.touched_at < now - 30 * KEPT
    session.execute(delete(Upload).where(Upload.state.in_(ended), gone))


def end(session: Session, upload: Upload, state: str, now: datetime) -> None:
    session.execute(delete(UploadChunk).where(UploadChunk.upload_id == upload.id))
    upload.state, upload.touched_at, upload.wanted_at, upload.bad_lines = state, now, None, []
    session.flush()


def read_line(line: Line, read: Reader) -> NewAnswer | Rejected:
    if line.raw is None:
        return Rejected(line.number, None, f"longer than {LONGEST_LINE:,} bytes", "too_long")
    return read(line.number, line.raw)


def _stored_form(line: Line) -> NewAnswer | Rejected:
    """A line that was found good when it was checked."""
    found = json.loads(line.raw or b"")
    said = found.get("messages") or []
    if found.get("text") is not None:
        said = [{"role": "assistant", "content": found["text"]}]
    sent = [Sent(**each) for each in found.get("attachments") or []]
    return answers.read(line.number, found["prompt_id"], said, sent, found.get("metadata", {}))


def _held(session: Session, upload: Upload, start: int, size: int) -> bytes:
    parts, needed = [], size
    for data in data_from(session, upload, start):
        parts.append(data[:needed])
        needed -= len(parts[-1])
        if needed == 0:
            break
    return b"".join(parts)


def data_from(session: Session, upload: Upload, start: int) -> Iterator[bytes]:
    """From this byte on, a chunk at a time."""
    mine = UploadChunk.upload_id == upload.id
    places = select(UploadChunk.start).where(mine, UploadChunk.start + UploadChunk.size > start)
    for place in session.scalars(places.order_by(UploadChunk.start)).all():
        data = session.scalars(select(UploadChunk.data).where(mine, UploadChunk.start == place)).one()
        yield data[max(0, start - place) :]


def lines_from(session: Session, upload: Upload, position: int = 0, number: int = 0) -> Iterator[Line]:
    """The lines that are not blank from this byte on, of which the first comes after line `number`."""
    parts, length, end = list[bytes](), 0, position
    for data in data_from(session, upload, position):
        pieces = data.split(b"\n")
        for at, piece in enumerate(pieces):
            length += len(piece)
            if length <= LONGEST_LINE:
                parts.append(piece)
            if at == len(pieces) - 1:
                break  # the rest of this line is in the next chunk
            number, end = number + 1, end + length + 1
            yield from _line(number, parts, length, end)
            parts, length = [], 0
    if length:
        yield from _line(number + 1, parts, length, end + length)


def _line(number: int, parts: list[bytes], length: int, end: int) -> Iterator[Line]:
    raw = b"".join(parts)
    if length > LONGEST_LINE:
        yield Line(number, None, end)
    elif raw.strip():
        yield Line(number, raw, end)
