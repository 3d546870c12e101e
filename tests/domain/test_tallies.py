"""Tallies: cells and the votes after the mark together are exactly the votes, at any moment, on both databases."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, insert, select, update

from app.db.session import Database
from app.db.tables import (
    Battle,
    Dimension,
    Model,
    Prompt,
    Rater,
    RaterCell,
    TallyCell,
    TallyMark,
    Vote,
    VoteEvent,
)
from app.domain import accounts, answers, arenas, models, prompts, tallies
from app.domain import votes as cast_votes
from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.tallies import Choices, Counted, Slice
from app.domain.votes import NewBallot
from tests.arenas import (
    NOW,
    SLUG,
    import_rows,
    make_arena,
    next_battle,
    roll_up,
    roll_up_once,
    rows_of,
    vote,
    votes,
)

MODELS = ("aya", "bloom", "claude")
RATERS = ("human:ana", "human:ben", "judge:gpt-4", "judge:gpt-4@2", "judge:llama", "simulated:one")
CATEGORIES = ("", "medicine", "medicine/cardiology", "medicine/cardiology/surgery", "medicines", "Medicine/eye",
              "m_d%", "m_d%/x", "mad%/x", "m_dx", "100%/a", "100x/a")  # fmt: skip
LANGUAGES = ("", "zh", "zh-Hant", "zhx", "ZH-hans", "en")
WORDS = ("a", "b", "tie", "both_good", "both_bad", "abstain")
GROUPS = {
    "human": {"human:ana", "human:ben"},
    "judges": {"judge:gpt-4", "judge:gpt-4@2", "judge:llama"},
    "judge:gpt-4": {"judge:gpt-4", "judge:gpt-4@2"},
    "judge:llama": {"judge:llama"},
    "simulated": {"simulated:one"},
    "combined": set(RATERS) - {"simulated:one"},
}


@pytest.fixture
def database(database: Database) -> Database:
    """With an arena that has nothing in it yet."""
    make_arena(database)
    return database


def count(database: Database, voters: str = "human", dimension: str = "overall", **place: Any) -> Counted:
    with database.reading() as session:
        found = select(Dimension.id).where(Dimension.arena_id == 1, Dimension.slug == dimension)
        return tallies.count(session, Slice(1, session.scalars(found).one(), voters, **place))


def choices(database: Database) -> Choices:
    with database.reading() as session:
        return tallies.choices(session, 1, session.scalars(select(func.min(Dimension.id))).one())


def move(database: Database, vote_ids: Iterable[int], state: str) -> None:
    """Change the state of votes as the verbs do: the state, and an event beside it."""
    with database.writing() as session:
        moved = Vote.id.in_(list(vote_ids))
        change = {"to_state": state, "reason": "", "actor": "test", "created_at": NOW}
        before = session.execute(select(Vote.id, Vote.state).where(moved)).all()
        session.execute(
            insert(VoteEvent), [{"vote_id": key, "from_state": was, **change} for key, was in before]
        )
        session.execute(update(Vote).where(moved).values(state=state))


def every_vote(database: Database) -> list[Any]:
    battle = (Battle.model_a_id, Battle.model_b_id, Battle.category, Battle.language)
    rater = (Rater.id, Rater.kind, Rater.name, Rater.version)
    columns = (*battle, Vote.verdict, Vote.state, Vote.shown_as_a, *rater)
    joined = select(*columns).join(Vote, Vote.battle_id == Battle.id).join(Rater, Vote.rater_id == Rater.id)
    with database.reading() as session:
        return list(session.execute(joined))


def by_reading(
    table: Iterable[Any], voters: str, category: str | None = None, language: str | None = None
) -> Counted:
    """What a tally must be, from the rows themselves and nothing that the tallies use."""
    cells, raters = Counter[tuple[int, int, str]](), set()
    excluded = {"withdrawn": 0, "set_aside": 0, "abstain": 0}
    for a, b, path, spoken, verdict, state, shown, rater, kind, name, version in table:
        full = f"{kind}:{name}" + (f"@{version}" if version else "")
        if full not in GROUPS[voters] or not _in(path, category, "/") or not _in(spoken, language, "-"):
            continue
        if state == "counted" and verdict != "abstain":
            cells[(a, b, verdict) if shown == "a" else (b, a, verdict)] += 1
            raters.add(rater)
        elif state != "superseded":
            excluded["abstain" if state == "counted" else state] += 1
    return Counted(tuple((*cell, n) for cell, n in sorted(cells.items())), len(raters), excluded)


def _in(path: str, wanted: str | None, separator: str) -> bool:
    steps = None if wanted is None else wanted.split(separator)
    return steps is None or path.split(separator)[: len(steps)] == steps


def many_votes(seed: int, size: int) -> list[Any]:
    generator = random.Random(seed)
    made = []
    for _ in range(size):
        a, b = generator.sample(MODELS, 2)
        word, rater = generator.choice(WORDS), generator.choice(RATERS)
        category, language = generator.choice(CATEGORIES), generator.choice(LANGUAGES)
        made.append(vote(a, b, word, rater, category=category, language=language))
    return made


def slices() -> Iterator[dict[str, Any]]:
    for voters in GROUPS:
        yield {"voters": voters}
    for category in ("medicine", "medicine/cardiology", "m_d%"):
        yield {"voters": "combined", "category": category}
    yield {"voters": "combined", "language": "zh"}
    yield {"voters": "judges", "category": "medicine", "language": "zh"}


def assert_exact(database: Database) -> None:
    table = every_vote(database)
    with database.reading() as session:
        for which in slices():
            assert tallies.count(session, Slice(1, 1, **which)) == by_reading(table, **which), which


def test_cells_and_tail_are_exactly_the_votes_at_any_moment(database: Database) -> None:
    import_rows(database, many_votes(1, 300))
    assert rows_of(database, TallyCell.count) == []
    assert_exact(database)
    roll_up(database)
    assert sum(n for (n,) in rows_of(database, TallyCell.count)) == 300
    assert_exact(database)
    keys = [key for (key,) in rows_of(database, Vote.id)]
    move(database, keys[:40], "withdrawn")
    move(database, keys[40:90], "set_aside")
    move(database, keys[90:120], "superseded")
    import_rows(database, many_votes(2, 100))
    assert_exact(database)
    roll_up(database)
    assert_exact(database)
    # There and back, before and after the mark.
    move(database, keys[40:60], "counted")
    assert_exact(database)
    roll_up(database)
    move(database, keys[40:60], "withdrawn")
    assert_exact(database)


def test_rolled_up_cells_alone_are_the_votes_grouped(database: Database) -> None:
    import_rows(database, many_votes(3, 400))
    move(database, range(1, 60), "withdrawn")
    roll_up(database)
    columns = (
        Battle.category,
        Battle.language,
        Battle.model_a_id,
        Battle.model_b_id,
        Vote.verdict,
        Vote.state,
    )
    with database.reading() as session:
        voters = {"human": "human", "simulated": "simulated"}
        grouped = Counter(
            (voters.get(kind, f"judge:{name}"), *rest)
            for kind, name, *rest in session.execute(
                select(Rater.kind, Rater.name, *columns)
                .join(Vote, Vote.rater_id == Rater.id)
                .join(Battle, Vote.battle_id == Battle.id)
            )
        )
        cell = TallyCell
        stored = session.execute(
            select(cell.voters, cell.category, cell.language, cell.first_model_id, cell.second_model_id,
                   cell.verdict, cell.state, cell.count)
        ).all()  # fmt: skip
    assert {tuple(key): n for *key, n in stored if n} == grouped


def test_rolling_up_again_changes_nothing(database: Database) -> None:
    import_rows(database, many_votes(4, 50))
    roll_up(database)
    move(database, [1, 2, 3], "withdrawn")
    roll_up(database)
    before = [rows_of(database, *table.__table__.c) for table in (TallyCell, RaterCell, TallyMark)]
    roll_up(database)
    assert [rows_of(database, *table.__table__.c) for table in (TallyCell, RaterCell, TallyMark)] == before


def test_a_vote_of_a_slow_transaction_is_counted_once(postgresql_url: str) -> None:
    """On PostgreSQL ids do not commit in order. SQLite has one writer, for which the others wait."""
    database = Database(postgresql_url)
    make_arena(database)
    import_rows(database, votes("aya", "bloom", "a a"))
    columns = [column for column in Vote.__table__.c if column.name not in ("id", "txid")]
    with database.writing() as session:
        one = dict(session.execute(select(*columns).limit(1)).one()._mapping) | {"shown_as_a": "b"}
        session.execute(insert(Vote).values(one))
        import_rows(database, votes("aya", "bloom", "b"))
        roll_up_once(database)
    assert count(database).cells == ((1, 2, "a", 2), (1, 2, "b", 1), (2, 1, "a", 1))
    roll_up(database)
    assert count(database).cells == ((1, 2, "a", 2), (1, 2, "b", 1), (2, 1, "a", 1))
    database.close()


def deal_and_cast(database: Database, voter: str, *verdicts: str) -> int:
    """A voter votes as a browser would, and changes the vote once for each further verdict; gives the voter's id."""
    with database.writing() as session:
        who = accounts.rater_id(session, RaterName("human", voter), NOW)
        arena = arenas.find(session, SLUG)
        dealt = next_battle(session, arena, who, np.random.default_rng(1), NOW)
        cast_votes.cast(session, dealt.id, who, NewBallot({"overall": verdicts[0]}), NOW)
        for verdict in verdicts[1:]:
            cast_votes.change(session, dealt.id, who, NewBallot({"overall": verdict}), NOW)
        if voter == "regrets":
            cast_votes.withdraw(session, dealt.id, who, NOW)
        return who


def test_votes_cast_changed_withdrawn_and_set_aside_count_as_they_stand(database: Database) -> None:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        arenas.change(session, arena, {"reveal": "never"})
        ask = {"role": "user", "content": "Why?"}
        prompts.submit(session, arena, [prompts.NewPrompt(1, "p", (ask,), "zh-Hant", "medicine/eye")], NOW)
        for slug in ("x", "y"):
            row = models.register(session, arena, models.NewModel(slug), None, NOW)
            said = answers.NewAnswer(1, "p", ({"role": "assistant", "content": slug},))
            answers.submit(session, arena, row, [said], (), NOW)
    roll_up(database)
    deal_and_cast(database, "sure", "tie")
    deal_and_cast(database, "wavers", "a", "both_bad")
    deal_and_cast(database, "regrets", "b")
    deal_and_cast(database, "cannot tell", "abstain")
    rogue = deal_and_cast(database, "rogue", "tie")
    for rolled in (False, True):
        with database.writing() as session:
            keys = session.scalars(
                select(Vote.id).where(Vote.rater_id == rogue, Vote.state == "counted")
            ).all()
            cast_votes.set_aside(session, keys, "coin flips", "admin", NOW)
        for place in ({}, {"category": "medicine"}, {"language": "zh"}):
            counted = count(database, **place)
            assert sorted((verdict, n) for *_, verdict, n in counted.cells) == [("both_bad", 1), ("tie", 1)]
            assert (counted.raters, counted.excluded) == (2, {"withdrawn": 1, "set_aside": 1, "abstain": 1})
        assert count(database, language="en") == Counted((), 0, dict.fromkeys(tallies.UNCOUNTED, 0))
        if not rolled:
            roll_up(database)


PATHS = {
    "medicine": {"medicine", "medicine/cardiology", "medicine/cardiology/surgery"},
    "medicine/cardiology": {"medicine/cardiology", "medicine/cardiology/surgery"},
    "m_d%": {"m_d%", "m_d%/x"},
    "100%": {"100%/a"},
    "%": set(),
    "Medicine": {"Medicine/eye"},
}
TONGUES = {"zh": {"zh", "zh-Hant"}, "zh-Hant": {"zh-Hant"}, "z_": set(), "ZH": {"ZH-hans"}}


def test_a_path_includes_what_lies_below_it_letter_by_letter(database: Database) -> None:
    import_rows(
        database, [vote("aya", "bloom", rater=f"human:c{place}", category=place) for place in CATEGORIES]
    )
    import_rows(
        database, [vote("aya", "bloom", rater=f"human:l{place}", language=place) for place in LANGUAGES]
    )
    for rolled in (False, True):
        for field, places in (("category", PATHS), ("language", TONGUES)):
            for wanted, inside in places.items():
                counted = count(database, **{field: wanted})
                size = sum(n for *_, n in counted.cells)
                assert (size, counted.raters) == (len(inside), len(inside)), (wanted, rolled)
        roll_up(database)


def test_voters_groups_share_no_vote_unless_combined(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", rater=name) for name in RATERS])
    for rolled in (False, True):
        found = {group: count(database, group) for group in GROUPS}
        assert {group: each.raters for group, each in found.items()} == {
            group: len(names) for group, names in GROUPS.items()
        }
        assert [sum(n for *_, n in found[group].cells) for group in ("human", "judges", "combined")] == [
            2,
            3,
            5,
        ]
        if not rolled:
            roll_up(database)
    assert count(database, "judge:gpt").cells == ()


@pytest.mark.parametrize("voters", ["humans", "", "judge:", "judge", "HUMAN", "%"])
def test_voters_that_do_not_exist_are_refused(voters: str) -> None:
    with pytest.raises(Invalid, match="expected one of human, judges, combined, simulated or judge:<name>"):
        tallies.check_voters(voters)


def test_a_rater_in_two_languages_is_one_rater(database: Database) -> None:
    places = [{"language": "zh"}, {"language": "en"}, {"language": "en", "category": "art"}]
    import_rows(database, [vote("aya", "bloom", **place) for place in places])
    assert count(database).raters == 1
    roll_up(database)
    import_rows(database, [vote("aya", "bloom", language="fr")])
    assert (count(database).raters, count(database, language="en").raters) == (1, 1)


def test_a_rater_whose_votes_are_all_withdrawn_is_none(database: Database) -> None:
    import_rows(database, [*votes("aya", "bloom", "a b"), vote("aya", "bloom", rater="human:ben")])
    roll_up(database)
    move(database, [1], "withdrawn")
    assert count(database).raters == 2
    move(database, [2], "withdrawn")
    assert count(database).raters == 1


def test_dimensions_are_counted_apart(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", verdicts={"overall": "a", "accuracy": "b"})])
    assert count(database).cells == ((1, 2, "a", 1),)
    assert count(database, dimension="accuracy").cells == ((1, 2, "b", 1),)


def test_the_digest_is_equal_for_equal_votes_whatever_their_order(database: Database) -> None:
    rows = many_votes(5, 60)
    import_rows(database, [vote("aya", "bloom"), vote("bloom", "claude")])  # so that models have the same ids
    make_arena(database, "backwards")
    import_rows(database, rows)
    forwards = count(database, "combined")
    move(database, range(3, 63), "withdrawn")
    import_rows(database, list(reversed(rows)), batch="again")
    roll_up(database)
    again = count(database, "combined")
    assert again.cells == forwards.cells
    assert Counted(again.cells, again.raters, forwards.excluded).digest == forwards.digest
    assert again.digest != forwards.digest  # the board shows how many votes were withdrawn
    import_rows(database, [vote("claude", "aya")])
    assert count(database, "combined").digest != again.digest


def test_choices_are_what_has_counted_votes(database: Database) -> None:
    places = [("human:ana", "medicine/eye", "zh"), ("judge:gpt-4@2", "art", ""), ("human:ben", "law", "fr")]
    import_rows(database, [vote("aya", "bloom", rater=r, category=c, language=la) for r, c, la in places])
    import_rows(database, [vote("aya", "bloom", "abstain", "simulated:one", category="sport", language="de")])
    expected = Choices(("human", "judge:gpt-4"), ("art", "medicine", "medicine/eye"), ("zh",))
    move(database, [3], "withdrawn")
    assert choices(database) == expected
    roll_up(database)
    assert choices(database) == expected


def test_comparisons_are_the_counted_votes_in_their_order(database: Database) -> None:
    rows = many_votes(6, 80)
    import_rows(database, rows)
    move(database, range(1, 20), "set_aside")
    kept = [row for row in rows[19:] if str(row.rater) in GROUPS["human"]]
    wanted = [(row.model_a, row.model_b, row.verdicts["overall"].raw) for row in kept]
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
        got = tallies.comparisons(session, Slice(1, 1), labels, MODELS)
        among = {key: slug for key, slug in labels.items() if slug != "aya"}
        fewer = tallies.comparisons(session, Slice(1, 1), among, ("bloom", "claude"))
    words = ("a", "b", "tie", "both_good", "both_bad")
    seen = [
        (MODELS[a], MODELS[b], words[v]) for a, b, v in zip(got.first, got.second, got.verdict, strict=True)
    ]
    assert seen == [row for row in wanted if row[2] != "abstain"]
    assert fewer.votes == sum("aya" not in row[:2] and row[2] != "abstain" for row in wanted) > 0
    assert rows_of(database, Prompt.id) == []
