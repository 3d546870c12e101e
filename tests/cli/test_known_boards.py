"""Public votes through the command line, on both databases, against figures that others computed from them.

MT-Bench: maximum-likelihood Bradley-Terry with a tie as half a win, mean 1000, agreed on by evalica and choix, and
the counts beside it. llmfao: the scores that evalica publishes for its own tests.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.cli.conftest import Arena

TOLERANCE = 0.05
HUMAN = {
    "gpt-4": 1177.39, "claude-v1": 1111.67, "gpt-3.5-turbo": 1104.16,
    "vicuna-13b-v1.2": 990.12, "alpaca-13b": 867.69, "llama-13b": 748.96,
}  # fmt: skip
GPT4 = {
    "gpt-4": 1314.50, "claude-v1": 1171.88, "gpt-3.5-turbo": 1091.37,
    "vicuna-13b-v1.2": 970.36, "alpaca-13b": 786.35, "llama-13b": 665.55,
}  # fmt: skip
# METHODS 4.1: PPI++ on units (question, turn, pair) with the tuned λ of .0853, Elo ± standard error.
POWERED = {
    "gpt-4": (1172.56, 11.44), "claude-v1": (1118.13, 10.00), "gpt-3.5-turbo": (1102.13, 8.68),
    "vicuna-13b-v1.2": (987.44, 9.24), "alpaca-13b": (854.27, 10.35), "llama-13b": (765.47, 12.10),
}  # fmt: skip
COLUMNS = "model_a=left,model_b=right,rater=worker,prompt_id=prompt"


def board(arena: Arena, slug: str, *options: str) -> dict[str, Any]:
    printed = arena("leaderboard", "--arena", slug, "--json", *options)
    assert (printed.code, printed.err) == (0, "")
    found: dict[str, Any] = json.loads(printed.out)
    return found


def ratings(found: dict[str, Any]) -> dict[str, float]:
    return {row["model"]: row["rating"] for row in found["rows"]}


def test_mt_bench(arena: Arena, shared_data: Path, client: TestClient) -> None:
    folder = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench"
    known = json.loads((shared_data / "expected_dev.json").read_text())["mtbench_votes"]
    into = ("--format", "mt_bench", "--arena", "mt-bench")
    printed = arena("import", folder / "human.jsonl", *into)
    assert (printed.code, printed.out) == (
        0,
        "3,355 votes imported into mt-bench, 0 were there already, 0 rows rejected.\n",
    )
    human = board(arena, "mt-bench")
    assert (human["votes"], human["raters"]) == (3355, known["judges"])
    assert_board(human, HUMAN, known["human_ratings"])

    assert "2,400 votes imported" in arena("import", folder / "gpt4_pair.jsonl", *into).out
    for voters in ("judges", "judge:gpt4_pair"):
        judged = board(arena, "mt-bench", "--voters", voters)
        assert (judged["votes"], judged["raters"]) == (2400, 1)
        assert_board(judged, GPT4, known["gpt4_ratings"])

    powered = board(arena, "mt-bench", "--method", "prediction_powered")
    assert powered["figures"]["lambda"] == pytest.approx(0.0853, abs=5e-5)
    assert (powered["figures"]["human_units"], powered["figures"]["judge_units"]) == (1814, 586)
    assert ratings(powered) == pytest.approx(
        {model: value for model, (value, _) in POWERED.items()}, abs=0.006
    )
    errors = {row["model"]: (row["rating_upper"] - row["rating"]) / 1.959964 for row in powered["rows"]}
    assert errors == pytest.approx({model: error for model, (_, error) in POWERED.items()}, abs=0.006)

    table = arena("leaderboard", "--arena", "mt-bench", "--set", "reference=llama-13b").out
    assert re.search(r"gpt-4 .*│ 428\.4 \(\d{3}\.\d – \d{3}\.\d\)", table)
    table = arena("leaderboard", "--arena", "mt-bench", "--method", "prediction_powered").out
    assert f"lambda: {powered['figures']['lambda']:g}\n" in table

    # Both files again, in one command: nothing is doubled, and the boards are the stored ones.
    again = arena("import", folder / "human.jsonl", folder / "gpt4_pair.jsonl", *into)
    assert again.out.startswith("0 votes imported into mt-bench, 5,755 were there already")
    assert board(arena, "mt-bench", "--voters", "judge:gpt4_pair") == judged
    after = board(arena, "mt-bench")
    assert (ratings(after), after["votes"], after["raters"]) == (ratings(human), 3355, 65)

    for options in ({}, {"voters": "judges"}, {"method": "elo", "ties": "drop", "voters": "combined"}):
        served = client.get("/api/v1/arenas/mt-bench/leaderboard", params=options)
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        printed = arena("leaderboard", "--arena", "mt-bench", "--json", *words)
        assert printed.out.encode() == served.content + b"\n"
    table = arena("leaderboard", "--arena", "mt-bench").out
    assert [line.split("│")[2].strip() for line in table.splitlines() if line.startswith("│")] == list(HUMAN)


def assert_board(found: dict[str, Any], expected: dict[str, float], known: dict[str, Any]) -> None:
    assert [row["model"] for row in found["rows"]] == list(expected)
    assert ratings(found) == pytest.approx(expected, abs=TOLERANCE)
    for row in found["rows"]:
        counts = known["counts"][row["model"]]
        assert (row["wins"], row["losses"], row["ties"]) == (counts["win"], counts["loss"], counts["tie"])
        assert row["win_rate"] == pytest.approx(known["win_rate"][row["model"]], abs=6e-5)


def test_llmfao_gives_evalicas_order_and_scores(arena: Arena, shared_data: Path) -> None:
    folder = shared_data / "llmfao"
    golden = {}
    for line in (folder / "evalica" / "llmfao-golden.csv").read_text().splitlines():
        algorithm, _, rest = line.partition(",")
        if algorithm == "bradley_terry":
            item, _, score = rest.rpartition(",")
            golden[item.strip('"')] = math.log(float(score))
    into = ("--format", "csv", "--arena", "llmfao", "--columns", COLUMNS)
    for imported, there in (("8,931", "0"), ("0", "8,931")):
        printed = arena("import", folder / "crowd-comparisons.csv", *into)
        assert printed.out.startswith(f"{imported} votes imported into llmfao, {there} were there already")
    found = board(arena, "llmfao")
    assert (found["votes"], found["raters"], len(found["rows"])) == (8931, 124, 59)
    assert [row["model"] for row in found["rows"]] == sorted(golden, key=golden.__getitem__, reverse=True)
    unit = 400 / math.log(10)
    strengths = {model: (rating - 1000) / unit for model, rating in ratings(found).items()}
    mean = sum(golden.values()) / len(golden)
    assert strengths == pytest.approx({model: score - mean for model, score in golden.items()}, abs=1e-4)
