"""Personal: what is stored of a voter, for the voter to see, to take along and to have erased."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ballot, Battle, Dimension, Model, OwnerRater, Prompt, Rater, Skip, Vote
from app.domain import battles, profiles, votes

ERASED = "erased by the voter"
GONE = "erased-"
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is stored of a voter in all arenas, and since when."""

    votes: int
    skips: int
    comments: int
    profile: Mapping[str, Any] | None
    since: datetime


@dataclass(frozen=True, slots=True)
class OwnBallot:
    """One submission with its votes: (dimension, vote)."""

    ballot: Ballot
    votes: tuple[tuple[str, Vote], ...]


@dataclass(frozen=True, slots=True)
class OwnBattle:
    """A battle that was dealt to the voter; `models` are those shown as A and B, once the arena has revealed them."""

    battle: Battle
    arena: str
    prompt: str
    models: tuple[str, str] | None
    skip: Skip | None
    ballots: tuple[OwnBallot, ...]


def kept(session: Session, voter_id: int) -> Kept:
    rater = session.get_one(Rater, voter_id)
    skips = select(func.count()).select_from(Skip).where(Skip.rater_id == voter_id)
    comments = (
        select(func.count()).select_from(Ballot).where(Ballot.rater_id == voter_id, Ballot.comment != "")
    )
    return Kept(
        votes=votes.count_own(session, voter_id),
        skips=session.scalar(skips) or 0,
        comments=session.scalar(comments) or 0,
        profile=rater.profile,
        since=rater.created_at,
    )


def battles_of(session: Session, voter_id: int) -> Sequence[OwnBattle]:
    """Every battle of the voter with all that was said, in the order in which they were dealt."""
    rows = session.execute(
        select(Battle, Arena.slug, Prompt.external_id)
        .join(Arena, Battle.arena_id == Arena.id)
        .join(Prompt, Battle.prompt_id == Prompt.id)
        .where(Battle.dealt_to == voter_id)
        .order_by(Battle.id)
    ).all()
    skips = {row.battle_id: row for row in session.scalars(select(Skip).where(Skip.rater_id == voter_id))}
    ballots = _ballots(session, voter_id)
    return [
        OwnBattle(
            battle=battle,
            arena=arena,
            prompt=prompt,
            models=_revealed(session, battle),
            skip=skips.get(battle.id),
            ballots=ballots.get(battle.id, ()),
        )
        for battle, arena, prompt in rows
    ]


def erase(session: Session, voter_id: int, now: datetime) -> int:
    """Forget who the voter was and what they wrote, and take their votes out of every board; gives how many counted.

    Rows stay, so that battles and tallies fit together: the votes as withdrawn, the rater under a name that nobody has.
    """
    # As when a battle is dealt, so that none is dealt meanwhile.
    session.execute(select(Rater.id).where(Rater.id == voter_id).with_for_update(key_share=True))
    dealt = select(Battle).where(Battle.dealt_to == voter_id).order_by(Battle.id).with_for_update()
    for battle in session.scalars(dealt.execution_options(populate_existing=True)).all():
        if battle.state in ("voted", "open"):
            battles.settle(session, battle, "withdrawn" if battle.state == "voted" else "expired")
    mine = select(Vote.id).where(Vote.rater_id == voter_id)
    counted = votes.move(session, mine, "counted", "withdrawn", ERASED, "voter", now)
    votes.move(session, mine, "set_aside", "withdrawn", ERASED, "voter", now)
    said = update(Ballot).where(Ballot.rater_id == voter_id)
    session.execute(said.values(comment="", reasons=None, reading=None))
    session.execute(update(Skip).where(Skip.rater_id == voter_id).values(comment=""))
    session.execute(delete(OwnerRater).where(OwnerRater.rater_id == voter_id))
    profiles.forget(session, [voter_id])
    session.execute(update(Rater).where(Rater.id == voter_id).values(name=_nobody()))
    session.flush()
    return counted


def forget_old(session: Session, before: datetime) -> int:
    """Forget what voters of the web page wrote before then and who those were that have not come since; gives how much
    was forgotten, at most `FORGOTTEN_AT_ONCE` of each kind. Their votes count on. Names and words that came with an
    import are its owner's affair and stay.
    """
    voters = select(Rater.id).where(Rater.kind == "human", Rater.arena_id.is_(None))
    written = or_(Ballot.comment != "", Ballot.reasons.is_not(None), Ballot.reading.is_not(None))
    old = (Ballot.rater_id.in_(voters), Ballot.created_at < before, written)
    ballots = session.scalars(select(Ballot.id).where(*old).limit(FORGOTTEN_AT_ONCE)).all()
    session.execute(
        update(Ballot).where(Ballot.id.in_(ballots)).values(comment="", reasons=None, reading=None)
    )
    passed = (Skip.rater_id.in_(voters), Skip.created_at < before, Skip.comment != "")
    skips = session.scalars(select(Skip.id).where(*passed).limit(FORGOTTEN_AT_ONCE)).all()
    session.execute(update(Skip).where(Skip.id.in_(skips)).values(comment=""))
    came = select(Battle.id).where(Battle.dealt_to == Rater.id, Battle.dealt_at >= before).exists()
    gone = (Rater.id.in_(voters), Rater.created_at < before, ~Rater.name.startswith(GONE), ~came)
    raters = session.scalars(select(Rater.id).where(*gone).limit(FORGOTTEN_AT_ONCE)).all()
    session.execute(delete(OwnerRater).where(OwnerRater.rater_id.in_(raters)))
    profiles.forget(session, raters)
    for rater_id in raters:
        session.execute(update(Rater).where(Rater.id == rater_id).values(name=_nobody()))
    session.flush()
    return len(ballots) + len(skips) + len(raters)


def _nobody() -> str:
    """A name that no cookie holds."""
    return f"{GONE}{secrets.token_urlsafe(16)}"


def _ballots(session: Session, voter_id: int) -> Mapping[int, tuple[OwnBallot, ...]]:
    """By battle."""
    rows = session.execute(
        select(Ballot, Vote, Dimension.slug)
        .join(Vote, Vote.ballot_id == Ballot.id)
        .join(Dimension, Vote.dimension_id == Dimension.id)
        .where(Ballot.rater_id == voter_id)
        .order_by(Ballot.id, Vote.id)
    ).all()
    cast = defaultdict[tuple[int, int], list[tuple[str, Vote]]](list)
    for ballot, vote, dimension in rows:
        cast[vote.battle_id, ballot.id].append((dimension, vote))
    by_id = {ballot.id: ballot for ballot, _, _ in rows}
    found = defaultdict[int, tuple[OwnBallot, ...]](tuple)
    for (battle_id, ballot_id), given in cast.items():
        found[battle_id] += (OwnBallot(by_id[ballot_id], tuple(given)),)
    return found


def _revealed(session: Session, battle: Battle) -> tuple[str, str] | None:
    if battle.revealed_at is None:
        return None
    return session.get_one(Model, battle.model_a_id).slug, session.get_one(Model, battle.model_b_id).slug
