"""Model reports: what an owner is told of a model, in sums over many votes and never vote by vote.

A report is stored, and the next one is made only when there are `LEAST_NEW` more or fewer votes on the model, and 1 %
of them at that. Whoever reads it again after a vote of their own so learns nothing of that vote: neither which models
it was about nor whether it counted. It names no voter.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ballot, Battle, Model, ModelReport, OwnerRater, Ranking, Rater, Vote
from app.domain import comments, dimensions, leaderboards, matrix, models, tallies
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.domain.slices import VOTERS, Slice, shown, votes_within
from app.domain.votes import OWN_MODEL

LEAST_NEW = 10
GROWTH = 0.01
MOST_PATHS = 100
MOST_MOMENTS = 100
MOST_REASONS = 100
FIGURES = (
    "rating", "rating_lower", "rating_upper", "rank", "rank_best", "rank_worst", "votes", "wins", "losses", "ties",
    "both_bad", "win_rate", "preliminary", "votes_missing", "problem",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """The board of one dimension, category or language: `place` says which."""

    place: Mapping[str, str]
    board: Board


@dataclass(frozen=True, slots=True)
class Made:
    """A report that is new: its boards, to be stored with it, and what stands beside them."""

    model_id: int
    voters: str
    votes: int
    dimensions: tuple[Part, ...]
    categories: tuple[Part, ...]
    languages: tuple[Part, ...]
    beside: Mapping[str, Any]


def make(session: Session, arena: Arena, model: Model, voters: str, now: datetime) -> Made | None:
    """A new report, or None when the stored one is to stand. Raises Invalid."""
    if voters not in VOTERS:
        raise Invalid(f"voters {voters!r}: expected one of {', '.join(VOTERS)}")
    overall = dimensions.find(session, arena, OVERALL)
    which = Slice(arena.id, overall.id, voters)
    votes = _votes(session, arena, model, which)
    stored = _stored(session, model, voters)
    if stored is not None and abs(votes - stored.votes) < _step(stored.votes):
        return None
    if votes < LEAST_NEW:
        return Made(model.id, voters, 0, (), (), (), _nothing())
    spec = Spec(voters=voters)
    first, *others = (
        Part(
            {"dimension": row.slug, "title": row.title},
            leaderboards.board(session, arena, replace(spec, dimension=row.slug), now),
        )
        for row in sorted(dimensions.list_dimensions(session, arena), key=lambda row: row.slug != OVERALL)
    )
    head = json.loads(first.board.body)
    paths = {
        name: tuple(
            Part({name: path}, leaderboards.board(session, arena, replace(spec, **{name: path}), now))
            for path in head[f"{'categories' if name == 'category' else 'languages'}"][:MOST_PATHS]
        )
        for name in ("category", "language")
    }
    beside = {
        "opponents": _opponents(session, arena, model, spec, now),
        **_said(session, model, which),
        "history": _history(session, arena, model, spec, first.board, now),
    }
    return Made(model.id, voters, votes, (first, *others), paths["category"], paths["language"], beside)


def keep(session: Session, arena: Arena, model: Model, new: Made, now: datetime) -> None:
    """Store a report in the place of the older one, and the boards that it quotes."""
    parts = {
        name: [_figures(part, leaderboards.keep(session, part.board), model) for part in some]
        for name, some in (
            ("dimensions", new.dimensions), ("categories", new.categories), ("languages", new.languages)
        )
    }  # fmt: skip
    body = {"votes": new.votes, "votes_until_next": _step(new.votes), **parts, **new.beside}
    session.merge(
        ModelReport(
            model_id=model.id,
            voters=new.voters,
            votes=new.votes,
            report=json.dumps(body, ensure_ascii=False, allow_nan=False),
            made_at=now,
        )
    )
    session.flush()


def read(session: Session, arena: Arena, model: Model, voters: str) -> dict[str, Any]:
    """The stored report, with the comments that are published now and how many votes of the owner's do not count."""
    stored = _stored(session, model, voters)
    if stored is None:
        raise RuntimeError(f"no report on {model.slug} was made")
    which = Slice(arena.id, dimensions.find(session, arena, OVERALL).id, voters)
    body: dict[str, Any] = json.loads(stored.report)
    said = {**body.pop("comments"), "published": list(comments.published(session, model, which))}
    head = {"arena": arena.slug, "model": model.slug, "voters": voters, "made_at": stored.made_at}
    own = _own_votes(session, arena, model)
    return {**head, **body, "comments": said, "own_votes_not_counted": own, "least_new_votes": LEAST_NEW}


def _step(votes: int) -> int:
    """How many votes more or fewer make the next report.

    >>> _step(0), _step(999), _step(5_000)
    (10, 10, 50)
    """
    return max(LEAST_NEW, int(votes * GROWTH))


def _stored(session: Session, model: Model, voters: str) -> ModelReport | None:
    return session.get(ModelReport, (model.id, voters))


def _votes(session: Session, arena: Arena, model: Model, which: Slice) -> int:
    seen = {key for key, row in models.by_id(session, arena).items() if row.state != "hidden"}
    counted = tallies.count(session, which).among(seen)
    met = (counted.first == model.id) | (counted.second == model.id)
    return int(np.sum(counted.count[met]))


def _nothing() -> dict[str, Any]:
    return {
        "opponents": [],
        "reasons": {"of_model": [], "of_opponents": []},
        "comments": {"written": 0},
        "history": [],
    }


def _figures(part: Part, board: Board, model: Model) -> dict[str, Any]:
    rows = board.rows()
    row = next((each for each in rows if each["model"] == model.slug), dict.fromkeys(FIGURES))
    rated = sum(each["rating"] is not None for each in rows)
    quoted = {name: row[name] for name in FIGURES}
    return {**part.place, "snapshot_id": board.snapshot_id, "models": rated, **quoted}


def _opponents(
    session: Session, arena: Arena, model: Model, spec: Spec, now: datetime
) -> list[dict[str, Any]]:
    """Whom it met most first; `predicted` is how often the ratings say that it should win."""
    found = matrix.matrix(session, arena, spec, now)
    if model.slug not in found.models:
        return []
    own = found.models.index(model.slug)
    names = {row.slug: row.name for row in models.by_id(session, arena).values()}
    rows: list[dict[str, Any]] = [
        {
            "model": slug,
            "name": names[slug],
            "wins": found.wins[own][at],
            "losses": found.wins[at][own],
            "ties": found.ties[own][at],
            "both_bad": found.both_bad[own][at],
            "predicted": found.predicted[own][at],
        }
        for at, slug in enumerate(found.models)
        if at != own
    ]
    counts = ("wins", "losses", "ties", "both_bad")
    met = [{**row, "votes": sum(row[name] for name in counts)} for row in rows]
    return sorted((row for row in met if row["votes"] > 0), key=lambda row: (-row["votes"], row["model"]))


def _said(session: Session, model: Model, which: Slice) -> dict[str, Any]:
    """Reasons by how often they were given for this model and for what stood beside it; how many comments there are."""
    a, b = shown()
    rows = session.execute(
        select(a, Ballot.reasons, func.length(Ballot.comment))
        .select_from(Vote)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .join(Ballot, Vote.ballot_id == Ballot.id)
        .where(
            Vote.state == "counted",
            or_(a == model.id, b == model.id),
            or_(Ballot.reasons.is_not(None), Ballot.comment != ""),
            *votes_within(which),
        )
    )
    own, other, written = Counter[str](), Counter[str](), 0
    for shown_as_a, reasons, length in rows:
        side, beside = ("a", "b") if shown_as_a == model.id else ("b", "a")
        own.update(_words(reasons, side))
        other.update(_words(reasons, beside))
        written += length > 0
    summed = {"of_model": _most_common(own), "of_opponents": _most_common(other)}
    return {"reasons": summed, "comments": {"written": written}}


def _words(reasons: Mapping[str, Any] | None, side: str) -> Iterable[str]:
    given = (reasons or {}).get(side)
    return {word for word in given if isinstance(word, str)} if isinstance(given, list) else ()


def _most_common(words: Counter[str]) -> list[dict[str, Any]]:
    ranked = sorted(words.items(), key=lambda each: (-each[1], each[0]))
    return [{"reason": word, "votes": votes} for word, votes in ranked[:MOST_REASONS]]


def _history(
    session: Session, arena: Arena, model: Model, spec: Spec, newest: Board, now: datetime
) -> list[dict[str, Any]]:
    """Stored boards from the oldest on, none nearer to the one before than a report to the next."""
    keys = session.scalars(
        select(Ranking.id)
        .where(Ranking.asked_hash == leaderboards.asked_hash(arena, spec))
        .order_by(Ranking.id)
    ).all()
    places = np.linspace(0, len(keys) - 1, min(MOST_MOMENTS, len(keys))).astype(int)
    picked = [keys[at] for at in places]
    rows = session.execute(
        select(Ranking.public_id, Ranking.generated_at, Ranking.leaderboard)
        .where(Ranking.id.in_(picked))
        .order_by(Ranking.id)
    )
    moments: list[dict[str, Any]] = []
    for public_id, generated_at, body in [*rows, (newest.snapshot_id, now, newest.body)]:
        own = next((row for row in json.loads(body)["rows"] if row["model"] == model.slug), None)
        before = moments[-1]["votes"] if moments else 0
        if own is None or own["rating"] is None or abs(own["votes"] - before) < _step(before):
            continue
        quoted = {name: own[name] for name in ("votes", "rating", "rating_lower", "rating_upper")}
        moments.append({"snapshot_id": public_id, "generated_at": generated_at.isoformat(), **quoted})
    return moments


def _own_votes(session: Session, arena: Arena, model: Model) -> int:
    """Battles on which the owner voted and that count nowhere: of this owner's voters, and no other owner's."""
    query = (
        select(func.count(func.distinct(Vote.battle_id)))
        .join(Battle, Vote.battle_id == Battle.id)
        .join(OwnerRater, and_(OwnerRater.rater_id == Vote.rater_id, OwnerRater.owner == model.owner))
        .where(
            Vote.arena_id == arena.id,
            Vote.state == "set_aside",
            Vote.state_reason == OWN_MODEL,
            or_(Battle.model_a_id == model.id, Battle.model_b_id == model.id),
        )
    )
    return session.scalar(query) or 0
