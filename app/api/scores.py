"""/arenas/{arena}/judges/{judge}/scores: what a judge's replies come to for each model; /judges/scores for a mix."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.boards import NOT_MODIFIED, AcceptEncoding, IfNoneMatch, served
from app.api.deps import CallerDep, Reading, readable
from app.api.measures import MeasureOut
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, CategoryQuery, JudgePath, Out
from app.db.tables import Arena
from app.domain import scores
from app.domain.scores import Part, Question

router = APIRouter(prefix="/arenas/{arena}/judges", tags=["judges"], responses=RESPONSES)

LONGEST_MARGIN = 1_000_000
MixWord = Annotated[str, Field(pattern=NO_CONTROL, max_length=250)]


class PartOut(Out):
    judge: str
    version: str
    share: float


class IntervalOut(Out):
    """Percentiles of figures over seeded resamples of prompts."""

    level: float
    draws: int
    seed: int
    resampled: Literal["prompts"]


class FigureOut(Out):
    """What a figure is, and whether it is counted over answers alone or over battles."""

    name: str
    summary: str
    undefined: str
    unit: Literal["share", "score", "percent"]
    against_baseline: bool
    of: Literal["answers", "battles"]


class ReadOut(Out):
    """How many were read and how many were asked about and not read, with the kinds and reasons of the failures."""

    read: int
    without_reading: int
    failures: dict[str, int]


class BattlesReadOut(ReadOut):
    """`one_order`: of those read, how many in one order only."""

    one_order: int


class ScoreRowOut(Out):
    """One model, in one category or, where that is null, in all of them; `figures` by name."""

    model: str
    name: str
    category: str | None
    answers: ReadOut
    battles: BattlesReadOut
    figures: dict[str, MeasureOut]


class ScoresOut(Out):
    """`protocol` is null of a judge whose votes were imported."""

    schema_version: str
    arena: str
    dimension: str
    judges: list[PartOut]
    protocol: str | None
    baseline: str | None
    category: str | None
    length_margin: int | None
    interval: IntervalOut
    figures: list[FigureOut]
    rows: list[ScoreRowOut]


@dataclass(frozen=True, slots=True)
class Asked:
    """On which readings; without a dimension overall, or the first that the judge is asked about."""

    dimension: Annotated[str | None, Query(pattern=NO_CONTROL, max_length=80)] = None
    category: CategoryQuery = None
    by: Annotated[Literal["category"] | None, Query(description="a row for each category too")] = None
    baseline: Annotated[
        str | None, Query(pattern=NO_CONTROL, max_length=200, description="only battles with this model")
    ] = None
    length_margin: Annotated[
        int | None,
        Query(ge=0, le=LONGEST_MARGIN, description="K: a slight win of an answer longer by more is a tie"),
    ] = None

    def question(self, *parts: Part) -> Question:
        return Question(
            parts,
            self.dimension or None,
            self.category or None,
            self.by == "category",
            self.baseline or None,
            self.length_margin,
        )


AskedDep = Annotated[Asked, Depends()]


@router.get("/scores", response_model=ScoresOut, responses=NOT_MODIFIED)
def mix_scores(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    asked: AskedDep,
    mix: Annotated[list[MixWord], Query(min_length=1, max_length=50, description="<judge>:<share>")],
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Scores of several judges of one protocol, mixed by shares that add up to 1: personas by their share of people."""
    row = readable(session, arena, caller)
    parts = (scores.read_part(word, ":") for word in mix)
    return _served(session, row, asked.question(*parts), accept_encoding, if_none_match)


@router.get("/{judge}/scores", response_model=ScoresOut, responses=NOT_MODIFIED)
def get_scores(
    arena: ArenaPath,
    judge: JudgePath,
    session: Reading,
    caller: CallerDep,
    asked: AskedDep,
    version: Annotated[
        str | None, Query(pattern=NO_CONTROL, max_length=80, description="one version; the newest by default")
    ] = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """For each model how many answers and battles were read and what the readings come to, with limits."""
    row = readable(session, arena, caller)
    part = Part(f"{judge}@{version}" if version else judge)
    return _served(session, row, asked.question(part), accept_encoding, if_none_match)


def _served(session: Session, arena: Arena, question: Question, encoding: str, known: str) -> Response:
    text = scores.text_of(scores.report(session, arena, question))
    etag = hashlib.sha256(text.encode()).hexdigest()[:32]
    return served(text, etag, "application/json", encoding, known)
