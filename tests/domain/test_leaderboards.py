"""Boards: stored once for the votes they saw, and honest about what they show."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.api.boards import LeaderboardOut
from app.db.session import Database
from app.db.tables import Model, Ranking, Table, Vote
from app.domain import arenas, leaderboards, models, trust
from app.domain.accounts import RaterName
from app.domain.errors import DimensionNotFound, Invalid, SnapshotNotFound
from app.domain.fits import Spec
from app.domain.formats.rows import VoteRow
from app.stats.judged import Judged
from app.stats.rankings import METHODS
from app.stats.styles import StyledVotes
from app.stats.verdicts import swapped
from tests.arenas import NOW, SLUG, board, import_rows, make_arena, roll_up, rows_of, set_state, vote, votes

# Two models: the Bradley-Terry ratio is that of the wins, 3:1 here, so 400·log10(3) = 190.848… points apart.
THREE_TO_ONE = 190.8485


@pytest.fixture
def database(database: Database) -> Database:
    """With an arena that has nothing in it yet."""
    make_arena(database)
    return database


def shown(database: Database, **spec: Any) -> dict[str, Any]:
    """A board's JSON, which is what the API promises and nothing else."""
    found: dict[str, Any] = json.loads(board(database, Spec(**spec)).body)
    LeaderboardOut.model_validate_json(json.dumps(found), strict=True)
    assert found.keys() == LeaderboardOut.model_fields.keys()
    return found


def told(method: str, rows: list[VoteRow]) -> list[VoteRow]:
    """The rows; for a method that goes by style and position with texts, and every other one with its sides turned."""
    if METHODS[method].takes is not StyledVotes:
        return rows
    prompt, said = ({"role": "user", "content": "?"},), ({"role": "assistant", "content": "!"},)
    rows = [_turned(row) if number % 2 else row for number, row in enumerate(rows)]
    return [replace(row, prompt_id="p", prompt=prompt, answer_a=said, answer_b=said) for row in rows]


def _turned(row: VoteRow) -> VoteRow:
    verdicts = {slug: replace(each, verdict=swapped(each.verdict)) for slug, each in row.verdicts.items()}
    return replace(row, model_a=row.model_b, model_b=row.model_a, verdicts=verdicts)


def import_for(method: str, database: Database, rows: list[VoteRow]) -> None:
    """Import the rows; for a method that goes by what judges say of the same battles, a judge agrees with each."""
    import_rows(database, told(method, rows))
    if METHODS[method].takes is Judged:
        judge = RaterName("judge", "echo", "1")
        import_rows(database, [replace(row, rater=judge, identity=f"echo of {row.identity}") for row in rows])


def by_model(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["model"]: row for row in found["rows"]}


def test_a_board_says_what_it_shows(database: Database) -> None:
    rows = [*votes("x", "y", "a a a b", "human:ana"), vote("y", "x", "abstain", "human:ben")]
    import_rows(database, rows)
    found = shown(database)
    x, y = by_model(found)["x"], by_model(found)["y"]
    assert x["rating"] - y["rating"] == pytest.approx(THREE_TO_ONE, abs=2e-4)
    assert x["rating"] + y["rating"] == pytest.approx(2000, abs=2e-4)
    assert [x[name] for name in ("rank", "votes", "wins", "losses", "ties", "both_bad")] == [1, 4, 3, 1, 0, 0]
    assert (x["win_rate"], x["mean_win_probability"]) == (0.75, pytest.approx(0.75, abs=1e-6))
    assert (found["votes"], found["raters"], found["components"]) == (4, 1, 1)
    assert found["excluded"] == {"withdrawn": 0, "set_aside": 0, "abstain": 1}
    assert found["method"] == {
        "name": "bradley_terry",
        "version": METHODS["bradley_terry"].version,
        "unit": "points",
        "settings": METHODS["bradley_terry"].defaults(),
    }
    assert (found["arena"], found["dimension"], found["voters"]) == (SLUG, "overall", "human")
    assert (found["problem"], found["prior"]) == (None, False)


def test_ties_and_both_bad_are_counted_apart_and_half_a_win(database: Database) -> None:
    import_rows(database, votes("x", "y", "a a b tie both_good both_bad"))
    x = by_model(shown(database))["x"]
    assert [x[name] for name in ("votes", "wins", "losses", "ties", "both_bad")] == [6, 2, 1, 2, 1]
    assert x["win_rate"] == round(3.5 / 6, 6)
    dropped = by_model(shown(database, settings={"ties": "drop"}))["x"]
    assert dropped["mean_win_probability"] == round(2 / 3, 6)


def test_the_same_question_over_the_same_votes_is_stored_once_and_served_byte_for_byte(
    database: Database,
) -> None:
    import_rows(database, votes("x", "y", "a b"))
    later = NOW + timedelta(days=1)
    first = board(database)
    roll_up(database)
    again = board(database, now=later)
    assert (again.body, again.snapshot_id, again.etag) == (first.body, first.snapshot_id, first.etag)
    spelt_out = Spec(settings={"ties": "half", "center": 1000})
    assert board(database, spelt_out, now=later).body == first.body
    assert len(rows_of(database, Ranking.id)) == 1
    with database.reading() as session:
        unfitted = leaderboards.board(session, arenas.find(session, SLUG), Spec(), later)
    assert unfitted.row is None


def test_what_changes_the_board_without_a_vote_makes_a_new_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_rows(database, votes("x", "y", "a b"))
    seen = {board(database).snapshot_id}
    with database.writing() as session:
        row = session.scalars(select(Model).where(Model.slug == "x")).one()
        models.change(session, row, {"name": "Model X"})
    renamed = board(database)
    assert json.loads(renamed.body)["rows"][0]["name"] == "Model X"
    seen.add(renamed.snapshot_id)
    better = replace(METHODS["bradley_terry"], version="better")
    monkeypatch.setitem(METHODS, "bradley_terry", better)
    seen.add(board(database).snapshot_id)
    assert len(seen) == 3


def test_a_new_vote_is_a_new_board_and_the_old_one_can_still_be_read(database: Database) -> None:
    import_rows(database, votes("x", "y", "a b"))
    old = board(database)
    import_rows(database, votes("x", "y", "a"))
    new = board(database)
    assert new.snapshot_id != old.snapshot_id
    assert new.etag != old.etag
    assert json.loads(new.body)["votes"] == 3
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        assert leaderboards.snapshot(session, arena, old.snapshot_id).body == old.body
        with pytest.raises(SnapshotNotFound):
            leaderboards.snapshot(session, arena, "0" * 16)
    make_arena(database, "other")
    with database.reading() as session, pytest.raises(SnapshotNotFound):
        leaderboards.snapshot(session, arenas.find(session, "other"), old.snapshot_id)


def test_two_requests_that_fit_the_same_board_keep_one(database: Database) -> None:
    import_rows(database, votes("x", "y", "a b"))
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        pair = [leaderboards.board(session, arena, Spec(), NOW) for _ in range(2)]
    assert pair[0].snapshot_id != pair[1].snapshot_id
    with database.writing() as session:
        kept = [leaderboards.keep(session, each) for each in pair]
    assert kept[0].body == kept[1].body == pair[0].body
    assert len(rows_of(database, Ranking.id)) == 1


@pytest.mark.parametrize(
    "change", [{"method": "elo"}, {"voters": "combined"}, {"settings": {"center": 1500}}]
)
def test_another_question_is_another_board(database: Database, change: dict[str, Any]) -> None:
    import_rows(database, votes("x", "y", "a b"))
    assert board(database, Spec(**change)).snapshot_id != board(database).snapshot_id
    assert len(rows_of(database, Ranking.id)) == 2


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_hidden_model_is_left_out_with_its_votes(database: Database, method: str) -> None:
    each = {"prompt_id": "p"}
    rows = [*votes("x", "y", "a a b", **each), *votes("top", "x", "a a a b", **each)]
    import_for(method, database, [*rows, *votes("top", "y", "a a b", **each)])
    assert [row["model"] for row in shown(database, method=method)["rows"]] == ["top", "x", "y"]
    set_state(database, "top", "hidden")
    found = shown(database, method=method)
    assert "top" not in json.dumps(found)
    assert [(row["model"], row["rank"]) for row in found["rows"]] == [("x", 1), ("y", 2)]
    assert found["votes"] == 3
    assert all(row["rank_best"] in (None, 1, 2) for row in found["rows"])


def test_a_retired_model_stays_with_its_votes_and_goes_without(database: Database) -> None:
    import_rows(database, votes("x", "y", "a b"))
    with database.writing() as session:
        for slug in ("never-met", "newcomer"):
            models.register(session, arenas.find(session, SLUG), models.NewModel(slug, "A name"), None, NOW)
    for slug in ("y", "never-met"):
        set_state(database, slug, "retired")
    rows = by_model(shown(database))
    assert rows.keys() == {"x", "y", "newcomer"}
    newcomer = rows["newcomer"]
    assert (newcomer["name"], newcomer["votes"], newcomer["votes_missing"]) == ("A name", 0, 10)
    assert (newcomer["rating"], newcomer["rank"], newcomer["win_rate"]) == (None, None, None)
    assert newcomer["problem"] == "no votes"


def test_a_model_is_preliminary_until_it_has_the_arenas_minimum(database: Database) -> None:
    import_rows(database, [*votes("x", "y", "a b " * 4), *votes("x", "z", "a b")])
    rows = by_model(shown(database))
    assert {model: (row["preliminary"], row["votes_missing"]) for model, row in rows.items()} == {
        "x": (False, 0),
        "y": (True, 2),
        "z": (True, 8),
    }
    with database.writing() as session:
        arenas.change(session, arenas.find(session, SLUG), {"minimum_votes": 8})
    assert by_model(shown(database))["y"]["preliminary"] is False


def test_the_data_reach_until_the_latest_vote_whatever_came_in_last(database: Database) -> None:
    latest = NOW - timedelta(days=2)
    import_rows(
        database, [vote("x", "y", voted_at=latest), vote("x", "y", voted_at=latest - timedelta(days=400))]
    )
    assert shown(database)["data_until"] == "2026-01-29T12:00:00.000000Z"


@pytest.mark.parametrize("method", sorted(METHODS))
def test_an_empty_arena_has_a_board_that_says_so(database: Database, method: str) -> None:
    empty = shown(database, method=method)
    assert (empty["rows"], empty["votes"], empty["raters"], empty["components"]) == ([], 0, 0, 0)
    assert (empty["problem"], empty["data_until"]) == ("no votes", None)
    import_rows(database, votes("x", "y", "abstain"))
    only_abstained = shown(database, method=method)
    assert only_abstained["excluded"]["abstain"] == 1
    assert all(row["rating"] is None for row in only_abstained["rows"])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_models_that_never_met_are_ranked_in_components_of_their_own(database: Database, method: str) -> None:
    each = {"prompt_id": "p"}
    rows = [*votes("x", "y", "a a b", **each), *votes("p", "q", "a b b", **each)]
    import_for(method, database, [*rows, *votes("q", "r", "a b", **each)])
    found = shown(database, method=method)
    assert found["components"] == 2
    assert "never met" in found["problem"]
    placed = [(row["component"], row["rank"]) for row in found["rows"]]
    assert placed == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    assert {row["model"] for row in found["rows"] if row["component"] == 0} == {"p", "q", "r"}


def test_an_undefeated_model_is_marked_and_has_no_upper_limit(database: Database) -> None:
    import_rows(database, [*votes("x", "y", "a a a"), *votes("y", "z", "a b")])
    found = shown(database)
    rows = by_model(found)
    assert found["prior"] is True
    assert (rows["x"]["rating_upper"], rows["x"]["prior"]) == (None, True)
    assert rows["x"]["rating"] > rows["y"]["rating"]
    without = shown(database, settings={"prior_weight": 0})
    assert by_model(without)["x"]["problem"] == "never lost and no prior"
    assert by_model(without)["x"]["rating"] is None


def test_numbers_are_never_nan(database: Database) -> None:
    """Every kind of degenerate board at once: no votes, one vote, only ties, islands, undefeated, winless."""
    rows = [
        *votes("x", "y", "a"),
        *votes("p", "q", "tie tie"),
        *votes("s", "t", "both_bad"),
        *votes("t", "u", "b b"),
    ]
    import_rows(database, rows)
    for method, settings in [(name, {}) for name in METHODS] + [("bradley_terry", {"ties": "drop"})]:
        body = board(database, Spec(method=method, settings=settings)).body
        assert not {"NaN", "Infinity", "-Infinity"} & set(body.replace(":", ",").replace("}", ",").split(","))
        shown(database, method=method, settings=settings)


def test_a_filter_is_part_of_the_question(database: Database) -> None:
    import_rows(database, votes("x", "y", "a a a b", category="medicine/eye", language="zh-Hant"))
    import_rows(database, votes("x", "y", "b b", category="law", language="en"))
    found = shown(database, category="medicine", language="zh")
    assert found["votes"] == 4
    assert found["filters"] == {"category": "medicine", "language": "zh", "since": None, "until": None}
    rows = by_model(found)
    assert rows["x"]["rating"] - rows["y"]["rating"] == pytest.approx(THREE_TO_ONE, abs=2e-4)
    assert (found["categories"], found["languages"]) == (
        ["law", "medicine", "medicine/eye"],
        ["en", "zh-Hant"],
    )
    nothing = shown(database, category="medic")
    assert (nothing["votes"], nothing["problem"]) == (0, "no votes")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"method": "trueskill"}, f"method 'trueskill': expected one of {', '.join(METHODS)}"),
        ({"voters": "everybody"}, "voters 'everybody'"),
        ({"settings": {"tie": "half"}}, "bradley_terry has no setting 'tie'; it has .*ties"),
        ({"settings": {"ties": "davidson"}}, "ties is 'davidson'; it must be one of half, drop"),
        ({"method": "elo", "settings": {"k": float("nan")}}, "k is nan"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    database: Database, spec: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        board(database, Spec(**spec))


def test_an_unknown_dimension_is_refused_and_the_known_are_named(database: Database) -> None:
    with pytest.raises(DimensionNotFound, match="it has overall"):
        board(database, Spec(dimension="charm"))


def test_side_by_side_fits_each_dimension_on_its_own_votes(database: Database) -> None:
    import_rows(database, [vote("x", "y", verdicts={"overall": "a", "accuracy": "b"}) for _ in range(3)])
    with database.reading() as session:
        boards = leaderboards.side_by_side(session, arenas.find(session, SLUG), Spec(method="elo"), NOW)
    first = {row.slug: json.loads(each.body)["rows"][0]["model"] for row, each in boards}
    assert first == {"overall": "x", "accuracy": "y"}


def test_invariant_7_no_rating_is_stored_on_a_model(database: Database) -> None:
    """A ranking is a row that says how it was made: method, version, settings, the votes it saw, time."""
    words = ("rating", "elo", "score", "rank", "strength", "win")
    assert [name for name in Model.__table__.c.keys() if any(word in name for word in words)] == []  # noqa: SIM118  # no dict
    import_rows(database, votes("x", "y", "a a b"))
    before = rows_of(database, *Model.__table__.c)
    for method in METHODS:
        board(database, Spec(method=method))
    assert rows_of(database, *Model.__table__.c) == before
    columns = (Ranking.spec, Ranking.votes, Ranking.generated_at, func.length(Ranking.tally_digest))
    for spec, seen, generated_at, digest in rows_of(database, *columns):
        assert spec["settings"] == METHODS[spec["method"]].defaults()
        assert (seen, generated_at, digest) == (3, NOW, 64)
    holders = [name for name, table in Table.metadata.tables.items() if "leaderboard" in table.c]
    assert holders == ["rankings"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_invariant_10_simulated_judge_and_human_votes_never_mix_unsaid(
    database: Database, method: str
) -> None:
    """Each kind is given a winner of its own, so that a vote that strays shows in the counts and in the order."""
    import_rows(database, told(method, votes("x", "y", "a a a b", "human:ana")))
    import_rows(database, told(method, votes("x", "y", "b b b b a", "judge:gpt-4")))
    import_rows(database, told(method, votes("x", "y", "a a b", "judge:llama")))
    import_rows(database, told(method, votes("z", "y", "a " * 40, "simulated:one")))
    assert shown(database, voters="combined", method=method)["votes"] == 4  # no judge is trusted yet
    with database.writing() as session:
        for judge in ("gpt-4", "llama"):
            arena = arenas.find(session, SLUG)
            trust.decide(session, arena, judge, "overall", None, "include", "", NOW)
    wins = {
        "human": (3, 1),
        "judge:gpt-4": (1, 4),
        "judge:llama": (2, 1),
        "judges": (3, 5),
        "combined": (6, 6),
    }
    for rolled in (False, True):
        for voters, counts in wins.items():
            found = shown(database, voters=voters, method=method)
            rows = by_model(found)
            assert ((rows["x"]["wins"], rows["y"]["wins"]), found["votes"]) == (counts, sum(counts)), voters
            assert rows["z"]["votes"] == 0
        simulated = shown(database, voters="simulated", method=method)
        assert (simulated["votes"], simulated["raters"]) == (40, 1)
        # Judges said nothing of z, so a method that goes by what they say has no order there.
        best = None if METHODS[method].takes is Judged else "z"
        assert best in (None, simulated["rows"][0]["model"])
        assert simulated["voters_available"] == ["human", "judge:gpt-4", "judge:llama", "simulated"]
        if not rolled:
            roll_up(database)
    with database.reading() as session:
        counted = leaderboards.votes_by_voters(session, arenas.find(session, SLUG))
        assert counted == {"human": 4, "judges": 8, "simulated": 40}
        assert session.scalar(select(func.count()).select_from(Vote)) == 52
