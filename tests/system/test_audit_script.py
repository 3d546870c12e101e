"""scripts/audit.sh: what registries know of the pinned packages, and never a clean bill from one that was not asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

CLEAN = (0, "No known vulnerabilities found")
WEAK = (1, "starlette 0.1 PYSEC-2026-1 1.10.0")
MODERATE = (1, "3 vulnerabilities (2 moderate, 1 high)\n2 moderate severity vulnerabilities")
AWAY = (1, "npm error audit endpoint returned an error")


@pytest.mark.parametrize(
    ("python", "web", "expected", "told"),
    [
        (CLEAN, CLEAN, 0, "No known weakness."),
        (WEAK, CLEAN, 1, "KNOWN WEAKNESSES: python"),
        (CLEAN, MODERATE, 1, "KNOWN WEAKNESSES: web"),
        (CLEAN, AWAY, 3, "NOT CHECKED, no answer: web"),
        (AWAY, CLEAN, 3, "NOT CHECKED, no answer: python"),
        (WEAK, AWAY, 1, "NOT CHECKED, no answer: web"),
    ],
)
def test_what_it_says(
    tmp_path: Path, python: tuple[int, str], web: tuple[int, str], expected: int, told: str
) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts/audit.sh", tmp_path / "scripts")
    for program, (status, text) in ((".venv/bin/uvx", python), ("bin/npm", web)):
        path = tmp_path / program
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\ncat <<'TOLD'\n{text}\nTOLD\nexit {status}\n")
        path.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run([script], capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, told in done.stdout) == (expected, True), done.stdout
