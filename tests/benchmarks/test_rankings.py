"""The benchmark of the fits measures what it says it measures, without the peers too."""

import json
import os
import subprocess
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks import rankings
from benchmarks.contenders import CONTENDERS, LIMIT, OURS, Contender, Fit, simulated
from tests.conftest import PEERS, PEERS_INSTALLED, ROOT

VOTES = simulated(models=6, votes=3000, seed=1)
BY_NAME = {contender.name: contender for contender in CONTENDERS}
ALIKE = [contender for contender in CONTENDERS if contender.name not in ("arenakit", "choix")]
SMALL = ["--models", "6", "--only", OURS]
POINTS_ONLY = ("evalica", "choix", "scikit-learn")


# Runs where the peers are installed: what is absent here is fitted there to the same votes.
FIT = """
import json, sys
from benchmarks.contenders import CONTENDERS, simulated

votes, found = simulated(models=6, votes=3000, seed=1), []
for each in CONTENDERS:
    if each.name in sys.argv[1:]:
        fits = {"votes": each.read(each.from_votes(votes))}
        if each.from_cells is not None:
            fits["cells"] = each.read(each.from_cells(votes.cells()))
        told = {
            way: [fit.ratings.tolist(), None if fit.margin is None else fit.margin.tolist()]
            for way, fit in fits.items()
        }
        found.append((each.name, told))
print(json.dumps(dict(found)))
"""


@cache
def _fitted_elsewhere() -> dict[str, dict[str, list[list[float] | None]]]:
    absent = [each.name for each in CONTENDERS if find_spec(each.needs) is None]
    there = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [PEERS, "-c", FIT, *absent], capture_output=True, text=True, check=False, cwd=ROOT, env=there
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, dict[str, list[list[float] | None]]] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _fit(contender: Contender, source: str = "votes") -> Fit:
    if find_spec(contender.needs) is None:
        if not PEERS_INSTALLED.exists():
            pytest.skip(f"{contender.needs} is not installed: make peers")  # nothing else needs it
        ratings, margin = _fitted_elsewhere()[contender.name][source]
        return Fit(np.array(ratings), None if margin is None else np.array(margin))
    if source == "votes":
        return contender.read(contender.from_votes(VOTES))
    assert contender.from_cells is not None
    return contender.read(contender.from_cells(VOTES.cells()))


@pytest.mark.parametrize(
    ("contender", "source"),
    [
        pytest.param(contender, source, id=f"{contender.name}-{source}")
        for contender in ALIKE
        for source in ("votes", "cells")
        if source == "votes" or contender.from_cells is not None
    ],
)
def test_every_contender_finds_the_ratings_that_choix_finds(contender: Contender, source: str) -> None:
    assert _fit(contender, source).ratings == pytest.approx(_fit(BY_NAME["choix"]).ratings, abs=0.02)


@pytest.mark.parametrize(
    "contender",
    [each for each in CONTENDERS if each.name not in POINTS_ONLY],
    ids=lambda contender: contender.name,
)
def test_intervals_are_about_as_wide_as_the_sandwich(contender: Contender) -> None:
    margin, sandwich = _fit(contender).margin, _fit(BY_NAME[LIMIT]).margin
    assert margin is not None
    assert sandwich is not None
    assert np.median(margin / sandwich) == pytest.approx(
        1, abs=1e-6 if contender.name.startswith(OURS) else 0.1
    )


def test_cells_hold_every_vote() -> None:
    assert VOTES.cells().number.sum() == 3000


def test_the_benchmark_prints_a_table_and_its_goals(capsys: pytest.CaptureFixture[str]) -> None:
    rankings.main([*SMALL, "--votes", "2000", "--sources", "cells", "--markdown"])
    printed = capsys.readouterr().out
    assert "### 6 models, from cells" in printed
    assert "ms ×1.0 |" in printed
    assert "### Goals" in printed


def test_a_run_beyond_the_limit_is_shown_as_such_and_no_larger_one_is_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rankings.main([*SMALL, "--votes", "2000", "4000", "--sources", "votes", "--limit", "0.00001"])
    assert ">1e-05 s    not tried" in capsys.readouterr().out


def test_an_absent_peer_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ghost = Contender("ghost", "a_package_that_is_nowhere", lambda votes: Fit(np.zeros(6)), None)
    monkeypatch.setattr(rankings, "CONTENDERS", (ghost,))
    rankings.main(["--models", "6", "--votes", "2000"])
    assert "absent, so not compared: a_package_that_is_nowhere" in capsys.readouterr().out
