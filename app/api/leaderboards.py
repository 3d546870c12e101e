"""/arenas/{arena}/leaderboard and /leaderboards: one board, or every dimension side by side."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Data, Now, readable
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, CategoryQuery, LanguageQuery, Out
from app.db.session import Database
from app.db.tables import Arena
from app.domain import fits, leaderboards
from app.domain.accounts import Caller
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.stats.rankings import METHODS

router = APIRouter(prefix="/arenas/{arena}", tags=["leaderboards"], responses=RESPONSES)

CACHE_CONTROL = "max-age=1, stale-while-revalidate=10"
SMALLEST_GZIP = 1_000  # bytes


class FiltersOut(Out):
    """`since` and `until` are days in UTC, both of which count."""

    category: str | None
    language: str | None
    since: date | None
    until: date | None


class MethodUsedOut(Out):
    """Ratings of `unit` points are on an Elo scale; those of `percent` go from 0 to 100."""

    name: str
    version: str
    unit: Literal["points", "percent"]
    settings: dict[str, str | int | float | bool | None]


class ExcludedOut(Out):
    withdrawn: int
    set_aside: int
    abstain: int


class CoefficientOut(Out):
    """What was fitted beside the models, in the unit of the ratings."""

    name: str
    value: float | None
    lower: float | None
    upper: float | None


class RowOut(Out):
    """Ranks count within the component; rank_best and rank_worst hold together for all models at the level.

    `votes_missing` is how many votes a preliminary model lacks to the arena's minimum; `votes_needed` how many more
    between it and the next below would tell the two apart with a power of 80 %. `difference` is to the model in the
    setting `reference`.
    """

    model: str
    name: str
    organization: str | None
    license: str | None
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float | None
    mean_win_probability: float | None
    component: int | None
    preliminary: bool
    votes_missing: int
    votes_needed: int | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    prior: bool
    order_sd: float | None
    problem: str | None


class LeaderboardOut(Out):
    """`voters_available`, `categories` and `languages` are what this dimension can be filtered by."""

    schema_version: str
    arena: str
    dimension: str
    voters: str
    filters: FiltersOut
    method: MethodUsedOut
    snapshot_id: str
    generated_at: datetime
    data_until: datetime | None
    votes: int
    raters: int
    components: int
    prior: bool
    problem: str | None
    figures: dict[str, float | None]
    coefficients: list[CoefficientOut]
    excluded: ExcludedOut
    voters_available: list[str]
    categories: list[str]
    languages: list[str]
    rows: list[RowOut]


class LeaderboardsOut(Out):
    schema_version: str
    arena: str
    voters: str
    filters: FiltersOut
    boards: list[LeaderboardOut]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters that one board and the boards side by side have in common."""

    voters: Annotated[
        str,
        Query(
            pattern=NO_CONTROL,
            max_length=250,
            description="human, judges, judge:<name>, combined or simulated",
        ),
    ] = "human"
    category: CategoryQuery = None
    language: LanguageQuery = None
    since: Annotated[date | None, Query(description="first day, UTC")] = None
    until: Annotated[date | None, Query(description="last day, UTC")] = None
    ties: Literal["half", "drop", "davidson"] | None = None
    both_bad: Literal["tie", "drop"] | None = None
    style_control: bool = False
    settings: Annotated[
        list[Annotated[str, Field(pattern=NO_CONTROL, max_length=200)]] | None,
        Query(alias="set", max_length=20, description="name=value, a setting of the method; see /methods"),
    ] = None

    def spec(self, dimension: str, method: str | None, default: str) -> Spec:
        chosen, settings = fits.asked(
            method, default, self.ties, self.both_bad, self.style_control, self.settings or ()
        )
        where = (self.category or None, self.language or None, self.since, self.until)
        return Spec(dimension, self.voters, chosen, *where, settings)


AskedDep = Annotated[Asked, Depends()]
DimensionQuery = Annotated[str, Query(pattern=NO_CONTROL, max_length=80)]
MethodQuery = Annotated[str | None, Query(max_length=80, json_schema_extra={"enum": list(METHODS)})]
SnapshotQuery = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=32)]
AcceptEncoding = Annotated[str, Header(include_in_schema=False)]
IfNoneMatch = Annotated[str, Header(include_in_schema=False)]

_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The ETag still holds; there is no body"}
}


@router.get("/leaderboard", response_model=LeaderboardOut, responses=_NOT_MODIFIED)
def get_leaderboard(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
    snapshot: SnapshotQuery = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    board = _board(data, arena, caller, asked.spec(dimension, method, "bradley_terry"), snapshot, now)
    return _served(board.body, board.etag, "application/json", accept_encoding, if_none_match)


@router.get(
    "/leaderboard.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The rows of the board"}, **_NOT_MODIFIED},
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
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    board = _board(data, arena, caller, asked.spec(dimension, method, "bradley_terry"), snapshot, now)
    return _served(_csv(board), board.etag, "text/csv; charset=utf-8", accept_encoding, if_none_match)


@router.get("/leaderboards", response_model=LeaderboardsOut, responses=_NOT_MODIFIED)
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
    boards = [_kept(data, board) for _, board in fresh]
    head = {
        "schema_version": leaderboards.SCHEMA_VERSION,
        "arena": arena,
        "voters": spec.voters,
        "filters": leaderboards.filters(spec),
    }
    body = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    body += ',"boards":[' + ",".join(board.body for board in boards) + "]}"
    return _served(body, Board("", body).etag, "application/json", accept_encoding, if_none_match)


def _board(
    data: Database, arena: str, caller: Caller, spec: Spec, snapshot: str | None, now: datetime
) -> Board:
    with data.reading() as session:
        row = readable(session, arena, caller)
        board = _asked_for(session, row, spec, snapshot, now)
    return _kept(data, board)


def _asked_for(session: Session, arena: Arena, spec: Spec, snapshot: str | None, now: datetime) -> Board:
    if snapshot:
        return leaderboards.snapshot(session, arena, snapshot)
    return leaderboards.board(session, arena, spec, now)


def _kept(data: Database, board: Board) -> Board:
    if board.row is None:
        return board
    with data.writing() as session:
        return leaderboards.keep(session, board)


def _csv(board: Board) -> str:
    rows = json.loads(board.body)["rows"]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(RowOut.model_fields))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet would run a name that looks like a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def _served(body: str, etag: str, kind: str, accept_encoding: str, if_none_match: str) -> Response:
    """A strong ETag names bytes, so the compressed body has one of its own."""
    raw = body.encode()
    packed = len(raw) >= SMALLEST_GZIP and "gzip" in accept_encoding.lower()
    tag = f'"{etag}-gz"' if packed else f'"{etag}"'
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL}
    if tag in [each.strip() for each in if_none_match.split(",")]:
        return Response(status_code=304, headers=headers)
    if packed:
        raw = gzip.compress(raw, 6, mtime=0)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(raw, headers=headers, media_type=kind)
