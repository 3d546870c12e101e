"""Stored reports: the same question over the same votes is the same bytes, and newer votes make it stale, then new."""

import threading
from datetime import timedelta

import pytest

from app.db.session import Database
from app.db.tables import Report
from app.domain import arenas, reports
from app.domain.consistency import Question
from app.domain.errors import Invalid, SnapshotNotFound
from app.domain.reports import OLDEST_SERVED, REFRESH_EVERY, Served
from app.worker import refresh_report
from tests.arenas import NOW, SLUG, import_rows, make_arena, rows_of, set_state, vote

ASKED = Question("gpt-4", draws=50, board_draws=20)


@pytest.fixture
def quiz(database: Database) -> Database:
    make_arena(database)
    more(database, "p1")
    return database


def more(database: Database, prompt: str) -> None:
    import_rows(
        database, [vote("x", "y", "a", who, prompt_id=prompt) for who in ("human:ana", "judge:gpt-4")]
    )


def found(database: Database, after: timedelta = timedelta(0), asked: Question = ASKED) -> Served | None:
    with database.reading() as session:
        return reports.find(session, arenas.find(session, SLUG), asked, NOW + after)


def made(database: Database, after: timedelta = timedelta(0)) -> Served:
    with database.reading() as session:
        fresh = reports.make(session, arenas.find(session, SLUG), ASKED, NOW + after)
    with database.writing() as session:
        return reports.keep(session, fresh)


def test_a_report_is_stored_and_served_again_byte_for_byte(quiz: Database) -> None:
    assert found(quiz) is None
    first = made(quiz)
    again = found(quiz, timedelta(days=9))
    assert again is not None
    assert (again.body, again.etag, again.stale) == (first.body, first.etag, False)
    assert made(quiz).snapshot_id == first.snapshot_id
    assert len(rows_of(quiz, Report.id)) == 1


def test_newer_votes_make_it_stale_and_soon_worth_nothing(quiz: Database) -> None:
    first = made(quiz)
    more(quiz, "p2")
    stale = found(quiz, OLDEST_SERVED - timedelta(seconds=1))
    assert stale is not None
    assert (stale.snapshot_id, stale.stale) == (first.snapshot_id, True)
    assert stale.etag != first.etag
    assert found(quiz, OLDEST_SERVED) is None


def test_a_model_that_is_hidden_or_another_threshold_makes_another_report(quiz: Database) -> None:
    made(quiz)
    assert found(quiz, asked=Question("gpt-4", draws=50, board_draws=20, turn=1)) is None
    set_state(quiz, "x", "hidden")
    stale = found(quiz)
    assert stale is not None
    assert stale.stale


def test_the_worker_makes_what_is_wanted_once(quiz: Database) -> None:
    first = made(quiz)
    assert not refresh_report(quiz, NOW + REFRESH_EVERY)
    more(quiz, "p2")
    stale = found(quiz, timedelta(seconds=30))
    assert stale is not None
    with quiz.writing() as session:
        reports.want(session, stale, NOW)
    assert not refresh_report(quiz, NOW + REFRESH_EVERY - timedelta(seconds=1))
    assert refresh_report(quiz, NOW + REFRESH_EVERY)
    assert not refresh_report(quiz, NOW + 2 * REFRESH_EVERY)
    fresh = found(quiz, timedelta(days=1))
    assert fresh is not None
    assert not fresh.stale
    assert fresh.snapshot_id != first.snapshot_id
    with quiz.reading() as session:
        arena = arenas.find(session, SLUG)
        assert reports.snapshot(session, arena, first.snapshot_id).body == first.body
        with pytest.raises(SnapshotNotFound):
            reports.snapshot(session, arena, "none")


def test_the_worker_gives_up_on_a_judge_whose_votes_are_gone(quiz: Database) -> None:
    made(quiz)
    with quiz.writing() as session:
        row = session.query(Report).one()
        row.wanted_at, row.question = NOW, {**row.question, "judge": "nobody"}
    assert refresh_report(quiz, NOW + REFRESH_EVERY)
    assert not refresh_report(quiz, NOW + REFRESH_EVERY)


def test_a_question_that_cannot_be_asked_is_refused_before_it_is_looked_up(quiz: Database) -> None:
    with pytest.raises(Invalid):
        found(quiz, asked=Question("gpt-4", against="everybody"))


def test_two_that_ask_at_once_queue(quiz: Database) -> None:
    order: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def first() -> None:
        with reports.one_at_a_time(SLUG, ASKED):
            inside.set()
            go.wait(5)
            order.append("first")

    def second() -> None:
        with reports.one_at_a_time(SLUG, ASKED):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    with reports.one_at_a_time(SLUG, Question("other")):
        order.append("other")
    go.set()
    for thread in threads:
        thread.join(5)
    assert order == ["other", "first", "second"]


def test_an_old_report_is_dropped_and_made_anew_when_asked_for(quiz: Database) -> None:
    made(quiz)
    with quiz.writing() as session:
        reports.drop_old(session, NOW + reports.KEPT)
    assert len(rows_of(quiz, Report.id)) == 1
    with quiz.writing() as session:
        reports.drop_old(session, NOW + reports.KEPT + timedelta(seconds=1))
    assert rows_of(quiz, Report.id) == []
    assert made(quiz, reports.KEPT * 2).snapshot_id
