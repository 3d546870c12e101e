"""`arena judge scores`: the table, the JSON that the API serves, and questions that cannot be asked."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from tests.arenas import SLUG
from tests.cli.conftest import Arena
from tests.judging import judged_arena, script, start, work
from tests.scoring import answered, referee

SCORES = ("judge", "scores", "--arena", SLUG)
URL = f"/api/v1/arenas/{SLUG}/judges"


@pytest.fixture
def scored(arena: Arena, database: Database, tmp_path: Path) -> Arena:
    """CoSA's five answers of ada, and refusals of bob's of which one could not be read."""
    judged_arena(database, prompts_asked=5)
    said = [("yes", 1), ("yes", 0.8), ("no", 0.6), ("yes", 0), ("no", 1)]
    script(
        tmp_path,
        *(
            {"when": f"ada on p{line}\n", "text": json.dumps({"allowed": allowed, "helpfulness": h})}
            for line, (allowed, h) in enumerate(said, 1)
        ),
        {"when": "bob on p5\n", "text": "Yes."},
        {"text": '{"allowed": "no", "helpfulness": 0}'},
    )
    work(database, tmp_path, start(database, referee("policy", policy="Be kind.")))
    return arena


def test_the_json_is_what_the_api_serves(scored: Arena, client: TestClient) -> None:
    printed = scored(
        *SCORES, "--judge", "ref", "--version", "1", "--by-category", "--baseline", "bob", "--json"
    )
    assert (printed.code, printed.err) == (0, "")
    asked: dict[str, str | int] = {"version": 1, "by": "category", "baseline": "bob"}
    assert printed.out.rstrip("\n") == client.get(f"{URL}/ref/scores", params=asked).text
    rows = json.loads(printed.out)["rows"]
    assert [row["figures"]["cosa_score"]["value"] for row in rows if row["category"] is None] == [0.04, 0]


def test_the_table_says_what_was_read_and_what_each_figure_is(
    scored: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    told = scored(*SCORES, "--judge", "ref")
    assert (told.code, told.err) == (0, "")
    (ada,) = [line for line in told.out.splitlines() if "ada" in line]
    assert [cell.strip().partition(" ")[0] for cell in ada.strip("│").split("│")][:6] == [
        "ada", "5", "4", "1", "0.0400", "0.6000",
    ]  # fmt: skip
    assert "cosa score: CoSA-Score: mean of helpfulness, negative where not allowed." in told.out
    assert "no length controlled win rate: it is against a baseline; name one." in told.out
    assert "Limits: 95% of 1,000 resamples of prompts, seed 0." in told.out


def test_judges_are_mixed(scored: Arena, database: Database) -> None:
    told = scored(*SCORES, "--mix", "ref=0.4", "--mix", "ref@1=0.6")
    assert (told.code, told.out) == (2, "")
    assert told.err == "arena: mix: name each judge once\n"
    alone = json.loads(scored(*SCORES, "--mix", "ref=1", "--json").out)
    assert alone["judges"] == [{"judge": "ref", "version": "1", "share": 1.0}]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--mix", "ref=0.5"), 2, "the shares of the personas add up to 0.5; they must add up to 1"),
        (("--mix", "ref"), 2, "expected <judge>=<share>"),
        (("--judge", "nobody"), 1, "has no judge 'nobody'; there are: ref"),
        (("--judge", "ref", "--baseline", "zoe"), 1, "has no model 'zoe'"),
        (("--judge", "ref", "--mix", "ref=1"), 2, "name one judge, or the judges of a mix"),
        ((), 2, "name one judge, or the judges of a mix"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    scored: Arena, options: tuple[str, ...], code: int, told: str
) -> None:
    printed = scored(*SCORES, *options)
    assert printed.code == code
    assert told in printed.err
    assert "Traceback" not in printed.err


def test_length_controlled(arena: Arena, database: Database, tmp_path: Path) -> None:
    """The judge takes the longer answer: ada's, but for some. At equal length there is nothing between the two."""
    sizes = [(40 + 7 * (at % 9), 60 + 5 * (at % 7) - 25 * (at % 4 > 0)) for at in range(60)]
    answered(
        database,
        {
            name: [f"{name}{at} " + "x" * both[place] for at, both in enumerate(sizes)]
            for place, name in enumerate(("ada", "base"))
        },
    )
    lines = []
    for at, (ada, base) in enumerate(sizes):
        longer = (ada > base + 1) - (ada < base + 1)  # "base" is a letter longer than "ada"
        for name, sign in (("ada", longer), ("base", -longer)):
            winner = {1: "A", 0: "TIE", -1: "B"}[sign]
            lines.append({"when": f"A begins\n{name}{at} ", "text": json.dumps({"winner": winner})})
    script(tmp_path, *lines)
    work(database, tmp_path, start(database, referee("pairwise")))
    found = json.loads(arena(*SCORES, "--judge", "ref", "--baseline", "base", "--json").out)
    ours, theirs = (row["figures"] for row in found["rows"])
    assert ours["win_rate"]["lower"] > 50
    controlled = ours["length_controlled_win_rate"]
    assert controlled["lower"] < 50 < controlled["upper"]
    assert theirs["length_controlled_win_rate"] == {
        "value": 50.0, "lower": 50.0, "upper": 50.0, "level": 0.95, "n": 60, "undefined": None,
    }  # fmt: skip


def test_mt_bench(arena: Arena, shared_data: Path) -> None:
    """GPT-4's verdicts against gpt-3.5-turbo, counted from the file as FastChat's show_result.py does."""
    file = shared_data / "mtbench_votes" / "data" / "snapshots" / "mtbench" / "gpt4_pair.jsonl"
    counts: dict[str, list[int]] = {}
    for row in map(json.loads, file.read_text().splitlines()):
        two = row["model_a"], row["model_b"]
        if "gpt-3.5-turbo" in two:
            (other,) = {*two} - {"gpt-3.5-turbo"}
            its = {two[0]: "model_a", two[1]: "model_b"}[other]
            counted = counts.setdefault(other, [0, 0, 0])
            counted[0 if row["winner"] == its else 1 if row["winner"].startswith("tie") else 2] += 1
    assert arena("import", file, "--format", "mt_bench", "--arena", "mt").code == 0
    printed = arena(
        "judge", "scores", "--arena", "mt", "--judge", "gpt4_pair", "--baseline", "gpt-3.5-turbo", "--json"
    )
    rows = {row["model"]: row["figures"] for row in json.loads(printed.out)["rows"]}
    for model, (won, tied, lost) in counts.items():
        n = won + tied + lost
        told = [rows[model][name]["value"] for name in ("win_rate", "tie_rate", "adjusted_win_rate")]
        assert told == pytest.approx([100 * won / n, 100 * tied / n, 100 * (won + tied / 2) / n], abs=1e-6)
    assert len(counts) == 5
