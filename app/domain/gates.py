"""Gates: votes of voters who do not judge as people who read do, set aside with a reason; and how often that happens.

What is decided when a vote is cast is `admission`. Here votes are looked at afterwards, voter by voter, beside what all
others say. Only people's votes that were dealt here are touched: an import comes as it is. A vote that an admin has
restored is not set aside again by the same gate, and is no evidence against its voter.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, ControlBattle, Dimension, GateMark, Rater, Vote, VoteEvent
from app.domain import dimensions, models, tallies, votes
from app.domain.admission import actor_of
from app.domain.arenas import OVERALL
from app.domain.tallies import Slice
from app.stats.gates import (
    GATES,
    RING,
    RULES,
    Gate,
    Others,
    Rule,
    Voter,
    policies,
    rings,
    sifted,
    usually_on,
    without,
)
from app.stats.settings import Parameter, parameters
from app.stats.tally import COUNTED, Tally
from app.stats.verdicts import Verdict

FEWEST = 10
"""Votes of a voter from which they are looked at."""
VOTERS_AT_ONCE = 1_000
GROWTH = 0.05
"""By how much the counted votes must have grown until rings are looked for again, which reads every vote."""
LATE = timedelta(minutes=10)
"""A vote may be committed this long after it says that it was cast, and is still seen."""
WATCHED = 1_000
"""The newest votes by which the rates of the gates are told."""
FEWEST_WATCHED = 50
ALARM = 0.1
"""Of the newest votes, the share that one gate may set aside before it is looked at itself."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A voter whose votes a gate sets aside, and why; of one model only, where it says which."""

    rater_id: int
    gate: str
    why: str
    model_id: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """`ring_votes` is at how many counted votes rings were last looked for."""

    findings: tuple[Finding, ...]
    ring_votes: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What one gate did to the newest votes: `set_aside` of `votes`, of which `restored` count again. `alarm` says that
    the share is above `limit`, so that the gate itself must be looked at. `usual`: arenas begin with it.
    """

    gate: str
    summary: str
    on: bool
    settings: Mapping[str, Any]
    votes: int
    set_aside: int
    restored: int
    share: float | None
    limit: float
    alarm: bool
    usual: bool = True
    parameters: tuple[Parameter, ...] = ()


def waiting(session: Session) -> list[int]:
    """The arenas with votes that were not looked at yet."""
    voted = select(Vote.id).where(Vote.arena_id == Arena.id)
    late = voted.where(Vote.created_at > GateMark.looked_at)
    query = (
        select(Arena.id)
        .outerjoin(GateMark, GateMark.arena_id == Arena.id)
        .where(or_(and_(GateMark.looked_at.is_(None), voted.exists()), late.exists()))
        .order_by(Arena.id)
    )
    return list(session.scalars(query))


def look(session: Session, arena: Arena) -> Found:
    """Whose votes do not count: of the voters with votes since the last look, and of rings among all voters where the
    votes have grown since these were last looked for.

    For a session that sees one state of the data.
    """
    wanted = policies(arena.gates)
    overall = dimensions.find(session, arena, OVERALL)
    rows = models.by_id(session, arena)
    labels = {key: row.slug for key, row in rows.items()}
    tally = tallies.count(session, Slice(arena.id, overall.id, "human")).tally(labels, labels.values())
    key_of = {name: key for key, name in labels.items()}
    place = {key_of[name]: number for number, name in enumerate(tally.models)}
    found: dict[int, tuple[str, str]] = {}
    stopped: dict[int, Voter] = {}
    mark = session.get(GateMark, arena.id)
    for raters in _batches(_busy(session, arena, overall, mark)):
        voters = _voters(session, overall, raters, place, [*RULES, *GATES])
        new = sifted(voters, tally, wanted)
        found |= new
        stopped |= {rater: voters[rater] for rater in new}
    findings = [Finding(rater, gate, why) for rater, (gate, why) in sorted(found.items())]
    votes_now, votes_then = int(tally.count.sum()), mark.ring_votes if mark else 0
    if RING not in wanted or votes_now <= votes_then * (1 + GROWTH):
        return Found(tuple(findings), votes_then)
    findings += _of_rings(session, overall, stopped, tally, place, wanted[RING])
    return Found(tuple(findings), votes_now)


def _of_rings(
    session: Session,
    overall: Dimension,
    stopped: Mapping[int, Voter],
    tally: Tally,
    place: Mapping[int, int],
    settings: Any,
) -> list[Finding]:
    voters: dict[int, Voter] = {}
    for raters in _batches(_everybody(session, overall)):
        left = [rater for rater in raters if rater not in stopped]
        voters |= _voters(session, overall, left, place, [RING])
    numbers, keys = list(voters), list(place)
    return [
        Finding(numbers[at], RING, ring.why, keys[ring.model])
        for ring in rings(list(voters.values()), Others.of(without(tally, stopped.values())), settings)
        for at in ring.voters
    ]


def apply(session: Session, arena: Arena, found: Found, seen: datetime, now: datetime) -> int:
    """Set aside what was found, and note that votes cast before `seen` were looked at; gives how many votes left."""
    left = 0
    for finding in found.findings:
        actor = actor_of(finding.gate)
        before = select(VoteEvent.vote_id).where(VoteEvent.vote_id == Vote.id, VoteEvent.actor == actor)
        theirs = (
            select(Vote.id)
            .join(Battle, Battle.id == Vote.battle_id)
            .where(
                Vote.arena_id == arena.id, Vote.rater_id == finding.rater_id, _dealt_here(), ~before.exists()
            )
        )
        if finding.model_id is not None:
            theirs = theirs.where(
                or_(Battle.model_a_id == finding.model_id, Battle.model_b_id == finding.model_id)
            )
        left += votes.set_aside(session, theirs, finding.why, actor, now)
    mark = session.get(GateMark, arena.id)
    if mark is None:
        session.add(GateMark(arena_id=arena.id, looked_at=seen, ring_votes=found.ring_votes))
    else:
        mark.looked_at, mark.ring_votes = max(mark.looked_at, seen), found.ring_votes
    session.flush()
    return left


def newest(session: Session, arena: Arena) -> datetime | None:
    """When the newest vote was cast; to be asked before `look`."""
    return tallies.newest_vote(session, arena.id)


def rates(session: Session, arena: Arena, watched: int = WATCHED) -> list[Rate]:
    """Each gate's share of the newest votes of people that were dealt here, on the overall dimension."""
    wanted = policies(arena.gates)
    overall = dimensions.find(session, arena, OVERALL)
    last = _people(overall).with_only_columns(Vote.id).order_by(Vote.id.desc()).limit(watched).subquery()
    seen = session.scalar(select(func.count()).select_from(last)) or 0
    stopped = (
        select(
            VoteEvent.actor,
            func.count(func.distinct(Vote.id)),
            func.count(func.distinct(case((Vote.state == "counted", Vote.id)))),
        )
        .join(last, last.c.id == VoteEvent.vote_id)
        .join(Vote, Vote.id == VoteEvent.vote_id)
        .where(VoteEvent.to_state == "set_aside", VoteEvent.actor.startswith(actor_of("")))
        .group_by(VoteEvent.actor)
    )
    by_actor = {actor: (aside, restored) for actor, aside, restored in session.execute(stopped)}
    found, usual = [], usually_on()
    kinds: dict[str, Rule | Gate[Any]] = {**RULES, **GATES}
    for name, kind in kinds.items():
        aside, restored = by_actor.get(actor_of(name), (0, 0))
        share = aside / seen if seen else None
        found.append(
            Rate(
                gate=name,
                summary=kind.summary,
                on=name in wanted,
                usual=usual[name],
                parameters=parameters(kind.settings),
                settings=_settings(wanted, name),
                votes=seen,
                set_aside=aside,
                restored=restored,
                share=share,
                limit=ALARM,
                alarm=share is not None and seen >= FEWEST_WATCHED and share > ALARM,
            )
        )
    return found


def _settings(wanted: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    settings = wanted.get(name)
    return (
        {}
        if settings is None
        else {field: getattr(settings, field) for field in settings.__dataclass_fields__}
    )


def _dealt_here() -> ColumnElement[bool]:
    return Battle.dealt_to == Vote.rater_id


def _people(overall: Dimension) -> Select[Any]:
    """Votes of people on battles that were dealt to them, those that their voter has changed left out."""
    return (
        select(Vote)
        .join(Battle, Battle.id == Vote.battle_id)
        .join(Rater, Rater.id == Vote.rater_id)
        .where(
            Vote.arena_id + 0 == overall.arena_id,
            Vote.dimension_id == overall.id,
            Vote.state != "superseded",
            Rater.kind == "human",
            _dealt_here(),
        )
    )


def _batches(raters: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(raters), VOTERS_AT_ONCE):
        yield raters[start : start + VOTERS_AT_ONCE]


def _everybody(session: Session, overall: Dimension) -> Sequence[int]:
    return session.scalars(
        _people(overall).with_only_columns(Vote.rater_id).distinct().order_by(Vote.rater_id)
    ).all()


def _busy(session: Session, arena: Arena, overall: Dimension, mark: GateMark | None) -> list[int]:
    """Voters with enough votes, some of them since the last look."""
    since = select(Vote.rater_id).where(Vote.arena_id == arena.id)
    if mark is not None:
        since = since.where(Vote.created_at >= mark.looked_at - LATE)
    query = (
        _people(overall)
        .with_only_columns(Vote.rater_id)
        .where(Vote.rater_id.in_(since))
        .group_by(Vote.rater_id)
        .having(func.count() >= FEWEST)
        .order_by(Vote.rater_id)
    )
    return list(session.scalars(query))


def _voters(
    session: Session,
    overall: Dimension,
    raters: Sequence[int],
    place: Mapping[int, int],
    gates: Iterable[str],
) -> dict[int, Voter]:
    """What speaks for and against each voter: votes that count or that one of the gates set aside, none that was
    restored.
    """
    by_gate = select(VoteEvent.id).where(
        VoteEvent.vote_id == Vote.id,
        VoteEvent.actor.in_([actor_of(gate) for gate in gates]),
        VoteEvent.to_state == "set_aside",
    )
    query = (
        _people(overall)
        .outerjoin(ControlBattle, ControlBattle.battle_id == Battle.id)
        .with_only_columns(
            Vote.rater_id,
            Battle.model_a_id,
            Battle.model_b_id,
            Vote.verdict,
            Vote.state,
            by_gate.exists(),
            ControlBattle.kind,
            ControlBattle.expected,
        )
        .where(Vote.rater_id.in_(raters), Vote.verdict != Verdict.ABSTAIN.value)
        .order_by(Vote.rater_id, Vote.id)
    )
    codes = {verdict.value: code for code, verdict in enumerate(COUNTED)}
    shown = defaultdict[int, list[tuple[int, int, int, bool]]](list)
    controls = defaultdict[tuple[int, str], list[bool]](list)
    for rater, a, b, verdict, state, gated, kind, expected in session.execute(query):
        if kind is not None:
            controls[rater, kind].append(verdict != expected)
        elif (state == "counted") != bool(gated) and state in ("counted", "set_aside"):
            shown[rater].append((place[a], place[b], codes[verdict], state == "counted"))
    failed = {place: (len(wrong), sum(wrong)) for place, wrong in controls.items()}
    return {
        rater: _voter(shown[rater], failed.get((rater, "gold")), failed.get((rater, "repeat")), rater)
        for rater in raters
    }


def _voter(
    rows: Sequence[tuple[int, int, int, bool]],
    gold: tuple[int, int] | None,
    repeats: tuple[int, int] | None,
    seed: int,
) -> Voter:
    first, second, verdict, standing = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Voter(first, second, verdict, gold or (0, 0), repeats or (0, 0), seed, standing > 0)
