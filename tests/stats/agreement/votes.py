"""Public votes as labels, for known answers: 0 the first model or side, 1 the second, 2 a tie, 3 both bad."""

import csv
import json
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.stats.tally import Ints, Tally
from app.stats.verdicts import Verdict

A, B, TIE, BOTH_BAD = range(4)
MISSING = -1


class Vote(NamedTuple):
    rater: str
    item: Hashable
    label: int
    inconsistent: bool = False


def mt_bench(shared_data: Path, name: str) -> list[Vote]:
    """Votes of `human` or `gpt4_pair` on (question, turn, models by name), whichever side the models were shown on."""
    path = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / f"{name}.jsonl"
    votes = []
    for row in read_lines(path):
        first, second = sorted((row["model_a"], row["model_b"]))
        word = row["winner"]
        label = (A if row[word] == first else B) if word in ("model_a", "model_b") else TIE
        item = (row["question_id"], row["turn"], first, second)
        votes.append(Vote(row["judge"], item, label, word == "tie (inconsistent)"))
    return votes


def mt_bench_categories(shared_data: Path) -> dict[int, str]:
    (path,) = (shared_data / "mtbench_votes" / "fastchat").rglob("question.jsonl")
    return {row["question_id"]: row["category"] for row in read_lines(path)}


def pandalm(shared_data: Path) -> tuple[Ints, dict[str, Ints]]:
    """The labels of the three annotators, (3, 999), and those of two judges, what neither A nor B being a tie."""
    folder = shared_data / "pandalm" / "data"
    rows = json.loads((folder / "testset-v1.json").read_text())
    people = [[_pandalm_label(row[f"annotator{number}"]) for row in rows] for number in (1, 2, 3)]
    files = {"gpt-3.5-turbo": "gpt_result", "pandalm-7b": "pandalm_result"}
    judges = {
        judge: np.array([_pandalm_label(row[field]) for row in _pandalm_rows(folder, judge)])
        for judge, field in files.items()
    }
    return np.array(people), judges


def genai_bench(shared_data: Path, judge: str) -> tuple[Ints, Ints]:
    """The human and the judge's labels of 919 pairs of edited images."""
    (path,) = (shared_data / "genai_bench" / "results" / "image_edition" / judge).glob("pairwise.jsonl")
    rows = read_lines(path)
    human = {"leftvote": A, "rightvote": B, "tievote": TIE, "bothbad_vote": BOTH_BAD}
    model = {"[[A>B]]": A, "[[B>A]]": B, "[[A=B=Good]]": TIE, "[[A=B=Bad]]": BOTH_BAD}
    return (
        np.array([human[row["human_vote"]] for row in rows]),
        np.array([model[row["model_vote"]] for row in rows]),
    )


def llmfao(shared_data: Path, name: str) -> list[Vote]:
    """Votes of `crowd`, `gpt3` or `gpt4` on pairs of answers, as shown left and right."""
    words = {"left": A, "right": B, "tie": TIE}
    return [
        Vote(row.get("worker", name), int(row["id"]), words[row["winner"]])
        for row in llmfao_rows(shared_data, name)
    ]


def llmfao_tally(shared_data: Path, name: str) -> Tally:
    """The same as a tally of models."""
    words = {"left": Verdict.A, "right": Verdict.B, "tie": Verdict.TIE}
    return Tally.of(
        (row["left"], row["right"], words[row["winner"]], 1) for row in llmfao_rows(shared_data, name)
    )


def llmfao_rows(shared_data: Path, name: str) -> list[dict[str, str]]:
    file_name = "crowd-comparisons.csv" if name == "crowd" else f"{name}-crowd-comparisons.csv"
    with (shared_data / "llmfao" / file_name).open(newline="") as file:
        return list(csv.DictReader(file))


def columns(votes: Iterable[Vote], number: dict[Hashable, int]) -> tuple[Ints, Ints]:
    """Numbers of the items, given anew to items not met before, and labels."""
    listed = list(votes)
    items = [number.setdefault(vote.item, len(number)) for vote in listed]
    return np.array(items, dtype=np.int64), np.array([vote.label for vote in listed], dtype=np.int64)


def chosen(votes: Iterable[Vote], keep: Callable[[Vote], bool]) -> list[Vote]:
    return [vote for vote in votes if keep(vote)]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _pandalm_rows(folder: Path, judge: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / f"{judge}-testset-v1.json").read_text())
    return rows


def _pandalm_label(value: object) -> int:
    return {"1": A, "2": B}.get(str(value), TIE)
