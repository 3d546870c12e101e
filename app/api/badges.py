"""/arenas/{arena}/badge.svg: rank and rating of a model, or of the leader, as a small picture for other pages."""

import hashlib
import json
import unicodedata
from typing import Annotated, Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query, Response

from app.api.boards import (
    NOT_MODIFIED,
    AcceptEncoding,
    AskedDep,
    DimensionQuery,
    IfNoneMatch,
    MethodQuery,
    kept,
    served,
)
from app.api.deps import CallerDep, Data, Now, readable
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath
from app.domain import leaderboards
from app.domain.errors import ModelNotFound

router = APIRouter(prefix="/arenas/{arena}", tags=["leaderboards"], responses=RESPONSES)

CACHE_SECONDS = 300
LONGEST = 60  # characters of a name
WIDE, NARROW = 12.0, 6.6  # widest signs of these scripts in Verdana at 11 pixels
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@router.get(
    "/badge.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "The badge"}, **NOT_MODIFIED},
)
def get_badge(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    dimension: DimensionQuery = "overall",
    method: MethodQuery = None,
    model: Annotated[str | None, Query(pattern=NO_CONTROL, max_length=200)] = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Rank bounds, rating and its limits of one model, or of the leader where none is named."""
    with data.reading() as session:
        row = readable(session, arena, caller)
        title, public = row.title, row.public
        fresh = leaderboards.board(session, row, asked.spec(dimension, method, "bradley_terry"), now)
    board = json.loads(kept(data, fresh).body)
    svg = drawn(*_words(board, title, model))
    etag = hashlib.sha256(svg.encode()).hexdigest()[:32]
    told = served(svg, etag, "image/svg+xml; charset=utf-8", accept_encoding, if_none_match)
    told.headers.update(HEADERS)
    told.headers["Cache-Control"] = f"{'public' if public else 'private'}, max-age={CACHE_SECONDS}"
    return told


def drawn(label: str, value: str) -> str:
    """A badge of two fields; whatever a name holds stays text.

    >>> "&lt;script&gt;" in drawn("<script>", "1")
    True
    """
    label, value = _shown(label), _shown(value)
    left, right = _width(label), _width(value)
    whole = left + right
    text = 'fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"'
    name = escape(f"{label}: {value}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{whole}" height="20" rx="3" fill="#1d4f91"/>'
        f'<path d="M0 3a3 3 0 0 1 3-3h{left - 3}v20H3a3 3 0 0 1-3-3z" fill="#3d4451"/>'
        f'<g {text}><text x="{left / 2:g}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" y="14">{escape(value)}</text></g></svg>'
    )


def _words(board: dict[str, Any], title: str, model: str | None) -> tuple[str, str]:
    """Raises ModelNotFound for a model that is not on the board."""
    rows = board["rows"]
    if model is None:
        rated = [row for row in rows if row["rating"] is not None and not row["preliminary"]]
        return (title, f"{_named(rated[0])} · {_rated(rated[0])}") if rated else (title, "no ranking yet")
    row = next((row for row in rows if row["model"] == model), None)
    if row is None:
        raise ModelNotFound(f"this board has no model {model!r}")
    return _named(row), _rated(row)


def _named(row: dict[str, Any]) -> str:
    name: str = row["name"]
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def _rated(row: dict[str, Any]) -> str:
    if row["rating"] is None:
        return "not rated"
    text = f"{row['rating']:.0f}"
    if row["rating_lower"] is not None and row["rating_upper"] is not None:
        text += f" [{row['rating_lower']:.0f}, {row['rating_upper']:.0f}]"
    if row["preliminary"] or row["rank"] is None:
        return f"{text}, preliminary"
    best, worst = row["rank_best"] or row["rank"], row["rank_worst"] or row["rank"]
    return f"rank {best}–{worst} · {text}"


def _shown(text: str) -> str:
    """Without what would turn the line or is no sign at all."""
    kept_signs = "".join(
        each for each in text if unicodedata.category(each) not in ("Cc", "Cf", "Co", "Cn", "Cs")
    )
    return kept_signs[: LONGEST * 2]


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return round(10 + wide * WIDE + (len(text) - wide) * NARROW)
