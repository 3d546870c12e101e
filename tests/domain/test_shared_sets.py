"""Every public set is imported, and the database holds as many of each as was computed from the raw files."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import Battle, Dimension, Model, Prompt, Rater, Vote
from app.domain import arenas, submissions
from app.domain.formats import read_file, submitted
from tests.arenas import NOW, SLUG, import_rows, make_arena

CSV = "model_a,model_b,winner,prompt_id,rater,category\n"


class Imported:
    """A set on its way into a database of its own, and what is there."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        self.expected: dict[str, Any] = json.loads((folder.parent / "expected_dev.json").read_text())[
            folder.name
        ]

    def file(self, name: str, path: str, **columns: str) -> int:
        return self.content(name, (self.folder / path).read_bytes(), **columns)

    def content(self, name: str, content: bytes, **columns: str) -> int:
        report = import_rows(self.database, read_file(name, io.BytesIO(content), columns))
        assert report.rejected == 0
        return report.imported

    def csv(self, rows: Iterable[tuple[Any, ...]]) -> int:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return self.content("csv", (CSV + text.getvalue()).encode())

    def counts(self, *columns: Any, **where: str) -> Counter[Any]:
        """Votes by these columns."""
        query = (
            select(*columns, func.count())
            .select_from(Vote)
            .join(Battle, Vote.battle_id == Battle.id)
            .join(Rater, Vote.rater_id == Rater.id)
            .join(Dimension, Vote.dimension_id == Dimension.id)
        )
        if kind := where.get("kind"):
            query = query.where(Rater.kind == kind)
        query = query.where(Dimension.slug == where.get("dimension", "overall"))
        with self.database.reading() as session:
            rows = session.execute(query.group_by(*columns)).all()
        return Counter({tuple(key) if len(key) > 1 else key[0]: count for *key, count in rows})

    def results(self, **where: str) -> dict[str, dict[str, int]]:
        """What each model won, lost and tied."""
        with self.database.reading() as session:
            slugs: dict[int, str] = {
                row.id: row.slug for row in session.execute(select(Model.id, Model.slug))
            }
        found = {slug: {"win": 0, "loss": 0, "tie": 0} for slug in slugs.values()}
        for (a, b, said), votes in self.counts(
            Battle.model_a_id, Battle.model_b_id, Vote.verdict, **where
        ).items():
            if said == "abstain":
                continue
            found[slugs[a]][{"a": "win", "b": "loss"}.get(said, "tie")] += votes
            found[slugs[b]][{"b": "win", "a": "loss"}.get(said, "tie")] += votes
        return found

    def there(self, column: Any, *where: Any) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count(column.distinct())).where(*where)) or 0


def mtbench_votes(given: Imported) -> None:
    expected, votes = given.expected, "data/snapshots/mtbench"
    assert given.file("mt_bench", f"{votes}/human.jsonl") == expected["n_human_votes"]["computed"]
    assert given.file("mt_bench", f"{votes}/gpt4_pair.jsonl") == expected["n_gpt4"]["computed"]
    assert given.there(Rater.id, Rater.kind == "human") == expected["judges"]
    assert given.results(kind="human") == expected["human_ratings"]["counts"]
    assert given.results(kind="judge") == expected["gpt4_ratings"]["counts"]
    questions = (given.folder / "fastchat/fastchat/llm_judge/data/mt_bench/question.jsonl").open("rb")
    with questions, given.database.writing() as session:
        make_arena_of_questions = arenas.create(session, "questions", arenas.ArenaRules("Questions"), NOW)
        files = [("question.jsonl", submitted("prompts", questions, {}))]
        assert submissions.import_files(session, make_arena_of_questions, files, NOW).imported == 80


def pandalm(given: Imported) -> None:
    items = (given.folder / "data/testset-v1.json").read_bytes()
    assert given.content("pandalm", items) == 3 * given.expected["items"]
    for judge in ("pandalm-7b", "gpt-3.5-turbo"):
        verdicts = (given.folder / f"data/{judge}-testset-v1.json").read_bytes()
        assert given.content("pandalm", items + b"\n" + verdicts) == given.expected["items"]
    known = {
        **given.expected["label_counts"],
        "pandalm": given.expected["judges"]["pandalm-7b"]["raw_values"],
        "gpt": given.expected["judges"]["gpt-3.5-turbo"]["raw_values"],
    }
    assert given.counts(Rater.name, Vote.raw_verdict) == {
        (rater, word): votes for rater, words in known.items() for word, votes in words.items()
    }


def booookscore(given: Imported) -> None:
    dimensions = {"detail": "detail", "structure": "structure", "logic": "logic", "overall": "preference"}
    for number in range(1, 5):
        annotator = f"annotator{number}"
        path = f"annotations/human_annotations/qualitative_comparison/formal/{annotator}.json"
        before = {slug: given.counts(Vote.verdict, dimension=slug) for slug in dimensions}
        assert given.file("label_studio", path, prompt_id="book", **dimensions) == 20
        for slug, control in dimensions.items():
            new = given.counts(Vote.verdict, dimension=slug) - before[slug]
            assert new["tie"] == given.expected[annotator][control]["published"]["draw"]
            assert new.total() == 20


def llmfao(given: Imported) -> None:
    expected, names = given.expected, {"model_a": "left", "model_b": "right", "prompt_id": "prompt"}
    assert given.file("csv", "crowd-comparisons.csv", **names, rater="worker") == expected["votes"]
    assert given.there(Rater.id) == expected["workers"]
    assert given.there(Model.id) == expected["models"]
    assert given.there(Prompt.id) == expected["prompts"]
    assert given.counts(Vote.raw_verdict) == expected["winner"]
    for judge in ("gpt3", "gpt4"):
        file = f"{judge}-crowd-comparisons.csv"
        assert given.file("csv", file, **names, rater=f"=judge:{judge}") == expected["judges"][judge]["n"]


def genai_bench(given: Imported) -> None:
    items = given.expected["image_edition_items"]
    judges = given.expected["image_edition"]["judges"]
    for number, judge in enumerate(judges):
        path = f"results/image_edition/{judge}/pairwise.jsonl"
        assert given.file("genai_bench", path, judge=f"={judge}") == items * (1 if number else 2)
    names = {"leftvote": "left", "rightvote": "right", "tievote": "tie", "bothbad_vote": "bothbad"}
    people = {names[word]: votes for word, votes in given.counts(Vote.raw_verdict, kind="human").items()}
    assert people == given.expected["image_edition_human_votes"]
    assert given.counts(Rater.name, kind="judge") == dict.fromkeys(judges, items)


def intl_football(given: Imported) -> None:
    with (given.folder / "results.csv").open(newline="") as file:
        played = [row for row in csv.DictReader(file) if row["home_score"].isdecimal()]
    results = (
        (row["home_team"], row["away_team"], _score(row), at, "referee", _place(row))
        for at, row in enumerate(played)
    )
    assert given.csv(results) == given.expected["rows_with_score"]
    assert given.there(Model.id) == given.expected["teams"]
    by_place = given.counts(Battle.category, Vote.verdict)
    for place in ("home", "neutral"):
        known = given.expected[f"first_position_{place}"]
        found = [by_place[(place, verdict)] for verdict in ("a", "tie", "b")]
        assert found == [known["win"], known["draw"], known["loss"]]


def _score(row: dict[str, str]) -> str:
    home, away = int(row["home_score"]), int(row["away_score"])
    return "tie" if home == away else "a" if home > away else "b"


def _place(row: dict[str, str]) -> str:
    return "neutral" if row["neutral"] == "TRUE" else "home"


def rakuda_ja(given: Imported) -> None:
    matches = json.loads((given.folder / "jrank/tournaments/rakuda_v1_8-30.json").read_text())["matches"]
    words = {1: "a", 2: "b", 3: "tie"}  # any other score could not be read
    rows = (
        (
            each["model1_id"],
            each["model2_id"],
            words.get(each["score"], "abstain"),
            f"{at}",
            "judge:gpt-4",
            "",
        )
        for at, each in enumerate(matches)
    )
    expected = given.expected["8-30"]
    assert given.csv(rows) == len(matches)
    assert given.results() == expected["counts"]
    assert len(matches) - given.counts(Vote.verdict)["abstain"] == expected["battles"]


def squality(given: Imported) -> None:
    dimensions = ("correctness", "selection", "overall")
    lines = (given.folder / "data/human-eval/all-responses.jsonl").read_text().splitlines()
    rows = [
        {
            "prompt_id": f"{passage['passage-id']}-{question}",
            "model": system,
            "rater": review["worker_id"],
            "dimension": dimension,
            "rank": review[f"{dimension}-rank"],
        }
        for passage in map(json.loads, lines)
        for question, systems in passage["questions"].items()
        for system in ("bart", "bart-dpr", "human")
        for review in systems[system]["reviews"]
        for dimension in dimensions
    ]
    given.content("ratings", json.dumps(rows).encode())
    assert given.there(Rater.id) == given.expected["workers"]
    assert given.there(Prompt.id) == given.expected["questions"]
    for dimension in dimensions:
        assert given.results(dimension=dimension) == given.expected[dimension]["counts"]
    assert given.there(Vote.ballot_id) * 3 == given.expected["overall"]["battles"]


SETS = {
    each.__name__: each
    for each in (mtbench_votes, pandalm, booookscore, llmfao, genai_bench, intl_football, rakuda_ja, squality)
}


def test_every_shared_set_is_imported_below(shared_data: Path) -> None:
    assert {folder.name for folder in shared_data.iterdir() if folder.is_dir()} == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_the_counts_of_a_set_are_those_of_its_files(name: str, shared_data: Path, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database, SLUG)
    SETS[name](Imported(shared_data / name, database))
    database.close()
