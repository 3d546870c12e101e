"""Styles of answers: stored with every answer, and the same votes one by one and as moments, on both databases."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Answer, AnswerStyle, Battle, Model, Rater, TallyBlock, Vote
from app.db.upgrade import downgrade, upgrade
from app.domain import answers, arenas, cells, models, prompts, rollup, styles
from app.domain.answers import NewAnswer
from app.domain.models import NewModel
from app.domain.prompts import NewPrompt
from app.domain.slices import Slice
from app.stats.rankings.style_controlled import fit
from app.stats.styles import StyledVotes, differences
from app.stats.tally import COUNTED
from app.stats.texts import FEATURES, Style
from tests.arenas import NOW, import_rows, make_arena, roll_up, rows_of, vote
from tests.counting import CATEGORIES, GROUPS, LANGUAGES, MODELS, RATERS, WORDS, move

PIECES = ("# Head\n", "- item\n", "**bold** ", "word ", "several plain words ", "```\n# code\n```\n", "答案 ")
QUESTIONS = ("q1", "q2", "q3", "q4")


@pytest.fixture
def database(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """With an arena that has nothing in it yet, where the first change is worth a roll-up."""
    make_arena(database)
    monkeypatch.setattr(rollup, "KINDS", (cells.CELLS, cells.RATERS, replace(cells.MOMENTS, worth=1)))
    return database


def told_votes(seed: int, size: int) -> list[Any]:
    """Votes of many kinds; two thirds come with the texts of the prompt and of both answers."""
    generator = random.Random(seed)
    made = []
    for _ in range(size):
        a, b = generator.sample(MODELS, 2)
        given: dict[str, Any] = {
            "category": generator.choice(CATEGORIES[:4]),
            "language": generator.choice(LANGUAGES),
        }
        if generator.random() < 2 / 3:
            name = generator.choice(QUESTIONS)
            said = {model: _said(name, model, generator.randrange(2)) for model in (a, b)}
            given |= {
                "prompt_id": name,
                "prompt": ({"role": "user", "content": f"What about {name}?"},),
                "answer_a": ({"role": "assistant", "content": said[a]},),
                "answer_b": ({"role": "assistant", "content": said[b]},),
            }
        made.append(vote(a, b, generator.choice(WORDS), generator.choice(RATERS), **given))
    return made


def cast(database: Database, seed: int, size: int) -> None:
    """Votes as above; every third was shown the other way round."""
    before = len(rows_of(database, Vote.id))
    import_rows(database, told_votes(seed, size))
    with database.writing() as session:
        turned = Vote.id.in_(range(before + 1, before + size + 1, 3))
        session.execute(update(Vote).where(turned).values(shown_as_a="b"))


def _said(prompt: str, model: str, version: int) -> str:
    generator = random.Random(f"{prompt} {model} {version}")
    return "".join(generator.choices(PIECES, k=generator.randrange(12)))


def read(database: Database, **which: Any) -> StyledVotes:
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
        return styles.read(session, Slice(1, 1, **which), labels, MODELS)


def by_reading(database: Database, voters: str) -> list[tuple[Any, ...]]:
    """Models as shown, verdict and differences of each vote that counts, from the texts; NaN where there are none."""
    with database.reading() as session:
        said = {row.id: row.messages for row in session.scalars(select(Answer))}
        names = {row.id: row.slug for row in session.scalars(select(Model))}
        votes = session.execute(
            select(Vote, Battle).join(Battle, Vote.battle_id == Battle.id).order_by(Vote.created_at, Vote.id)
        ).all()
        raters = {
            rater.id: f"{rater.kind}:{rater.name}" + (f"@{rater.version}" if rater.version else "")
            for rater in session.scalars(select(Rater))
        }
    found = []
    for row, battle in votes:
        if row.state != "counted" or row.verdict == "abstain" or raters[row.rater_id] not in GROUPS[voters]:
            continue
        sides = [(battle.model_a_id, battle.answer_a_id), (battle.model_b_id, battle.answer_b_id)]
        (one, left), (other, right) = sides if row.shown_as_a == "a" else sides[::-1]
        told = [Style.of(each["content"] for each in said[key]) for key in (left, right) if key is not None]
        values = [[getattr(style, name) for name in FEATURES] for style in told]
        difference = differences(*values) if len(told) == 2 else np.full(len(FEATURES), np.nan)
        found.append((names[one], names[other], row.verdict, *difference))
    return found


def assert_exact(database: Database, monkeypatch: pytest.MonkeyPatch, voters: str = "combined") -> None:
    expected = by_reading(database, voters)
    rows = read(database, voters=voters)
    seen = [
        (rows.models[a], rows.models[b], COUNTED[verdict].value)
        for a, b, verdict in zip(rows.first, rows.second, rows.verdict, strict=True)
    ]
    assert seen == [each[:3] for each in expected]
    wanted = np.array([each[3:] for each in expected]).reshape(-1, len(FEATURES))
    assert rows.covariance is None
    np.testing.assert_allclose(rows.mean.T, wanted, rtol=0, atol=1 / cells.SCALE)
    assert_same_moments(read_moments(database, monkeypatch, voters=voters), rows.moments())


def read_moments(database: Database, monkeypatch: pytest.MonkeyPatch, **which: Any) -> StyledVotes:
    with monkeypatch.context() as patched:
        patched.setattr(styles, "EXACT_BELOW", 0)
        return read(database, **which)


def assert_same_moments(ours: StyledVotes, theirs: StyledVotes) -> None:
    ours, theirs = (_sorted(each) for each in (ours, theirs))
    assert _named(ours) == _named(theirs)
    assert ours.covariance is not None
    assert theirs.covariance is not None
    np.testing.assert_allclose(ours.mean, theirs.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=0, atol=1e-12)


def _sorted(votes: StyledVotes) -> StyledVotes:
    return votes.only(np.lexsort((votes.known, votes.verdict, votes.second, votes.first)))


def _named(votes: StyledVotes) -> list[tuple[Any, ...]]:
    columns = (votes.first, votes.second, votes.verdict, votes.count)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def answer(session: Any, texts: Iterable[str]) -> None:
    """One model answers a prompt of as many turns."""
    said = list(texts)
    arena = arenas.find(session, "quiz")
    asked = tuple({"role": "user", "content": "?"} for _ in said)
    prompts.submit(session, arena, [NewPrompt(1, "p", asked)], NOW)
    model = models.register(session, arena, NewModel("aya"), None, NOW)
    messages = tuple({"role": "assistant", "content": each} for each in said)
    answers.submit(session, arena, model, [NewAnswer(1, "p", messages)], (), NOW)


def test_an_answer_has_its_style_from_the_start(database: Database) -> None:
    with database.writing() as session:
        answer(session, ["# One\n- two **three**", "```\n# four\n```"])
    assert rows_of(database, *AnswerStyle.__table__.c) == [(1, 4, 1, 1, 1)]


def test_an_imported_answer_has_its_style_too(database: Database) -> None:
    import_rows(database, told_votes(1, 40))
    with database.reading() as session:
        said = {
            row.id: Style.of(each["content"] for each in row.messages)
            for row in session.scalars(select(Answer))
        }
    expected = [(key, *(getattr(style, name) for name in FEATURES)) for key, style in said.items()]
    assert rows_of(database, *AnswerStyle.__table__.c) == sorted(expected, key=repr)
    assert len(expected) > 10


def test_votes_and_moments_are_those_of_the_texts_in_any_order_of_votes_and_roll_ups(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(database, 2, 150)
    assert_exact(database, monkeypatch)
    roll_up(database)
    assert_exact(database, monkeypatch)
    move(database, range(1, 60), "withdrawn")
    assert_exact(database, monkeypatch)
    cast(database, 3, 60)
    roll_up(database)
    move(database, range(40, 70), "counted")
    move(database, range(80, 120), "set_aside")
    for voters in GROUPS:
        assert_exact(database, monkeypatch, voters)
    roll_up(database)
    for voters in GROUPS:
        assert_exact(database, monkeypatch, voters)


def test_what_is_taken_back_leaves_nothing_in_the_blocks(database: Database) -> None:
    cast(database, 4, 50)
    roll_up(database)
    move(database, range(1, 51), "withdrawn")
    roll_up(database)
    blocks = rows_of(database, TallyBlock.kind, TallyBlock.votes, TallyBlock.data)
    assert {row for row in blocks if row[0] == "moments"} == {("moments", 0, b"")}


def test_paths_languages_and_models_choose_the_same_votes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(database, 5, 200)
    roll_up(database)
    for place in ({"category": "medicine"}, {"language": "zh"}, {"category": "medicine", "language": "zh"}):
        rows = read(database, voters="combined", **place)
        assert 0 < rows.count.sum() < 200
        assert_same_moments(read_moments(database, monkeypatch, voters="combined", **place), rows.moments())
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
        for limit in (0, styles.EXACT_BELOW):
            monkeypatch.setattr(styles, "EXACT_BELOW", limit)
            two = styles.read(session, Slice(1, 1, "combined"), labels, ("claude", "aya"))
            assert two.models == ("claude", "aya")
            seen = set(zip(two.first.tolist(), two.second.tolist(), strict=True))
            assert seen == {(0, 1), (1, 0)}


def test_moments_wait_until_a_roll_up_is_worth_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "KINDS", (cells.CELLS, cells.RATERS, replace(cells.MOMENTS, worth=120)))
    cast(database, 6, 100)
    roll_up(database)
    assert {kind for (kind,) in rows_of(database, TallyBlock.kind)} == {"cells", "raters"}
    assert_exact(database, monkeypatch)
    cast(database, 7, 20)
    with database.reading() as session:
        assert rollup.waiting(session, 1_000) == 120
    roll_up(database)
    assert {kind for (kind,) in rows_of(database, TallyBlock.kind)} == {"cells", "raters", "moments"}
    assert_exact(database, monkeypatch)


def test_a_board_is_the_same_from_votes_and_from_moments_to_rounding(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(database, 8, 300)
    roll_up(database)
    exact = fit(read(database, voters="combined").moments())
    ours = fit(read_moments(database, monkeypatch, voters="combined"))
    assert [row.model for row in ours.rows] == [row.model for row in exact.rows]
    for one, other in zip(ours.rows, exact.rows, strict=True):
        assert one.rating == pytest.approx(other.rating, abs=1e-6)
    assert ours.figures == pytest.approx(exact.figures)


def test_a_slice_without_votes_and_one_without_texts_can_be_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_rows(database, [vote("aya", "bloom"), vote("bloom", "claude", "tie")])
    for found in (read(database), read_moments(database, monkeypatch)):
        assert (found.count.sum(), found.unknown) == (2, 2)
    for found in (
        read(database, voters="simulated"),
        read_moments(database, monkeypatch, voters="simulated"),
    ):
        assert (found.models, found.count.sum()) == (MODELS, 0)


def test_an_upgrade_counts_the_answers_that_are_there(database_url: str) -> None:
    database = Database(database_url)
    make_arena(database)
    cast(database, 9, 60)
    roll_up(database)
    before = rows_of(database, *AnswerStyle.__table__.c)
    assert len(before) > 10
    database.close()
    downgrade(database_url, "3f9a6c27d185-1")
    upgrade(database_url)
    database = Database(database_url)
    assert rows_of(database, *AnswerStyle.__table__.c) == before
    database.close()
