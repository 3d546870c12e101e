"""The documentation names what exists, and everything that exists."""

import re
import shlex
from pathlib import Path

import pytest

from app.domain.formats import FORMATS
from app.domain.judges import PROTOCOLS
from app.providers import PROVIDERS
from app.settings import Settings
from app.stats.agreement import METRICS
from app.stats.gates import GATES, RULES
from app.stats.pairing import SAMPLERS
from app.stats.rankings import METHODS
from tests.commands import make_targets, problem_with_arena
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?:console|bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
SETTING = re.compile(r"^\| `(ARENA_\w+)` \| *`?([^`|]*?)`? *\|", re.MULTILINE)
VARIABLE = re.compile(r"\bARENA_(?!TEST_)[A-Z_]*[A-Z]")


def test_the_pages_are_there() -> None:
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"} <= {page.name for page in PAGES}
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_quoted_command_exists(page: Path) -> None:
    problems = [_problem(line) for block in BLOCK.findall(page.read_text()) for line in _commands(block)]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    for path, function in TEST.findall(page.read_text()):
        assert (ROOT / path).is_file(), path
        assert f"def {function}" in (ROOT / path).read_text(), f"{path}::{function}"


def test_every_setting_is_documented_with_its_default() -> None:
    documented = dict(SETTING.findall((ROOT / "docs/settings.md").read_text()))
    assert documented == {
        f"ARENA_{name.upper()}": "" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    assert set(VARIABLE.findall(page.read_text())) <= _settings()


@pytest.mark.parametrize(
    "name", [*METHODS, *SAMPLERS, *GATES, *RULES, *FORMATS, *METRICS, *PROVIDERS, *PROTOCOLS]
)
def test_every_registered_name_is_documented(name: str) -> None:
    pages = [page.name for page in PAGES if re.search(rf"`(?:--\w+ )?{name}`", page.read_text())]
    assert pages, f"no page explains `{name}`"


def test_what_does_not_exist_is_found() -> None:
    assert _problem("make nonsense") == "no target nonsense in: make nonsense"
    assert _problem(".venv/bin/arena nonsense") == "no command nonsense in: arena nonsense"
    assert _problem("ARENA_PORT=1 make demo") is None
    assert _commands("$ make demo\nmade.\n") == ["make demo"]
    assert _commands("# two\nmake demo && \\\n  make help | less\n") == ["make demo", "make help", "less"]


def _settings() -> set[str]:
    return {f"ARENA_{name.upper()}" for name in Settings.model_fields}


def _commands(block: str) -> list[str]:
    """The commands of a block: after `$ ` where it has prompts, else every line that is no comment."""
    lines = block.replace("\\\n", " ").splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    return [part.strip() for line in lines for part in re.split(r"&&|\|", line)]


def _problem(command: str) -> str | None:
    words = shlex.split(command, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    if words[:1] == ["make"]:
        unknown = [word for word in words[1:] if "=" not in word and word not in make_targets()]
        return f"no target {unknown[0]} in: {' '.join(words)}" if unknown else None
    if words and Path(words[0]).name == "arena":
        return problem_with_arena(words[1:])
    if words[:3] == ["python", "-m", "app"]:
        return problem_with_arena(words[3:])
    return None
