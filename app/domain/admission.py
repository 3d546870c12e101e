"""Admission: what is decided of a vote when it is cast: whether it counts, and if not, which gate says so and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Vote
from app.domain import answers, controls
from app.stats import gates
from app.stats.gates import AT_ONCE, Cap

CONTROL = "control"
WHY_CONTROL = "this was a control battle: it checks that battles are read, and counts on no board"
CAP_HOURS = 24

SettingsOf = Mapping[str, Mapping[str, str | int | float | bool | None]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which gate keeps a vote from counting, and what its voter reads."""

    gate: str
    why: str

    @property
    def actor(self) -> str:
        return actor_of(self.gate)


def actor_of(gate: str) -> str:
    """Who set a vote aside, as its events say it."""
    return f"gate:{gate}"


def refusal(
    session: Session, arena: Arena, battle: Battle, voter_id: int, recognised: bool, now: datetime
) -> Refusal | None:
    """None for a vote that counts; to be asked when the vote is stored."""
    if controls.find(session, battle.id) is not None:
        return Refusal(CONTROL, WHY_CONTROL)
    wanted = gates.policies(arena.gates)
    cap = wanted.get("cap")
    holds = {
        "cap": isinstance(cap, Cap) and _counting(session, arena, voter_id, now) > cap.votes,
        "recognised": recognised,
        "leak": "leak" in wanted and is_leaking(session, battle),
    }
    for name, rule in AT_ONCE.items():
        if name in wanted and holds[name]:
            return Refusal(name, rule.why)
    return None


def is_leaking(session: Session, battle: Battle) -> bool:
    """Whether an answer of the battle says who gave it."""
    return bool(answers.leaking(session, (battle.answer_a_id, battle.answer_b_id)))


def _counting(session: Session, arena: Arena, voter_id: int, now: datetime) -> int:
    """On how many battles of the arena the voter's votes of the last hours count, the one just cast included."""
    counts = select(Vote.id).where(
        Vote.battle_id == Battle.id,
        Vote.rater_id == voter_id,
        Vote.state == "counted",
        Vote.created_at > now - timedelta(hours=CAP_HOURS),
    )
    # By the voter's battles: the arena's votes of a day may be very many.
    own = (
        select(func.count())
        .select_from(Battle)
        .where(Battle.dealt_to == voter_id, Battle.arena_id == arena.id)
    )
    return session.scalar(own.where(counts.exists())) or 0
