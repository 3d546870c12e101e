"""Each rule holds for this tree, and each finds what it is there to find."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.conftest import ROOT

Rule = Callable[[Path], list[str]]

VIOLATIONS = [
    (rules.too_long, "app/domain/votes.py", "x = 1\n" * 401, "app/domain/votes.py: 401 lines, 400 allowed"),
    (
        rules.too_long,
        "tests/api/test_votes.py",
        "x = 1\n" * 401,
        "tests/api/test_votes.py: 401 lines, 400 allowed",
    ),
    (rules.too_long, "frontend/src/App.tsx", "x\n" * 251, "frontend/src/App.tsx: 251 lines, 250 allowed"),
    (rules.vague_names, "app/domain/utils.py", "", "app/domain/utils.py"),
    (rules.vague_names, "app/common/votes.py", "", "app/common/votes.py"),
    (rules.vague_names, "frontend/src/lib/helpers.ts", "", "frontend/src/lib/helpers.ts"),
    (
        rules.commits_elsewhere,
        "app/domain/votes.py",
        "def cast(session):\n    session.commit()\n",
        "app/domain/votes.py:2",
    ),
    (rules.stats_imports, "app/stats/tally.py", "import shelve\n", "app/stats/tally.py: shelve"),
    (rules.stats_imports, "app/stats/tally.py", "from app import db\n", "app/stats/tally.py: app.db"),
    (
        rules.stats_imports,
        "app/stats/elo/k.py",
        "def f():\n    import os.path\n",
        "app/stats/elo/k.py: os.path",
    ),
    (rules.stats_imports, "app/stats/tally.py", "from .. import domain\n", "app/stats/tally.py: .."),
    (rules.unseeded_chance, "app/stats/elo.py", "g = np.random.default_rng()\n", "app/stats/elo.py:1"),
    (rules.unseeded_chance, "app/stats/elo.py", "np.random.shuffle(x)\n", "app/stats/elo.py:1"),
    (rules.blanket_excepts, "app/db/x.py", "try:\n    f()\nexcept Exception:\n    pass\n", "app/db/x.py:3"),
]

ALLOWED = [
    ("app/db/session.py", "session.commit()\n"),
    ("app/stats/tally.py", "import numpy as np\nfrom app.stats.verdicts import Verdict\n"),
    ("app/stats/elo.py", "z = np.random.default_rng(seed).normal()\n"),
    ("app/domain/votes.py", "x = 1\n" * 400),
    ("frontend/src/api/schema.d.ts", "x\n" * 2000),
    ("frontend/src/styles/base.css", "a {}\n"),
]


@pytest.mark.parametrize("rule", rules.RULES)
def test_holds(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "path", "content", "found"), VIOLATIONS)
def test_finds_a_planted_violation(rule: Rule, path: str, content: str, found: str, tmp_path: Path) -> None:
    _plant(tmp_path, path, content)
    assert rule(tmp_path) == [found]


@pytest.mark.parametrize(("path", "content"), ALLOWED)
def test_lets_pass_what_is_right(path: str, content: str, tmp_path: Path) -> None:
    _plant(tmp_path, path, content)
    assert [problem for rule in rules.RULES for problem in rule(tmp_path)] == []


def test_every_rule_has_its_violation() -> None:
    assert {rule for rule, *_ in VIOLATIONS} == set(rules.RULES)


def _plant(root: Path, path: str, content: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True)
    file.write_text(content)
