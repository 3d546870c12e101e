"""A look through an upload: what would become of its lines, said before anything is stored. The worker does it, some
lines at a time; a look that was cut off begins anew.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Model, Upload
from app.domain import answers, models, uploads
from app.domain.answers import NewAnswer, Rejected
from app.domain.errors import UploadDiffers
from app.domain.uploads import LISTED, WAITS, Reader
from app.stats.leaks import leaks

LOST = timedelta(seconds=15)  # without a word from the worker that looks through it, another begins


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run found: the report as it is shown, and the lines that cannot be stored."""

    report: Mapping[str, Any]
    bad_lines: tuple[int, ...]


def waiting(session: Session, now: datetime) -> bool:
    """Whether an upload waits for a worker to look through it."""
    return session.scalar(_waiting(now).limit(1)) is not None


@dataclass(slots=True)
class Look:
    """A look through one upload, some lines at a time; `read` makes a line an answer or says why it is none."""

    upload_id: int
    read: Reader
    position: int = 0
    line: int = 0
    hashed: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    also: set[int] = field(default_factory=set)

    def advance(self, session: Session) -> bool:
        """Look at the next lines; whether there were any. Stores nothing. Raises UploadDiffers."""
        upload = session.get_one(Upload, self.upload_id)
        if not self.hashed:
            _check_digest(session, upload)
            self.hashed = True
        lines = list(islice(uploads.lines_from(session, upload, self.position, self.line), uploads.BATCH))
        if not lines:
            return False
        arena, model = session.get_one(Arena, upload.arena_id), session.get_one(Model, upload.model_id)
        found = [uploads.read_line(line, self.read) for line in lines]
        wrong = [each for each in found if isinstance(each, Rejected)]
        sorted_out = answers.sort_out(
            session, arena, model, [each for each in found if isinstance(each, NewAnswer)], self.seen
        )
        self.rejected += sorted((*wrong, *sorted_out.rejected), key=lambda each: each.line)
        self.also |= {prompt.id for prompt, _ in sorted_out.good}
        self.counts.update(
            lines=len(found),
            matched=len(sorted_out.good),
            replacing=sorted_out.replacing,
            unchanged=len(sorted_out.good) - len(sorted_out.changed),
        )
        names = _names(session, arena)
        for prompt, answer in sorted_out.good:
            self.told += _leaks(answer, prompt.messages, names, self.counts)
        del self.told[LISTED:]
        self.position, self.line = lines[-1].end, lines[-1].number
        return True

    def checked(self, session: Session) -> Checked:
        """What it found, when it is through."""
        upload = session.get_one(Upload, self.upload_id)
        arena, model = session.get_one(Arena, upload.arena_id), session.get_one(Model, upload.model_id)
        covered = answers.coverage(session, arena, model, self.also)
        counts, rejected = self.counts, self.rejected
        report = {
            **{name: counts[name] for name in ("lines", "matched", "replacing", "unchanged")},
            "new": counts["matched"] - counts["replacing"] - counts["unchanged"],
            "rejected": len(rejected),
            "rejected_by": dict(Counter[str](each.code for each in rejected)),
            "problems": [asdict(each) for each in rejected[:LISTED]],
            "self_naming": counts["self_naming"],
            "naming": counts["naming"],
            "leaks": self.told,
            "answered": covered.answered,
            "prompts": covered.prompts,
            "missing": list(covered.missing),
        }
        return Checked(report, tuple(each.line for each in rejected))


def take(session: Session, read: Reader, now: datetime) -> Look | None:
    """A look through the upload that has waited longest, from its beginning; None where none waits."""
    upload = session.scalar(_waiting(now).order_by(Upload.id).limit(1).with_for_update(skip_locked=True))
    if upload is None:
        return None
    upload.position, upload.line, upload.touched_at = 0, 0, now
    session.flush()
    return Look(upload.id, read)


def note(session: Session, look: Look, now: datetime) -> bool:
    """Say how far it has come; False where it was cancelled meanwhile."""
    upload = _checking(session, look)
    if upload is not None:
        upload.position, upload.line, upload.touched_at = look.position, look.line, now
        session.flush()
    return upload is not None


def keep(session: Session, look: Look, checked: Checked, now: datetime) -> None:
    """Keep what was found, unless the upload was cancelled meanwhile."""
    upload = _checking(session, look)
    if upload is not None:
        upload.state, upload.report, upload.bad_lines = (
            "checked",
            dict(checked.report),
            list(checked.bad_lines),
        )
        upload.position, upload.line, upload.touched_at, upload.wanted_at = 0, 0, now, None
        session.flush()


def refuse(session: Session, look: Look, problem: str, now: datetime) -> None:
    """The file is not what was announced: nothing of it can be used."""
    upload = _checking(session, look)
    if upload is not None:
        upload.problem = problem
        uploads.end(session, upload, "failed", now)


def _waiting(now: datetime) -> Select[Upload]:
    """Uploads to look through that no worker has begun with, or of which none has said a word for a while."""
    free = or_(Upload.line == WAITS, Upload.touched_at < now - LOST)
    return select(Upload).where(Upload.state.in_(uploads.OPEN), Upload.wanted_at.is_not(None), free)


def _checking(session: Session, look: Look) -> Upload | None:
    query = select(Upload).where(Upload.id == look.upload_id, Upload.wanted_at.is_not(None))
    return session.scalar(query.with_for_update())


def _check_digest(session: Session, upload: Upload) -> None:
    if upload.sha256 is None:
        return
    digest = hashlib.sha256()
    for data in uploads.data_from(session, upload, 0):
        digest.update(data)
    if digest.hexdigest() != upload.sha256:
        raise UploadDiffers(
            f"the bytes that came have the SHA-256 {digest.hexdigest()}, not the announced one"
        )


def _names(session: Session, arena: Arena) -> tuple[str, ...]:
    """What the models of the arena and their makers are called."""
    rows = models.by_id(session, arena).values()
    return tuple(sorted({name for row in rows for name in (row.slug, row.name, row.organization) if name}))


def _leaks(
    answer: NewAnswer, asked: Iterable[Mapping[str, Any]], names: Iterable[str], counts: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Where an answer tells whose it is, counted by line: it introduces itself, or it names a model."""
    texts = [text for message in answer.messages if isinstance(text := message["content"], str)]
    prompt = [text for message in asked if isinstance(text := message["content"], str)]
    found = leaks(texts, names, prompt)
    if found:
        introduces = any(each.kind == "introduction" for each in found)
        counts["self_naming" if introduces else "naming"] += 1
        worst = next((each for each in found if each.kind == "introduction"), found[0])
        place = {"line": answer.line, "prompt_id": answer.prompt_id}
        yield {**place, "kind": worst.kind, "name": worst.name, "words": worst.words}
