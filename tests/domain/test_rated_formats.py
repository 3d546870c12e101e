"""Ratings by item and rankings of several answers: they become battles, and one ballot each."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import Ballot, Battle, Vote
from tests.arenas import import_rows, make_arena, rows_of
from tests.domain.test_foreign_formats import RANKED, bad, good, read, read_bytes, verdict

RATED = {"prompt_id": "p1", "model": "aya", "rater": "ana", "rating": 4}


def test_ratings_of_one_rater_are_one_ballot(database: Database) -> None:
    rows = [
        RATED, RATED | {"rater": "ben"}, RATED | {"model": "bloom", "rating": "4.0"},
        RATED | {"model": "claude", "rating": 1},
        RATED | {"dimension": "facts", "rating": 2}, RATED | {"dimension": "facts", "model": "claude", "rating": 5},
        RATED | {"rater": "ben", "model": "bloom", "rating": 9},
    ]  # fmt: skip
    found = good(read("ratings", *rows))
    assert [(row.model_a, row.model_b, str(row.rater)) for row in found] == [
        ("aya", "bloom", "human:ana"), ("aya", "claude", "human:ana"), ("bloom", "claude", "human:ana"),
        ("aya", "bloom", "human:ben"),
    ]  # fmt: skip
    assert [verdict(row) for row in found] == [
        ("tie", "4 with 4.0"), ("a", "4 over 1"), ("a", "4.0 over 1"), ("b", "4 under 9"),
    ]  # fmt: skip
    assert verdict(found[1], "facts") == ("b", "2 under 5")
    make_arena(database)
    assert import_rows(database, found).imported == 4
    assert (
        len(rows_of(database, Ballot.id)),
        len(rows_of(database, Battle.id)),
        len(rows_of(database, Vote.id)),
    ) == (2, 4, 5)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (RATED, "rated aya on overall for 'p1' already, on line 1"),
        (RATED | {"model": "bloom", "rating": "good"}, "rating 'good': expected a number"),
        (RATED | {"model": "bloom", "rank": 1}, "expected a rating or a rank, not both"),
        (RATED | {"model": "bloom", "rating": None}, "not neither"),
        (RATED | {"model": "bloom", "dimension": "A B"}, "dimension 'A B'"),
        (RATED | {"prompt_id": "alone"}, "one answer to 'alone' only"),
    ],
)
def test_a_rating_that_compares_nothing_is_refused(row: dict[str, Any], told: str) -> None:
    rows = read("ratings", RATED, row, RATED | {"model": "claude"})
    assert bad(rows).line == 2
    assert told in bad(rows).problem


def test_ratings_come_as_csv_too_and_less_is_better_in_a_rank() -> None:
    (row,) = good(read_bytes("ratings", b"prompt_id,model,rater,rank\np,aya,ana,2\np,bloom,ana,1\n"))
    assert verdict(row) == ("b", "2 under 1")


def test_a_ranking_is_one_ballot_of_all_its_pairs(database: Database) -> None:
    found = good(read("rankings", RANKED))
    assert [(row.model_a, row.model_b, *verdict(row)) for row in found] == [
        ("aya", "bloom", "a", "1<2"), ("aya", "claude", "a", "1<2"), ("aya", "dolly", "a", "1<4"),
        ("bloom", "claude", "tie", "2=2"), ("bloom", "dolly", "a", "2<4"), ("claude", "dolly", "a", "2<4"),
    ]  # fmt: skip
    make_arena(database)
    import_rows(database, found)
    assert (len(rows_of(database, Ballot.id)), len(rows_of(database, Vote.id))) == (1, 6)
    for ranking in (
        ["aya"],
        ["aya", "aya"],
        [["aya", "bloom"], "aya"],
        [f"m{at}" for at in range(101)],
        "aya",
    ):
        assert "ranking" in bad(read("rankings", RANKED | {"ranking": ranking})).problem


def test_the_wins_of_squality_are_those_of_its_ranks(shared_data: Path) -> None:
    rows = []
    for line in (shared_data / "squality/data/human-eval/all-responses.jsonl").read_text().splitlines():
        passage = json.loads(line)
        for question, systems in passage["questions"].items():
            for system in ("bart", "bart-dpr", "human"):
                rows += [
                    {
                        "prompt_id": f"{passage['passage-id']}-{question}",
                        "model": system,
                        "rater": review["worker_id"],
                        "dimension": dimension,
                        "rank": review[f"{dimension}-rank"],
                    }
                    for review in systems[system]["reviews"]
                    for dimension in ("correctness", "selection", "overall")
                ]
    found = good(read("ratings", *rows))
    expected = json.loads((shared_data / "expected_dev.json").read_text())["squality"]
    for dimension in ("correctness", "selection", "overall"):
        wins: Counter[str] = Counter()
        for row in found:
            wins[row.model_a if verdict(row, dimension)[0] == "a" else row.model_b] += 1
        counts = expected[dimension]["counts"]
        assert len(found) == expected[dimension]["battles"]
        assert dict(wins) == {system: counts[system]["win"] for system in counts}
