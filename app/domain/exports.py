"""Votes out: what counts in an arena, as a format writes it, streamed.

Only votes that count are written, and those set aside because the names were in view, where a format has a place for
that. Texts that seem to hold personal data stay behind until an admin releases them. People are called by pseudonyms
unless names are asked for; comments go out only with names. What anybody may have (`published`) holds the comments that
an admin published, and no votes on hidden models.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Select, and_, case, false, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.tables import Answer, Arena, Ballot, Battle, CommentDecision, Model, Prompt, Rater, Vote
from app.domain import dimensions, findings, models
from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats import FORMATS
from app.domain.formats.rows import NOT_BLIND, Judged, VoteRow
from app.domain.formats.shapes import Format, Shape
from app.domain.formats.tables import ENCODINGS, Encoding
from app.domain.pseudonyms import Pseudonyms
from app.stats.verdicts import Verdict

FETCHED = 1_000  # rows at a time
MOST_TOGETHER = 10_000  # votes

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


def votes_there(session: Session, arena: Arena) -> int:
    """How many votes an export goes through at most."""
    return session.scalar(select(func.count()).select_from(Vote).where(Vote.arena_id == arena.id)) or 0


def write_votes(
    session: Session,
    arena: Arena,
    wanted: Wanted,
    pseudonyms: Pseudonyms | None,
    report: ExportReport,
    progress: Progress = lambda votes: None,
    *,
    published: bool = False,
) -> Iterator[bytes]:
    """The bytes of the file, piece by piece, votes in the order in which they came. Raises DimensionNotFound."""
    check(session, arena, wanted)
    return wanted.encoding.write(
        wanted.shape.columns, _fields(session, arena, wanted, pseudonyms, report, progress, published)
    )


def _fields(
    session: Session,
    arena: Arena,
    wanted: Wanted,
    pseudonyms: Pseudonyms | None,
    report: ExportReport,
    progress: Progress,
    published: bool,
) -> Iterator[Mapping[str, Any]]:
    number, done, told = 1, 0, 0
    for votes in _together(_rows(session, arena, wanted, pseudonyms, published)):
        is_empty = True
        for fields in wanted.shape.records(number, votes):
            if isinstance(fields, str):
                report.left_out[fields] += 1
            else:
                is_empty = False
                yield fields
        number += not is_empty
        done += len(votes)
        report.written = done - report.left_out.total()
        if done >= told + FETCHED:
            progress(told := done)
    progress(done)


def _together(rows: Iterable[tuple[int, VoteRow]]) -> Iterator[list[VoteRow]]:
    """Votes of the same number, one behind the other; of very many so many at once that memory stays flat."""
    for _, same in groupby(rows, key=itemgetter(0)):
        while some := [row for _, row in islice(same, MOST_TOGETHER)]:
            yield some


def _rows(
    session: Session, arena: Arena, wanted: Wanted, pseudonyms: Pseudonyms | None, published: bool
) -> Iterator[tuple[int, VoteRow]]:
    """Each vote with the number of the first of those that belong together with it."""
    slugs = {key: row.slug for key, row in models.by_id(session, arena).items()}
    hidden = findings.withheld(session, arena) if wanted.shape.texts else ()
    asked = {row.id: row.slug for row in dimensions.list_dimensions(session, arena, archived=True)}
    ids = [key for key, slug in asked.items() if wanted.dimension in ("", slug)]
    query = _votes(arena, wanted.shape, ids, published)
    found = session.connection().execute(query, execution_options={"yield_per": FETCHED})
    for some in found.partitions():
        for row in some:
            rater = RaterName(row.kind, row.name, row.version)
            if pseudonyms:
                rater = pseudonyms.of(rater, everywhere=row.everywhere)
            seen = row.external_id not in hidden
            sides = [
                (slugs[row.model_a_id], seen and row.answer_a),
                (slugs[row.model_b_id], seen and row.answer_b),
            ]
            (model_a, answer_a), (model_b, answer_b) = sides if row.shown_as_a == "a" else reversed(sides)
            # A voter who saw texts saw the question and both answers.
            texts = (row.prompt, answer_a, answer_b) if row.prompt and answer_a and answer_b else ((), (), ())
            yield (
                row.opened,
                VoteRow(
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
                    comment=row.comment if row.is_said or not pseudonyms else "",
                    set_aside=NOT_BLIND if row.state == "set_aside" else None,
                    strength=row.strength,
                    reasons={side: tuple(words) for side, words in (row.reasons or {}).items()},
                    ballot=str(row.ballot_id),
                ),
            )


def _judged(verdict: str, raw: str | None) -> Judged:
    return Judged(Verdict(verdict), raw or verdict)


def _messages(found: Any) -> tuple[Message, ...]:
    return tuple(found or ())


def _votes(arena: Arena, shape: Shape, dimension_ids: Sequence[int], published: bool) -> Select[Any]:
    one, other = aliased(Answer), aliased(Answer)
    said: list[Any] = [Prompt.messages, one.messages, other.messages] if shape.texts else [null()] * 3
    counts = or_(Vote.state == "counted", and_(Vote.state == "set_aside", Vote.state_reason == NOT_BLIND))
    wanted = and_(Vote.arena_id == arena.id, Vote.dimension_id.in_(dimension_ids), counts)
    if published:
        wanted = and_(wanted, Vote.battle_id.not_in(_of_hidden(arena)))
    opened: Any = Vote.id
    if shape.together:
        # Numbered before anything is joined, so that no text is sorted.
        first = func.min(Vote.id).over(partition_by=_apart(shape))
        numbered = select(Vote.id, first.label("opened")).join(Battle, Vote.battle_id == Battle.id)
        numbers = numbered.where(wanted).subquery()
        opened = numbers.c.opened
    query: Any = (
        select(
            Vote.dimension_id,
            Vote.verdict,
            Vote.raw_verdict,
            Vote.shown_as_a,
            Vote.confidence,
            Vote.strength,
            Vote.ballot_id,
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
            (CommentDecision.state == "published" if published else false()).label("is_said"),
            Ballot.reasons,
            opened.label("opened"),
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
    if published:
        query = query.outerjoin(CommentDecision, CommentDecision.ballot_id == Ballot.id)
    if shape.together:
        query = query.join(numbers, numbers.c.id == Vote.id)
    if shape.texts:
        query = query.outerjoin(one, Battle.answer_a_id == one.id).outerjoin(
            other, Battle.answer_b_id == other.id
        )
    return cast("Select[Any]", query.where(wanted).order_by(opened, Vote.id))


def _apart(shape: Shape) -> list[Any]:
    """What votes have in common that come together."""
    first, second = Battle.model_a_id, Battle.model_b_id
    if shape.together == "games":
        return [
            Battle.prompt_id,
            Vote.rater_id,
            case((first < second, first), else_=second),
            case((first < second, second), else_=first),
        ]
    sides = ((first, second), (Battle.answer_a_id, Battle.answer_b_id))
    as_shown = [
        case((Vote.shown_as_a == "a", left), else_=right)
        for pair in sides
        for left, right in (pair, pair[::-1])
    ]
    return [Battle.prompt_id, *as_shown]


def _of_hidden(arena: Arena) -> Select[Any]:
    """Battles with a model that is not on public boards."""
    hidden = select(Model.id).where(Model.arena_id == arena.id, Model.state == "hidden")
    either = or_(Battle.model_a_id.in_(hidden), Battle.model_b_id.in_(hidden))
    return select(Battle.id).where(Battle.arena_id == arena.id, either)
