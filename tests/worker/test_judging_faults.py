"""Every fault of an endpoint driven through a run: what becomes of the vote, of the run, and what the ledger counts."""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from app import providers
from app.db.session import Database
from app.db.tables import Battle, JudgeCall, JudgeRequest, Judgment, Prompt, Vote
from app.domain.runs import Progress
from app.domain.selections import Selection
from app.providers.costs import Cost
from app.providers.endpoints import Settings
from app.providers.exchange import Outcome, Question
from app.providers.openai_chat import OpenAIChat
from app.providers.provider import Journal, Operator, Unkept
from app.worker import judging
from tests.judging import judge_at, judged_arena, start, work
from tests.providers.endpoints import PRICES, Time, faked, fault_server
from tests.providers.fault_table import FAULTS, WAITS, Fault
from tests.providers.test_faults import STATED, TRIES

REQUESTS = {"no": 1, "yes": TRIES, "weaker": 3}


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one judgment: the verdict, the failure, or WAITS; its requests and the bases of their costs."""

    vote: str
    requests: int
    bases: tuple[str, ...]
    stated: int


class Routed:
    """A provider that leaves the question about prompt N to the N-th of these."""

    concurrency = len(FAULTS)

    def __init__(self, providers: Mapping[int, OpenAIChat]) -> None:
        self._providers = providers

    async def ask(self, question: Question, journal: Journal | None = None) -> Outcome:
        return await self._of(question).ask(question, journal or Unkept())

    def most(self, question: Question) -> Cost:
        return self._of(question).most(question)

    async def close(self) -> None:
        for each in self._providers.values():
            await each.close()

    def _of(self, question: Question) -> OpenAIChat:
        asked = re.search(r"Question (\d+)\?", question.messages[1].text)
        assert asked is not None
        return self._providers[int(asked[1])]


def test_every_fault_ends_in_a_vote_or_says_why_there_is_none(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    monkeypatch.setattr(judging, "SILENT", len(FAULTS))  # they pass for those of one endpoint
    going = dict(enumerate((fault for fault in FAULTS if fault.becomes != WAITS), 1))
    judged_arena(database, len(going))
    run = start(database, judge_at(server, orders="ab"))
    clock = Time()
    provider = Routed({number: _provider(fault, server, Time()) for number, fault in going.items()})
    monkeypatch.setattr(providers, "opened", lambda *_: provider)
    done = work(database, tmp_path, run, surroundings=clock.surroundings())
    assert done.run.state == "done"
    found = _came(database, done)
    assert {going[number].name: came for number, came in found.items()} == {
        fault.name: _expected(fault) for fault in going.values()
    }
    votes = sum(fault.becomes in ("a", "b") for fault in going.values())
    assert (done.run.votes, done.run.failed) == (votes, len(going) - votes)
    assert done.run.calls == sum(REQUESTS[fault.again] for fault in going.values())


def test_a_fault_that_every_question_would_meet_pauses_the_run_and_stores_no_verdict(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    judged_arena(database, 1)
    hopeless = [fault for fault in FAULTS if fault.becomes == WAITS]
    assert len(hopeless) == 6
    for at, fault in enumerate(hopeless):
        judge = judge_at(server, name=f"judge-{at}", orders="ab")
        run = start(database, judge, Selection("all" if at else "new", most=1))
        provider = _provider(fault, server, Time())
        monkeypatch.setattr(providers, "opened", lambda *_, kept=provider: kept)
        done = work(database, tmp_path, run)
        assert (done.run.state, done.run.ended, done.run.votes) == ("paused", 0, 0), fault
        assert done.run.why.startswith(f"{fault.outcome}: ")
        assert _came(database, done) == {1: Came("waiting", 1, ("free",), 0)}


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the fault server, on a thread of its own."""
    faults, ready, over = fault_server()(), threading.Event(), threading.Event()

    async def serve() -> None:
        await faults.start()
        ready.set()
        await asyncio.to_thread(over.wait)
        faults.srv.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield faults.url
    over.set()
    thread.join()


def _provider(fault: Fault, url: str, clock: Time) -> OpenAIChat:
    if fault.reply is not None:
        return faked(fault.reply, clock, tries=TRIES, max_reply_kb=256)
    read, deadline = fault.patience
    settings = Settings(
        base_url=url,
        headers=f"X-Fault: {fault.name}",
        tries=TRIES,
        read_seconds=read,
        deadline_seconds=deadline,
        **PRICES,
    )
    return OpenAIChat(settings, Operator(("127.0.0.1",), surroundings=clock.surroundings()))


def _expected(fault: Fault) -> Came:
    last = "stated" if fault.cost == "stated" else fault.cost
    bases = [last] * REQUESTS[fault.again]
    if fault.again == "weaker":
        bases[:-1] = ["free"] * (len(bases) - 1)
    return Came(fault.becomes, len(bases), tuple(bases), STATED if last == "stated" else 0)


def _came(database: Database, done: Progress) -> dict[int, Came]:
    """By the number of the prompt."""
    found = {}
    with database.reading() as session:
        judged = session.execute(
            select(Judgment, Prompt.external_id, Vote.verdict)
            .join(Battle, Judgment.battle_id == Battle.id)
            .join(Prompt, Battle.prompt_id == Prompt.id)
            .outerjoin(Vote, Vote.ballot_id == Judgment.ballot_id)
            .where(Judgment.run_id == done.run.id)
        )
        for judgment, prompt, verdict in judged.all():
            requests = session.scalars(
                select(JudgeRequest)
                .join(JudgeCall, JudgeRequest.call_id == JudgeCall.id)
                .where(JudgeCall.judgment_id == judgment.id)
                .order_by(JudgeRequest.id)
            ).all()
            assert {each.state for each in requests} == {"ended"}
            vote = verdict or judgment.failure or judgment.state
            stated = sum(each.micros or 0 for each in requests if each.basis == "stated")
            found[int(prompt[1:])] = Came(vote, len(requests), tuple(each.basis for each in requests), stated)
    return found
