"""The ledger of a run: each question of a judgment, each request for it before it is sent and after it ended.

All that is written is written under a lease (`runs.Lease`), a batch in one transaction. A request is let through only
while the run is running and its budget holds the most that the request can cost; a request that has ended gives back
what it did not use. What a reply says is stored in the transaction that says that its request ended, so that none that
was paid for is lost.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.judging import EARLIER
from app.db.tables import Judge, JudgeCall, JudgeRequest, JudgeRun
from app.domain.content import Message
from app.domain.judges.protocol import Question
from app.domain.judges.replies import Unanswered
from app.domain.runs import LOST, Lease
from app.domain.transcripts import Answer, kept, read_reply, storable
from app.providers import exchange
from app.providers.costs import Basis, Cost

TOP_LOGPROBS = 20


class LeaseLost(Exception):
    """Another worker has the run: nothing more may be written for it."""


class NotRunning(Exception):
    """The run was paused or cancelled."""


class OverBudget(Exception):
    """The request might cost more than the run has left; says which of its limits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about to be asked: where it belongs, and `identity`, which all that decides the reply goes into."""

    judgment_id: int
    key: str
    repeat: int
    identity: str
    question: Question


@dataclass(frozen=True, slots=True)
class Opened:
    """A call of the ledger. `answer` is what is known already: asked before, or unknown and not to be asked again."""

    call_id: int
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that wants to go out; `most` is what it can cost at most."""

    call_id: int
    format: str
    most: Cost


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that came to an end: its attempt as the provider tells it, and what came."""

    request_id: int
    call_id: int
    attempt: exchange.Attempt
    outcome: exchange.Outcome


def identity(judge: Judge, question: Question, repeat: int, longest_reply: int) -> str:
    """SHA-256 of all that decides a reply: who is asked, how, what. The speed and the prices of an endpoint do not, nor
    does the arena, so that one that moves keeps its replies; each answers its own questions alone.
    """
    place = {name: judge.endpoint.get(name) for name in ("base_url", "file", "format", "headers")}
    settings = [judge.provider, place, judge.model, judge.temperature, judge.seed]
    told = json.dumps([*settings, longest_reply, repeat, question.hash], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def longest_reply(judge: Judge, question: Question) -> int:
    """In tokens; the judge's own, but for a question of which only the first tokens count."""
    if judge.longest_reply is not None and not question.logprobs:
        return judge.longest_reply
    return question.longest_reply


def pictures_of(question: Question) -> set[str]:
    """The digests of all pictures in it."""
    return {each["digest"] for message in question.messages for each in message.get("images", ())}


def posed(
    judge: Judge, question: Question, repeat: int, pictures: Mapping[str, tuple[str, bytes]]
) -> exchange.Question:
    """The question as a provider sends it; each repeat has a seed of its own. `pictures` are the media type and the
    bytes of each, by digest.
    """
    longest = longest_reply(judge, question)
    return exchange.Question(
        model=judge.model,
        messages=tuple(_sent(each, pictures) for each in question.messages),
        max_tokens=longest,
        temperature=judge.temperature,
        seed=None if judge.seed is None else judge.seed + repeat,
        schema=question.schema,
        top_logprobs=TOP_LOGPROBS if question.logprobs else None,
        whole=not question.logprobs,
        idempotency_key=identity(judge, question, repeat, longest),
    )


def renew(session: Session, lease: Lease, now: datetime, seconds: float) -> JudgeRun:
    """The run, locked and held for so long from now. Raises LeaseLost."""
    run = session.scalar(select(JudgeRun).where(JudgeRun.id == lease.run_id).with_for_update())
    if run is None or run.lease != lease.number:
        raise LeaseLost(f"run {lease.run_id} has another worker")
    run.leased_until = now + timedelta(seconds=seconds)
    run.revision += 1
    return run


def answered(session: Session, arena_id: int, identities: Collection[str]) -> dict[str, JudgeCall]:
    """The first call of an arena that was answered for each of these."""
    first = (
        select(func.min(JudgeCall.id))
        .where(
            JudgeCall.question.in_(identities),
            JudgeCall.state == "answered",
            JudgeCall.same_as.is_(None),
            _in_arena(arena_id),
        )
        .group_by(JudgeCall.question)
    )
    rows = session.scalars(select(JudgeCall).where(JudgeCall.id.in_(first)))
    return {row.question: row for row in rows}


def open_calls(session: Session, run: JudgeRun, asked: Sequence[Asked], now: datetime) -> list[Opened]:
    """A call for each question, in their order: new, or the one of before; answered where its reply is known. What was
    asked in other words since an edit is kept under a key of its own.
    """
    if not asked:
        return []
    before = _before(session, run.arena_id, asked)
    there = _set_aside(session, {(call.judgment_id, call.key, call.repeat): call for call in before}, asked)
    known = {
        call.question: call for call in reversed(before) if call.state == "answered" and call.same_as is None
    }
    unknown = {call.question for call in before if call.state == "unknown" and not run.ask_unknown}
    lost = unknown - known.keys()
    opened: list[Opened] = []
    new: list[tuple[int, dict[str, Any]]] = []
    again: list[dict[str, Any]] = []
    for at, each in enumerate(asked):
        source, row = known.get(each.identity), there.get((each.judgment_id, each.key, each.repeat))
        is_lost = each.identity in lost
        values = _call(run, each, source, now) | (LOST | {"ended_at": now} if is_lost else {})
        if row is None:
            new.append((at, values))
            run.cached += source is not None
        elif not (row.id == source.id if source else is_lost and row.state == "unknown"):
            again.append({"id": row.id, **values})
        answer = read_reply(source) if source else Unanswered(LOST["kind"], LOST["reason"], LOST["detail"])
        opened.append(Opened(0 if row is None else row.id, answer if source or is_lost else None))
    if again:
        session.execute(update(JudgeCall), again)
    ids = inserted(session, JudgeCall, [values for _, values in new])
    for call_id, (at, _) in zip(ids, new, strict=True):
        opened[at] = replace(opened[at], call_id=call_id)
    return opened


def send(
    session: Session, run: JudgeRun, lease: Lease, wanted: Sequence[Sending], now: datetime
) -> list[int | None]:
    """The requests that the budget has room for, each written down as sent; None for the others."""
    let = [_let_through(run, each.most) for each in wanted]
    rows = [
        {
            "run_id": run.id,
            "call_id": each.call_id,
            "worker": lease.worker,
            "format": each.format,
            "state": "sent",
            "basis": Basis.POSSIBLE.value,
            "input_tokens": each.most.usage.input,
            "output_tokens": each.most.usage.output,
            "micros": each.most.micros,
            "sent_at": now,
        }
        for each, goes in zip(wanted, let, strict=True)
        if goes
    ]
    ids = iter(inserted(session, JudgeRequest, rows))
    return [next(ids) if goes else None for goes in let]


def settle(session: Session, run: JudgeRun, ended: Sequence[Ended], now: datetime) -> None:
    """Write down how requests ended, and give back what they did not use. Needs no lease: it is true in any case."""
    if not ended:
        return
    before = {
        row.id: row
        for row in session.execute(
            select(
                JudgeRequest.id, JudgeRequest.input_tokens, JudgeRequest.output_tokens, JudgeRequest.micros
            ).where(JudgeRequest.id.in_([each.request_id for each in ended]))
        )
    }
    for each in ended:
        reserved, cost = before[each.request_id], each.attempt.cost
        run.input_tokens += cost.usage.input - reserved.input_tokens
        run.output_tokens += cost.usage.output - reserved.output_tokens
        run.micros += (cost.micros or 0) - (reserved.micros or 0)
        run.unpriced += (cost.micros is None) - (reserved.micros is None)
    session.execute(update(JudgeRequest), [_request(each, now) for each in ended])


def settle_late(session: Session, run: JudgeRun, ended: Sequence[Ended], now: datetime) -> None:
    """The same for a worker whose lease was taken: what was paid for is true whoever has the run now. A reply that
    nobody asked for again is kept, so that it need not be paid for twice.
    """
    settle(session, run, ended, now)
    lost = select(JudgeCall.id).where(
        JudgeCall.id.in_([each.call_id for each in ended]), JudgeCall.state == "unknown"
    )
    still = set(session.scalars(lost))
    keep(session, [each for each in ended if each.call_id in still], now)


def keep(session: Session, ended: Sequence[Ended], now: datetime) -> None:
    """Store the replies that came."""
    replies = [
        {"id": each.call_id, "state": "answered", "ended_at": now, **found}
        for each in ended
        if (found := kept(each.outcome)) is not None
    ]
    if replies:
        session.execute(update(JudgeCall), replies)


def fail(session: Session, failed: Mapping[int, Unanswered], now: datetime) -> None:
    """Calls that brought no reply in the end."""
    values = [
        {
            "id": call_id,
            "state": "failed",
            "kind": each.kind,
            "reason": each.reason,
            "detail": storable(each.detail),
            "ended_at": now,
        }
        for call_id, each in failed.items()
    ]
    if values:
        session.execute(update(JudgeCall), values)


def short_of(run: JudgeRun, most: Cost) -> str:
    """Which limit of the run's budget one more request might pass; "" where none."""
    if run.most_calls is not None and run.calls + 1 > run.most_calls:
        return f"{run.most_calls:,} calls"
    tokens = run.input_tokens + run.output_tokens + most.usage.input + most.usage.output
    if run.most_tokens is not None and tokens > run.most_tokens:
        return f"{run.most_tokens:,} tokens"
    if run.most_micros is not None and (most.micros is None or run.micros + most.micros > run.most_micros):
        return f"{run.most_micros / 1e6:,.6g} in money"
    return ""


def _sent(message: Message, pictures: Mapping[str, tuple[str, bytes]]) -> exchange.Message:
    shown = message.get("images", ())
    return exchange.Message(
        message["role"],
        message["content"],
        tuple(exchange.Picture(each["name"], *pictures[each["digest"]]) for each in shown),
    )


def _request(each: Ended, now: datetime) -> dict[str, Any]:
    attempt = each.attempt
    return {
        "id": each.request_id,
        "state": "ended",
        "basis": attempt.cost.basis.value,
        "input_tokens": attempt.cost.usage.input,
        "output_tokens": attempt.cost.usage.output,
        "cached_tokens": attempt.cost.usage.cached,
        "micros": attempt.cost.micros,
        "status": attempt.status,
        "reason": attempt.reason.value if attempt.reason else None,
        "detail": storable(attempt.detail),
        "seconds": attempt.seconds,
        "ended_at": now,
    }


def _let_through(run: JudgeRun, most: Cost) -> bool:
    if short_of(run, most):
        return False
    run.calls += 1
    run.input_tokens += most.usage.input
    run.output_tokens += most.usage.output
    run.micros += most.micros or 0
    run.unpriced += most.micros is None
    return True


def _call(run: JudgeRun, each: Asked, source: JudgeCall | None, now: datetime) -> dict[str, Any]:
    """The row of a call. The words of a question whose reply is another call's stand with that one."""
    question = each.question
    return {
        "run_id": run.id,
        "judgment_id": each.judgment_id,
        "key": each.key,
        "repeat": each.repeat,
        "question": each.identity,
        "state": "open" if source is None else "answered",
        "same_as": None if source is None else source.id,
        "asked": None
        if source is not None
        else {
            "hash": question.hash,
            "messages": [dict(message) for message in question.messages],
            "schema": question.schema,
            "logprobs": question.logprobs,
            "cuts": [[cut.text, cut.shown, cut.length, cut.unit] for cut in question.cuts],
            "flags": list(question.flags),
            "references": [list(shown) for shown in question.shown_references],
            "checklist": question.shown_checklist,
        },
        "kind": None if source is None else source.kind,
        "reason": None if source is None else source.reason,
        "detail": "",
        "created_at": now,
        "ended_at": None if source is None else now,
    }


def _set_aside(
    session: Session, there: dict[tuple[int, str, int], JudgeCall], asked: Sequence[Asked]
) -> dict[tuple[int, str, int], JudgeCall]:
    """The calls that are `there`, without those that were asked in other words than now: what they brought was paid
    for, and other calls may name them.
    """
    for each in asked:
        place = (each.judgment_id, each.key, each.repeat)
        call = there.get(place)
        if call is not None and call.question != each.identity and call.state != "open":
            call.key = f"{call.key}{EARLIER}{call.id}"
            del there[place]
    session.flush()
    return there


def _before(session: Session, arena_id: int, asked: Sequence[Asked]) -> Sequence[JudgeCall]:
    """The calls of an arena by id: of these judgments, and those in which these questions were asked before."""
    judgments, identities = {each.judgment_id for each in asked}, {each.identity for each in asked}
    first_asked = and_(JudgeCall.question.in_(identities), JudgeCall.same_as.is_(None), _in_arena(arena_id))
    query = select(JudgeCall).where(or_(JudgeCall.judgment_id.in_(judgments), first_asked))
    return session.scalars(query.order_by(JudgeCall.id)).all()


def _in_arena(arena_id: int) -> ColumnElement[bool]:
    run = select(JudgeRun.id).where(JudgeRun.id == JudgeCall.run_id, JudgeRun.arena_id == arena_id)
    return run.exists()
