"""People whose votes were collected elsewhere, for `benchmarks/attacks.py`: whose do the gates set aside?"""

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.stats.gates import Voter
from app.stats.tally import Floats, Tally
from app.stats.verdicts import Verdict

WORDS = {"left": 0, "model_a": 0, "right": 1, "model_b": 1}
TIE = 2
LOW = -1.645  # standard errors: one side, at level .95
FEWEST = 10  # items with somebody else's verdict, from which a voter's agreement is taken as known


@dataclass(frozen=True, slots=True)
class Row:
    voter: str
    item: tuple[str, ...]
    a: str
    b: str
    verdict: int  # A, B or a tie, as in COUNTED


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Voters with their votes, the votes of all, and by voter how often each of the others' verdicts on the same items
    for one side was the voter's: (agreed, of) for each item, as a list of arrays (K, 2).
    """

    name: str
    voters: tuple[Voter, ...]
    tally: Tally
    agreement: tuple[Floats, ...]

    def agreeing(self) -> NDArray[np.bool_]:
        """All but those who agree with others on the same items less than people do there, beyond chance: the share of
        agreeing verdicts is below that of everybody by more than 1.645 of its standard errors over items.
        """
        usual = sum(each[:, 0].sum() for each in self.agreement) / sum(
            each[:, 1].sum() for each in self.agreement
        )
        return np.array([not _below(each, usual) for each in self.agreement])


def llmfao(data: Path) -> Crowd:
    with (data / "llmfao" / "crowd-comparisons.csv").open(newline="") as file:
        rows = [
            Row(row["worker"], (row["prompt"],), row["left"], row["right"], WORDS.get(row["winner"], TIE))
            for row in csv.DictReader(file)
        ]
    return _crowd("llmfao", rows)


def mt_bench(data: Path) -> Crowd:
    lines = (
        (data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / "human.jsonl").read_text().splitlines()
    )
    rows = [
        Row(
            row["judge"],
            (str(row["question_id"]), str(row["turn"])),
            row["model_a"],
            row["model_b"],
            WORDS.get(row["winner"], TIE),
        )
        for row in map(json.loads, lines)
    ]
    return _crowd("MT-Bench", rows)


def _crowd(name: str, rows: Sequence[Row]) -> Crowd:
    models = sorted({model for row in rows for model in (row.a, row.b)})
    place = {model: at for at, model in enumerate(models)}
    own = defaultdict[str, list[Row]](list)
    for row in rows:
        own[row.voter].append(row)
    voters = tuple(
        Voter(
            np.array([place[row.a] for row in votes]),
            np.array([place[row.b] for row in votes]),
            np.array([row.verdict for row in votes]),
            seed=seed,
        )
        for seed, votes in enumerate(own.values())
    )
    words = (Verdict.A, Verdict.B, Verdict.TIE)
    tally = Tally.of([(row.a, row.b, words[row.verdict], 1) for row in rows], models)
    return Crowd(name, voters, tally, _agreement(rows, list(own)))


def _agreement(rows: Sequence[Row], voters: Sequence[str]) -> tuple[Floats, ...]:
    """For each voter and item that others judged too: how many of their verdicts for a side agree, and of how many."""
    said = defaultdict[tuple[str, ...], dict[str, str]](dict)
    for row in rows:
        if row.verdict != TIE:
            key = (*row.item, *sorted((row.a, row.b)))
            said[key][row.voter] = (row.a, row.b)[row.verdict]
    found = defaultdict[str, list[tuple[int, int]]](list)
    for verdicts in said.values():
        for voter, model in verdicts.items():
            others = [each for other, each in verdicts.items() if other != voter]
            if others:
                found[voter].append((others.count(model), len(others)))
    return tuple(np.array(found[voter], dtype=np.float64).reshape(-1, 2) for voter in voters)


def _below(agreement: Floats, usual: float) -> bool:
    if len(agreement) < FEWEST:
        return False
    agreed, of = agreement.T
    share = agreed.sum() / of.sum()
    error = np.sqrt(((agreed - share * of) ** 2).sum()) / of.sum()
    return bool(share - usual < LOW * error)
