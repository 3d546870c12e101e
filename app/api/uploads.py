"""/arenas/{arena}/models/{model}/uploads: send a large file of answers in parts, see what is in it, then confirm it."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.bodies import NDJSON, read_line
from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import AnswerIn, ArenaPath, In, MessageOut, ModelPath, Out, Text
from app.db.tables import Arena, Model, Upload
from app.domain import attachments, models, prompts, uploads
from app.domain.accounts import Caller
from app.domain.answers import NewAnswer, Rejected
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.images import Picture

router = APIRouter(
    prefix="/arenas/{arena}/models/{model:path}/uploads", tags=["answers"], responses=RESPONSES
)

BYTES = ("application/octet-stream", *NDJSON)
LARGEST_OFFSET = 2**53
MOST_PREVIEWED = 16_000_000  # bytes of pictures in one preview

UploadPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]+$", max_length=32)]
Offset = Annotated[int, Query(ge=0, le=LARGEST_OFFSET, description="where in the file these bytes begin")]


class UploadIn(In):
    """`sha256`, in hexadecimal digits, is compared when all bytes have come."""

    name: Annotated[Text, Field(max_length=200)] = ""
    size: Annotated[int, Field(ge=1, le=LARGEST_OFFSET)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class ConfirmIn(In):
    """`partial`: leave the lines out that cannot be stored."""

    partial: bool = False


class LineProblemOut(Out):
    line: int
    prompt_id: str | None
    problem: str
    code: Literal["unreadable", "unknown_prompt", "duplicate", "too_long", "malformed"]


class LeakOut(Out):
    """A line that tells whose answer it is: it introduces itself, or it names a model or its maker."""

    line: int
    prompt_id: str
    kind: Literal["introduction", "name"]
    name: str
    words: str


class UploadReportOut(Out):
    """What a dry run found. Of `matched` lines so many are `new`, so many `replacing` another answer, the others
    `unchanged`. `self_naming` lines introduce themselves, `naming` lines name a model or a maker; the first 200 are
    `leaks`. `answered` counts the prompts as they would be; `missing` names the first 100 without an answer.
    """

    lines: int
    matched: int
    new: int
    replacing: int
    unchanged: int
    rejected: int
    rejected_by: dict[str, int]
    problems: list[LineProblemOut]
    self_naming: int
    naming: int
    leaks: list[LeakOut]
    answered: int
    prompts: int
    missing: list[str]
    late: list[LineProblemOut] = []


class UploadOut(Out):
    """`received` says from which byte on to send. `position` of `size` bytes are looked through or, once it is
    confirmed, stored.
    """

    id: str
    name: str
    size: int
    sha256: str | None
    received: int
    largest_part: int
    state: Literal["receiving", "checking", "checked", "storing", "stored", "cancelled", "failed"]
    report: UploadReportOut | None
    position: int
    accepted: int
    replaced: int
    problem: str
    created_at: datetime
    expires_at: datetime | None


class UploadsOut(Out):
    items: list[UploadOut]
    next: str | None = None


class PreviewedPictureOut(Out):
    """`url` is a `data:` address; null where this preview holds 16 MB of pictures already."""

    url: str | None
    width: int
    height: int
    alt: str


class PreviewedMessageOut(MessageOut):
    pictures: list[PreviewedPictureOut]


class PreviewedOut(Out):
    """One answer as it would be shown, with its prompt."""

    line: int
    prompt_id: str
    prompt: list[PreviewedMessageOut]
    answer: list[PreviewedMessageOut]


class PreviewOut(Out):
    items: list[PreviewedOut]
    next: str | None = None


async def _part(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in BYTES:
        raise Invalid(f"content type {kind!r}: expected {BYTES[0]} or {BYTES[1]}")
    return await request.body()


Part = Annotated[bytes, Depends(_part)]


@router.post("", status_code=201, response_model=UploadOut)
def begin_upload(
    arena: ArenaPath,
    model: ModelPath,
    body: UploadIn,
    request: Request,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> UploadOut | Response:
    """Announce a file of answers, one JSON object on each line. Nothing of it is an answer before it is confirmed."""
    _, own = _own(session, arena, model, caller)
    largest = request.app.state.settings.max_upload_mb * 1_000_000

    def work() -> UploadOut:
        return _shown(uploads.begin(session, own, body.name, body.size, body.sha256, largest, now))

    return once(work, outcome=lambda made: made.id)


@router.get("")
def list_uploads(
    arena: ArenaPath,
    model: ModelPath,
    session: Reading,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> UploadsOut:
    """The newest uploads for this model."""
    _, own = _own(session, arena, model, caller)
    return UploadsOut(items=[_shown(each) for each in uploads.list_uploads(session, own, limit)])


@router.get("/{upload}")
def get_upload(
    arena: ArenaPath, model: ModelPath, upload: UploadPath, session: Reading, caller: CallerDep
) -> UploadOut:
    _, own = _own(session, arena, model, caller)
    return _shown(uploads.find(session, own, upload))


@router.patch(
    "/{upload}",
    response_model=UploadOut,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"The bytes of the file from `offset` on, at most {uploads.LARGEST_CHUNK:,}",
            "content": {BYTES[0]: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def append_to_upload(
    arena: ArenaPath,
    model: ModelPath,
    upload: UploadPath,
    offset: Offset,
    body: Part,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> UploadOut | Response:
    """Add bytes. A part that has come already may be sent again: it is compared, and what is new is added."""
    _, own = _own(session, arena, model, caller)

    def work() -> UploadOut:
        row = uploads.find(session, own, upload, lock=True)
        return _shown(uploads.append(session, row, offset, body, now))

    return once(work, outcome=lambda told: f"{told.received} of {told.size} bytes")


@router.post("/{upload}/check", response_model=UploadOut)
def check_upload(
    arena: ArenaPath,
    model: ModelPath,
    upload: UploadPath,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> UploadOut | Response:
    """Look through the file when all of it has come: what fits, what is missing, what cannot be used, line by line.
    It is done in the background; the upload says how far it has come. Once it is `checked` it has a report and can be
    confirmed.
    """
    _, own = _own(session, arena, model, caller)
    return once(
        lambda: _shown(uploads.ask_check(session, uploads.find(session, own, upload, lock=True), now))
    )


@router.get("/{upload}/answers")
def preview_upload(
    arena: ArenaPath,
    model: ModelPath,
    upload: UploadPath,
    session: Reading,
    caller: CallerDep,
    line: Annotated[int, Query(ge=1, le=10**9, description="the first line to show")] = 1,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> PreviewOut:
    """The answers of a checked upload with their prompts, as voters would see them."""
    row, own = _own(session, arena, model, caller)
    found = uploads.preview(session, uploads.find(session, own, upload), line, limit, read_answer)
    known = prompts.by_id(session, row, [each.prompt_id for each in found])
    look = _Look(session, row)
    shown = [(each, known[each.prompt_id].messages) for each in found if each.prompt_id in known]
    return PreviewOut(items=[look.previewed(answer, asked) for answer, asked in shown])


@router.post("/{upload}/confirm", response_model=UploadOut)
def confirm_upload(
    arena: ArenaPath,
    model: ModelPath,
    upload: UploadPath,
    body: ConfirmIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> UploadOut | Response:
    """Store what was checked. It is done in the background; the upload says how far it has come."""
    _, own = _own(session, arena, model, caller)

    def work() -> UploadOut:
        row = uploads.find(session, own, upload, lock=True)
        return _shown(uploads.confirm(session, row, now, partial=body.partial))

    return once(work)


@router.delete("/{upload}", response_model=UploadOut)
def cancel_upload(
    arena: ArenaPath,
    model: ModelPath,
    upload: UploadPath,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> UploadOut | Response:
    """Forget what has come of it."""
    _, own = _own(session, arena, model, caller)
    return once(lambda: _shown(uploads.cancel(session, uploads.find(session, own, upload, lock=True), now)))


def _own(session: Session, arena: str, model: str, caller: Caller) -> tuple[Arena, Model]:
    row = allowed(session, arena, caller, "owner")
    return row, models.find_own(session, row, model, caller)


def read_answer(line: int, raw: bytes) -> NewAnswer | Rejected:
    """A line of an upload, or what is wrong with it."""
    found, prompt_id = read_line(raw, AnswerIn)
    if isinstance(found, str):
        return Rejected(line, prompt_id, found)
    return found.read(line)


class _Look:
    """Answers and prompts with their pictures, while these are not too many bytes."""

    def __init__(self, session: Session, arena: Arena) -> None:
        self.session, self.arena, self.left = session, arena, MOST_PREVIEWED

    def previewed(self, answer: NewAnswer, asked: Sequence[Message]) -> PreviewedOut:
        return PreviewedOut(
            line=answer.line,
            prompt_id=answer.prompt_id,
            prompt=[self._message(each, {}) for each in asked],
            answer=[self._message(each, answer.pictures) for each in answer.messages],
        )

    def _message(self, message: Message, sent: Mapping[str, Picture]) -> PreviewedMessageOut:
        pictures = [self._picture(each, sent) for each in message.get("images", ())]
        return PreviewedMessageOut(role=message["role"], content=message["content"], pictures=pictures)

    def _picture(self, image: Mapping[str, Any], sent: Mapping[str, Picture]) -> PreviewedPictureOut:
        digest = image["digest"]
        found = sent[digest] if digest in sent else attachments.find(self.session, self.arena.id, digest)
        self.left -= len(found.data)
        data = f"data:{found.media_type};base64,{base64.b64encode(found.data).decode()}"
        shape = {name: image[name] for name in ("width", "height", "alt")}
        return PreviewedPictureOut(url=data if self.left >= 0 else None, **shape)


def _shown(row: Upload) -> UploadOut:
    return UploadOut(
        id=row.public_id,
        name=row.name,
        size=row.size,
        sha256=row.sha256,
        received=row.received,
        largest_part=uploads.LARGEST_CHUNK,
        state=uploads.state_of(row),
        report=UploadReportOut.model_validate(row.report) if row.report else None,
        position=row.position,
        accepted=row.accepted,
        replaced=row.replaced,
        problem=row.problem,
        created_at=row.created_at,
        expires_at=row.touched_at + uploads.KEPT if row.state in uploads.OPEN else None,
    )
