"""Judges, their runs, and the ledger of paid calls: judge → run → judgment → call → request."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, key, one_of, to, unique_where
from app.db.types import Id, Json

EARLIER = "~"
"""In the key of a call whose question was asked again in other words; no question's own key has it."""


class Judge(Table):
    """One version of a judge. Its settings never change: an edited judge is a new version, with a rater of its own."""

    __tablename__ = "judges"
    __table_args__ = (
        UniqueConstraint("arena_id", "name", "version"),
        one_of("orders", "orders", "both", "ab", "ba"),
    )
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    rater_id: Mapped[int] = to("raters.id")
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    description: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[
        dict[str, Any]
    ]  # settings of the provider that differ from its defaults; none is a secret
    model: Mapped[str] = mapped_column(Text)
    family: Mapped[str | None] = mapped_column(Text)
    protocol: Mapped[str] = mapped_column(String(40))
    protocol_version: Mapped[str] = mapped_column(String(20))
    protocol_settings: Mapped[dict[str, Any]]  # those that differ from the protocol's defaults
    dimensions: Mapped[list[Any]]  # slugs; empty for those that the arena asks
    temperature: Mapped[float | None]
    seed: Mapped[int | None] = mapped_column(BigInteger)
    longest_reply: Mapped[int | None]
    orders: Mapped[str] = mapped_column(String(4))
    repeats: Mapped[int]
    told: Mapped[dict[str, Any]]  # what it is told beside the form: profile, policy, constraints
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class JudgeRun(Table):
    """One errand of a judge. `calls`, tokens and `micros` are the most that its requests may have cost so far: a
    request counts in full when it is sent, and for what it was when it has ended.

    One worker at a time works on a run, as long as it renews its lease; `lease` numbers the takings, so that a worker
    that was taken for dead can record nothing more.
    """

    __tablename__ = "judge_runs"
    __table_args__ = (
        # A question that two runs of one judge ask at once would be paid for twice.
        unique_where("state IN ('running', 'paused')", "uq_judge_runs_open", "arena_id", "judge"),
        Index("ix_judge_runs_arena_id_id", "arena_id", "id"),
        one_of("state", "state", "running", "paused", "done", "cancelled"),
    )
    id: Mapped[int] = key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = to("arenas.id")
    judge_id: Mapped[int] = to("judges.id")
    judge: Mapped[str] = mapped_column(String(80))  # its name, whatever the version
    selection: Mapped[dict[str, Any]]
    wording_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(Text)
    ask_unknown: Mapped[bool]
    most_calls: Mapped[int | None] = mapped_column(BigInteger)
    most_tokens: Mapped[int | None] = mapped_column(BigInteger)
    most_micros: Mapped[int | None] = mapped_column(BigInteger)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    micros: Mapped[int] = mapped_column(BigInteger, default=0)
    unpriced: Mapped[int] = mapped_column(BigInteger, default=0)
    cached: Mapped[int] = mapped_column(BigInteger, default=0)
    judgments: Mapped[int] = mapped_column(BigInteger, default=0)
    ended: Mapped[int] = mapped_column(BigInteger, default=0)
    ended_before: Mapped[int] = mapped_column(BigInteger, default=0)  # when it was last started: for its pace
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    votes: Mapped[int] = mapped_column(BigInteger, default=0)
    worker: Mapped[str | None] = mapped_column(Text)
    lease: Mapped[int] = mapped_column(BigInteger, default=0)
    revision: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # counts its changes
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Judgment(Table):
    """One battle shown to a judge in one order. `outcome` holds by dimension what was read, or why nothing was."""

    __tablename__ = "judgments"
    __table_args__ = (
        UniqueConstraint("run_id", "battle_id", "shown_as_a"),
        Index("ix_judgments_run_id_state_id", "run_id", "state", "id"),
        one_of("state", "state", "waiting", "voted", "failed"),
        one_of("shown_as_a", "shown_as_a", "a", "b"),
    )
    id: Mapped[int] = key()
    run_id: Mapped[int] = to("judge_runs.id")
    battle_id: Mapped[int] = to("battles.id")
    shown_as_a: Mapped[str] = mapped_column(String(1))
    state: Mapped[str] = mapped_column(String(20))
    failure: Mapped[str | None] = mapped_column(String(40))  # of the first dimension without a verdict
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)
    ballot_id: Mapped[int | None] = mapped_column(Id, ForeignKey("ballots.id"))
    ended_at: Mapped[datetime | None]


class JudgeCall(Table):
    """One question of a judgment and what came of it. `question` names all that decides the reply, so that the same is
    never paid for twice; a call answered by another's reply names that one.
    """

    __tablename__ = "judge_calls"
    __table_args__ = (
        UniqueConstraint("judgment_id", "key", "repeat"),
        Index("ix_judge_calls_question", "question"),
        Index("ix_judge_calls_run_id_state", "run_id", "state"),
        one_of("state", "state", "open", "answered", "failed", "unknown"),
    )
    id: Mapped[int] = key()
    run_id: Mapped[int] = to("judge_runs.id")
    judgment_id: Mapped[int] = to("judgments.id")
    key: Mapped[str] = mapped_column(Text)
    repeat: Mapped[int]
    question: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    same_as: Mapped[int | None] = mapped_column(Id, ForeignKey("judge_calls.id"))
    asked: Mapped[dict[str, Any] | None] = mapped_column(
        Json
    )  # messages, schema, cuts, flags: as they were sent
    reply: Mapped[dict[str, Any] | None] = mapped_column(Json)  # text, finish, model, tokens: as they came
    kind: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class JudgeRequest(Table):
    """One request to an endpoint, written down before it is sent and after it ended. One that never ended is `unknown`
    once its worker is known to be dead: it may have been paid for, and counts for the most that it can have cost.
    """

    __tablename__ = "judge_requests"
    __table_args__ = (
        Index("ix_judge_requests_call_id", "call_id"),
        Index("ix_judge_requests_run_id_state", "run_id", "state"),
        one_of("state", "state", "sent", "ended", "unknown"),
    )
    id: Mapped[int] = key()
    run_id: Mapped[int] = to("judge_runs.id")
    call_id: Mapped[int] = to("judge_calls.id")
    worker: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(20))
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cached_tokens: Mapped[int] = mapped_column(default=0)
    micros: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float | None]
    sent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
