"""Transactions that overlap exactly as planned, and the roll-up beside them, on both databases."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Arena, Model, TallyBlock, Vote
from app.domain import accounts, answers, arenas, dimensions, models, personal, prompts, tallies, votes
from app.domain.accounts import RaterName
from app.domain.errors import BattleExpired
from app.domain.votes import NewBallot
from tests.arenas import next_battle
from tests.system.voting import WAIT_SECONDS, at_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAUSE_SECONDS = 0.01  # writers of another process find SQLite's lock by polling; some room lets them
LANGUAGES = tuple(f"a{letter}" for letter in "abcdefghijkl")
WORDS = ("a", "b", "tie", "both_bad", "abstain")
# What every board counts, straight from the votes: the same question without cells, marks or events.
TRUTH = """
    SELECT v.state, CASE v.shown_as_a WHEN 'a' THEN b.model_a_id ELSE b.model_b_id END,
        CASE v.shown_as_a WHEN 'a' THEN b.model_b_id ELSE b.model_a_id END, v.verdict, count(*)
    FROM votes v JOIN battles b ON b.id = v.battle_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""

RATERS = "SELECT count(DISTINCT rater_id) FROM votes WHERE state = 'counted' AND verdict <> 'abstain'"


@dataclass(frozen=True)
class Field:
    """An arena in which one voter can have many battles open: one in each language."""

    database: Database
    arena: int
    overall: int

    def voter(self, name: str) -> int:
        with self.database.writing() as session:
            return accounts.rater_id(session, RaterName("human", name), NOW)

    def deal(self, voter: int, language: str | None = None) -> str:
        with self.database.writing() as session:
            arena = session.get_one(Arena, self.arena)
            chance = np.random.default_rng(voter)
            return next_battle(session, arena, voter, chance, NOW, language).id

    def check(self) -> int:
        """Cells and tail are what the votes are, in one and the same state of the data; gives how many count."""
        with self.database.reading() as session:
            found = tallies.count(session, tallies.Slice(self.arena, self.overall))
            truth = [tuple(row) for row in session.execute(text(TRUTH))]
            raters = session.scalar(text(RATERS))
        cells = [row[1:] for row in truth if row[0] == "counted" and row[3] != "abstain"]
        assert sorted(found.cells) == sorted(cells)
        assert found.raters == raters
        assert found.excluded == {
            "withdrawn": sum(row[4] for row in truth if row[0] == "withdrawn"),
            "set_aside": sum(row[4] for row in truth if row[0] == "set_aside"),
            "abstain": sum(row[4] for row in truth if row[0] == "counted" and row[3] == "abstain"),
        }
        return sum(cell[3] for cell in found.cells)


@pytest.fixture
def field(database: Database) -> Field:
    with database.writing() as session:
        rules = arenas.ArenaRules("Races", verdicts=WORDS, reveal="never")
        arena = arenas.create(session, "races", rules, NOW)
        asked = [
            prompts.NewPrompt(line, language, ({"role": "user", "content": "?"},), language)
            for line, language in enumerate(LANGUAGES, start=1)
        ]
        prompts.submit(session, arena, asked, NOW)
        for slug in ("m1", "m2", "m3"):
            _submit(session, arena, _register(session, arena, slug))
        return Field(database, arena.id, dimensions.find(session, arena, arenas.OVERALL).id)


def test_the_roll_up_leaves_no_vote_behind_that_was_stored_late(field: Field) -> None:
    """Votes whose transactions begin before a roll-up and end after it, the youngest first."""
    late = 3 if _is_postgresql(field.database) else 1  # SQLite has one writer
    dealt = {voter: field.deal(voter) for voter in (field.voter(f"voter {at}") for at in range(4))}
    held = []
    with ExitStack() as everything:
        for voter, battle in list(dealt.items())[:late]:
            held.append(everything.enter_context(ExitStack()))
            session = held[-1].enter_context(field.database.writing())
            votes.cast(session, battle, voter, NewBallot({"overall": "a"}), NOW)
        if late > 1:
            voter, battle = list(dealt.items())[late]
            _cast(field, battle, voter, "b")
            _roll_up(field.database)
            assert field.check() == 1
        for done, transaction in enumerate(reversed(held), start=1):
            transaction.close()
            _roll_up(field.database)
            assert field.check() == done + (late > 1)


def test_tallies_are_exact_beside_roll_ups_at_every_moment(field: Field) -> None:
    """Voters cast, change and withdraw, an admin sets aside, a worker of another process rolls up, a board reads."""
    voters = [field.voter(f"voter {at}") for at in range(4)]
    dealt = {voter: [field.deal(voter, language) for language in LANGUAGES] for voter in voters}
    ended = threading.Event()
    rounds = _Rounds(ended)
    with closing(Database(field.database.engine.url.render_as_string(hide_password=False))) as other:
        works = [lambda: _roll_up(other), lambda: _roll_up(other), field.check]
        with ThreadPoolExecutor(len(works)) as beside:
            running = [beside.submit(rounds.repeat, work) for work in works]
            try:
                at_once([_hand(field, voter, dealt[voter], rounds) for voter in voters])
            finally:
                ended.set()
            for each in running:
                each.result()
    before = field.check()
    # Transactions of other tests on the same server hold the mark back until they end.
    while not _is_rolled_up(field.database):
        time.sleep(0.05)
        _roll_up(field.database)
    assert field.check() == before > 0


def _is_rolled_up(database: Database) -> bool:
    with database.reading() as session:
        return session.scalars(select(TallyBlock.votes)).first() is not None


def test_setting_aside_and_withdrawing_one_vote_count_it_out_once(field: Field) -> None:
    voter = field.voter("ana")
    battle = field.deal(voter)
    _cast(field, battle, voter, "a")
    _roll_up(field.database)
    with field.database.reading() as session:
        keys = list(session.scalars(select(Vote.id)))
    _overlap(
        field.database,
        lambda session: votes.set_aside(session, keys, "a bot", "admin", NOW),
        lambda session: votes.withdraw(session, battle, voter, NOW),
    )
    assert field.check() == 0
    _roll_up(field.database)
    assert field.check() == 0


@pytest.mark.parametrize("erased_first", [True, False])
def test_no_vote_of_another_tab_outlives_erasure(field: Field, erased_first: bool) -> None:
    voter = field.voter("ana")
    old, new = (field.deal(voter, language) for language in LANGUAGES[:2])
    _cast(field, old, voter, "a")
    _roll_up(field.database)

    def erase(session: Session) -> None:
        personal.erase(session, voter, NOW)

    def cast(session: Session) -> None:
        with nullcontext() if not erased_first else pytest.raises(BattleExpired):
            votes.cast(session, new, voter, NewBallot({"overall": "b"}), NOW)

    _overlap(field.database, *((erase, cast) if erased_first else (cast, erase)))
    assert field.check() == 0
    _roll_up(field.database)
    assert field.check() == 0


def test_the_last_two_votes_of_a_goal_reveal_both(field: Field) -> None:
    """Two tabs of one voter, each one vote short of the goal while the other's vote is not stored yet."""
    with field.database.writing() as session:
        arenas.change(session, session.get_one(Arena, field.arena), {"reveal": "end", "goal": 2})
    voter = field.voter("ana")
    one, two = (field.deal(voter, language) for language in LANGUAGES[:2])
    ballot = NewBallot({"overall": "a"})
    _overlap(
        field.database,
        lambda session: votes.cast(session, one, voter, ballot, NOW),
        lambda session: votes.cast(session, two, voter, ballot, NOW),
    )
    with field.database.reading() as session:
        own = votes.list_own(session, voter, 10, None).items
    assert [each.receipt.reveal is not None for each in own] == [True, True]


def test_answers_stored_late_are_dealt(field: Field) -> None:
    """Two owners submit at once; the answers that were begun first are stored last."""
    with field.database.writing() as session:
        arena = session.get_one(Arena, field.arena)
        late, early = (_register(session, arena, slug).id for slug in ("late", "early"))
    between = [lambda: field.deal(field.voter("first"))] if _is_postgresql(field.database) else []
    _overlap(
        field.database,
        lambda session: _submit(session, session.get_one(Arena, field.arena), session.get_one(Model, late)),
        lambda session: _submit(session, session.get_one(Arena, field.arena), session.get_one(Model, early)),
        between,
    )
    for at in range(12):
        field.deal(field.voter(f"voter {at}"))
    with field.database.reading() as session:
        met = session.execute(text("SELECT model_a_id, model_b_id FROM battles")).all()
    assert {late, early} <= {model for pair in met for model in pair}


def _overlap(
    database: Database,
    first: Callable[[Session], object],
    second: Callable[[Session], object],
    between: Sequence[Callable[[], object]] = (),
) -> None:
    """Begin `first`, begin `second` beside it, and only when that has ended or waits, end `first`."""

    def run() -> None:
        with database.writing() as session:
            second(session)

    beside = threading.Thread(target=run)
    with database.writing() as session:
        first(session)
        beside.start()
        _wait_until_blocked(database, beside)
        for work in between:
            work()
    beside.join(WAIT_SECONDS)
    assert not beside.is_alive()


def _wait_until_blocked(database: Database, thread: threading.Thread) -> None:
    if not _is_postgresql(database):
        return  # whoever comes second waits for the one writer
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while thread.is_alive() and time.monotonic() < deadline:
        with database.reading() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.01)


class _Rounds:
    """How often the work beside has been done; a held transaction waits for some of it."""

    def __init__(self, ended: threading.Event) -> None:
        self._done, self._ended, self._changed = 0, ended, threading.Condition()

    def repeat(self, work: Callable[[], object]) -> None:
        try:
            while not self._ended.wait(PAUSE_SECONDS):
                work()
                self._count(1)
        finally:
            self._ended.set()
            self._count(0)

    def wait(self, more: int) -> None:
        """Until so many more are done; a failure of the work beside ends it too, and is told by its future."""
        with self._changed:
            wanted = self._done + more
            found = self._changed.wait_for(lambda: self._done >= wanted or self._ended.is_set(), WAIT_SECONDS)
        assert found

    def _count(self, done: int) -> None:
        with self._changed:
            self._done += done
            self._changed.notify_all()


def _hand(field: Field, voter: int, dealt: Sequence[str], rounds: _Rounds) -> Callable[[], None]:
    """A voter who casts a vote on each battle, and changes, withdraws or has set aside a part of them."""

    def vote() -> None:
        for at, battle in enumerate(dealt):
            with field.database.writing() as session:
                ballot = NewBallot({"overall": WORDS[(at + voter) % len(WORDS)]})
                votes.cast(session, battle, voter, ballot, NOW)
                if at % 6 == 5 and _is_postgresql(field.database):
                    rounds.wait(3)
            with field.database.writing() as session:
                if at % 4 == 1:
                    votes.change(session, battle, voter, NewBallot({"overall": "b"}), NOW)
                elif at % 4 == 2:
                    votes.withdraw(session, battle, voter, NOW)
                elif at % 4 == 3:
                    mine = select(Vote.id).where(Vote.rater_id == voter).order_by(Vote.id.desc()).limit(1)
                    votes.set_aside(session, session.scalars(mine).all(), "a bot", "admin", NOW)

    return vote


def _cast(field: Field, battle: str, voter: int, word: str) -> None:
    with field.database.writing() as session:
        votes.cast(session, battle, voter, NewBallot({"overall": word}), NOW)


def _register(session: Session, arena: Arena, slug: str) -> Model:
    return models.register(session, arena, models.NewModel(slug), "owner", NOW)


def _submit(session: Session, arena: Arena, model: Model) -> None:
    said = [
        answers.NewAnswer(line, language, ({"role": "assistant", "content": f"{model.slug}"},))
        for line, language in enumerate(LANGUAGES, start=1)
    ]
    answers.submit(session, arena, model, said, (), NOW)


def _roll_up(database: Database) -> None:
    with database.writing() as session:
        tallies.roll_up(session)


def _is_postgresql(database: Database) -> bool:
    return database.engine.dialect.name == "postgresql"
