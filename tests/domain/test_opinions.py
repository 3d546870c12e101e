"""What one judge says of an item: verdicts and probabilities of both orders, and silence."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Vote
from app.domain import arenas, dimensions, opinions
from app.domain.dimensions import Asked
from app.domain.opinions import SILENT, TIE, Opinions, Sought
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote
from tests.judging import judged_arena, script, start, work

JUDGE = "judge:ref"


def read(database: Database, **sought: object) -> Opinions:
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        dimension = dimensions.find(session, arena, "overall")
        return opinions.read(session, arena, dimension, Sought(("judge",), **sought))  # type: ignore[arg-type]  # of mixed fields


def soften(database: Database, *probabilities: float | None) -> None:
    """The probability that A is better of each vote, in the order in which they came."""
    with database.writing() as session:
        rows = session.scalars(select(Vote).order_by(Vote.id)).all()
        for row, probability in zip(rows, probabilities, strict=True):
            row.probability = probability


@pytest.mark.parametrize(
    ("words", "probabilities", "label"),
    [
        ("a a", (0.9, 0.6), 0),  # .9 and 1 − .6: the first model, where two letters make a tie
        ("a a", (0.6, 0.9), 1),
        ("a a", (0.7, 0.7), TIE),
        ("a b", (0.6, 0.1), 0),
        ("a a", (0.9, None), TIE),  # without one of them the verdicts decide
        ("a b", (None, None), 0),
    ],
)
def test_probabilities_of_both_orders_decide_and_not_the_letters(
    database: Database, words: str, probabilities: tuple[float | None, ...], label: int
) -> None:
    make_arena(database)
    straight, turned = words.split()
    import_rows(
        database,
        [
            vote("x", "y", straight, JUDGE, prompt_id="p"),
            vote("y", "x", turned, JUDGE, prompt_id="p"),
        ],
    )
    soften(database, *probabilities)
    found = read(database)
    assert found.opinion().tolist() == [label]
    # How a verdict changes with the order is still told by what was said in each.
    assert found.swaps().sum(axis=(1, 2)).tolist() == [1]
    assert found.swaps()[0, 0, 0] == (words == "a a")


def test_one_order_alone_is_heard_as_it_was_said(database: Database) -> None:
    make_arena(database)
    import_rows(database, [vote("y", "x", "tie", JUDGE, prompt_id="p")])
    soften(database, 0.52)  # within the judge's own margin
    assert read(database).opinion().tolist() == [TIE]


def test_several_votes_in_an_order_are_averaged_before_the_orders_are(database: Database) -> None:
    make_arena(database)
    import_rows(
        database,
        [
            *(vote("x", "y", "a", JUDGE, prompt_id="p") for _ in range(3)),
            vote("y", "x", "a", JUDGE, prompt_id="p"),
        ],
    )
    soften(database, 0.7, 0.8, 0.9, 0.85)  # pooled, the first would lead: .64
    assert read(database).opinion().tolist() == [1]


def test_a_failed_judgment_and_an_abstention_are_silence(database: Database, tmp_path: Path) -> None:
    judged_arena(database)
    script(tmp_path, {"when": "Question 2?", "text": "I like both."}, {"text": '{"winner": "A"}'})
    work(database, tmp_path, start(database))
    import_rows(database, [vote("ada", "bob", "abstain", "judge:shy", prompt_id="p1")])
    assert (read(database).verdict != SILENT).all()
    found = read(database, silent=True)
    silent = found.where(found.verdict == SILENT)
    said = [
        (found.items[item].prompt, found.raters[rater].name)
        for item, rater in zip(silent.item.tolist(), silent.rater.tolist(), strict=True)
    ]
    assert sorted(said) == [("p1", "shy"), ("p2", "ref"), ("p2", "ref")]
    assert sorted(silent.swapped[[prompt == "p2" for prompt, _ in said]].tolist()) == [False, True]
    assert found.where(found.verdict != SILENT).opinion().tolist().count(TIE) == 2  # it says A both ways


def test_a_vote_names_the_version_of_the_dimension_that_it_answered(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database)
    script(tmp_path, {"when": "Question 2?", "text": "I like both."}, {"text": '{"winner": "A"}'})
    import_rows(database, [vote("ada", "bob", "a", JUDGE, prompt_id="p9")])
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        asked = Asked("Overall", "Which would you rather send to a colleague?")
        assert dimensions.put(session, arena, "overall", asked, NOW).version == 2
    work(database, tmp_path, start(database))
    found = read(database, silent=True)
    versions: dict[str, set[int]] = {prompt: set() for prompt in ("p1", "p2", "p3", "p9")}
    for item, version in zip(found.item.tolist(), found.version.tolist(), strict=True):
        versions[str(found.items[item].prompt)].add(version)
    assert versions == {"p1": {2}, "p2": {2}, "p3": {2}, "p9": {1}}
    assert np.unique(found.version[found.verdict == SILENT]).tolist() == [2]
