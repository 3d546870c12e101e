"""/arenas/{arena}/models/{model}/report: what votes say of one's own model, in sums."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.api.deps import CallerDep, Data, Now, allowed
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, ModelPath, Out
from app.domain import model_reports, models

router = APIRouter(prefix="/arenas/{arena}/models", tags=["models"], responses=RESPONSES)

VotersQuery = Annotated[Literal["human", "judges", "combined", "simulated"], Query()]


class FiguresOut(Out):
    """A row of the board `snapshot_id`, on which so many `models` are rated; all null where this one has no votes."""

    snapshot_id: str
    models: int
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    votes: int | None
    wins: int | None
    losses: int | None
    ties: int | None
    both_bad: int | None
    win_rate: float | None
    preliminary: bool | None
    votes_missing: int | None
    problem: str | None


class ModelDimensionOut(FiguresOut):
    dimension: str
    title: str


class ModelCategoryOut(FiguresOut):
    category: str


class ModelLanguageOut(FiguresOut):
    language: str


class OpponentOut(Out):
    """`predicted`: how often the ratings say that one's own model should win."""

    model: str
    name: str
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    predicted: float | None


class ReasonCountOut(Out):
    reason: str
    votes: int


class ReasonsOut(Out):
    """By how often voters gave them for this model's answers, and for those beside them."""

    of_model: list[ReasonCountOut]
    of_opponents: list[ReasonCountOut]


class CommentsSumOut(Out):
    """How many were written when the report was made; the texts are those that an admin has published by now."""

    written: int
    published: list[str]


class ModelMomentOut(Out):
    snapshot_id: str
    generated_at: datetime
    votes: int
    rating: float
    rating_lower: float | None
    rating_upper: float | None


class ModelReportOut(Out):
    """A stored report, over `votes` votes; the next is made when there are `votes_until_next` more or fewer. While
    there are fewer than `least_new_votes` it says nothing. `own_votes_not_counted` are battles that the owner judged.
    """

    arena: str
    model: str
    voters: str
    made_at: datetime
    votes: int
    votes_until_next: int
    least_new_votes: int
    own_votes_not_counted: int
    dimensions: list[ModelDimensionOut]
    categories: list[ModelCategoryOut]
    languages: list[ModelLanguageOut]
    opponents: list[OpponentOut]
    reasons: ReasonsOut
    comments: CommentsSumOut
    history: list[ModelMomentOut]


@router.get("/{model:path}/report")
def get_model_report(
    arena: ArenaPath, model: ModelPath, data: Data, caller: CallerDep, now: Now, voters: VotersQuery = "human"
) -> ModelReportOut:
    """Ratings by dimension, category and language, results by opponent, reasons and comments in sum, and the past.

    It is stored and stands until enough votes have come for the next, so that no single vote can be seen in it.
    """
    with data.reading() as session:
        row = allowed(session, arena, caller, "owner")
        made = model_reports.make(session, row, models.find_own(session, row, model, caller), voters, now)
    if made is not None:
        with data.writing() as session:
            row = allowed(session, arena, caller, "owner")
            model_reports.keep(session, row, models.find_own(session, row, model, caller), made, now)
    with data.reading() as session:
        row = allowed(session, arena, caller, "owner")
        own = models.find_own(session, row, model, caller)
        return ModelReportOut.model_validate(model_reports.read(session, row, own, voters))
