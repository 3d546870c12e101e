"""Tallies: cells and the votes after the mark together are exactly the votes, at any moment, on both databases."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from app.db.session import Database
from app.db.tables import Battle, Dimension, Model, Prompt, TallyBlock, Vote
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
    rows_of,
    vote,
    votes,
)
from tests.counting import (
    CATEGORIES,
    DAYS,
    GROUPS,
    LANGUAGES,
    MODELS,
    MOMENTS,
    RATERS,
    assert_exact,
    many_votes,
    move,
    plain,
    stored,
)


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


def test_cells_and_tail_are_exactly_the_votes_at_any_moment(database: Database) -> None:
    import_rows(database, many_votes(1, 300))
    assert rows_of(database, TallyBlock.votes) == []
    assert_exact(database)
    roll_up(database)
    assert sum(block.total() for (day, *_), block in stored(database).items() if not day) == 300
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
        assert plain(count(database, language="en")) == (set(), 0, dict.fromkeys(tallies.UNCOUNTED, 0))
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


def test_voters_groups_share_no_vote_unless_a_judge_is_trusted(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", rater=name) for name in RATERS])
    for rolled in (False, True):
        found = {group: count(database, group) for group in GROUPS}
        assert {group: each.raters for group, each in found.items()} == {
            group: len(names) for group, names in GROUPS.items()
        }
        assert [sum(n for *_, n in found[group].cells) for group in ("human", "judges", "combined")] == [
            2,
            3,
            2,
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
    assert replace(again, excluded=forwards.excluded).digest == forwards.digest
    assert again.digest != forwards.digest  # the board shows how many votes were withdrawn
    import_rows(database, [vote("claude", "aya")])
    later = count(database, "combined")
    assert later.digest != again.digest
    roll_up(database)
    assert count(database, "combined").digest == later.digest


def test_choices_are_what_has_counted_votes(database: Database) -> None:
    places = [("human:ana", "medicine/eye", "zh"), ("judge:gpt-4@2", "art", ""), ("human:ben", "law", "fr")]
    import_rows(database, [vote("aya", "bloom", rater=r, category=c, language=la) for r, c, la in places])
    import_rows(database, [vote("aya", "bloom", "abstain", "simulated:one", category="sport", language="de")])
    expected = Choices(("human", "judge:gpt-4"), ("art", "medicine", "medicine/eye"), ("zh",))
    move(database, [3], "withdrawn")
    assert choices(database) == expected
    roll_up(database)
    assert choices(database) == expected


def test_neighbouring_days_share_no_vote_and_miss_none(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", rater=f"human:{at}", voted_at=at) for at in MOMENTS])
    expected = {(None, DAYS[1]): 1, (DAYS[1], DAYS[2]): 2, (DAYS[2], DAYS[3]): 1, (DAYS[3], None): 1}
    for _rolled in (False, True):
        for (since, until), size in expected.items():
            counted = count(database, since=since, until=until)
            assert (counted.votes, counted.raters) == (size, size), (since, until)
        assert count(database, since=DAYS[1], until=DAYS[1]).votes == 0
        roll_up(database)


def test_a_rater_of_two_days_is_one_rater(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", voted_at=moment) for moment in MOMENTS[:2]])
    roll_up(database)
    import_rows(database, [vote("aya", "bloom", voted_at=MOMENTS[3])])
    assert [count(database, until=until).raters for until in (None, *DAYS[:2], DAYS[3])] == [1, 0, 1, 1]


def test_days_that_hold_no_vote_are_refused() -> None:
    tallies.check_days(DAYS[0], DAYS[1])
    tallies.check_days(None, DAYS[1])
    with pytest.raises(Invalid, match="no day is on or after the first and before the second"):
        tallies.check_days(DAYS[1], DAYS[1])


def test_only_some_models(database: Database) -> None:
    import_rows(database, [*votes("aya", "bloom", "a tie"), vote("claude", "aya"), vote("claude", "dolly")])
    everything = count(database)
    assert everything.among({1, 2, 3, 4}).cells == everything.cells
    assert everything.among({1, 2}).cells == ((1, 2, "a", 1), (1, 2, "tie", 1))
    assert everything.among({2, 4}).cells == everything.among(set()).cells == ()


def test_a_tally_names_the_listed_models_first_and_the_met_ones_sorted(database: Database) -> None:
    import_rows(database, [vote("zeta", "bloom"), vote("bloom", "aya", "tie"), vote("aya", "zeta", "b")])
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
    tally = count(database).tally(labels | {99: "newcomer"}, ["newcomer", "zeta"])
    assert tally.models == ("newcomer", "zeta", "aya", "bloom")
    assert {name: (row.wins, row.losses, row.ties) for name, row in tally.records().items()} == {
        "newcomer": (0, 0, 0),
        "zeta": (2, 0, 0),
        "aya": (0, 1, 1),
        "bloom": (0, 1, 1),
    }


def test_comparisons_are_the_counted_votes_in_their_order(database: Database) -> None:
    rows = many_votes(6, 80)
    import_rows(database, rows)
    move(database, range(1, 20), "set_aside")
    kept = sorted(rows[19:], key=lambda row: row.voted_at or NOW)
    ours = [
        row for row in kept if str(row.rater) in GROUPS["human"] and row.verdicts["overall"].raw != "abstain"
    ]
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
        got = tallies.comparisons(session, Slice(1, 1), labels, MODELS, ("voter", "ballot"))
        among = {key: slug for key, slug in labels.items() if slug != "aya"}
        fewer = tallies.comparisons(session, Slice(1, 1), among, ("bloom", "claude"))
        dated = tallies.comparisons(session, Slice(1, 1, since=DAYS[1], until=DAYS[2]), labels, MODELS)
    words = ("a", "b", "tie", "both_good", "both_bad")
    seen = [
        (MODELS[a], MODELS[b], words[v]) for a, b, v in zip(got.first, got.second, got.verdict, strict=True)
    ]
    assert seen == [(row.model_a, row.model_b, row.verdicts["overall"].raw) for row in ours]
    assert got.voter is not None
    assert got.ballot is not None
    assert len(set(got.ballot.tolist())) == len(ours)
    voters = {(str(row.rater), voter) for row, voter in zip(ours, got.voter.tolist(), strict=True)}
    assert {voter for _, voter in voters} == {0, 1}
    assert len(voters) == 2
    assert fewer.votes == sum("aya" not in (row.model_a, row.model_b) for row in ours) > 0
    assert dated.votes == sum(row.voted_at in MOMENTS[1:3] for row in ours) > 0
    assert rows_of(database, Prompt.id) == []


def test_comparisons_tell_prompts_and_probabilities_apart(database: Database) -> None:
    asked = [{"prompt_id": "p"}, {}, {"prompt_id": "q"}, {}, {"prompt_id": "p"}]
    import_rows(database, [vote("aya", "bloom", **each) for each in asked])
    with database.writing() as session:
        session.execute(update(Battle).where(Battle.id == 3).values(probability=0.25))
    with database.reading() as session:
        labels = {row.id: row.slug for row in session.execute(select(Model.id, Model.slug))}
        got = tallies.comparisons(session, Slice(1, 1), labels, MODELS[:2], ("probability", "prompt"))
        with pytest.raises(ValueError, match="no column judge: expected voter, prompt, ballot, probability"):
            tallies.comparisons(session, Slice(1, 1), labels, MODELS[:2], ("judge",))
    assert got.probability is not None
    assert got.prompt is not None
    assert got.probability.tolist() == [0, 0, 0.25, 0, 0]
    first, alone, other, lonely, again = got.prompt.tolist()
    assert first == again
    assert len({first, alone, other, lonely}) == 4
