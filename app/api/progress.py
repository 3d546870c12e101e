"""A run over HTTP: what it is sent to do, how far it is, what it cost."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes import Category, In, Language, ModelSlug, Out
from app.db.tables import Judge, JudgeRun
from app.domain.runs import Budget, Progress
from app.domain.selections import MOST_NEW, Only, Selection

MICROS = 10**6
OVER = ("done", "cancelled")
KNOWN = ("free", "stated", "estimated")

State = Literal["running", "paused", "done", "cancelled"]
Source = Literal["voted", "all", "new"]
Limited = Annotated[int, Field(ge=1, le=10**15)]


class SelectionIn(In):
    """`battles`: those that people voted on, all, or `new` pairs of answers. `most` of those that fit are drawn by
    `seed`; `models` keeps to battles between these. With `only` checklists nothing is judged: they are written for the
    prompts that have none.
    """

    battles: Source = "voted"
    category: Category | None = None
    language: Language | None = None
    models: Annotated[list[ModelSlug], Field(max_length=1_000)] = []
    most: Annotated[int, Field(ge=1, le=MOST_NEW)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**62)] = 0
    only: Only | None = None

    def chosen(self) -> Selection:
        return Selection(
            battles=self.battles,
            category=self.category or None,
            language=self.language or None,
            models=tuple(self.models),
            most=self.most,
            seed=self.seed,
            only=self.only,
        )


class BudgetIn(In):
    """The most that a run may use, null without limit: requests, tokens read and written, units of the currency."""

    calls: Limited | None = None
    tokens: Limited | None = None
    money: Annotated[Decimal, Field(gt=0, le=10**9, decimal_places=6)] | None = None

    def limits(self) -> Budget:
        return Budget(self.calls, self.tokens, None if self.money is None else int(self.money * MICROS))


class EstimateOut(Out):
    """What a run would ask at most, each question once. `micros` is null where the price is unknown; all but
    `judgments` is reckoned from `sampled` of them.
    """

    judgments: int
    sampled: int
    calls: int
    cached: int
    input_tokens: int
    output_tokens: int
    micros: int | None


class RunJudgeOut(Out):
    """`wording_hash` is of what the judge was told when the run was started."""

    name: str
    version: int
    protocol: str
    model: str
    wording_hash: str


class RunSelectionOut(Out):
    battles: Source
    category: str | None
    language: str | None
    models: list[str]
    most: int | None
    seed: int


class RunBudgetOut(Out):
    """`micros` are millionths of the currency unit."""

    calls: int | None
    tokens: int | None
    micros: int | None


class RunTokensOut(Out):
    input: int
    output: int


class RunOut(Out):
    """`ended` of `judgments` have ended, `failed` of these without all their verdicts. `calls` are requests, `cached`
    the questions that had a reply already. `tokens` and `micros` are the most that the requests may have used.
    `at_work`: a worker has it.
    """

    id: str
    arena: str
    judge: RunJudgeOut
    selection: RunSelectionOut
    budget: RunBudgetOut
    ask_unknown: bool
    state: State
    why: str
    at_work: bool
    judgments: int
    ended: int
    failed: int
    votes: int
    calls: int
    cached: int
    tokens: RunTokensOut
    micros: int
    unpriced: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RunsOut(Out):
    items: list[RunOut]
    next: str | None


class SpentOut(Out):
    """Requests by how surely their cost is known: free, stated, estimated, possible."""

    basis: str
    calls: int
    input_tokens: int
    output_tokens: int
    micros: int


class RunCostOut(Out):
    """In millionths of the currency unit. `known`: what answered requests cost; `possible`: what those that are out, or
    never answered whole, can have cost at most; `unpriced` requests have no price.
    """

    known: int
    possible: int
    unpriced: int
    by_basis: list[SpentOut]


class FailureOut(Out):
    kind: str
    reason: str
    judgments: int


class RunProgressOut(RunOut):
    """`open` requests are out, of `unknown` ones nobody saw the end. `eta_seconds` is by its pace now."""

    open: int
    unknown: int
    eta_seconds: float | None
    cost: RunCostOut
    failures: list[FailureOut]


def is_over(run: JudgeRun, now: datetime) -> bool:
    """Whether nothing will change any more: it has ended, and no worker waits for what is out."""
    return run.state in OVER and not _at_work(run, now)


def shown(arena: str, run: JudgeRun, judge: Judge, now: datetime) -> RunOut:
    told = RunJudgeOut(
        name=judge.name,
        version=judge.version,
        protocol=judge.protocol,
        model=judge.model,
        wording_hash=run.wording_hash,
    )
    return RunOut(
        id=run.public_id,
        arena=arena,
        judge=told,
        selection=RunSelectionOut.model_validate(Selection(**run.selection)),
        budget=RunBudgetOut(calls=run.most_calls, tokens=run.most_tokens, micros=run.most_micros),
        ask_unknown=run.ask_unknown,
        state=run.state,
        why=run.why,
        at_work=_at_work(run, now),
        judgments=run.judgments,
        ended=run.ended,
        failed=run.failed,
        votes=run.votes,
        calls=run.calls,
        cached=run.cached,
        tokens=RunTokensOut(input=run.input_tokens, output=run.output_tokens),
        micros=run.micros,
        unpriced=run.unpriced,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )


def shown_progress(arena: str, progress: Progress, now: datetime) -> RunProgressOut:
    run, spent = progress.run, progress.spent
    cost = RunCostOut(
        known=sum(each.micros for each in spent if each.basis in KNOWN),
        possible=sum(each.micros for each in spent if each.basis not in KNOWN),
        unpriced=run.unpriced,
        by_basis=[SpentOut.model_validate(each) for each in spent],
    )
    return RunProgressOut(
        **shown(arena, run, progress.judge, now).model_dump(),
        open=progress.open,
        unknown=progress.unknown,
        eta_seconds=progress.eta_seconds,
        cost=cost,
        failures=[_failure(name, count) for name, count in progress.failures.items()],
    )


def _failure(name: str, count: int) -> FailureOut:
    kind, _, reason = name.partition(":")
    return FailureOut(kind=kind, reason=reason, judgments=count)


def _at_work(run: JudgeRun, now: datetime) -> bool:
    return run.leased_until is not None and run.leased_until > now
