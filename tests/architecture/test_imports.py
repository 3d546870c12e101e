"""The import contracts of pyproject.toml hold, and each turns red when it is violated."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PLANTED = [
    ("rings", "app.db.session", "import app.domain.errors", "app.db is not allowed to import app.domain"),
    ("rings", "app.domain.votes", "import app.settings", "app.domain is not allowed to import app.settings"),
    ("rings", "app.stats.tally", "import app.db.types", "app.stats is not allowed to import app.db"),
    ("rings", "app.domain.votes", "import app.api.main", "app.domain is not allowed to import app.api"),
    ("flow", "app.domain.battles", "import app.domain.votes", "app.domain.battles is not allowed to import"),
    ("flow", "app.domain.errors", "import app.domain.models", "app.domain.errors is not allowed to import"),
    ("stats-flow", "app.stats.verdicts", "import app.stats.tally", "app.stats.verdicts is not allowed"),
    ("methods", "app.stats.rankings.elo", "import app.stats.rankings.live_elo", "elo is not allowed"),
    ("samplers", "app.stats.pairing.uniform", "import app.stats.pairing.information", "is not allowed"),
    ("gates", "app.stats.gates.gold", "import app.stats.gates.echo", "gold is not allowed to import"),
    ("metrics", "app.stats.agreement.labels", "import app.stats.agreement.raters", "labels is not allowed"),
    (
        "protocols",
        "app.domain.judges.checklist",
        "import app.domain.judges.score",
        "checklist is not allowed",
    ),
    ("providers", "app.providers.scripted", "import app.providers.openai_chat", "scripted is not allowed"),
    ("formats", "app.domain.formats.csv", "import app.domain.formats.lmarena", "csv is not allowed"),
    ("routers", "app.api.votes", "from app.api import battles", "app.api.votes is not allowed to import"),
    ("commands", "app.cli.keys", "from app.cli import imports", "app.cli.keys is not allowed to import"),
    ("http-in", "app.domain.votes", "import fastapi", "app.domain.votes -> fastapi"),
    ("http-in", "app.cli", "from starlette import responses", "-> starlette"),
    ("http-out", "app.api.votes", "import httpx", "app.api.votes -> httpx"),
    ("pure", "app.stats.tally", "import time", "app.stats.tally -> time"),
]
IMPURE = ["sqlalchemy", "fastapi", "pydantic", "httpx", "os", "time", "random", "pathlib", "logging"]

UNPLACED = [
    ("rings", "app/surprise.py"),
    ("flow", "app/domain/surprise.py"),
    ("stats-flow", "app/stats/surprise.py"),
    ("methods", "app/stats/rankings/surprise.py"),
    ("samplers", "app/stats/pairing/surprise.py"),
    ("gates", "app/stats/gates/surprise.py"),
    ("metrics", "app/stats/agreement/surprise.py"),
    ("protocols", "app/domain/judges/surprise.py"),
    ("providers", "app/providers/surprise.py"),
    ("formats", "app/domain/formats/surprise.py"),
    ("routers", "app/api/surprise.py"),
    ("commands", "app/cli/surprise.py"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package and its contracts, to plant violations in."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__", "web"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_every_contract_is_kept() -> None:
    status, output = _lint(ROOT)
    assert status == 0, output


def test_a_copy_of_the_tree_is_judged_alike(tree: Path) -> None:
    status, output = _lint(tree)
    assert status == 0, output


@pytest.mark.parametrize(("contract", "module", "line", "named"), PLANTED)
def test_a_planted_import_is_refused(contract: str, module: str, line: str, named: str, tree: Path) -> None:
    file = _file(tree, module)
    file.write_text(f"{file.read_text()}\n{line}\n")
    status, output = _lint(tree, contract)
    assert status == 1, output
    assert named in output


def test_the_statistics_import_nothing_impure(tree: Path) -> None:
    (tree / "app/stats/power.py").write_text("".join(f"import {module}\n" for module in IMPURE))
    _, output = _lint(tree, "pure")
    assert [module for module in IMPURE if f"app.stats.power -> {module}" not in output] == []


@pytest.mark.parametrize(("contract", "path"), UNPLACED)
def test_a_module_that_nobody_placed_is_refused(contract: str, path: str, tree: Path) -> None:
    (tree / path).touch()
    status, output = _lint(tree, contract)
    assert status == 1, output
    assert "surprise" in output


def test_every_contract_has_its_violation() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {contract for contract, *_ in PLANTED} == {contract["id"] for contract in contracts}
    exhaustive = {contract["id"] for contract in contracts if contract.get("exhaustive")}
    assert {contract for contract, _ in UNPLACED} == exhaustive
    assert {contract["id"] for contract in contracts if contract["type"] == "layers"} == exhaustive


def _file(tree: Path, module: str) -> Path:
    path = tree / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _lint(root: Path, *contracts: str) -> tuple[int, str]:
    chosen = [argument for contract in contracts for argument in ("--contract", contract)]
    # Wide enough that no line of the report is broken in two.
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", *chosen],
        cwd=root,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr
