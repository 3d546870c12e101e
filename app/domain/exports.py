"""Votes out: what counts in an arena, as a format writes it, streamed.

Only votes that count are written, and those set aside because the names were in view, where a format has a place for
that. People are called by pseudonyms unless names are asked for; comments go out only with names.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Select, and_, null, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.tables import Answer, Arena, Ballot, Battle, Prompt, Rater, Vote
from app.domain import dimensions, models
from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats import FORMATS
from app.domain.formats.rows import NOT_BLIND, Format, Judged, Shape, VoteRow
from app.domain.formats.tables import ENCODINGS, Encoding
from app.domain.pseudonyms import Pseudonyms
from app.stats.verdicts import Verdict

FETCHED = 1_000  # rows at a time

Progress = Callable[[int], None]


@dataclass(slots=True)
class ExportReport:
    """How many votes were written, and how many were left out for which reason; filled while the file is written."""

    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A format, one of its shapes, how it is encoded, and of which dimension the votes are ("" for all it can hold)."""

    format: Format
    shape: Shape
    encoding: Encoding
    dimension: str

    @classmethod
    def of(cls, name: str, encoding: str = "", shape: str = "", dimension: str = "") -> "Wanted":
        """What is not named is the format's own choice. Raises Invalid, saying what there is."""
        writable = [each.name for each in FORMATS.values() if each.shapes]
        if name not in writable:
            raise Invalid(f"format {name!r}: expected one of {', '.join(writable)}")
        known = FORMATS[name]
        for given, there, what in (
            (shape, tuple(known.shapes), "shape"),
            (encoding, known.encodings, "as"),
        ):
            if given and given not in there:
                raise Invalid(f"{what} {given!r}: {name} is written as {', '.join(there)}")
        found = known.shapes[shape or next(iter(known.shapes))]
        asked = dimension or ("" if found.dimensions else OVERALL)
        return cls(known, found, ENCODINGS[encoding or known.encodings[0]], asked)


def check(session: Session, arena: Arena, wanted: Wanted) -> None:
    """Raises DimensionNotFound."""
    if wanted.dimension:
        dimensions.find(session, arena, wanted.dimension)


def write_votes(
    session: Session,
    arena: Arena,
    wanted: Wanted,
    pseudonyms: Pseudonyms | None,
    report: ExportReport,
    progress: Progress = lambda votes: None,
) -> Iterator[bytes]:
    """The bytes of the file, piece by piece, votes in the order in which they came. Raises DimensionNotFound."""
    check(session, arena, wanted)
    return wanted.encoding.write(
        wanted.shape.columns, _fields(session, arena, wanted, pseudonyms, report, progress)
    )


def _fields(
    session: Session,
    arena: Arena,
    wanted: Wanted,
    pseudonyms: Pseudonyms | None,
    report: ExportReport,
    progress: Progress,
) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(_rows(session, arena, wanted, pseudonyms), start=1):
        fields = wanted.shape.row(row)
        if isinstance(fields, str):
            report.left_out[fields] += 1
        else:
            report.written += 1
            yield fields
        if number % FETCHED == 0:
            progress(number)


def _rows(session: Session, arena: Arena, wanted: Wanted, pseudonyms: Pseudonyms | None) -> Iterator[VoteRow]:
    slugs = {key: row.slug for key, row in models.by_id(session, arena).items()}
    asked = {row.id: row.slug for row in dimensions.list_dimensions(session, arena, archived=True)}
    ids = [key for key, slug in asked.items() if wanted.dimension in ("", slug)]
    query = _votes(arena, wanted.shape.texts).where(Vote.dimension_id.in_(ids))
    found = session.connection().execute(query, execution_options={"yield_per": FETCHED})
    for some in found.partitions():
        for row in some:
            rater = RaterName(row.kind, row.name, row.version)
            if pseudonyms:
                rater = pseudonyms.of(rater, everywhere=row.everywhere)
            sides = [(slugs[row.model_a_id], row.answer_a), (slugs[row.model_b_id], row.answer_b)]
            (model_a, answer_a), (model_b, answer_b) = sides if row.shown_as_a == "a" else reversed(sides)
            # A voter who saw texts saw the question and both answers.
            texts = (row.prompt, answer_a, answer_b) if row.prompt and answer_a and answer_b else ((), (), ())
            yield VoteRow(
                line=0,
                identity="",
                rater=rater,
                model_a=model_a,
                model_b=model_b,
                verdicts={asked[row.dimension_id]: _judged(row.verdict, row.raw_verdict)},
                prompt_id=row.external_id,
                turn=row.turn,
                language=row.language,
                category=row.category,
                voted_at=row.created_at,
                prompt=_messages(texts[0]),
                answer_a=_messages(texts[1]),
                answer_b=_messages(texts[2]),
                confidence=row.confidence,
                comment="" if pseudonyms else row.comment,
                set_aside=NOT_BLIND if row.state == "set_aside" else None,
            )


def _judged(verdict: str, raw: str | None) -> Judged:
    return Judged(Verdict(verdict), raw or verdict)


def _messages(found: Any) -> tuple[Message, ...]:
    return tuple(found or ())


def _votes(arena: Arena, texts: bool) -> Select[Any]:
    one, other = aliased(Answer), aliased(Answer)
    said: list[Any] = [Prompt.messages, one.messages, other.messages] if texts else [null(), null(), null()]
    query: Any = (
        select(
            Vote.dimension_id,
            Vote.verdict,
            Vote.raw_verdict,
            Vote.shown_as_a,
            Vote.confidence,
            Vote.state,
            Vote.created_at,
            Battle.model_a_id,
            Battle.model_b_id,
            Battle.turn,
            Battle.language,
            Battle.category,
            Prompt.external_id,
            Rater.kind,
            Rater.name,
            Rater.version,
            Rater.arena_id.is_(None).label("everywhere"),
            Ballot.comment,
            *(
                column.label(name)
                for column, name in zip(said, ("prompt", "answer_a", "answer_b"), strict=True)
            ),
        )
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .join(Ballot, Vote.ballot_id == Ballot.id)
        .outerjoin(Prompt, Battle.prompt_id == Prompt.id)
    )
    if texts:
        query = query.outerjoin(one, Battle.answer_a_id == one.id).outerjoin(
            other, Battle.answer_b_id == other.id
        )
    counts = or_(Vote.state == "counted", and_(Vote.state == "set_aside", Vote.state_reason == NOT_BLIND))
    return cast("Select[Any]", query.where(Vote.arena_id == arena.id, counts).order_by(Vote.id))
