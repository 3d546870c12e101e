"""The scripts behind `make`: what they promise when something is missing, and that they hide no failure."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import make_targets
from tests.conftest import ROOT


def test_make_lists_every_target() -> None:
    listed = _run("make", "--no-print-directory").stdout
    assert {line.split()[1] for line in listed.splitlines()} == make_targets()
    assert {"setup", "demo", "serve", "check", "test", "wheel", "help"} <= make_targets()


def test_a_named_postgres_is_used_and_the_status_passed_on() -> None:
    ended = _run(
        "scripts/with-postgres.sh",
        "sh",
        "-c",
        "echo $ARENA_TEST_POSTGRES_URL; exit 7",
        url="postgresql://given",
    )
    assert (ended.stdout, ended.returncode) == ("postgresql://given\n", 7)


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.1", None])
def test_without_a_fitting_node_the_page_is_left_out_loudly(version: str | None, tmp_path: Path) -> None:
    for name in ("bash", "dirname", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    if version:
        (tmp_path / "node").write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {version} && exit\nexit 1\n')
        (tmp_path / "node").chmod(0o755)
    ended = _run("scripts/web.sh", "build", path=str(tmp_path))
    assert ended.returncode == 0
    assert "NOT built: Node 20.19 or newer is needed" in ended.stderr
    assert (version or "none") in ended.stderr


def test_a_failing_check_fails_after_the_others_ran(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    for name, status in (("ruff", 0), ("mypy", 1), ("lint-imports", 0)):
        (programs / name).write_text(f"#!/bin/sh\necho {name} ran\nexit {status}\n")
        (programs / name).chmod(0o755)
    ended = _run("scripts/check.sh", folder=tmp_path)
    assert ended.returncode == 1
    assert "lint-imports ran" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("FAILED: .venv/bin/mypy")


def _run(
    *command: str, folder: Path = ROOT, url: str = "", path: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ARENA_TEST_POSTGRES_URL": url, "PATH": path or os.environ["PATH"]}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
