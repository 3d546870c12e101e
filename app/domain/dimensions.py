"""Dimensions: what is asked about two answers. A change of the question makes a new version; votes keep theirs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, DimensionVersion
from app.domain.arenas import OVERALL
from app.domain.errors import DimensionNotFound, Invalid


@dataclass(frozen=True, slots=True)
class Asked:
    """A dimension as an admin writes it. `position` None keeps the place it has, or the last for a new one."""

    title: str
    question: str = ""
    rubric: str = ""
    required: bool = False
    position: int | None = None
    archived: bool = False


def put(session: Session, arena: Arena, slug: str, asked: Asked, now: datetime) -> Dimension:
    """Make the dimension or change it; a new title, question or rubric is a new version. Raises Invalid."""
    if not asked.title.strip():
        raise Invalid("title: a dimension needs one")
    if slug == OVERALL and asked.archived:
        raise Invalid("the overall dimension cannot be archived: every arena has it")
    row = session.scalar(
        select(Dimension).where(Dimension.arena_id == arena.id, Dimension.slug == slug).with_for_update()
    )
    if row is None:
        return _make(session, arena.id, slug, asked, now)
    _change(session, row, asked, now)
    return row


def find(session: Session, arena: Arena, slug: str) -> Dimension:
    """Archived ones too: their boards stay readable. Raises DimensionNotFound."""
    row = session.scalar(select(Dimension).where(Dimension.arena_id == arena.id, Dimension.slug == slug))
    if row is None:
        known = ", ".join(each.slug for each in list_dimensions(session, arena))
        raise DimensionNotFound(f"arena {arena.slug!r} has no dimension {slug!r}; it has {known}")
    return row


def list_dimensions(session: Session, arena: Arena, *, archived: bool = False) -> tuple[Dimension, ...]:
    """In the order in which they are asked."""
    query = select(Dimension).where(Dimension.arena_id == arena.id)
    if not archived:
        query = query.where(Dimension.archived_at.is_(None))
    return tuple(session.scalars(query.order_by(Dimension.position, Dimension.id)))


def _make(session: Session, arena_id: int, slug: str, asked: Asked, now: datetime) -> Dimension:
    last = session.scalar(select(func.max(Dimension.position)).where(Dimension.arena_id == arena_id))
    row = Dimension(
        arena_id=arena_id,
        slug=slug,
        title=asked.title,
        question=asked.question,
        rubric=asked.rubric,
        required=asked.required,
        position=asked.position if asked.position is not None else (last or 0) + 1,
        version=1,
        created_at=now,
        archived_at=now if asked.archived else None,
    )
    session.add(row)
    session.flush()
    _keep_version(session, row, now)
    return row


def _change(session: Session, row: Dimension, asked: Asked, now: datetime) -> None:
    reworded = (row.title, row.question, row.rubric) != (asked.title, asked.question, asked.rubric)
    row.title, row.question, row.rubric = asked.title, asked.question, asked.rubric
    row.required = asked.required
    row.position = row.position if asked.position is None else asked.position
    row.archived_at = (row.archived_at or now) if asked.archived else None
    if reworded:
        row.version += 1
        _keep_version(session, row, now)
    session.flush()


def _keep_version(session: Session, row: Dimension, now: datetime) -> None:
    session.add(
        DimensionVersion(
            dimension_id=row.id,
            version=row.version,
            title=row.title,
            question=row.question,
            rubric=row.rubric,
            created_at=now,
        )
    )
    session.flush()
