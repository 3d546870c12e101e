"""Constraints with code and with parts copied out of the answer, as AGENTIF chains them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.domain.judges import find, sandbox
from app.domain.judges.constraint import Settings
from app.domain.judges.items import Constraint, DimensionForm, Item
from app.domain.judges.protocol import Finding
from app.domain.judges.replies import Reason, Reply, Unreadable
from app.stats.verdicts import Verdict

PROTOCOL = find("constraint")
SETTINGS = Settings()
SHOUTS = "import re\ndef check_following(response):\n    return len(re.findall(r'[A-Z]', response)) > 3"


def item(*constraints: Constraint, first: str = "HELLO", second: str = "hello") -> Item:
    return Item(
        prompt=[{"role": "user", "content": "Shout."}],
        first=[{"role": "assistant", "content": first}],
        second=[{"role": "assistant", "content": second}],
        dimensions=(DimensionForm("overall", "Overall"),),
        fence="fence",
        constraints=constraints,
    )


def test_code_decides_without_a_question() -> None:
    shown = item(Constraint("code", SHOUTS))
    assert PROTOCOL.questions(shown, SETTINGS) == ()
    found = PROTOCOL.verdicts(shown, {}, SETTINGS)["overall"]
    assert found == Finding("checks", verdict=Verdict.A, scores=(1.0, 0.0))


def test_code_may_pass_on_a_looser_variant_of_the_text() -> None:
    code = "def check_following(response): return response.startswith('HELLO')"
    shown = item(Constraint("code", code), first="Sure!\nHELLO")
    strict = PROTOCOL.verdicts(shown, {}, SETTINGS)["overall"]
    loose = PROTOCOL.verdicts(shown, {}, Settings(loose=True))["overall"]
    assert isinstance(strict, Finding)
    assert strict.scores == (0.0, 0.0)
    assert isinstance(loose, Finding)
    assert loose.scores == (1.0, 0.0)


def test_code_checks_the_part_that_the_judge_copied_out() -> None:
    shown = item(Constraint("code", SHOUTS, extract="The first line of the answer."))
    asked = PROTOCOL.questions(shown, SETTINGS)
    assert [each.key for each in asked] == ["first/1/extract", "second/1/extract"]
    assert asked[0].schema is None
    replies = {"first/1/extract": Reply("hello"), "second/1/extract": Reply("HELLO THERE")}
    found = PROTOCOL.verdicts(shown, replies, SETTINGS)["overall"]
    assert found == Finding("checks", verdict=Verdict.B, scores=(0.0, 1.0))
    replies["first/1/extract"] = Reply("NONE")
    found = PROTOCOL.verdicts(shown, replies, SETTINGS)["overall"]
    assert isinstance(found, Finding)
    assert found.verdict == Verdict.B
    replies["first/1/extract"] = Reply("", finish="length")
    found = PROTOCOL.verdicts(shown, replies, SETTINGS)["overall"]
    assert isinstance(found, Unreadable)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return open('/etc/passwd').read() != ''", "PermissionError"),
        ("import os\n    return len(os.environ) > 0", "os.environ"),
        ("import socket\n    return True", "No module named 'socket'"),
        ("import subprocess\n    return True", "No module named 'subprocess'"),
        ("return __import__('os').getcwd() != ''", "__import__"),
        ("return ().__class__.__bases__[0].__subclasses__() != []", "__class__"),
        ("raise SystemExit", "SystemExit"),
        ("x = 'a'\n    while True: x += x", "MemoryError"),
        ("return check_following(response)", "RecursionError"),
        ("return 'yes'", "neither True nor False"),
    ],
)
def test_code_reaches_nothing_and_its_failure_is_no_verdict(body: str, told: str) -> None:
    found = sandbox.kept(f"def check_following(response):\n    {body}", ["some text"])
    assert isinstance(found, Unreadable)
    assert found.reason is Reason.BROKEN_CHECK
    assert told in found.detail
    shown = item(Constraint("code", f"def check_following(response):\n    {body}"))
    outcome = PROTOCOL.verdicts(shown, {}, SETTINGS)["overall"]
    assert isinstance(outcome, Unreadable)
    assert outcome.reason is Reason.BROKEN_CHECK


def test_code_that_does_not_end_is_ended() -> None:
    found = sandbox.kept("def check_following(response):\n    while True: pass", ["some text"])
    assert isinstance(found, Unreadable)
    assert "TimeoutError" in found.detail


def test_code_cannot_ask_for_more_time_by_sleeping() -> None:
    code = "import time\ndef check_following(response):\n    time.sleep(100_000)\n    return True"
    assert sandbox.kept(code, ["some text"]) is True


def test_the_same_code_says_the_same_of_the_same_text() -> None:
    """Neither the clock nor chance decides."""
    code = (
        "import datetime, random\ndef check_following(response):\n"
        "    raise ValueError(f'{datetime.datetime.now()} {random.random()}')"
    )
    found = [sandbox.kept(code, ["some text"]) for _ in range(2)]
    assert isinstance(found[0], Unreadable)
    assert "2000-01-01" in found[0].detail
    assert found[0] == found[1]


def test_what_code_prints_does_not_reach_our_own_output() -> None:
    """In a process of its own, since the interpreter would write past what pytest captures."""
    program = (
        "from app.domain.judges import sandbox\n"
        "code = \"def check_following(response):\\n    print('leak')\\n    return True\"\n"
        "assert sandbox.kept(code, ['text']) is True"
    )
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (run.returncode, run.stdout) == (0, ""), run.stderr


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        (Constraint("code", "def check_following(response:"), "its code: "),
        (Constraint("code", "print('no function')"), "name 'check_following' is not defined"),
        (Constraint("code", "while True: pass"), "TimeoutError"),
        (Constraint("code", "#" * 20_001), "longer than 20,000 characters"),
        (Constraint("code"), "code needs a function check_following"),
        (Constraint("code", 7), "code needs a function check_following"),
        (Constraint("ask", "  "), "ask needs a question"),
        (Constraint("ask", "Is it loud?", extract="The end."), "extract is for checks and code"),
        (Constraint("loud"), "there is no check 'loud'; there are ask, code, at_most_words"),
        (Constraint("at_most_words", "two"), "a whole number is needed"),
    ],
)
def test_a_constraint_that_nobody_could_check_is_refused_before_anything_is_asked(
    constraint: Constraint, told: str
) -> None:
    with pytest.raises(Invalid, match=told.replace("(", r"\(")):
        PROTOCOL.questions(item(constraint), SETTINGS)
