"""Runs over battles with pictures, on both databases: what is sent, what is kept, what it may cost, how it ends."""

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from app.api.records import shown_call
from app.cli import watching
from app.db.session import Database
from app.db.tables import JudgeCall, Judgment, Prompt, Vote
from app.domain import answers, arenas, attachments, estimates, judgments, models, prompts, records, runs
from app.domain.judges import roster
from app.domain.models import NewModel
from app.domain.prompts import NewPrompt
from app.domain.runs import Budget
from app.domain.selections import Selection
from app.providers.surroundings import Surroundings
from benchmarks.endpoint import Asked, Said, served
from tests.arenas import NOW, SLUG, make_arena, rows_of
from tests.domain.test_native import COPY, read, written
from tests.judging import Recorder, counted, desk, judge_at, script, start, work
from tests.providers.endpoints import Time

ALL = Selection("all")
SEES = {"image_tokens": 1000}
MODELS = ("ada", "bob")


def painted(color: tuple[int, int, int]) -> str:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), color).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def gallery(database: Database, prompts_asked: int = 1) -> Mapping[str, bytes]:
    """An arena in which each prompt has a picture, and each answer another one; what is kept of each, by digest."""
    make_arena(database, modality="image")
    kept: dict[str, bytes] = {}

    def told(role: str, text: str, *color: int) -> tuple[Mapping[str, Any], ...]:
        address = f"data:image/png;base64,{painted((color[0], color[1], color[2]))}"
        parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": address}}]
        found = attachments.told([{"role": role, "content": parts}])
        attachments.keep(session, arena.id, found.pictures.values(), NOW)
        kept.update({digest: each.data for digest, each in found.pictures.items()})
        return found.messages

    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        asked = [
            NewPrompt(line, f"p{line}", told("user", "Which animal is it?", line, 0, 0))
            for line in range(1, prompts_asked + 1)
        ]
        prompts.submit(session, arena, asked, NOW)
        for number, name in enumerate(MODELS, 1):
            model = models.register(session, arena, NewModel(name), None, NOW)
            said = [
                answers.NewAnswer(each.line, each.id, told("assistant", f"{name} says", each.line, number, 0))
                for each in asked
            ]
            answers.submit(session, arena, model, said, (), NOW)
    return kept


def pictures(asked: Asked) -> list[bytes]:
    """The bytes of each picture that an endpoint was sent, in order."""
    parts = [
        part
        for message in asked.body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    ]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert all(url.startswith("data:image/png;base64,") for url in urls)
    return [base64.b64decode(url.partition(",")[2], validate=True) for url in urls]


def failures(database: Database) -> set[str]:
    """What is told of the judgments that failed."""
    with database.reading() as session:
        failed = session.scalars(select(Judgment.outcome).where(Judgment.state == "failed"))
        return {found[""]["detail"] for found in failed if found is not None}


def test_a_judge_is_sent_the_pictures_and_the_ledger_keeps_their_digests_alone(
    database: Database, tmp_path: Path
) -> None:
    kept = gallery(database)
    recorder = Recorder(lambda asked, number: Said('{"winner": "A"}'))
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={**SEES, "concurrency": 1}))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 2, 0)
    first, second = map(pictures, recorder.asked)
    assert set(first) == set(second) == set(kept.values())
    assert first == [second[0], second[2], second[1]]  # the prompt's, then both answers' in either order
    sent = {each.headers["idempotency-key"].partition("-")[0]: pictures(each) for each in recorder.asked}
    for question, call in rows_of(database, JudgeCall.question, JudgeCall.asked):
        images = call["messages"][1]["images"]
        assert [kept[each["digest"]] for each in images] == sent[question]
        names = [each["name"] for each in images]
        assert names == ["picture 1 of Prompt", "picture 1 of Answer A", "picture 1 of Answer B"]
        assert "base64" not in json.dumps(call)
    counted(database, run)


def test_the_record_names_the_pictures_that_were_sent(database: Database, tmp_path: Path) -> None:
    kept = gallery(database)
    script(tmp_path, {"text": '{"winner": "A"}'})
    judge = roster.NewJudge(
        "ref", "referee-1", provider="scripted", endpoint={"file": "replies.jsonl", **SEES}
    )
    run = start(database, judge)
    assert work(database, tmp_path, run).run.votes == 2
    with database.reading() as session:
        row = runs.find(session, run)
        shown = records.calls(session, row, 10, None).items
        (judged, *_) = records.judgments(session, row, 10, None).items
        transcript = watching.transcript(judged, records.calls_of(session, [judged])[judged.judgment.id])
        asked = shown_call(shown[0]).asked
    assert asked is not None
    system, user = asked.messages
    assert system.images == []
    assert {each.digest for each in user.images} == set(kept)
    for each in user.images:
        assert f"{each.name}, SHA-256 {each.digest}" in transcript
    file = written(database)
    read(database, file.splitlines(keepends=True))
    assert written(database, COPY) == file


def test_another_picture_with_the_same_words_is_asked_about_anew(database: Database, tmp_path: Path) -> None:
    gallery(database, 2)  # both prompts and all answers of a model have the same words
    recorder = Recorder(lambda asked, number: Said('{"winner": "A"}'))
    with served(recorder) as url:
        done = work(database, tmp_path, start(database, judge_at(url, settings=SEES)))
        assert (done.run.calls, done.run.cached) == (4, 0)
        again = work(database, tmp_path, start(database, judge_at(url, name="other", settings=SEES), ALL))
    assert (again.run.calls, again.run.cached) == (0, 4)
    assert set(recorder.questions.values()) == {1}


def test_without_the_setting_nothing_is_sent_and_the_failure_names_it(
    database: Database, tmp_path: Path
) -> None:
    gallery(database)
    recorder = Recorder()
    with served(recorder) as url:
        done = work(database, tmp_path, start(database, judge_at(url)))
        assert done.failures == {"unaskable:item": 2}
        (why,) = failures(database)
        assert "image_tokens" in why
        assert recorder.asked == []


def test_pictures_beyond_what_a_request_can_hold_are_not_sent(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = sum(map(len, gallery(database).values()))
    recorder = Recorder(lambda asked, number: Said('{"winner": "A"}'))
    with served(recorder) as url:
        monkeypatch.setattr(judgments, "MOST_PICTURES", total - 1)
        done = work(database, tmp_path, start(database, judge_at(url, settings=SEES)))
        assert done.failures == {"unaskable:item": 2}
        assert failures(database) == {
            f"its pictures are {total:,} bytes; a judge is sent at most {total - 1:,}"
        }
        assert recorder.asked == []
        monkeypatch.setattr(judgments, "MOST_PICTURES", total)
        other = judge_at(url, name="other", settings=SEES)
        assert work(database, tmp_path, start(database, other, ALL)).run.votes == 2


def test_a_budget_reserves_what_the_pictures_can_take_and_an_estimate_counts_them(
    database: Database, tmp_path: Path
) -> None:
    gallery(database)
    recorder = Recorder(lambda asked, number: Said('{"winner": "A"}', read=5))
    with served(recorder) as url:
        judge = judge_at(url, settings={"image_tokens": 50_000})
        with database.writing() as session:
            arena = arenas.find(session, SLUG)
            row = roster.register(session, arena, judge, NOW)
            operator = desk(database, tmp_path).operator
            chosen, budget = Selection("new", most=10), Budget()
            found = estimates.estimate(session, arena, row, chosen, budget, operator, "fence", NOW)
        assert 2 * 150_000 < found.input_tokens < 2 * 155_000
        run = start(database, judge, budget=Budget(tokens=150_000))
        done = work(database, tmp_path, run)
        assert (done.run.state, done.run.calls, recorder.asked) == ("paused", 0, [])
        assert done.run.why.startswith("over budget")
        with database.writing() as session:
            runs.resume(session, runs.find(session, run), budget=Budget(tokens=160_000))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes) == ("done", 2)  # what was reserved is given back
    assert [each.input_tokens for each in counted(database, run)] == [5, 5]


@pytest.mark.parametrize(
    ("status", "tries", "kind"), [(500, 4, "retryable:overloaded"), (400, 1, "permanent:bad_request")]
)
def test_an_endpoint_that_refuses_pictures_pauses_the_run_and_nothing_is_lost(
    database: Database, tmp_path: Path, status: int, tries: int, kind: str
) -> None:
    gallery(database, 12)
    blind = True

    def say(asked: Asked, number: int) -> Said:
        text = "image input is not supported - hint: you may need to provide the mmproj"
        return Said(text, status=status) if blind and pictures(asked) else Said('{"winner": "A"}')

    recorder = Recorder(say)
    # Names are resolved as ever; the waits between tries are not waited for.
    world = Surroundings(sleep=Time().sleep)
    with served(recorder) as url:
        judge = judge_at(url, settings={**SEES, "concurrency": 1})
        run = start(database, judge)
        done = work(database, tmp_path, run, surroundings=world)
        assert done.run.state == "paused"
        assert "20 questions in a row got no reply" in done.run.why
        assert "image input is not supported" in done.run.why
        assert done.failures == {kind: done.run.failed}
        assert 19 <= done.run.failed <= 20
        assert len(recorder.asked) == len(counted(database, run)) == 20 * tries
        assert (done.run.votes, done.run.micros) == (0, 0)
        blind = False
        with database.writing() as session:
            runs.resume(session, runs.find(session, run), retry_failed=True)
        done = work(database, tmp_path, run, surroundings=world)
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 24, 0)
    assert len(rows_of(database, Vote.id)) == 24
    assert sum(map(len, map(pictures, recorder.asked[-24:]))) == 3 * 24


def test_a_judges_own_answer_and_its_checklist_are_made_with_the_prompts_picture_in_sight(
    database: Database, tmp_path: Path
) -> None:
    kept = gallery(database)
    (of_prompt,) = (
        kept[row["images"][0]["digest"]]
        for (messages,) in rows_of(database, Prompt.messages)
        for row in messages
    )

    def say(asked: Asked, number: int) -> Said:
        words = str(asked.body["messages"])
        if "Write a checklist" in words:
            return Said("Answer:\n- Is it right?\n- Is it short?")
        return Said('{"answer": "yes"}' if "yes, no, or n/a" in words else '{"winner": "A"}')

    recorder = Recorder(say)
    with served(recorder) as url:
        own = judge_at(url, settings={**SEES, "concurrency": 1}, protocol_settings={"reference": "self"})
        assert work(database, tmp_path, start(database, own)).run.votes == 2
        assert pictures(recorder.asked[0]) == [of_prompt]
        recorder.asked.clear()
        lists = judge_at(url, name="lists", settings={**SEES, "concurrency": 1}, protocol="checklist")
        assert work(database, tmp_path, start(database, lists, ALL)).run.votes == 2
    assert pictures(recorder.asked[0]) == [of_prompt]
    assert {len(pictures(each)) for each in recorder.asked[1:]} == {2}
