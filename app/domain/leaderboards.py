"""Leaderboards: a fit → a stored ranking → the JSON that dashboards, the page and the CLI show.

A ranking is stored with the question it answers (spec) and the digest of the votes it saw. The same question over the
same votes is never fitted twice, and what was served once is served again byte for byte. A hidden model is left out
with its votes, as if it were not there yet.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Model, Ranking
from app.domain import dimensions, fits, models, spreads, tallies
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid, SnapshotNotFound
from app.domain.fits import Spec
from app.stats.rankings import METHODS
from app.stats.rankings.ranking import Coefficient, RankedModel, Setting
from app.stats.rankings.ranking import Ranking as Fitted
from app.stats.tally import Record, Tally

SCHEMA_VERSION = "1.0"
LEAKS = ("with", "without")

TREATMENTS: Mapping[str, tuple[str, Mapping[str, Setting]]] = {
    "half": ("bradley_terry", {}),
    "both_bad_dropped": ("bradley_terry", {"both_bad": "drop"}),
    "ties_dropped": ("bradley_terry", {"ties": "drop"}),
    "davidson": ("davidson", {}),
    "rao_kupper": ("rao_kupper", {}),
    "both_bad_aware": ("both_bad_aware", {}),
}
"""What a tie and a both-bad can be taken for: half a win each side, nothing, or outcomes with chances of their own."""


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard as it is served: `body` is the JSON, `etag` its hash."""

    snapshot_id: str
    body: str
    row: Mapping[str, Any] | None = None  # what to store, when the board is new
    spread: Mapping[str, Any] | None = None  # and beside it, when one was counted

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.body)["rows"]
        return rows

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()[:32]


def board(session: Session, arena: Arena, spec: Spec, now: datetime) -> Board:
    """The stored board for these votes, or a freshly fitted one that `keep` stores.

    Raises Invalid (method, setting, voters), DimensionNotFound.
    """
    dimension = dimensions.find(session, arena, spec.dimension)
    which = slice_of(arena, dimension, spec)
    shown = {key: row for key, row in sorted(models.by_id(session, arena).items()) if row.state != "hidden"}
    counted = tallies.count(session, which).among(set(shown))
    settings = fits.configured(spec, counted.raters)
    choices = tallies.choices(session, arena.id, dimension.id)
    question = {**_question(spec), "settings": settings}
    version = METHODS[spec.method].version
    spec_hash = _hash([arena.id, question, version, arena.minimum_votes, SCHEMA_VERSION])
    known = _is_known(spec.category, choices.categories) and _is_known(spec.language, choices.languages)
    others = fits.slices(session, arena, spec.method, which)[1:]
    seen = [counted.digest, *(tallies.count(session, other).digest for other in others)]
    digest = _hash([seen, _available(choices), [_shown_of(row) for row in shown.values()]])
    there = _stored(session, spec_hash, digest)
    if there is not None:
        return there
    counted = tallies.agreed(session, which, counted).among(set(shown))
    tally = _tally(counted, shown)
    labels = {key: row.slug for key, row in shown.items()}
    wanted = fits.wants_spread(spec.method, settings, tally.votes)
    spread = spreads.find(session, spec_hash, tally.votes) if wanted else None
    made = fits.fit(fits.Source(session, arena, which, labels, tally, spec.method, settings, spread))
    fitted = made.ranking
    snapshot_id = secrets.token_hex(8)
    until = tallies.newest_vote(session, arena.id) if tally.votes else None
    head = _head(arena, spec, fitted, tally, counted, snapshot_id, now, until)
    leaderboard = {**head, **_available(choices), "rows": _rows(fitted, tally, shown, arena.minimum_votes)}
    body = json.dumps(leaderboard, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    row = {
        "public_id": snapshot_id,
        "arena_id": arena.id,
        "dimension_id": dimension.id,
        "spec": question,
        "asked_hash": asked_hash(arena, spec),
        "standing": known
        and tally.votes > 0
        and not (spec.settings or spec.since or spec.until or spec.leaks != "with"),
        "spec_hash": spec_hash,
        "tally_digest": digest,
        "votes": tally.votes,
        "leaderboard": body,
        "generated_at": now,
    }
    if made.spread is None:
        return Board(snapshot_id, body, row)
    return Board(snapshot_id, body, row, spreads.row_of(spec_hash, tally.votes, made.spread, now))


def keep(session: Session, new: Board) -> Board:
    """Store a fresh board; when another request was quicker, its board is the one that counts."""
    if new.row is None:
        return new
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(Ranking).values(dict(new.row)).on_conflict_do_nothing())
    if new.spread is not None:
        spreads.keep(session, new.spread)
    return stored(session, new)


def stored(session: Session, new: Board) -> Board:
    """The stored board in the place of a fresh one, if it has been stored by now."""
    if new.row is None:
        return new
    return _stored(session, new.row["spec_hash"], new.row["tally_digest"]) or new


def _stored(session: Session, spec_hash: str, digest: str) -> Board | None:
    row = session.execute(
        select(Ranking.public_id, Ranking.leaderboard).where(
            Ranking.spec_hash == spec_hash, Ranking.tally_digest == digest
        )
    ).first()
    return None if row is None else Board(row.public_id, row.leaderboard)


def snapshot(session: Session, arena: Arena, public_id: str) -> Board:
    """A board as it once was. Raises SnapshotNotFound."""
    body = session.scalar(
        select(Ranking.leaderboard).where(Ranking.public_id == public_id, Ranking.arena_id == arena.id)
    )
    if body is None:
        raise SnapshotNotFound(f"arena {arena.slug!r} has no snapshot {public_id!r}")
    return Board(public_id, body)


def side_by_side(
    session: Session, arena: Arena, spec: Spec, now: datetime
) -> tuple[tuple[Dimension, Board], ...]:
    """The same question for every dimension asked now."""
    rows = dimensions.list_dimensions(session, arena)
    return tuple((row, board(session, arena, replace(spec, dimension=row.slug), now)) for row in rows)


def treatments(session: Session, arena: Arena, spec: Spec, now: datetime) -> tuple[tuple[str, Board], ...]:
    """The same votes under each treatment of ties and both-bad, by its name."""
    asked = (
        (name, replace(spec, method=method, settings=settings))
        for name, (method, settings) in TREATMENTS.items()
    )
    return tuple((name, board(session, arena, each, now)) for name, each in asked)


def votes_by_voters(session: Session, arena: Arena) -> dict[str, int]:
    """How many overall votes people, judges and simulated raters have given."""
    overall = dimensions.find(session, arena, OVERALL)
    sums = dict.fromkeys(("human", "judges", "simulated"), 0)
    for voters, votes in tallies.votes_by_voters(session, arena.id, overall.id).items():
        sums["judges" if voters.startswith("judge:") else voters] += votes
    return sums


def slice_of(arena: Arena, dimension: Dimension, spec: Spec) -> tallies.Slice:
    """The votes that a board of this question counts, those of its last day included. Raises Invalid."""
    tallies.check_voters(spec.voters)
    after = None if spec.until in (None, date.max) else spec.until + timedelta(days=1)
    tallies.check_days(spec.since, after)
    path = (spec.category, spec.language)
    if spec.leaks not in LEAKS:
        raise Invalid(f"leaks {spec.leaks!r}: expected one of {', '.join(LEAKS)}")
    return tallies.Slice(arena.id, dimension.id, spec.voters, *path, spec.since, after, spec.leaks == "with")


def filters(spec: Spec) -> dict[str, str | None]:
    """What the votes of a board were chosen by, as the JSON of boards says it."""
    days = {"since": spec.since, "until": spec.until}
    words = {name: None if day is None else day.isoformat() for name, day in days.items()}
    # Said only where it is asked for, so that boards of before are found by the same question.
    leaks = {} if spec.leaks == "with" else {"leaks": spec.leaks}
    return {"category": spec.category, "language": spec.language, **words, **leaks}


def asked_hash(arena: Arena, spec: Spec) -> str:
    """Equal for the boards that answer one question in the course of time, whatever the votes made of its defaults."""
    settings = fits.configured(spec) | {name: None for name in fits.CHOSEN if name not in spec.settings}
    return _hash([arena.id, _question(spec), settings])


def _is_known(path: str | None, known: Sequence[str]) -> bool:
    return path is None or path in known


def _question(spec: Spec) -> dict[str, Any]:
    return {"dimension": spec.dimension, "voters": spec.voters, "method": spec.method, **filters(spec)}


def _tally(counted: tallies.Counted, shown: Mapping[int, Model]) -> Tally:
    labels = {key: row.slug for key, row in shown.items()}
    return counted.tally(labels, [row.slug for row in shown.values() if row.state == "active"])


def _head(
    arena: Arena,
    spec: Spec,
    fitted: Fitted,
    tally: Tally,
    counted: tallies.Counted,
    snapshot_id: str,
    now: datetime,
    until: datetime | None,
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "arena": arena.slug,
        "dimension": spec.dimension,
        "voters": spec.voters,
        "filters": filters(spec),
        "method": {
            "name": fitted.method,
            "version": fitted.version,
            "unit": METHODS[fitted.method].unit,
            "settings": dict(fitted.settings),
        },
        "snapshot_id": snapshot_id,
        "generated_at": _moment(now),
        "data_until": None if until is None else _moment(until),
        "votes": tally.votes,
        "votes_fitted": fitted.votes,
        "raters": counted.raters,
        "components": fitted.components,
        "prior": fitted.prior,
        "problem": fitted.problem,
        "problem_codes": [remark.code for remark in fitted.remarks],
        "figures": {name: _rounded(value, 6) for name, value in fitted.figures.items()},
        "coefficients": [_coefficient(each) for each in fitted.coefficients],
        "excluded": counted.excluded,
    }


def _available(choices: tallies.Choices) -> dict[str, tuple[str, ...]]:
    return {
        "voters_available": choices.voters,
        "categories": choices.categories,
        "languages": choices.languages,
    }


def _rows(fitted: Fitted, tally: Tally, shown: Mapping[int, Model], minimum: int) -> list[dict[str, Any]]:
    by_slug = {row.slug: row for row in shown.values()}
    records = tally.records()
    return [_row(ranked, by_slug[ranked.model], records[ranked.model], minimum) for ranked in fitted.rows]


def _row(ranked: RankedModel, model: Model, record: Record, minimum: int) -> dict[str, Any]:
    half = (record.ties + record.both_bad) / 2
    return {
        "model": ranked.model,
        "name": model.name,
        "organization": model.organization,
        "license": model.license,
        "rating": _rounded(ranked.rating, 4),
        "rating_lower": _rounded(ranked.lower, 4),
        "rating_upper": _rounded(ranked.upper, 4),
        "rank": ranked.rank,
        "rank_best": ranked.rank_best,
        "rank_worst": ranked.rank_worst,
        "votes": record.votes,
        "wins": record.wins,
        "losses": record.losses,
        "ties": record.ties,
        "both_bad": record.both_bad,
        "win_rate": _rounded((record.wins + half) / record.votes, 6) if record.votes else None,
        "mean_win_probability": _rounded(ranked.mean_win_probability, 6),
        "component": ranked.component,
        "preliminary": record.votes < minimum,
        "votes_missing": max(0, minimum - record.votes),
        "votes_needed": ranked.votes_needed,
        "difference": _rounded(ranked.difference, 4),
        "difference_lower": _rounded(ranked.difference_lower, 4),
        "difference_upper": _rounded(ranked.difference_upper, 4),
        "prior": ranked.prior,
        "order_sd": _rounded(ranked.order_sd, 4),
        "problem": ranked.problem,
        "problem_code": None if ranked.problem is None else ranked.problem.code,
    }


def _coefficient(found: Coefficient) -> dict[str, Any]:
    values = {name: _rounded(getattr(found, name), 4) for name in ("value", "lower", "upper")}
    return {"name": found.name, **values}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _shown_of(row: Model) -> tuple[str | None, ...]:
    return (row.slug, row.name, row.organization, row.license, row.state)


def _hash(question: Any) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()
