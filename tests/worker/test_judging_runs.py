"""Judge runs worked on to their end, on both databases: what is asked, what is asked once only, what becomes a vote."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import JudgeCall, Judgment, Prompt, Vote
from app.domain import arenas, checklists, dimensions, runs
from app.domain.errors import RunNotOpen
from app.domain.selections import Selection
from app.worker import judging
from benchmarks.endpoint import Asked, Said, deliberate, served
from tests.arenas import NOW, SLUG, rows_of
from tests.judging import (
    JUDGE,
    Recorder,
    counted,
    desk,
    judge_at,
    judged_arena,
    script,
    start,
    work,
)

ALL = Selection("all")


@pytest.mark.parametrize("order", ["pause", "cancel"])
def test_a_run_that_is_paused_or_cancelled_in_the_middle_keeps_what_was_asked_and_sends_no_more(
    database: Database, tmp_path: Path, order: str
) -> None:
    judged_arena(database, 8)
    run = ""

    def say(asked: Asked, number: int) -> Said:
        if number == 5:
            with database.writing() as session:
                row = runs.find(session, run)
                if order == "pause":
                    runs.pause(session, row, "lunch")
                else:
                    runs.cancel(session, row, "enough", NOW)
        return deliberate(asked)

    recorder = Recorder(say)
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 2}))
        done = work(database, tmp_path, run)
        assert done.run.state == {"pause": "paused", "cancel": "cancelled"}[order]
        assert 5 <= len(recorder.asked) <= 7
        assert len(counted(database, run)) == len(recorder.asked) == done.run.votes == done.run.ended
        if order == "pause":
            with database.writing() as session:
                runs.resume(session, runs.find(session, run))
        else:
            run = start(database, judge_at(url, settings={"concurrency": 2}), ALL)
        assert work(database, tmp_path, run).run.state == "done"
    assert set(recorder.questions.values()) == {1}
    assert len(recorder.asked) == len(rows_of(database, Vote.id)) == 16
    counted(database, run)


def test_a_worker_that_is_told_to_stop_waits_for_what_was_asked_and_another_goes_on(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 8)
    stop = threading.Event()

    def say(asked: Asked, number: int) -> Said:
        if number == 5:
            stop.set()
        return deliberate(asked, 0.02)

    recorder = Recorder(say)
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 2}))
        judging.work(desk(database, tmp_path), stop, run)
        assert 5 <= len(recorder.asked) <= 7
        assert {each.state for each in counted(database, run)} == {"ended"}
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.unknown, len(recorder.asked)) == ("done", 16, 0, 16)


def test_what_a_worker_does_not_wait_for_is_unknown_and_asked_again_only_where_the_run_allows_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "GRACE_SECONDS", 0.05)
    judged_arena(database, 5)
    stop = threading.Event()

    def say(asked: Asked, number: int) -> Said:
        if number == 3:
            stop.set()
        return deliberate(asked, 30.0 if number == 2 else 0.0)

    recorder = Recorder(say)
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 2}))
        judging.work(desk(database, tmp_path), stop, run)
        lost = [each for each in counted(database, run) if each.state == "unknown"]
        assert [each.basis for each in lost] == ["possible"]
        done = work(database, tmp_path, run)
        assert (done.run.state, done.run.votes, done.unknown) == ("done", 9, 1)
        assert done.failures == {"unknown:unknown": 1}
        assert set(recorder.questions.values()) == {1}
        with pytest.raises(RunNotOpen):
            _resume(database, run, retry_failed=True)  # what is unknown needs a word of its own
        _resume(database, run, ask_unknown=True)
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed, done.unknown) == ("done", 10, 0, 1)
    assert sorted(recorder.questions.values()) == [1] * 9 + [2]
    assert len(counted(database, run)) == 11


def test_a_question_that_was_lost_is_not_asked_for_another_judgment_or_run_either(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "GRACE_SECONDS", 0.05)
    judged_arena(database, 1)
    stop = threading.Event()

    def say(asked: Asked, number: int) -> Said:
        stop.set()
        return Said('{"score": 5}', seconds=30.0 if number == 1 else 0.0)

    recorder = Recorder(say)
    with served(recorder) as url:
        score = judge_at(url, protocol="score", settings={"concurrency": 1})
        run = start(database, score)
        judging.work(desk(database, tmp_path), stop, run)
        # The other order asks the same two questions.
        done = work(database, tmp_path, run)
        assert (done.run.failed, done.failures) == (2, {"unknown:unknown": 2})
        other = work(database, tmp_path, start(database, replace(score, name="other"), ALL))
        assert other.failures == {"unknown:unknown": 2}
        assert sorted(recorder.questions.values()) == [1, 1]
        again = start(database, replace(score, name="third"), ALL, ask_unknown=True)
        assert work(database, tmp_path, again).run.votes == 2
    assert sorted(recorder.questions.values()) == [1, 2]


def test_the_same_question_is_paid_for_once_whoever_asks_it(database: Database, tmp_path: Path) -> None:
    judged_arena(database, 2)
    recorder = Recorder()
    with served(recorder) as url:
        first = start(database, judge_at(url))
        work(database, tmp_path, first)
        again = start(database, judge_at(url, name="same-questions"), ALL)
        done = work(database, tmp_path, again)
        assert (done.run.state, done.run.votes, done.run.calls, done.run.cached) == ("done", 4, 0, 4)
        assert len(recorder.asked) == 4
        for number, other in enumerate(
            (
                judge_at(url, name="other-model", model="referee-2"),
                judge_at(url, name="warmer", temperature=0.5),
                judge_at(url, name="in-words", settings={"format": "plain"}),
                judge_at(url, name="by-header", settings={"headers": "X-Model: large"}),
            ),
            start=2,
        ):
            work(database, tmp_path, start(database, other, ALL))
            assert len(recorder.asked) == 4 * number, other
        verdicts = rows_of(database, Vote.battle_id, Vote.shown_as_a, Vote.verdict)
    assert set(Counter(verdicts).values()) == {6}
    assert counted(database, again) == []


def test_an_answer_is_scored_once_however_many_it_is_compared_with_and_in_either_order(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 2, ("ada", "bob", "cy"))
    recorder = Recorder(lambda asked, number: Said('{"score": 5}', seconds=0.01))
    with served(recorder) as url:
        run = start(database, judge_at(url, protocol="score", settings={"concurrency": 32}))
        done = work(database, tmp_path, run)
    assert (done.run.judgments, done.run.votes) == (12, 12)
    assert len(recorder.asked) == len(counted(database, run)) == 6
    assert done.run.cached == 18


def test_repeats_are_asked_each_with_its_seed_and_combined(database: Database, tmp_path: Path) -> None:
    judged_arena(database, 1)
    winners = iter(["A", "B", "A", "B", "A", "TIE"])
    recorder = Recorder(lambda asked, number: Said(json.dumps({"winner": next(winners)})))
    with served(recorder) as url:
        run = start(database, judge_at(url, repeats=3, seed=7, settings={"concurrency": 1}))
        done = work(database, tmp_path, run)
    assert Counter(each.body["seed"] for each in recorder.asked) == {7: 2, 8: 2, 9: 2}
    assert done.run.votes == 2
    ((first,), (second,)) = rows_of(database, Judgment.outcome)
    assert {each["overall"]["how"] for each in (first, second)} == {"3 of 3 repeats"}
    calls = rows_of(database, JudgeCall.judgment_id, JudgeCall.repeat, JudgeCall.key)
    assert len(set(calls)) == 6


@pytest.mark.parametrize(
    ("protocol", "settings", "say", "first"),
    [
        ("pairwise", {"reference": "self"}, lambda: Said("Forty-three."), "Question"),
        ("checklist", {}, lambda: Said("Answer:\n- Is it right?\n- Is it short?"), "checklist"),
    ],
    ids=["self-reference", "checklist"],
)
def test_what_must_be_known_first_is_asked_once_a_prompt_with_no_answer_in_sight(
    database: Database,
    tmp_path: Path,
    protocol: str,
    settings: dict[str, Any],
    say: Callable[[], Said],
    first: str,
) -> None:
    judged_arena(database, 2, ("ada", "bob", "cy"))

    def answer(asked: Asked, number: int) -> Said:
        if not _shows_an_answer(asked):
            return say()
        return Said('{"winner": "A", "answer": "yes"}')

    recorder = Recorder(answer)
    with served(recorder) as url:
        run = start(database, judge_at(url, protocol=protocol, protocol_settings=settings))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 12, 0)
    before = [each for each in recorder.asked if not _shows_an_answer(each)]
    assert len(before) == 2
    assert all(first in each.body["messages"][-1]["content"] for each in before)
    counted(database, run)


def test_a_reply_that_says_nothing_is_no_tie(database: Database, tmp_path: Path) -> None:
    judged_arena(database, 3)
    script(tmp_path, {"text": "Both have their merits; it is a matter of taste, I would say."})
    run = start(database)
    done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 0, 6)
    assert done.failures == {"unreadable:no_verdict": 6}
    assert rows_of(database, Vote.id) == []


def test_characters_that_no_database_takes_are_replaced_in_replies_and_in_what_is_said_of_failures(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 1)
    hostile = 'Sure\x00 \ud83d {"winner": "A", "why": "\udc00\x00"}'
    script(tmp_path, {"text": hostile})
    assert work(database, tmp_path, start(database)).run.votes == 2
    ((kept,), _) = rows_of(database, JudgeCall.reply)
    assert kept["text"] == 'Sure\ufffd \ufffd {"winner": "A", "why": "\ufffd\ufffd"}'
    replies = {1: Said(hostile), 2: Said("no\x00\ud83d", status=400)}
    with served(Recorder(lambda asked, number: replies[number])) as url:
        run = start(database, judge_at(url, name="over-http"), ALL)
        done = work(database, tmp_path, run)
    assert (done.run.votes, done.failures) == (1, {"permanent:bad_request": 1})
    assert "\ufffd" in counted(database, run)[-1].detail or "\ufffd" in counted(database, run)[0].detail


def test_an_endpoint_that_never_replies_pauses_the_run_before_every_question_has_failed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "SILENT", 5)
    judged_arena(database, 12)
    recorder = Recorder(lambda asked, number: Said("what?", status=400))
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 2}))
        done = work(database, tmp_path, run)
        assert done.run.state == "paused"
        assert done.run.why == "5 questions in a row got no reply; the last one: bad_request: 400: what?"
        assert 5 <= len(recorder.asked) <= 5 + 2 * judging.AHEAD < 24  # those that were begun already
        recorder._say = lambda asked, number: deliberate(asked)
        _resume(database, run, retry_failed=True)
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 24, 0)
    counted(database, run)


def test_a_dimension_that_is_edited_in_the_middle_is_asked_as_it_reads_and_votes_name_its_version(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "PAGE", 4)
    judged_arena(database, 6)

    def say(asked: Asked, number: int) -> Said:
        if number == 4:
            _reword(database, "Which answer is truer?")
        return deliberate(asked)

    recorder = Recorder(say)
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 1}))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes) == ("done", 12)
    reworded = sum("truer" in each.body["messages"][-1]["content"] for each in recorder.asked)
    assert Counter(version for (version,) in rows_of(database, Vote.dimension_version)) == {
        1: 12 - reworded,
        2: reworded,
    }
    assert 0 < reworded < 12


def test_what_lacks_a_text_or_the_wanted_reference_is_unaskable_and_costs_nothing(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 3)
    script(tmp_path, {"text": "[[A]]"})
    with database.writing() as session:
        known = [{"text": "Because.", "author_kind": "human", "language": "en"}]
        session.execute(update(Prompt).where(Prompt.external_id == "p1").values(messages=[]))
        session.execute(update(Prompt).where(Prompt.external_id == "p2").values(references=known))
    run = start(database, replace(JUDGE, protocol_settings={"reference": "human"}))
    done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed, done.run.calls) == ("done", 2, 4, 2)
    assert done.failures == {"unaskable:item": 4}
    with database.reading() as session:
        found = session.scalars(select(Judgment.outcome).where(Judgment.state == "failed")).all()
    assert {each[""]["detail"] for each in found if each is not None} == {
        "the prompt has no text",
        "reference: the prompt has none of author kind 'human'",
    }


def test_the_record_says_which_checklist_was_shown_and_what_the_length_did(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 2, ("ada", "a-model-of-many-words"))
    with database.writing() as session:
        for question in ("Is it long?", "Is it short?"):
            edited = checklists.Edited("p2", (question,))
            checklists.save(session, arenas.find(session, SLUG), edited, "admin:ana", NOW)
    script(tmp_path, {"text": "[[A>B]]"})
    settings = {"show_checklist": True, "length_margin": 5}
    judge = replace(JUDGE, protocol="five_way", protocol_settings=settings)
    assert work(database, tmp_path, start(database, judge)).run.votes == 4
    shown = [
        (row[0]["checklist"], "Is it short?" in str(row[0])) for row in rows_of(database, JudgeCall.asked)
    ]
    assert sorted(shown, key=str) == [(2, True), (2, True), (None, False), (None, False)]
    outcomes = [row[0]["overall"] for row in rows_of(database, Judgment.outcome)]
    assert {(each["label"], each["verdict"], bool(each.get("notes"))) for each in outcomes} == {
        ("A>B", "a", False), ("A>B", "tie", True),
    }  # fmt: skip


def test_a_retry_keeps_what_other_dimensions_came_to(database: Database, tmp_path: Path) -> None:
    judged_arena(database, 1)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        dimensions.put(session, arena, "truth", dimensions.Asked("Truth"), NOW)
    script(tmp_path, {"when": "Truth", "failure": "timed_out"}, {"text": "[[A]]"})
    run = start(database, replace(JUDGE, orders="ab"))
    assert work(database, tmp_path, run).failures == {"retryable:timed_out": 1}
    ((before, ballot),) = rows_of(database, Judgment.outcome, Judgment.ballot_id)
    script(tmp_path, {"text": "[[B]]"})
    _resume(database, run, retry_failed=True)
    assert work(database, tmp_path, run).run.failed == 0
    assert rows_of(database, Vote.verdict) == [("a",), ("b",)]
    ((after, _),) = rows_of(database, Judgment.outcome, Judgment.ballot_id)
    assert ballot is not None
    assert after["overall"] == before["overall"]
    assert after["truth"]["verdict"] == "b"


def _shows_an_answer(asked: Asked) -> bool:
    return any(" on p" in message["content"] for message in asked.body["messages"])


def _resume(database: Database, run: str, **options: Any) -> None:
    with database.writing() as session:
        runs.resume(session, runs.find(session, run), **options)


def _reword(database: Database, question: str) -> None:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        asked = dimensions.Asked("Overall", question)
        dimensions.put(session, arena, "overall", asked, NOW)
