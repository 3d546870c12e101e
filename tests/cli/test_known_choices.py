"""`arena judge choose` on public votes, against counts that others published or computed from them."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.cli.conftest import Arena

Json = dict[str, Any]


def chosen(arena: Arena, slug: str, *options: str) -> Json:
    printed = arena("judge", "choose", "--arena", slug, "--json", *options)
    assert (printed.code, printed.err) == (0, "")
    found: Json = json.loads(printed.out)
    return found


def values(row: Json, *names: str) -> list[float]:
    return [row[name]["value"] for name in names]


def test_mt_bench(arena: Arena, shared_data: Path, client: TestClient) -> None:
    """METHODS 4.1 counts 1,814 items, 1,078 of them decided by people and GPT-4, who agree on 953."""
    folder = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench"
    files = folder / "human.jsonl", folder / "gpt4_pair.jsonl"
    assert arena("import", *files, "--format", "mt_bench", "--arena", "mt-bench").code == 0
    printed = arena("judge", "choose", "--arena", "mt-bench", "--json")
    assert printed.out.rstrip("\n") == client.get("/api/v1/arenas/mt-bench/judges/choice").text
    found = json.loads(printed.out)
    (row,) = found["candidates"]
    decided = found["sample"]["decided"]
    assert (found["sample"]["labelled"], row["agreement_no_ties"]["n"]) == (1814, 1078)
    assert values(row, "failure_coverage", "false_failure_rate") == pytest.approx(
        [953 / decided, 125 / decided], abs=1e-6
    )
    assert values(row, "agreement", "agreement_no_ties", "cohen_kappa") == pytest.approx(
        [0.6720, 0.8840, 0.5047], abs=6e-5
    )
    assert found["pick"] | {"judge": "gpt4_pair", "next": None, "told_apart": False} == found["pick"]


def test_pandalm(arena: Arena, shared_data: Path, tmp_path: Path) -> None:
    """Wang et al. 2023: GPT-3.5 agrees with people on 71.07 % of the test set, PandaLM-7B on 66.77 %; the 0.206 of good
    answers that PandaLM fails are above the limit. Replies that nobody could read are no verdicts.
    """
    folder = shared_data / "pandalm" / "data"
    names = ("testset-v1.json", "gpt-3.5-turbo-testset-v1.json", "pandalm-7b-testset-v1.json")
    whole = tmp_path / "all.json"
    whole.write_bytes(b"".join((folder / name).read_bytes() for name in names))
    for slug, options in (("ties", ("--columns", "unreadable=tie")), ("silence", ())):
        assert arena("import", whole, "--format", "pandalm", "--arena", slug, *options).code == 0
    accuracy = {row["judge"]: 100 * row["agreement"]["value"] for row in chosen(arena, "ties")["candidates"]}
    assert accuracy == {"gpt": pytest.approx(71.07, abs=0.005), "pandalm": pytest.approx(66.77, abs=0.005)}
    rows = {row["judge"]: row for row in chosen(arena, "silence")["candidates"]}
    unreadable = sum("garbage" in line for line in (folder / names[1]).read_text().splitlines())
    assert rows["gpt"]["verdicts"]["value"] == pytest.approx(1 - unreadable / 999, abs=1e-6)
    assert rows["pandalm"]["verdicts"]["value"] == 1
    printed = arena("judge", "choose", "--arena", "silence").out
    assert printed.startswith("Pick: gpt. gpt alone qualifies.\n")
    assert "Not pandalm: false failures 0.21 are above 0.2." in printed


def test_genai_bench(arena: Arena, shared_data: Path) -> None:
    """llava says A to everything and random guesses; neither rule takes them, nor idefics2, which is no better. The
    judges that people agree with beyond chance are left, and the one whose decided verdicts are right more often is
    picked, not the one with more equal labels.
    """
    folder = shared_data / "genai_bench" / "results" / "image_edition"
    known = json.loads((shared_data / "expected_dev.json").read_text())["genai_bench"]["image_edition"][
        "judges"
    ]
    for judge in known:
        options = ("--format", "genai_bench", "--columns", f"judge=={judge}", "--arena", "genai")
        assert arena("import", folder / judge / "pairwise.jsonl", *options).code == 0
    found = chosen(arena, "genai")
    assert [row["judge"] for row in found["candidates"] if row["rank"]] == ["gpt4o", "gemini-1.5-pro"]
    for row in found["candidates"]:
        of_both = known[row["judge"]]
        right, wrong = (row[name]["value"] for name in ("failure_coverage", "false_failure_rate"))
        assert right / (right + wrong) == pytest.approx(of_both["decisive_agreement"], abs=6e-5)
        assert round((right + wrong) * found["sample"]["decided"]) == of_both["decisive_n"]
    assert found["pick"]["told_apart"]
    printed = arena("judge", "choose", "--arena", "genai", "--rule", "mcc", "--holdout", "0.5").out
    assert "had no part in picking it" in printed
    assert "Not llava" in printed


def test_a_judge_without_votes_is_an_error_that_names_those_with_votes(arena: Arena, tmp_path: Path) -> None:
    rows = tmp_path / "votes.csv"
    rows.write_text("model_a,model_b,winner,rater,prompt_id\nx,y,a,human:ana,p\nx,y,a,judge:ref,p\n")
    assert arena("import", rows, "--format", "csv", "--arena", "quiz").code == 0
    wrong = arena("judge", "choose", "--arena", "quiz", "--judge", "claude")
    assert (wrong.code, wrong.out) == (1, "")
    assert "those with votes: ref" in wrong.err
    assert arena("judge", "choose", "--arena", "quiz", "--most-ffr", "2").code == 2
    few = arena("judge", "choose", "--arena", "quiz").out
    assert few.startswith("Pick: none. No judge was asked about 10 items that people decided.\n")
    assert few.endswith("Left out: ref, asked about 1 of the items that people decided.\n")
