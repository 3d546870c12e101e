"""Votes with styles for the tests of style control: simulated with a seed, or read from llmfao."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.stats.styles import WIDTH, StyledVotes, differences
from app.stats.tally import COUNTED, Comparisons
from app.stats.texts import FEATURES, Style
from app.stats.verdicts import Verdict
from tests.stats.boards import EVALICA_WORDS, Floats, named

A, B, TIE = (COUNTED.index(verdict) for verdict in (Verdict.A, Verdict.B, Verdict.TIE))


def standardised(styles: Floats) -> Floats:
    """Differences (N, 4) in standard deviations, around 0."""
    return np.asarray(styles / np.sqrt((styles**2).mean(axis=0)))


def simulated(
    theta: Floats,
    votes: int,
    coefficients: Floats,
    position: float,
    generator: np.random.Generator,
    tie_share: float = 0.6,
) -> tuple[Comparisons, Floats]:
    """Votes between random models, and their differences of style (N, 4); some models write longer than others.

    The first side's expected score is p = expit(θ_first − θ_second + coefficients·z + position), z the standardised
    differences, and P(tie) = tie_share·p(1−p).
    """
    models = len(theta)
    first = generator.integers(0, models, votes)
    second = (first + generator.integers(1, models, votes)) % models
    wordy = generator.normal(0, 0.4, models)
    styles = differences(*(_written(wordy[side], generator) for side in (first, second)))
    p = 1 / (1 + np.exp(theta[second] - theta[first] - standardised(styles) @ coefficients - position))
    chance, tie = generator.random(votes), tie_share * p * (1 - p)
    verdict = np.where(chance < p - tie / 2, A, np.where(chance < p + tie / 2, TIE, B))
    return Comparisons(named(models), first, second, verdict), styles


def _written(wordy: Floats, generator: np.random.Generator) -> NDArray[np.int64]:
    """Styles (N, 4) of one side of each vote."""
    size = len(wordy)
    length = np.exp(5 + wordy + generator.normal(0, 0.5, size)).round()
    counts = [generator.poisson(rate, size) for rate in (np.exp(wordy), 3, 2)]
    return np.stack([length.astype(np.int64), *counts], axis=1)


def seeded(votes: Comparisons) -> StyledVotes:
    """The votes with made-up differences of style, which turn with the sides of a vote."""
    drawn = np.random.default_rng(17).uniform(-1, 1, (votes.votes, WIDTH))
    names = np.array(votes.models)
    return StyledVotes.of_votes(
        votes, np.where((names[votes.first] < names[votes.second])[:, None], drawn, -drawn)
    )


def llmfao(shared_data: Path, name: str) -> StyledVotes:
    """The votes of one file on the answers of 59 models, with the differences of their styles."""
    folder = shared_data / "llmfao"
    with (folder / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    votes = Comparisons.of((row["left"], row["right"], EVALICA_WORDS[row["winner"]]) for row in rows)
    styles = _llmfao_styles(folder)
    sides = (np.array([styles[int(row["id"]), row[side]] for row in rows]) for side in ("left", "right"))
    return StyledVotes.of_votes(votes, differences(*sides))


@cache
def _llmfao_styles(folder: Path) -> dict[tuple[int, str], tuple[int, ...]]:
    """The style of each answer, by the number of the pair and the name of the model."""
    models = [json.loads(line) for line in (folder / "models.jsonl").read_text().splitlines()]
    names = {model["id"]: model["name"] for model in models}
    found = {}
    for line in (folder / "pairs-crowd.jsonl").read_text().splitlines():
        pair = json.loads(line)
        for side in "xy":
            style = Style.of([pair[f"result_{side}"]])
            found[pair["id"], names[pair[f"model_{side}"]]] = tuple(getattr(style, name) for name in FEATURES)
    return found
