"""What a run would ask and cost: it is begun, looked at and undone, and nothing is sent."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import providers
from app.db.tables import Arena, Judge, JudgeRun, Judgment
from app.domain import calls, judgments, runs
from app.domain.errors import Invalid
from app.domain.judges import Protocol, checklist, roster
from app.domain.judges.items import Checklist, Item, Reference
from app.domain.judges.protocol import Question
from app.domain.judgments import Task, Unaskable
from app.domain.runs import Budget
from app.domain.selections import Selection
from app.providers import exchange
from app.providers.costs import BYTES_PER_TOKEN
from app.providers.provider import Operator, Provider
from app.stats.settings import SettingsError

SAMPLE = 200
BLOCKS = 20
LONGEST_CHECK = 400  # characters of a question that a judge made


@dataclass(frozen=True, slots=True)
class Estimate:
    """`calls` questions to be paid for, each asked once; `cached` have a reply already. Tokens and money are the most
    that these calls can use, `micros` None where no price is known. All but `judgments` is reckoned from `sampled` of
    them, and exact where these are all.
    """

    judgments: int
    sampled: int
    calls: int
    cached: int
    input_tokens: int
    output_tokens: int
    micros: int | None


def estimate(
    session: Session,
    arena: Arena,
    judge: Judge,
    selection: Selection,
    budget: Budget,
    operator: Operator,
    fence_key: str,
    now: datetime,
) -> Estimate:
    """Raises what `runs.start` raises, and Invalid for a provider that cannot be opened."""
    protocol, settings = roster.protocol_of(judge)
    try:
        provider = providers.opened(judge.provider, judge.endpoint, operator)
    except SettingsError as wrong:
        raise Invalid(str(wrong)) from wrong
    try:
        with session.begin_nested() as trial:
            run = runs.start(session, arena, judge, selection, budget, now)
            tasks = _sample(session, run, judge, fence_key)
            total = run.judgments
            trial.rollback()
        posed = _posed(judge, protocol, settings, tasks.values())
        known = calls.answered(session, arena.id, posed.keys())
        return _reckoned(provider, posed, known, total, len(tasks))
    finally:
        asyncio.run(provider.close())


def _sample(session: Session, run: JudgeRun, judge: Judge, fence_key: str) -> dict[int, Task | Unaskable]:
    """All judgments, or blocks of them at even distances: neighbours are the two orders of one battle."""
    ids = select(func.min(Judgment.id), func.max(Judgment.id)).where(Judgment.run_id == run.id)
    first, last = session.execute(ids).one()
    starts, most = [first - 1], SAMPLE
    if run.judgments > SAMPLE:
        starts = [first - 1 + block * (last - first + 1) // BLOCKS for block in range(BLOCKS)]
        most = SAMPLE // BLOCKS
    found = [judgments.waiting(session, run, judge, after, most, fence_key) for after in starts]
    return {task.judgment_id: task for tasks in found for task in tasks}


def _posed(judge: Judge, protocol: Protocol[Any], settings: Any, tasks: Any) -> dict[str, exchange.Question]:
    """The questions by identity, as they would be sent: what is the same is asked once."""
    posed = {}
    for task in tasks:
        if isinstance(task, Task):
            for question, repeat in _questions(judge, protocol, settings, task):
                # Pictures cost what the endpoint's settings say, whatever is in them.
                pictures = dict.fromkeys(calls.pictures_of(question), ("", b""))
                made = calls.posed(judge, question, repeat, pictures)
                posed[str(made.idempotency_key)] = made
    return posed


def _questions(
    judge: Judge, protocol: Protocol[Any], settings: Any, task: Task
) -> Iterator[tuple[Question, int]]:
    item = task.item
    try:
        for question in judgments.preliminary(judge, task, item, settings):
            yield question, 0
            item = _at_longest(item, question.key, calls.longest_reply(judge, question), settings)
        for question in protocol.questions(item, settings) if task.judges else ():
            yield from ((question, repeat) for repeat in range(judge.repeats))
    except Invalid:  # a judgment that ends without a question
        return


def _at_longest(item: Item, key: str, tokens: int, settings: Any) -> Item:
    """The item with the longest that a preliminary question can bring."""
    if key == "checklist":
        return replace(item, checklist=Checklist(("x" * LONGEST_CHECK,) * checklist.MOST))
    made = Reference("x" * (BYTES_PER_TOKEN * tokens), roster.SELF, settings.reference_language)
    return replace(item, references=(*item.references, made))


def _reckoned(
    provider: Provider, posed: Mapping[str, exchange.Question], known: Any, total: int, sampled: int
) -> Estimate:
    costs = [provider.most(question) for identity, question in posed.items() if identity not in known]
    priced = [cost.micros for cost in costs if cost.micros is not None]

    def scaled(count: int) -> int:
        return -(-count * total // sampled)

    return Estimate(
        judgments=total,
        sampled=sampled,
        calls=scaled(len(costs)),
        cached=scaled(len(posed) - len(costs)),
        input_tokens=scaled(sum(cost.usage.input for cost in costs)),
        output_tokens=scaled(sum(cost.usage.output for cost in costs)),
        micros=scaled(sum(priced)) if len(priced) == len(costs) else None,
    )
