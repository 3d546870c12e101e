"""Runs of judges that go by checklists: one is written once for a prompt, and each judgment ends under one version."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import ChecklistVersion, JudgeCall, Judgment, Prompt, Vote
from app.domain import arenas, checklists, estimates, judgments, runs
from app.domain.checklists import Edited
from app.domain.errors import Invalid
from app.domain.judges import roster
from app.domain.runs import Budget
from app.domain.selections import Selection
from benchmarks.endpoint import Asked, Said, served
from tests.arenas import NOW, SLUG, rows_of
from tests.judging import JUDGE, Recorder, counted, desk, judge_at, judged_arena, start, work

ALL = Selection("all")
MADE = ("Is it right?", "Is it short?")
LATER = NOW.replace(year=2027)


def words(asked: Asked) -> str:
    return str(asked.body["messages"][-1]["content"])


def writes(asked: Asked) -> bool:
    """Whether the judge is asked for a checklist."""
    return "Write a checklist" in words(asked)


def reply(asked: Asked, number: int) -> Said:
    return Said("Answer:\n- Is it right?\n- Is it short?" if writes(asked) else '{"answer": "yes"}')


def save(database: Database, prompt: str, *questions: str) -> None:
    with database.writing() as session:
        edited = Edited(prompt, questions)
        checklists.save(session, arenas.find(session, SLUG), edited, "admin:ana", LATER)


def versions(database: Database) -> Sequence[tuple[Any, ...]]:
    return rows_of(database, ChecklistVersion.version, ChecklistVersion.questions, ChecklistVersion.author)


def judged_under(database: Database) -> list[int]:
    """The version of each judgment that voted, in their order."""
    with database.reading() as session:
        voted = select(Judgment.outcome).where(Judgment.state == "voted").order_by(Judgment.id)
        return [found["overall"]["checklist_version"] for found in session.scalars(voted) if found]


def test_what_one_judge_writes_is_stored_and_the_next_judge_answers_it(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 2)
    recorder = Recorder(reply)
    with served(recorder) as url:
        first = start(database, judge_at(url, protocol="checklist"))
        assert work(database, tmp_path, first).run.votes == 4
        assert versions(database) == [(1, list(MADE), "judge:ref@1")] * 2
        other = judge_at(url, name="other", model="referee-2", protocol="checklist")
        done = work(database, tmp_path, start(database, other, ALL))
    assert (done.run.state, done.run.votes) == ("done", 4)
    assert sum(map(writes, recorder.asked)) == 2
    assert set(recorder.questions.values()) == {1}
    assert judged_under(database) == [1] * 8
    assert len(versions(database)) == 2


def test_what_is_stored_while_a_judge_writes_is_what_it_answers(database: Database, tmp_path: Path) -> None:
    """As when two judges write of one prompt at once: the first that is stored stands for both."""
    judged_arena(database, 1)

    def say(asked: Asked, number: int) -> Said:
        if writes(asked):
            with database.writing() as session:
                key = session.scalars(select(Prompt.id)).one()
                checklists.make(session, {key: ["Is it another judge's?"]}, "judge:other@1", NOW)
        return reply(asked, number)

    recorder = Recorder(say)
    with served(recorder) as url:
        done = work(database, tmp_path, start(database, judge_at(url, protocol="checklist")))
    assert done.run.votes == 2
    assert versions(database) == [(1, ["Is it another judge's?"], "judge:other@1")]
    answered = [words(each) for each in recorder.asked if not writes(each)]
    assert len(answered) == 2
    assert all("Is it another judge's?" in each for each in answered)


def test_a_judgment_that_was_half_asked_ends_under_the_version_that_is_there_when_it_goes_on(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 1)
    save(database, "p1", *MADE)
    run = ""

    def say(asked: Asked, number: int) -> Said:
        if number == 2:
            with database.writing() as session:
                runs.pause(session, runs.find(session, run), "the checklist is edited")
        return reply(asked, number)

    recorder = Recorder(say)
    with served(recorder) as url:
        judge = judge_at(url, protocol="checklist", orders="ab", settings={"concurrency": 1})
        run = start(database, judge)
        assert work(database, tmp_path, run).run.ended == 0
        before = {key: call for key, call in _calls(database).items() if call[0] == "answered"}
        assert 2 <= len(before) < 4  # of four
        # One question stays in its place, one stands where another stood.
        save(database, "p1", "Is it right?", "Is it kind?")
        with database.writing() as session:
            runs.resume(session, runs.find(session, run))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 1, 0)
    assert judged_under(database) == [2]
    after = _calls(database)
    # What was answered under version 1 stays, with its words; what is asked in the same words is not paid for again.
    assert all(call in after.values() for call in before.values())
    assert [key.partition("~")[0] for key in after if "~" in key] == ["first/2"]
    kept = [key for key in sorted(after) if "~" not in key]
    assert kept == ["first/1", "first/2", "second/1", "second/2"]
    assert {after[key][0] for key in kept} == {"answered"}
    assert "Is it kind?" in after["first/2"][1]["messages"][-1]["content"]
    assert set(recorder.questions.values()) == {1}
    assert len(recorder.asked) == len(counted(database, run))
    kind = [words(each) for each in recorder.asked if "Is it kind?" in words(each)]
    assert len(kind) == 2


def test_an_edit_in_the_middle_of_a_run_is_asked_from_the_next_judgment_on(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 1, ("ada", "bob", "cy"))
    save(database, "p1", *MADE)

    def say(asked: Asked, number: int) -> Said:
        if number == 3:
            save(database, "p1", "Is it kind?")
        return reply(asked, number)

    with served(Recorder(say)) as url:
        judge = judge_at(url, protocol="checklist", settings={"concurrency": 1})
        done = work(database, tmp_path, start(database, judge))
    assert done.run.votes == 6
    under = Counter(judged_under(database))
    assert under[1] > 0
    assert under[2] > 0
    # Each was decided by all the questions of its version, and by no other.
    asked = Counter(judgment for judgment, key in rows_of(database, JudgeCall.judgment_id, JudgeCall.key))
    assert Counter(asked.values()) == {4: under[1], 2: under[2]}


def test_a_judge_registered_again_after_an_edit_judges_anew_and_pays_for_what_is_new(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 2)
    recorder = Recorder(reply)
    with served(recorder) as url:
        judge = judge_at(url, protocol="checklist")
        work(database, tmp_path, start(database, judge))
        paid = len(recorder.asked)
        assert _version(database, judge) == 1
        save(database, "p1", *MADE, "Is it kind?")
        assert _version(database, replace(judge, protocol="pairwise", name="pairwise")) == 1
        assert _version(database, judge) == 2
        assert _version(database, replace(judge, protocol="pairwise", name="pairwise")) == 1
        done = work(database, tmp_path, start(database, judge, ALL))
    assert (done.run.votes, len(recorder.asked) - paid) == (4, 2)
    assert Counter(judged_under(database)) == {1: 6, 2: 2}
    assert len(rows_of(database, Vote.id)) == 8


@pytest.mark.parametrize(
    "said", ["I would rather not.", "Answer:\n- Is it one?", "Answer:\n" + "- Is it?\n" * 9]
)
def test_a_reply_that_is_no_checklist_is_not_stored(database: Database, tmp_path: Path, said: str) -> None:
    judged_arena(database, 1)
    with served(Recorder(lambda asked, number: Said(said))) as url:
        done = work(database, tmp_path, start(database, judge_at(url, protocol="checklist")))
    assert (done.run.votes, done.run.failed) == (0, 2)
    assert versions(database) == []


def test_checklists_are_written_without_a_judgment_and_judged_by_later(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 4, ("ada", "bob", "cy"))
    save(database, "p4", "Is it a person's?")
    recorder = Recorder(
        lambda asked, number: Said("No.") if "Question 3?" in words(asked) else reply(asked, number)
    )
    with served(recorder) as url:
        pairs = start(database, replace(judge_at(url), name="pairs"))  # so that there are battles
        with database.writing() as session:
            runs.cancel(session, runs.find(session, pairs), "never begun", NOW)
        judge = judge_at(url, protocol="checklist", protocol_settings={"reference": "self"})
        only = Selection("all", only="checklists")
        plain = replace(judge, name="plain", protocol_settings={})
        foretold = [_foretold(database, tmp_path, each, only) for each in (judge, plain)]
        run = start(database, judge, only)
        done = work(database, tmp_path, run)
        assert (done.run.state, done.run.judgments, done.run.votes, done.run.failed) == ("done", 3, 0, 1)
        assert done.failures == {"unreadable:no_verdict": 1}
        # No dimension is called so: nothing was asked of any.
        assert {name for (found,) in rows_of(database, Judgment.outcome) for name in found or ()} == {
            judgments.WRITTEN
        }
        assert [(each.judgments, each.calls) for each in foretold] == [(3, 3)] * 2
        assert len(recorder.asked) == 3
        assert all(map(writes, recorder.asked))
        assert len(counted(database, run)) == 3
        assert [author for *_, author in versions(database)] == ["admin:ana", "judge:ref@1", "judge:ref@1"]
        save(database, "p1", *MADE, "Is it kind?")
        save(database, "p3", "Is it kind?")
        done = work(database, tmp_path, start(database, replace(judge, protocol_settings={}), ALL))
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 24, 0)
    assert sum(map(writes, recorder.asked)) == 3
    with pytest.raises(Invalid, match="nothing to write"):
        start(database, judge, only)


def test_only_a_judge_that_goes_by_checklists_writes_them(database: Database, tmp_path: Path) -> None:
    judged_arena(database, 1)
    checklist = replace(JUDGE, protocol="checklist")
    for judge, battles in ((JUDGE, "all"), (checklist, "new")):
        with pytest.raises(Invalid, match="written by a judge of protocol checklist"):
            start(database, judge, Selection(battles, most=1, only="checklists"))  # type: ignore[arg-type]


def _foretold(
    database: Database, folder: Path, judge: roster.NewJudge, chosen: Selection
) -> estimates.Estimate:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        row = roster.register(session, arena, judge, NOW)
        operator = desk(database, folder).operator
        return estimates.estimate(session, arena, row, chosen, Budget(), operator, "fence", NOW)


def _version(database: Database, judge: roster.NewJudge) -> int:
    with database.writing() as session:
        # A judge of tests is as old as its arena.
        return roster.register(session, arenas.find(session, SLUG), judge, LATER).version


def _calls(database: Database) -> dict[str, tuple[Any, ...]]:
    """Key → state, words and reply."""
    rows = rows_of(database, JudgeCall.key, JudgeCall.state, JudgeCall.asked, JudgeCall.reply)
    return {key: tuple(rest) for key, *rest in rows}
