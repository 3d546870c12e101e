"""/arenas/{arena}/leaderboard/history and /live, and /matrix: a board in time, at this moment, and pair by pair."""

from datetime import datetime

from fastapi import APIRouter

from app.api.boards import AskedDep, DimensionQuery, MethodQuery, VotesDep, kept
from app.api.deps import CallerDep, Data, Now, readable
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Cursor, Limit, Out
from app.domain import history, live, matrix

router = APIRouter(prefix="/arenas/{arena}", tags=["leaderboards"], responses=RESPONSES)


class DrawnOut(Out):
    model: str
    name: str
    rating: float
    rating_lower: float | None
    rating_upper: float | None
    rank: int | None
    component: int | None


class MomentOut(Out):
    snapshot_id: str
    generated_at: datetime
    votes: int
    rows: list[DrawnOut]


class HistoryOut(Out):
    items: list[MomentOut]
    next: str | None


class LiveRowOut(Out):
    model: str
    rating: float
    rank: int
    component: int | None


class LiveOut(Out):
    """`snapshot_id` is the last exact board, `votes_since` what the ratings hold beyond it."""

    snapshot_id: str
    generated_at: datetime
    votes: int
    votes_since: int
    rows: list[LiveRowOut]


class MatrixOut(Out):
    """`[i][j]` is what model i did against model j, in the order of the board `snapshot_id`. `votes_needed`: of these
    two alone, none a tie, until what is `predicted` is told from a half, with a power of .8 at level .95.
    """

    snapshot_id: str
    models: list[str]
    wins: list[list[int]]
    ties: list[list[int]]
    both_bad: list[list[int]]
    predicted: list[list[float | None]]
    votes_needed: list[list[int | None]]


@router.get("/leaderboard/history")
def get_history(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> HistoryOut:
    """Every stored fit of the board, newest first."""
    spec = asked.spec(dimension, method, "bradley_terry")
    with data.reading() as session:
        page = history.moments(session, readable(session, arena, caller), spec, limit, cursor)
    return HistoryOut.model_validate(page)


@router.get("/leaderboard/live")
def get_live(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    votes: VotesDep,
    dimension: DimensionQuery = "overall",
) -> LiveOut:
    """The Bradley–Terry ratings with every vote in them, moved on from the last exact board."""
    with data.reading() as session:
        found = live.live(session, readable(session, arena, caller), votes.chosen(dimension), now)
    exact = kept(data, found.exact)
    return LiveOut(
        snapshot_id=exact.snapshot_id,
        generated_at=found.generated_at,
        votes=found.votes,
        votes_since=found.votes_since,
        rows=[LiveRowOut.model_validate(row) for row in found.rows],
    )


@router.get("/matrix")
def get_matrix(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
) -> MatrixOut:
    """How often each two models met, who won, and how often the ratings say each should win."""
    spec = asked.spec(dimension, method, "bradley_terry")
    with data.reading() as session:
        found = matrix.matrix(session, readable(session, arena, caller), spec, now)
    return MatrixOut(
        snapshot_id=kept(data, found.board).snapshot_id,
        models=found.models,
        wins=found.wins,
        ties=found.ties,
        both_bad=found.both_bad,
        predicted=found.predicted,
        votes_needed=found.votes_needed,
    )
