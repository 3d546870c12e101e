"""/arenas/{arena}/leaderboard and /leaderboards: one board, or every dimension side by side."""

import json
from datetime import datetime

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.boards import (
    NOT_MODIFIED,
    AcceptEncoding,
    AskedDep,
    AtQuery,
    DimensionQuery,
    IfNoneMatch,
    LeaderboardOut,
    LeaderboardsOut,
    MethodQuery,
    RowOut,
    SnapshotQuery,
    TreatmentsOut,
    VotesDep,
    csv_text,
    kept,
    served,
)
from app.api.deps import CallerDep, Data, Now, readable
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath
from app.db.session import Database
from app.db.tables import Arena
from app.domain import history, leaderboards
from app.domain.accounts import Caller
from app.domain.fits import Spec
from app.domain.leaderboards import Board

router = APIRouter(prefix="/arenas/{arena}", tags=["leaderboards"], responses=RESPONSES)


@router.get("/leaderboard", response_model=LeaderboardOut, responses=NOT_MODIFIED)
def get_leaderboard(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
    snapshot: SnapshotQuery = None,
    at: AtQuery = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    board = _board(data, arena, caller, asked.spec(dimension, method, "bradley_terry"), snapshot, at, now)
    return served(board.body, board.etag, "application/json", accept_encoding, if_none_match)


@router.get(
    "/leaderboard.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The rows of the board"}, **NOT_MODIFIED},
)
def get_leaderboard_csv(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
    snapshot: SnapshotQuery = None,
    at: AtQuery = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    board = _board(data, arena, caller, asked.spec(dimension, method, "bradley_terry"), snapshot, at, now)
    text = csv_text(list(RowOut.model_fields), json.loads(board.body)["rows"])
    return served(text, board.etag, "text/csv; charset=utf-8", accept_encoding, if_none_match)


@router.get("/leaderboards", response_model=LeaderboardsOut, responses=NOT_MODIFIED)
def get_leaderboards(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    method: MethodQuery = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Every dimension fitted on its own votes, each board as the single call gives it; by default Multi-Elo."""
    spec = asked.spec("overall", method, "elo")
    with data.reading() as session:
        fresh = leaderboards.side_by_side(session, readable(session, arena, caller), spec, now)
    boards = [kept(data, board) for _, board in fresh]
    head = {
        "schema_version": leaderboards.SCHEMA_VERSION,
        "arena": arena,
        "voters": spec.voters,
        "filters": leaderboards.filters(spec),
    }
    body = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    body += ',"boards":[' + ",".join(board.body for board in boards) + "]}"
    return served(body, Board("", body).etag, "application/json", accept_encoding, if_none_match)


@router.get("/leaderboard/treatments", response_model=TreatmentsOut, responses=NOT_MODIFIED)
def get_treatments(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    votes: VotesDep,
    dimension: DimensionQuery = "overall",
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """The same votes with ties and both-bad taken for half a win, for nothing, and as outcomes of their own."""
    spec = votes.chosen(dimension)
    with data.reading() as session:
        fresh = leaderboards.treatments(session, readable(session, arena, caller), spec, now)
    boards = [f'{{"treatment":{json.dumps(name)},"board":{kept(data, board).body}}}' for name, board in fresh]
    body = f'{{"items":[{",".join(boards)}],"next":null}}'
    return served(body, Board("", body).etag, "application/json", accept_encoding, if_none_match)


def _board(
    data: Database,
    arena: str,
    caller: Caller,
    spec: Spec,
    snapshot: str | None,
    at: datetime | None,
    now: datetime,
) -> Board:
    with data.reading() as session:
        row = readable(session, arena, caller)
        board = _asked_for(session, row, spec, snapshot, at, now)
    return kept(data, board)


def _asked_for(
    session: Session, arena: Arena, spec: Spec, snapshot: str | None, at: datetime | None, now: datetime
) -> Board:
    if snapshot:
        return leaderboards.snapshot(session, arena, snapshot)
    if at is not None:
        return history.at(session, arena, spec, at)
    return leaderboards.board(session, arena, spec, now)
