"""Where a judge contradicts itself over both orders and all repeats; by hand, on both databases."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.db.session import Database
from app.db.tables import Judgment
from app.domain import arenas, doubts
from app.domain.doubts import Doubt
from app.domain.errors import JudgeNotFound
from app.domain.judges import find, repeats
from app.domain.judges.protocol import Finding
from app.domain.judges.replies import Reply
from app.stats.verdicts import Verdict
from benchmarks.endpoint import Asked, Said, served
from tests.arenas import SLUG, import_rows, make_arena, rows_of, vote
from tests.domain.judged_items import item
from tests.judging import judge_at, judged_arena, start, work


def listed(database: Database, judge: str = "ref", most: int = 50) -> list[Doubt]:
    with database.reading() as session:
        return list(doubts.list_doubts(session, arenas.find(session, SLUG), judge, "overall", most))


def test_every_repeat_of_either_order_counts(database: Database, tmp_path: Path) -> None:
    """Prompt 1: always ada. 2: A in any order. 3: of six verdicts two each. Two sides even are 1 bit, three log₂3."""
    judged_arena(database, 3)
    words = {order: iter(["A", "B", "TIE"]) for order in (True, False)}

    def say(asked: Asked) -> Said:
        text = str(asked.body)
        ada_first = text.index("ada on") < text.index("bob on")
        if "Question 3?" in text:
            return Said(f'{{"winner": "{next(words[ada_first])}"}}')
        return Said(f'{{"winner": "{"A" if ada_first or "Question 2?" in text else "B"}"}}')

    with served(say) as endpoint:
        judge = replace(judge_at(endpoint, temperature=1.0), repeats=3)
        assert work(database, tmp_path, start(database, judge)).run.votes == 6
    found = listed(database)
    assert [(each.prompt, each.entropy, each.people) for each in found] == [
        ("p3", 1.584963, 0),
        ("p2", 1.0, 0),
    ]
    assert (found[1].said.first, found[1].said.second, found[1].said.tie) == (3, 3, 0)
    outcomes = [row[0]["overall"] for row in rows_of(database, Judgment.outcome)]
    assert sorted(len(each["repeats"]) for each in outcomes) == [3] * 6
    assert len(listed(database, most=1)) == 1


def test_votes_of_imports_count_one_by_one_and_people_come_last(database: Database) -> None:
    make_arena(database)
    rows = [
        vote("x", "y", "a", "judge:old@1", prompt_id="agreed"), vote("y", "x", "b", "judge:old@1", prompt_id="agreed"),
        vote("x", "y", "a", "judge:old@1", prompt_id="seen"), vote("y", "x", "a", "judge:old@1", prompt_id="seen"),
        vote("x", "y", "a", "judge:old@1", prompt_id="new"), vote("y", "x", "a", "judge:old@1", prompt_id="new"),
        vote("x", "y", "a", "judge:old@1", prompt_id="once"), vote("x", "y", "a", "human:ana", prompt_id="seen"),
    ]  # fmt: skip
    import_rows(database, rows)
    assert [(each.prompt, each.entropy, each.people) for each in listed(database, "old")] == [
        ("new", 1.0, 0), ("seen", 1.0, 1),
    ]  # fmt: skip
    assert listed(database, "judge:old@1") == listed(database, "old")
    with pytest.raises(JudgeNotFound, match="those with votes: old"):
        listed(database, "old@2")


def test_repeats_are_kept_as_they_were_and_turn_with_the_sides() -> None:
    said = [Finding("json", verdict=each) for each in (Verdict.A, Verdict.B, Verdict.A)]
    found = repeats.combined(said)
    assert isinstance(found, Finding)
    assert found.repeats == (Verdict.A, Verdict.B, Verdict.A)
    assert found.swapped().repeats == (Verdict.B, Verdict.A, Verdict.B)
    alone = find("pairwise").read(
        item(), "accuracy", Reply('{"winner": "A"}'), find("pairwise").configured({})
    )
    assert alone["accuracy"] == Finding("json", "a", verdict=Verdict.A)
