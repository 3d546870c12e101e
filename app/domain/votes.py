"""Votes: cast, change before the reveal, withdraw, set aside, restore. A vote is never deleted or updated in place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.tables import Arena, Ballot, Battle, Dimension, Model, Prompt, Rater, Vote, VoteEvent
from app.domain import admission, battles, dimensions, owners
from app.domain.errors import AlreadyRevealed, AlreadyVoted, Invalid, Problem, VoteNotFound
from app.domain.paging import Page, after, page

CHUNK = 5_000
LONGEST_COMMENT = 2_000
STRENGTHS = (1, 2, 3)  # slightly, clearly, far better
ARENA = "arena"  # who set a vote aside, where nobody did
OWN_MODEL = "one of the two models is your own"
WhyNot = Literal["withdrawn", "set_aside", "abstained", "own_model"]


@dataclass(frozen=True, slots=True)
class NewBallot:
    """Verdicts by dimension, as the voter saw the two answers, and what the voter said beside them."""

    verdicts: Mapping[str, str]
    strengths: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    comment: str = ""
    recognised: bool = False
    confidence: float | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revealed:
    model: str
    name: str
    organization: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a ballot. `reveal` is (A, B) once the arena lets the voter know."""

    battle: str
    verdicts: Mapping[str, str]
    counted: bool
    why_not: str | None
    why_not_code: WhyNot | None
    reveal: tuple[Revealed, Revealed] | None


@dataclass(frozen=True, slots=True)
class OwnVote:
    receipt: Receipt
    arena: str
    prompt: str
    voted_at: datetime
    comment: str


def cast(session: Session, battle_id: str, voter_id: int, ballot: NewBallot, now: datetime) -> Receipt:
    """Store one vote for each dimension judged. Raises the errors of battles.find_open, and Invalid."""
    battle = battles.find_open(session, battle_id, voter_id, now)
    arena = session.get_one(Arena, battle.arena_id)
    asked = _check(session, arena, ballot)
    battles.settle(session, battle, "voted")
    _store(session, battle, voter_id, ballot, asked, now)
    why = _admit(session, arena, battle, voter_id, ballot, now)
    _reveal(session, arena, battle, voter_id, now)
    return _receipt(session, battle, ballot.verdicts, _code(why), why)


def change(session: Session, battle_id: str, voter_id: int, ballot: NewBallot, now: datetime) -> Receipt:
    """Put a new ballot in the place of the old one, which is kept as superseded.

    Raises BattleNotFound, VoteNotFound, AlreadyRevealed, Invalid.
    """
    battle = battles.find(session, battle_id, voter_id)
    if battle.state != "voted":
        raise VoteNotFound("there is no vote of yours on this battle to change")
    if battle.revealed_at is not None:
        raise AlreadyRevealed("the models are revealed, so the vote can only be withdrawn")
    arena = session.get_one(Arena, battle.arena_id)
    asked = _check(session, arena, ballot)
    old = _locked(session, battle.id, voter_id, "counted", "set_aside")
    if any(vote.state == "set_aside" and not (_is_own(vote) or _by_gate(session, vote)) for vote in old):
        raise AlreadyVoted("this vote was set aside by an admin, so it can only be withdrawn")
    _retire(session, old, "superseded", "changed by the voter", "voter", now)
    _store(session, battle, voter_id, ballot, asked, now)
    why = _admit(session, arena, battle, voter_id, ballot, now)
    return _receipt(session, battle, ballot.verdicts, _code(why), why)


def note_owner(session: Session, voter_id: int, owner: str, now: datetime) -> None:
    """This voter has shown an owner's key: no vote of theirs on that owner's models counts, before or after."""
    if owners.link(session, voter_id, owner, now):
        set_aside(session, owners.own_votes(voter_id), OWN_MODEL, ARENA, now)


def withdraw(session: Session, battle_id: str, voter_id: int, now: datetime) -> Receipt:
    """Take the vote out of every board; the rows stay. Raises BattleNotFound, VoteNotFound."""
    battle = battles.find(session, battle_id, voter_id)
    votes = _locked(session, battle.id, voter_id, "counted", "set_aside")
    if battle.state != "voted" or not votes:
        raise VoteNotFound("there is no vote of yours on this battle to withdraw")
    battles.settle(session, battle, "withdrawn")
    verdicts = _by_dimension(session, votes)
    _retire(session, votes, "withdrawn", "withdrawn by the voter", "voter", now)
    return _receipt(session, battle, verdicts, "withdrawn", "withdrawn")


def set_aside(
    session: Session, which: Iterable[int] | Select[Any], reason: str, actor: str, now: datetime
) -> int:
    """Leave counted votes out of the boards, saying why and who decided; gives how many there were."""
    return move(session, which, "counted", "set_aside", reason, actor, now)


def restore(
    session: Session, which: Iterable[int] | Select[Any], reason: str, actor: str, now: datetime
) -> int:
    """Count votes again that were set aside, and no others: a voter has the last word on a vote that was withdrawn, and
    owners' votes on their own models never count.
    """
    return move(session, _restorable(which), "set_aside", "counted", reason, actor, now)


def move(
    session: Session,
    which: Iterable[int] | Select[Any],
    before: str,
    after: str,
    reason: str,
    actor: str,
    now: datetime,
) -> int:
    """Bring those of the votes that are in one state into another, with an event each; gives how many there were.

    `which` are their ids, or a query that gives these.
    """
    session.flush()
    chosen = which if isinstance(which, Select) else list(which)
    # In the order of their ids, as everybody locks votes, so that nobody waits for each other.
    found = select(Vote.id).where(Vote.id.in_(chosen), Vote.state == before).order_by(Vote.id)
    keys = session.scalars(found.with_for_update()).all()
    event = {"from_state": before, "to_state": after, "reason": reason, "actor": actor, "created_at": now}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        inserted(session, VoteEvent, [{"vote_id": key, **event} for key in some])
        moved = update(Vote).where(Vote.id.in_(some))
        session.execute(moved.values(state=after, state_reason=reason, state_at=now))
    return len(keys)


def count_in(session: Session, which: Select[Any], state: str) -> int:
    """How many of the votes are in this state, and can leave it."""
    kept = _restorable(which) if state == "set_aside" else which
    return session.scalar(select(func.count()).where(Vote.id.in_(kept), Vote.state == state)) or 0


def count_own(session: Session, voter_id: int) -> int:
    """On how many battles the voter's vote stands, in all arenas."""
    query = select(func.count()).select_from(Battle)
    return session.scalar(query.where(Battle.dealt_to == voter_id, Battle.state == "voted")) or 0


def list_own(session: Session, voter_id: int, limit: int, cursor: str | None) -> Page[OwnVote]:
    """The voter's battles, newest first, with their models where these are revealed."""
    newest = after(cursor) or None
    query = (
        select(Battle, Arena.slug, Prompt.external_id)
        .join(Arena, Battle.arena_id == Arena.id)
        .join(Prompt, Battle.prompt_id == Prompt.id)
        .where(Battle.dealt_to == voter_id, Battle.state.in_(("voted", "withdrawn")))
        .order_by(Battle.id.desc())
        .limit(limit + 1)
    )
    rows = session.execute(query if newest is None else query.where(Battle.id < newest)).all()
    items = [_own(session, battle, voter_id, arena, prompt) for battle, arena, prompt in rows]
    return page(items, [row[0].id for row in rows], limit)


def _own(session: Session, battle: Battle, voter_id: int, arena: str, prompt: str) -> OwnVote:
    votes = _votes(session, battle.id, voter_id, "counted", "withdrawn", "set_aside")
    verdicts = _by_dimension(session, votes)
    out = next((vote for vote in votes if vote.state != "counted"), None)
    ballot = session.get_one(Ballot, votes[0].ballot_id)
    if out is None:
        receipt = _receipt(session, battle, verdicts)
    elif out.state == "set_aside":
        code: WhyNot = "own_model" if out.state_reason == OWN_MODEL else "set_aside"
        receipt = _receipt(session, battle, verdicts, code, out.state_reason)
    else:
        receipt = _receipt(session, battle, verdicts, "withdrawn", "withdrawn")
    return OwnVote(receipt, arena, prompt, ballot.created_at, ballot.comment)


def _check(session: Session, arena: Arena, ballot: NewBallot) -> dict[str, Dimension]:
    """The dimensions asked now, by slug; raises Invalid with every problem found."""
    asked = {row.slug: row for row in dimensions.list_dimensions(session, arena)}
    problems = [*_verdict_problems(arena, ballot, asked), *_remark_problems(ballot)]
    if problems:
        raise Invalid(
            "this vote cannot be stored: " + "; ".join(each.problem for each in problems), tuple(problems)
        )
    return asked


def _verdict_problems(arena: Arena, ballot: NewBallot, asked: Mapping[str, Dimension]) -> Iterable[Problem]:
    for slug, verdict in ballot.verdicts.items():
        if slug not in asked:
            yield Problem(f"verdicts.{slug}", f"no dimension {slug!r}; expected some of {', '.join(asked)}")
        elif verdict not in arena.verdicts:
            offered = ", ".join(arena.verdicts)
            yield Problem(
                f"verdicts.{slug}", f"verdict {verdict!r} is not offered; expected one of {offered}"
            )
    for slug, row in asked.items():
        if row.required and slug not in ballot.verdicts:
            yield Problem(f"verdicts.{slug}", f"a verdict on {slug!r} is required")
    if not ballot.verdicts:
        yield Problem("verdicts", "no verdict at all")
    for slug, strength in ballot.strengths.items():
        if slug not in ballot.verdicts:
            yield Problem(f"strengths.{slug}", f"a strength for {slug!r} without a verdict")
        elif strength not in STRENGTHS:
            yield Problem(f"strengths.{slug}", f"strength {strength}; expected 1, 2 or 3")


def _remark_problems(ballot: NewBallot) -> Iterable[Problem]:
    if len(ballot.comment) > LONGEST_COMMENT:
        yield Problem("comment", f"{len(ballot.comment):,} characters; at most {LONGEST_COMMENT:,} are kept")
    if ballot.confidence is not None and not 0 <= ballot.confidence <= 1:
        yield Problem("confidence", "expected a number from 0 to 1")


def _store(
    session: Session,
    battle: Battle,
    voter_id: int,
    ballot: NewBallot,
    asked: Mapping[str, Dimension],
    now: datetime,
) -> None:
    row = Ballot(
        rater_id=voter_id,
        reasons={side: list(words) for side, words in ballot.reasons.items()} or None,
        comment=ballot.comment,
        recognised=ballot.recognised,
        reading=dict(ballot.reading) or None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        Vote(
            arena_id=battle.arena_id,
            battle_id=battle.id,
            dimension_id=asked[slug].id,
            dimension_version=asked[slug].version,
            rater_id=voter_id,
            ballot_id=row.id,
            shown_as_a="a",
            verdict=verdict,
            strength=ballot.strengths.get(slug),
            confidence=ballot.confidence,
            state="counted",
            created_at=now,
        )
        for slug, verdict in ballot.verdicts.items()
    )
    try:
        session.flush()
    except IntegrityError as refused:
        # The lock on the battle keeps this from happening; the database is the one that must refuse.
        raise AlreadyVoted("you have voted on this battle already") from refused


def _admit(
    session: Session, arena: Arena, battle: Battle, voter_id: int, ballot: NewBallot, now: datetime
) -> str | None:
    """Set aside what a gate keeps from counting, counted first as every vote is; why, for its voter."""
    mine = _of(battle.id, voter_id, "counted").with_only_columns(Vote.id)
    if owners.owns_a_side(session, voter_id, battle):
        set_aside(session, mine, OWN_MODEL, ARENA, now)
        return OWN_MODEL
    refused = admission.refusal(session, arena, battle, voter_id, ballot.recognised, now)
    if refused is None:
        return None
    set_aside(session, mine, refused.why, refused.actor, now)
    return refused.why


def _code(why: str | None) -> WhyNot | None:
    if why is None:
        return None
    return "own_model" if why == OWN_MODEL else "set_aside"


def _is_own(vote: Vote) -> bool:
    return vote.state_reason == OWN_MODEL


def _restorable(which: Iterable[int] | Select[Any]) -> Select[Any]:
    chosen = which if isinstance(which, Select) else list(which)
    return select(Vote.id).where(Vote.id.in_(chosen), func.coalesce(Vote.state_reason, "") != OWN_MODEL)


def _retire(
    session: Session, votes: Sequence[Vote], state: str, reason: str, actor: str, now: datetime
) -> None:
    for vote in votes:
        session.add(
            VoteEvent(
                vote_id=vote.id,
                from_state=vote.state,
                to_state=state,
                reason=reason,
                actor=actor,
                created_at=now,
            )
        )
        vote.state, vote.state_reason, vote.state_at = state, reason, now
    session.flush()


def _locked(session: Session, battle_id: int, voter_id: int, *states: str) -> Sequence[Vote]:
    # An admin may be setting the same votes aside, which knows no battle to queue at.
    return session.scalars(_of(battle_id, voter_id, *states).with_for_update()).all()


def _votes(session: Session, battle_id: int, voter_id: int, *states: str) -> Sequence[Vote]:
    return session.scalars(_of(battle_id, voter_id, *states)).all()


def _of(battle_id: int, voter_id: int, *states: str) -> Select[Any]:
    query = select(Vote).where(Vote.battle_id == battle_id, Vote.rater_id == voter_id, Vote.state.in_(states))
    return query.order_by(Vote.id)


def _by_dimension(session: Session, votes: Sequence[Vote]) -> dict[str, str]:
    return {session.get_one(Dimension, vote.dimension_id).slug: vote.verdict for vote in votes}


def _reveal(session: Session, arena: Arena, battle: Battle, voter_id: int, now: datetime) -> None:
    if arena.reveal == "after_vote":
        battle.revealed_at = now
    session.flush()
    if arena.reveal != "end":
        return
    # Two votes of one voter at once: the second must see the first to know that the goal is reached.
    # key_share: each holds that lock by its ballot, which names the rater, and a stronger one would be a deadlock.
    session.execute(select(Rater.id).where(Rater.id == voter_id).with_for_update(key_share=True))
    if battles.voted(session, arena.id, voter_id) >= arena.goal:
        rows = select(Battle).where(
            Battle.dealt_to == voter_id, Battle.arena_id == arena.id, Battle.revealed_at.is_(None)
        )
        for row in session.scalars(rows.where(Battle.state.in_(("voted", "withdrawn")))):
            row.revealed_at = now
        session.flush()


def _by_gate(session: Session, vote: Vote) -> bool:
    newest = (
        select(VoteEvent.actor).where(VoteEvent.vote_id == vote.id).order_by(VoteEvent.id.desc()).limit(1)
    )
    return (session.scalar(newest) or "").startswith(admission.actor_of(""))


def _receipt(
    session: Session,
    battle: Battle,
    verdicts: Mapping[str, str],
    code: WhyNot | None = None,
    why_not: str | None = None,
) -> Receipt:
    if code is None and all(verdict == "abstain" for verdict in verdicts.values()):
        code, why_not = "abstained", "can't tell is kept, but counts for neither side"
    revealed = _revealed(session, battle)
    return Receipt(battle.public_id, dict(verdicts), code is None, why_not, code, revealed)


def _revealed(session: Session, battle: Battle) -> tuple[Revealed, Revealed] | None:
    if battle.revealed_at is None:
        return None
    a, b = (session.get_one(Model, key) for key in (battle.model_a_id, battle.model_b_id))
    return Revealed(a.slug, a.name, a.organization), Revealed(b.slug, b.name, b.organization)
