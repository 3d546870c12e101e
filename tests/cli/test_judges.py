"""`arena judge`: registered, run to its end, paused and resumed from the terminal; what failed is shown in full."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import JudgeRequest, JudgeRun, Judgment, Vote
from tests.arenas import SLUG, import_rows, rows_of, vote
from tests.cli.conftest import Arena as Command
from tests.judging import judged_arena, script

ADD = ("judge", "add", "--arena", SLUG, "--name", "ref", "--model", "referee-1", "--provider", "scripted")
SCRIPT = ("--endpoint", "file=replies.jsonl")
PRICES = ("--endpoint", "input_price=1", "--endpoint", "output_price=2")
RUN = ("judge", "run", "--arena", SLUG, "--judge", "ref", "--battles", "new", "--most", "50")


@pytest.fixture
def judged(arena: Command, database: Database, tmp_path: Path) -> Command:
    """Three prompts, two models, and a judge that says A; the command line runs in `tmp_path`."""
    judged_arena(database)
    (tmp_path / "scripts").mkdir()
    says(tmp_path, {"text": '{"winner": "A"}'})
    assert arena(*ADD, *SCRIPT, *PRICES).code == 0
    return arena


def says(folder: Path, *lines: dict[str, str]) -> None:
    script(folder / "scripts", *lines)


def the_run(database: Database) -> str:
    ((run,),) = rows_of(database, JudgeRun.public_id)
    return str(run)


def test_a_judge_is_added_once_and_changed_into_a_new_version(judged: Command) -> None:
    assert (
        judged(*ADD, *SCRIPT, *PRICES).out
        == "ref@1 has these settings already in quiz: pairwise on overall.\n"
    )
    changed = judged(*ADD, *SCRIPT, "--protocol", "score", "--set", "highest=5", "--orders", "ab")
    assert changed.out == "ref@2 is registered in quiz: score on overall.\n"
    listed = judged("judge", "list", "--arena", SLUG).out
    assert "ref@2" in listed
    assert "scripted replies.jsonl" in listed


def test_a_judge_is_told_a_persona_a_policy_and_constraints(judged: Command, tmp_path: Path) -> None:
    (tmp_path / "ana.json").write_text('{"age": "40"}')
    (tmp_path / "policy.txt").write_text("No medical advice.")
    (tmp_path / "kept.json").write_text('[{"check": "at_most_words", "value": 50}]')
    told = judged(*ADD, "--protocol", "persona", "--persona", "ana.json", "--profile", "country=Chad")
    assert told.out == "ref@2 is registered in quiz: persona on overall.\n"
    assert judged(*ADD, "--protocol", "policy", "--policy", "policy.txt").code == 0
    assert judged(*ADD, "--protocol", "constraint", "--constraints", "kept.json").code == 0
    (tmp_path / "kept.json").write_text('[{"rule": "short"}]')
    wrong = judged(*ADD, "--protocol", "constraint", "--constraints", "kept.json")
    assert (wrong.code, wrong.err) == (
        2, "arena: kept.json: expected a JSON list of objects with check, value, when and extract\n",
    )  # fmt: skip


def test_a_run_is_foretold_worked_on_and_shown(judged: Command, database: Database) -> None:
    dry = judged(*RUN, "--dry-run")
    assert dry.out.startswith(
        "ref@1\n6 judgments: 6 calls, 0 questions are answered already.\nAt most, each asked once: "
    )
    assert rows_of(database, JudgeRun.id) == []
    ran = judged(*RUN)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1].startswith(
        "judged 6 of 6 · failed 0 · votes 6 · calls 6, and 0 answered before · cost 0.0"
    )
    assert len(rows_of(database, Vote.id)) == 6
    run = the_run(database)
    assert run in judged("judge", "status").out
    shown = judged("judge", "status", run)
    assert "state    done" in shown.out
    assert "ref@1: pairwise, referee-1" in shown.out
    served = json.loads(judged("judge", "status", run, "--json").out)
    assert (served["id"], served["arena"], served["state"], served["votes"]) == (run, SLUG, "done", 6)
    again = judged(*RUN)
    assert (again.code, again.err.startswith("arena: there is nothing to judge")) == (2, True)


def test_several_judges_judge_the_same_battles_one_after_another(judged: Command, database: Database) -> None:
    """Whoever judged some before is given those that the others are, and then the next."""
    assert judged(*RUN).code == 0
    other = (*ADD[:4], "--name", "other", *ADD[6:])
    third = (*ADD[:4], "--name", "third", *ADD[6:])
    assert [judged(*each, *SCRIPT, "--temperature", "1").code for each in (other, third)] == [0, 0]
    both = ("judge", "run", "--arena", SLUG, "--judge", "other", "--judge", "third", "--battles", "all")
    assert judged(*both, "--most", "2", "--dry-run").out.count("4 judgments") == 2
    assert judged(*both[:6], *both[8:], "--most", "1").code == 0
    assert judged(*both, "--most", "1").code == 0
    assert judged(*both[:4], *both[6:], "--most", "1").code == 0
    assert _battles(database, "other") == _battles(database, "third")
    assert len(_battles(database, "other")) == 2
    before = len(rows_of(database, JudgeRun.id))
    unknown = judged(*both, "--judge", "nobody")
    assert (unknown.code, len(rows_of(database, JudgeRun.id))) == (1, before)
    stopped = judged(*both, "--most-calls", "1")
    assert stopped.code == 1
    assert stopped.err.endswith("arena: not begun: third\n")


def test_a_budget_pauses_the_run_and_says_how_to_go_on(judged: Command, database: Database) -> None:
    ran = judged(*RUN, "--most-calls", "2")
    run = the_run(database)
    assert ran.code == 1
    why = "over budget: one more request might pass 2 calls"
    assert ran.err == f"arena: the run is paused: {why}; go on with: arena judge resume {run}\n"
    assert judged("judge", "resume", run, "--most-money", "0.0001").code == 1
    assert len(rows_of(database, Vote.id)) == 2
    assert judged("judge", "resume", run, "--no-limits").code == 0
    assert len(rows_of(database, Vote.id)) == 6


def test_detached_runs_wait_for_a_worker_and_can_be_stopped(judged: Command, database: Database) -> None:
    ran = judged(*RUN, "--detach")
    run = the_run(database)
    assert ran.out.startswith(f"{run} waits for a worker")
    busy = judged(*RUN)
    assert (busy.code, busy.err.startswith("arena: another run of judge 'ref' is running or paused")) == (
        1,
        True,
    )
    assert judged("judge", "pause", run).out == f"{run} is paused. Go on with: arena judge resume {run}\n"
    assert judged("judge", "cancel", run).out == f"{run} is cancelled; its votes stay.\n"
    for verb in ("pause", "cancel", "resume"):
        ended = judged("judge", verb, run)
        assert (ended.code, ended.err.count("\n"), "cancelled" in ended.err) == (1, 1, True)


def test_failures_are_told_and_shown_word_for_word(
    judged: Command, database: Database, tmp_path: Path
) -> None:
    says(tmp_path, {"when": "Question 1", "text": "\x1b[31mBoth are fine"}, {"text": '{"winner": "B"}'})
    ran = judged(*RUN)
    assert ran.code == 0
    assert "failed 2 (unreadable:no_verdict 2)" in ran.out
    run = the_run(database)
    shown = judged("judge", "calls", run, "--failed").out
    assert shown.count("unreadable:no_verdict") == 2
    assert "Question 1?" in shown
    assert "Question 2?" not in shown
    assert "reply> \ufffd[31mBoth are fine" in shown
    lines = judged("judge", "calls", run, "--json").out.splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["answered"] * 6
    assert judged("judge", "calls", run, "--most", "1").out.endswith("--json gives all\n")


def test_a_run_in_which_all_fails_fails(judged: Command, database: Database, tmp_path: Path) -> None:
    says(tmp_path, {"failure": "too_long"})
    ran = judged(*RUN)
    assert ran.code == 1
    assert ran.err.startswith("arena: no judgment brought all its verdicts: permanent:too_long 6; ")
    says(tmp_path, {"text": '{"winner": "B"}'})
    assert judged("judge", "resume", the_run(database), "--retry-failed").code == 0


def test_wrong_use_names_what_exists_and_shows_no_secret(judged: Command) -> None:
    secret = "sk-proj-4f1d9a7c2b"
    for words, said in (
        (("--endpoint", f"api_key={secret}"), "setting 'api_key': expected name=value with one of file, "),
        (("--set", "tone=calm"), "setting 'tone': expected name=value with one of longest_text, "),
        (("--protocol", "vibes"), "there is no protocol 'vibes'"),
        (("--orders", "ba", "--repeats", "0"), "repeats 0: expected 1 to 25"),
    ):
        wrong = judged(*ADD, *words)
        assert (wrong.code, said in wrong.err, secret in wrong.err) == (2, True, False), wrong.err
    reached = (*ADD[:-1], "openai_chat", "--endpoint", f"key={secret}")
    wrong = judged(*reached)
    assert (wrong.code, "env:NAME_API_KEY" in wrong.err, secret in wrong.err) == (2, True, False)
    assert judged("judge", "status", "nowhere").err == "arena: there is no such run\n"
    assert judged("judge", "run", "--arena", SLUG, "--judge", "nobody").code == 1


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_pauses_and_twice_leaves_at_once(
    judged: Command, database: Database, database_url: str, tmp_path: Path, presses: int
) -> None:
    slow = ("--endpoint", "seconds=1" if presses == 1 else "seconds=300", "--endpoint", "concurrency=1")
    assert judged(*ADD, *SCRIPT, *PRICES, *slow).code == 0
    started = subprocess.Popen(
        [sys.executable, "-m", "app", *RUN, "--database-url", database_url],
        cwd=tmp_path, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert started.stdout is not None
    try:
        while not rows_of(database, JudgeRequest.id):
            assert started.poll() is None
        for press in range(presses):
            started.send_signal(signal.SIGINT)
            if press + 1 < presses:
                while rows_of(database, JudgeRun.state) == [("running",)]:
                    assert started.poll() is None
        _, err = started.communicate(timeout=60)
    finally:
        started.kill()
    assert started.returncode == 1
    assert f"go on with: arena judge resume {the_run(database)}" in err
    assert "Traceback" not in err
    states = {state for (state,) in rows_of(database, JudgeRequest.state)}
    assert states == ({"ended"} if presses == 1 else {"sent"})


def test_what_was_not_done_before_its_figures_are_believed_is_said(
    judged: Command, database: Database
) -> None:
    judged(*ADD, *SCRIPT, "--orders", "ab", "--temperature", "1")
    assert judged(*RUN).code == 0
    import_rows(database, [vote("ada", "bob", "a", who, prompt_id="p1") for who in ("ana", "ben")])
    once = "3 of 3 items were shown to it in one order only: what the place does there is not known."
    drawn = "The replies of version 2 are drawn by chance (temperature 1), and it was asked once: 3 repeats or more"
    told = judged("consistency", "--arena", SLUG, "--judge", "ref").out
    assert (f"  ! {once}" in told, f"  ! {drawn}" in told) == (True, True), told
    chosen = judged("judge", "choose", "--arena", SLUG, "--least-items", "1").out
    assert "Of ref@2: 1 of 1 items were shown to it in one order only" in chosen
    assert f"Of ref@2: {drawn}" in chosen


def test_other_commands_start_without_the_http_client() -> None:
    asked = "import sys, app.cli; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def _battles(database: Database, judge: str) -> set[int]:
    with database.reading() as session:
        rows = session.scalars(
            select(Judgment.battle_id)
            .join(JudgeRun, Judgment.run_id == JudgeRun.id)
            .where(JudgeRun.judge == judge)
        )
        return set(rows)
