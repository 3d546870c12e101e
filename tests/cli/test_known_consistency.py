"""Judges on public votes, through the command line, against figures that others published or computed from them.

MT-Bench: Zheng et al. 2023, table 5, with its totals, and judgelab's report. llmfao: expected_dev.json.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.cli.conftest import Arena
from tests.conftest import ROOT

Json = dict[str, Any]

# METHODS 4.1: agreed and all pairs of votes, with ties and without, for each turn.
MT_BENCH = {
    (1, "expert"): ((886, 1343), (727, 859)),
    (2, "expert"): ((871, 1325), (731, 864)),
    (1, "author"): ((239, 346), (184, 201)),
    (2, "author"): ((224, 341), (181, 205)),
}
EXPERTS = {1: ((454, 721), (388, 479)), 2: ((471, 707), (388, 474))}


def report(arena: Arena, slug: str, judge: str, *options: str) -> Json:
    printed = arena("consistency", "--arena", slug, "--judge", judge, "--json", *options)
    assert (printed.code, printed.err) == (0, "")
    found: Json = json.loads(printed.out)
    return found


def counts(part: Json) -> tuple[tuple[int, int], ...]:
    return tuple((each["agreed"], each["pairs"]) for each in (part["counts"]["s1"], part["counts"]["s2"]))


def values(part: Json, *names: str) -> list[float]:
    return [part[name]["value"] for name in names]


@pytest.fixture
def quick(run: Arena, sqlite_url: str) -> Arena:
    """The command line on SQLite alone, for what takes long and asks nothing of the database."""
    return lambda *words: run(*words, "--database-url", sqlite_url)


def import_mt_bench(arena: Arena, shared_data: Path) -> None:
    folder = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench"
    files = folder / "human.jsonl", folder / "gpt4_pair.jsonl"
    assert arena("import", *files, "--format", "mt_bench", "--arena", "mt-bench").code == 0


def test_mt_bench_vote_by_vote(quick: Arena, shared_data: Path) -> None:
    import_mt_bench(quick, shared_data)
    for (turn, group), expected in MT_BENCH.items():
        found = report(quick, "mt-bench", "gpt4_pair", "--turn", str(turn), "--raters", group)
        assert counts(found["votes"]) == expected
        if group == "expert":
            assert counts(found["ceiling"]) == EXPERTS[turn]


def test_mt_bench(arena: Arena, shared_data: Path, client: TestClient) -> None:
    import_mt_bench(arena, shared_data)
    known = json.loads((shared_data / "expected_dev.json").read_text())["mtbench_votes"]
    found = report(arena, "mt-bench", "gpt4_pair")
    plurality = found["plurality"]
    assert (found["battles"], plurality["agreement_no_ties"]["n"]) == (1814, 1078)
    names = ("agreement", "cohen_kappa", "scott_pi", "gwet_ac1", "agreement_no_ties", "cohen_kappa_no_ties")
    assert values(plurality, *names) == pytest.approx(
        [0.6720, 0.5047, 0.5038, 0.5101, 0.8840, 0.7670], abs=6e-5
    )
    alpha = found["ceiling"]["krippendorff_alpha"]
    assert (alpha["value"], alpha["n"]) == (
        pytest.approx(known["human_alpha_nominal"]["computed"], abs=6e-5),
        961,
    )
    flips = found["biases"]["position"]["flip_rate"]
    assert flips["value"] == pytest.approx(known["position_inconsistency_rate_all_2400"], abs=6e-5)

    ranking = found["ranking"]
    assert values(ranking, "spearman", "kendall_tau_b", "footrule") == [1, 1, 1]
    assert ranking["pearson"]["value"] == pytest.approx(0.9855, abs=6e-5)
    assert ranking["exact_p"]["value"] == pytest.approx(1 / 720, abs=1e-6)
    for row in found["ranks"]:
        for side, ratings in (("human", known["human_ratings"]), ("judge", known["gpt4_ratings"])):
            assert row[side]["rating"] == pytest.approx(ratings["bt_elo_scale"][row["model"]], abs=0.05)

    printed = arena("consistency", "--arena", "mt-bench", "--judge", "gpt4_pair").out
    assert printed.startswith("gpt4_pair can be trusted here: trusted\n")
    assert "6 models have only 720 orders" in printed
    assert "Little" in printed
    page = (ROOT / "docs" / "consistency.md").read_text()
    quoted = [
        line for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL) for line in block.splitlines()
    ]
    assert [line for line in quoted if line not in printed.splitlines()] == []
    for turn, row in enumerate(found["splits"]["turn"], start=1):
        n, per_vote = known[f"turn_{turn}"]["n"]["computed"], known[f"per_vote_turn{turn}"]
        assert (row["value"], row["items"]) == (turn, n)
        assert values(row, "agreement", "agreement_no_ties") == pytest.approx(
            [per_vote["with_ties"], per_vote["no_ties"]], abs=6e-5
        )

    served = client.get("/api/v1/arenas/mt-bench/consistency", params={"judge": "gpt4_pair"})
    exact = arena("consistency", "--arena", "mt-bench", "--judge", "gpt4_pair", "--json")
    assert exact.out.encode() == served.content + b"\n"


def test_llmfao(quick: Arena, shared_data: Path) -> None:
    folder = shared_data / "llmfao"
    into = ("--format", "csv", "--arena", "llmfao", "--columns")
    columns = "model_a=left,model_b=right,prompt_id=prompt,rater="
    assert quick("import", folder / "crowd-comparisons.csv", *into, f"{columns}worker").code == 0
    for judge in ("gpt3", "gpt4"):
        votes = folder / f"{judge}-crowd-comparisons.csv"
        assert quick("import", votes, *into, f"{columns}=judge:{judge}").code == 0

    known = json.loads((shared_data / "expected_dev.json").read_text())["llmfao"]
    for judge, expected in known["judges"].items():
        found = report(quick, "llmfao", judge)
        assert (found["models"], found["battles"], found["raters"]) == (59, expected["n"], known["workers"])
        # kappa there is over left, right and tie as shown, not over models by name.
        names = ("agreement", "cohen_kappa", "agreement_no_ties", "cohen_kappa_no_ties")
        keys = ("agreement_3way", "kappa_3way", "decisive_agreement", "decisive_kappa")
        shown = found["plurality"]["as_shown"]
        assert values(shown, *names) == pytest.approx([expected[key] for key in keys], abs=6e-5)
        assert shown["agreement_no_ties"]["n"] == expected["decisive_n"]
        position = found["biases"]["position"]
        assert values(position, "first_share", "reference_first_share") == pytest.approx(
            [expected["left_share_of_decisive"], known["crowd_left_share_of_decisive"]], abs=6e-5
        )
    gpt3 = report(quick, "llmfao", "gpt3")
    assert gpt3["verdict"]["trust"] == "do_not_automate"
    assert any("70%" in reason["sentence"] for reason in gpt3["verdict"]["reasons"])


def test_pandalm(quick: Arena, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "pandalm" / "data"
    names = ("testset", "gpt-3.5-turbo-testset", "pandalm-7b-testset")
    together = tmp_path / "pandalm.json"
    together.write_bytes(b"".join((folder / f"{name}-v1.json").read_bytes() for name in names))
    known = json.loads((shared_data / "expected_dev.json").read_text())["pandalm"]
    # The published accuracy takes a verdict that nobody could read for a tie.
    for slug, options in (("published", ("--columns", "unreadable=tie")), ("plain", ())):
        printed = quick("import", together, "--format", "pandalm", "--arena", slug, *options)
        assert printed.out.startswith(f"{5 * 999:,} votes imported into {slug}")
    for judge, name in (("gpt", "gpt-3.5-turbo"), ("pandalm", "pandalm-7b")):
        expected = known["judges"][name]
        found = report(quick, "published", judge)
        plurality = found["plurality"]
        accuracy = expected["accuracy_vs_majority"]["computed"]
        assert 100 * plurality["agreement"]["value"] == pytest.approx(accuracy, abs=0.005)
        assert values(plurality["as_shown"], "cohen_kappa", "agreement_no_ties", "cohen_kappa_no_ties") == (
            pytest.approx(
                [
                    expected["kappa_vs_majority"],
                    expected["decisive"]["agreement"],
                    expected["decisive"]["kappa"],
                ],
                abs=6e-5,
            )
        )
        assert (found["battles"], plurality["agreement_no_ties"]["n"]) == (999, expected["decisive"]["n"])
        position = found["biases"]["position"]["first_share"]["value"]
        assert position == pytest.approx(expected["first_share_of_decisive"], abs=6e-5)
    kappas = [pair["cohen_kappa"]["value"] for pair in found["ceiling"]["rater_pairs"]]
    assert [pair["raters"] for pair in found["ceiling"]["rater_pairs"]] == [[1, 2], [1, 3], [2, 3]]
    assert kappas == pytest.approx(list(known["pairwise_cohen_kappa_exact"].values()), abs=6e-5)
    alpha = found["ceiling"]["krippendorff_alpha"]["value"]
    assert alpha == pytest.approx(known["krippendorff_alpha_nominal"], abs=6e-5)
    humans = known["human_all_votes_ratings"]["bt_elo_scale"]
    assert {row["model"]: row["human"]["rating"] for row in found["ranks"]} == pytest.approx(humans, abs=0.05)
    assert (
        report(quick, "plain", "gpt")["battles"]
        == 999 - known["judges"]["gpt-3.5-turbo"]["raw_values"]["garbage"]
    )


def test_genai_bench(quick: Arena, shared_data: Path) -> None:
    folder = shared_data / "genai_bench" / "results" / "image_edition"
    known = json.loads((shared_data / "expected_dev.json").read_text())["genai_bench"]["image_edition"]
    raw, kappa, trust = {}, {}, {}
    for at, (judge, expected) in enumerate(known["judges"].items()):
        options = ("--format", "genai_bench", "--columns", f"judge=={judge}", "--arena", "genai")
        printed = quick("import", folder / judge / "pairwise.jsonl", *options)
        assert printed.out.startswith(
            "1,838" if at == 0 else "919 votes imported into genai, 919 were there already"
        )
        found = report(quick, "genai", judge)
        plurality = found["plurality"]
        by_kind = plurality["by_kind"]
        assert 100 * by_kind["agreement"]["value"] == pytest.approx(
            expected["accuracy"]["published"], abs=0.006
        )
        assert by_kind["cohen_kappa"]["value"] == pytest.approx(expected["kappa_4way"], abs=6e-5)
        assert plurality["agreement_no_ties"]["n"] == expected["decisive_n"]
        assert values(plurality, "agreement_no_ties", "cohen_kappa_no_ties") == pytest.approx(
            [expected["decisive_agreement"], expected["decisive_kappa"]], abs=6e-5
        )
        first = found["biases"]["position"]["first_share"]["value"]
        assert first == pytest.approx(expected["left_share_of_decisive"], abs=6e-5)
        raw[judge] = by_kind["agreement"]["value"]
        kappa[judge], trust[judge] = by_kind["cohen_kappa"]["value"], found["verdict"]["trust"]
    # llava always says A and random guesses; the share of equal labels does not tell, what is beyond chance does.
    assert raw["llava"] > raw["random"]
    assert kappa["llava"] == 0 < kappa["random"] < 0.05 < kappa["gpt4o"]
    assert {trust[judge] for judge in ("llava", "random", "idefics2")} == {"do_not_automate"}
    assert {trust[judge] for judge in ("gpt4o", "gemini-1.5-pro")} == {"calibrate"}
