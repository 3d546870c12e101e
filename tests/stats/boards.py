"""Boards for the tests of the statistics: read from public data, or simulated with a seed."""

import csv
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.stats.rankings.ranking import RankedModel, Ranking
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict

MT_BENCH_WORDS = {
    "model_a": Verdict.A,
    "model_b": Verdict.B,
    "tie": Verdict.TIE,
    "tie (inconsistent)": Verdict.TIE,
}
EVALICA_WORDS = {"left": Verdict.A, "right": Verdict.B, "tie": Verdict.TIE}

Floats = NDArray[np.float64]


def mt_bench(shared_data: Path, name: str) -> Tally:
    path = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / f"{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return Tally.of((row["model_a"], row["model_b"], MT_BENCH_WORDS[row["winner"]], 1) for row in rows)


def evalica(shared_data: Path, name: str) -> Comparisons:
    """The votes behind `<name>-golden.csv`, in their order."""
    folder = shared_data / "llmfao"
    path = folder / "crowd-comparisons.csv" if name == "llmfao" else folder / "evalica" / f"{name}.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return Comparisons.of((row["left"], row["right"], EVALICA_WORDS[row["winner"]]) for row in rows)


def golden(shared_data: Path, name: str, algorithm: str) -> dict[str, float]:
    """Scores that evalica (Ustalov 2025) publishes for its tests, by model."""
    with (shared_data / "llmfao" / "evalica" / f"{name}-golden.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["item"]: float(row["score"]) for row in rows if row["algorithm"] == algorithm}


def by_model(ranking: Ranking) -> dict[str, RankedModel]:
    return {row.model: row for row in ranking.rows}


def rating(ranking: Ranking, model: str) -> float:
    found = by_model(ranking)[model].rating
    assert found is not None
    return found


def ratings(ranking: Ranking) -> dict[str, float]:
    return {row.model: row.rating for row in ranking.rows if row.rating is not None}


def named(size: int) -> tuple[str, ...]:
    return tuple(f"m{number:03d}" for number in range(size))


def matrix_tally(models: str, wins: list[list[int]], ties: list[list[int]] | None = None) -> Tally:
    """A board from a matrix of wins, row over column, and of ties above the diagonal."""
    cells = [
        (a, b, Verdict.A, wins[i][j]) for i, a in enumerate(models) for j, b in enumerate(models) if i != j
    ]
    if ties is not None:
        cells += [
            (a, b, Verdict.TIE, ties[i][j])
            for i, a in enumerate(models)
            for j, b in enumerate(models)
            if i < j
        ]
    return Tally.of(cells, models)


def simulated(
    theta: Floats, votes: NDArray[np.int64], tie_share: float, generator: np.random.Generator
) -> Tally:
    """Every pair i < j votes `votes[p]` times, with expected score p = expit(θ_i − θ_j) and P(tie) = tie_share·p(1−p).

    So a tie as half a win is unbiased, and a vote has the variance (1 − tie_share/4)·p(1−p).
    """
    first, second = np.triu_indices(len(theta), 1)
    p = 1 / (1 + np.exp(theta[second] - theta[first]))
    tie = tie_share * p * (1 - p)
    chances = np.stack([p - tie / 2, 1 - p - tie / 2, tie], axis=1)
    counts = generator.multinomial(votes, chances)
    return Tally(
        named(len(theta)),
        np.repeat(first, 3),
        np.repeat(second, 3),
        np.tile([COUNTED.index(Verdict.A), COUNTED.index(Verdict.B), COUNTED.index(Verdict.TIE)], len(first)),
        counts.ravel(),
    )


def random_votes(models: int, votes: int, seed: int) -> Comparisons:
    """Votes of all five kinds, in a random order, the later model the better."""
    generator = np.random.default_rng(seed)
    first = generator.integers(0, models, votes)
    second = (first + generator.integers(1, models, votes)) % models
    better = np.where(first > second, 0, 1)
    verdict = np.where(generator.random(votes) < 0.5, better, generator.integers(0, len(COUNTED), votes))
    return Comparisons(named(models), first, second, verdict)
