"""What a board looks like over HTTP, how it is asked for, and how its bytes are served."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Response
from pydantic import AwareDatetime, Field

from app.api.shapes import NO_CONTROL, CategoryQuery, LanguageQuery, Out
from app.db.session import Database
from app.domain import fits, leaderboards
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.stats.rankings import METHODS

# private: an arena that is not public is shown to those who are logged in, and to no cache between.
CACHE_CONTROL = "private, max-age=1, stale-while-revalidate=10"
SMALLEST_GZIP = 1_000  # bytes


class FiltersOut(Out):
    """`since` and `until` are days in UTC, both of which count. `leaks` is there where votes on battles in which an
    answer said who gave it are left out.
    """

    category: str | None
    language: str | None
    since: date | None
    until: date | None
    leaks: Literal["without"] | None = None


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
    problem_code: str | None


class LeaderboardOut(Out):
    """`votes_fitted` are those that the method counted, without ties that it dropped, say; those of composite boards
    count once for each dimension.

    `voters_available`, `categories` and `languages` are what this dimension can be filtered by."""

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
    votes_fitted: int
    raters: int
    components: int
    prior: bool
    problem: str | None
    problem_codes: list[str]
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


class TreatmentOut(Out):
    treatment: str
    board: LeaderboardOut


class TreatmentsOut(Out):
    items: list[TreatmentOut]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Votes:
    """Which votes a board counts, whatever is made of them."""

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
    leaks: Annotated[
        Literal["with", "without"], Query(description="votes on battles in which an answer said who gave it")
    ] = "with"

    def chosen(self, dimension: str) -> Spec:
        return Spec(
            dimension,
            self.voters,
            category=self.category or None,
            language=self.language or None,
            since=self.since,
            until=self.until,
            leaks=self.leaks,
        )


@dataclass(frozen=True, slots=True)
class Asked(Votes):
    """The filters that one board and the boards side by side have in common."""

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
        return replace(self.chosen(dimension), method=chosen, settings=settings)


VotesDep = Annotated[Votes, Depends()]
AskedDep = Annotated[Asked, Depends()]
DimensionQuery = Annotated[str, Query(pattern=NO_CONTROL, max_length=80)]
MethodQuery = Annotated[str | None, Query(max_length=80, json_schema_extra={"enum": list(METHODS)})]
SnapshotQuery = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=32)]
AtQuery = Annotated[AwareDatetime | None, Query(description="the board that stood at this moment")]
AcceptEncoding = Annotated[str, Header(include_in_schema=False)]
IfNoneMatch = Annotated[str, Header(include_in_schema=False)]

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The ETag still holds; there is no body"}
}


def kept(data: Database, board: Board) -> Board:
    """The board, stored if it is a new one."""
    if board.row is None:
        return board
    with data.writing() as session:
        return leaderboards.keep(session, board)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with a header, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet would run a name that looks like a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple("=+-@\t\r")) else value


def served(body: str, etag: str, kind: str, accept_encoding: str, if_none_match: str) -> Response:
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
