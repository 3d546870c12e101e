"""The data that each method asks for, read from votes: people's and judges', by voter, by dimension, by day."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Spread
from app.domain import fits
from app.domain.errors import Invalid
from app.domain.fits import Spec
from app.stats.rankings.ranking import Setting
from tests.arenas import board, import_rows, make_arena, rows_of, vote, votes

# METHODS 4.8: wins of the row over the column, on two dimensions, and the composite of weights ¾ and ¼.
ACCURACY = [[0, 8, 9], [2, 0, 7], [1, 3, 0]]
STYLE = [[0, 3, 4], [7, 0, 5], [6, 5, 0]]
COMPOSITE = {"A": 1114.507, "B": 993.593, "C": 891.900}


@pytest.fixture
def database(database: Database) -> Database:
    make_arena(database)
    return database


def shown(database: Database, **spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(board(database, Spec(**spec)).body)
    return found


def ratings(found: Mapping[str, Any]) -> dict[str, float]:
    return {row["model"]: row["rating"] for row in found["rows"]}


def widths(found: Mapping[str, Any]) -> list[float]:
    return [row["rating_upper"] - row["rating_lower"] for row in found["rows"]]


def tasteful(database: Database, voters: int, each: int = 6) -> None:
    """Voters of whom each has a taste of their own for x, y or z."""
    generator = np.random.default_rng(5)
    rows = []
    for voter in range(voters):
        taste = dict(zip("xyz", generator.normal(0, 2, 3), strict=True))
        for _ in range(each):
            a, b = generator.choice(list("xyz"), 2, replace=False)
            better = generator.random() < 1 / (1 + np.exp(taste[b] - taste[a]))
            rows.append(vote(str(a), str(b), "a" if better else "b", f"human:v{voter}"))
    import_rows(database, rows)


def test_limits_are_clustered_by_voter_once_there_are_thirty(database: Database) -> None:
    tasteful(database, voters=29)
    assert shown(database)["method"]["settings"]["cluster"] == "none"
    import_rows(database, votes("x", "y", "a b", "human:thirtieth"))
    clustered, plain = shown(database), shown(database, settings={"cluster": "none"})
    assert clustered["method"]["settings"]["cluster"] == "voter"
    assert ratings(clustered) == ratings(plain)
    assert all(wide > 1.2 * narrow for wide, narrow in zip(widths(clustered), widths(plain), strict=True))
    assert "cluster" not in shown(database, method="elo")["method"]["settings"]


@pytest.mark.parametrize("method", ["bradley_terry", "davidson"])
def test_boards_of_many_votes_carry_the_spread_of_an_older_count(
    database: Database, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    tasteful(database, voters=100)
    settings: dict[str, Setting] = {"cluster": "voter"}
    exact = shown(database, method=method, settings=settings)
    assert rows_of(database, Spread.votes) == []
    monkeypatch.setattr(fits, "EXACT_BELOW", 100)
    import_rows(
        database, votes("x", "y", "abstain")
    )  # changes what was excluded, so the board is fitted again
    carried = shown(database, method=method, settings=settings)
    assert carried["snapshot_id"] != exact["snapshot_id"]
    assert widths(carried) == pytest.approx(widths(exact), abs=2e-4)
    assert rows_of(database, Spread.votes) == [(600,)]

    # Up to 5 % more votes the old spread serves; with more it is counted anew and takes the old one's place.
    import_rows(database, votes("x", "y", "a b " * 10, "human:late"))
    shown(database, method=method, settings=settings)
    assert rows_of(database, Spread.votes) == [(600,)]
    import_rows(database, votes("x", "y", "a b " * 10, "human:late"))
    shown(database, method=method, settings=settings)
    assert rows_of(database, Spread.votes) == [(640,)]
    with database.reading() as session:
        assert session.scalar(select(Spread.question_hash)) is not None


def test_a_bootstrap_over_voters_takes_the_votes_one_by_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasteful(database, voters=40)
    settings: dict[str, Setting] = {"cluster": "voter", "interval": "bootstrap", "rounds": 200}
    sandwich = shown(database, settings={"cluster": "voter"})
    assert widths(shown(database, settings=settings)) == pytest.approx(widths(sandwich), rel=0.25)
    monkeypatch.setattr(fits, "EXACT_BELOW", 100)
    with pytest.raises(Invalid, match="one by one"):
        shown(database, settings={**settings, "seed": 1})


def test_weights_by_the_probability_of_the_pair_need_one_for_every_vote(database: Database) -> None:
    import_rows(database, votes("x", "y", "a b"))
    with pytest.raises(Invalid, match="probability"):
        shown(database, settings={"weights": "inverse_probability"})


def test_votes_weigh_as_much_as_their_voters_agree_with_others(database: Database) -> None:
    """Six voters see that x is better on nine prompts of ten, four say y wherever it stands, one votes alone."""
    for prompt in range(40):
        first, second = ("x", "y") if prompt % 2 else ("y", "x")
        honest = "a" if (first == "x") == (prompt % 10 > 0) else "b"
        ring = "a" if first == "y" else "b"
        said = [(f"human:honest{at}", honest) for at in range(6)] + [
            (f"human:ring{at}", ring) for at in range(4)
        ]
        import_rows(
            database,
            [vote(first, second, word, rater=who, prompt_id=f"p{prompt}") for who, word in said],
        )
    import_rows(database, [vote("x", "y", "b", rater="human:alone", prompt_id="p-alone")])
    plain, weighed = (
        ratings(shown(database, settings={"weights": each})) for each in ("none", "reliability")
    )
    gaps = [each["x"] - each["y"] for each in (plain, weighed)]
    # By hand: 216 of 401 votes for x. Kappa is 1 for the honest, 0 for the ring, 3/13 for all, as by 20 items more.
    assert gaps[0] == pytest.approx(400 * np.log10(216 / 185), abs=0.01)
    all_of_them = 3 / 13
    worth, less = (40 + 20 * all_of_them) / 60, 20 * all_of_them / 60
    for_y = 24 * worth + 160 * less + all_of_them
    assert gaps[1] == pytest.approx(400 * np.log10(216 * worth / for_y), abs=0.5)


def test_reliability_takes_two_voters_on_the_same_answers(database: Database) -> None:
    import_rows(database, [vote("x", "y", "a", rater=f"human:{at}", prompt_id=f"p{at}") for at in range(5)])
    with pytest.raises(Invalid, match="no two voters judged the same"):
        shown(database, settings={"weights": "reliability"})


def test_an_anchor_that_is_not_there_is_refused(database: Database) -> None:
    import_rows(database, votes("x", "y", "a a b"))
    anchored = ratings(shown(database, settings={"anchor": "y", "anchor_rating": 1114}))
    assert anchored["y"] == 1114
    with pytest.raises(Invalid, match="anchor"):
        shown(database, settings={"anchor": "gpt-9"})


def test_the_composite_board_weighs_dimensions_as_it_is_told(database: Database) -> None:
    models = "ABC"
    for slug, wins in (("accuracy", ACCURACY), ("style", STYLE)):
        rows = [
            vote(models[i], models[j], rater="human:ana", verdicts={slug: "a"})
            for i in range(3)
            for j in range(3)
            for _ in range(wins[i][j])
        ]
        import_rows(database, rows)
    weighed = shown(database, method="composite", settings={"weights": "accuracy=0.75,style=0.25"})
    assert ratings(weighed) == pytest.approx(COMPOSITE, abs=6e-4)


def test_the_composite_board_learns_from_ballots_what_counts_in_each_category(database: Database) -> None:
    """In law the overall verdict follows accuracy, in poetry style; a ballot holds all three."""
    generator = np.random.default_rng(2)
    rows = []
    for n in range(400):
        accuracy, style = ("ab"[generator.integers(2)] for _ in range(2))
        category = ("law/tax", "poetry")[n % 2]
        overall = accuracy if n % 2 == 0 else style
        said = {"overall": overall, "accuracy": accuracy, "style": style}
        rows.append(vote("x", "y", rater=f"human:v{n % 9}", verdicts=said, category=category))
    import_rows(database, rows)
    figures = shown(database, method="composite")["figures"]
    law = {name: value for name, value in figures.items() if "law" in name}
    poetry = {name: value for name, value in figures.items() if "poetry" in name}
    assert next(value for name, value in law.items() if "accuracy" in name) > 0.8
    assert next(value for name, value in poetry.items() if "style" in name) > 0.8


def test_a_composite_board_changes_with_a_vote_on_any_dimension(database: Database) -> None:
    import_rows(database, [vote("x", "y", verdicts={"overall": "a", "accuracy": "b"}) for _ in range(3)])
    first = shown(database, method="composite")
    import_rows(database, [vote("x", "y", verdicts={"accuracy": "a"})])
    assert ratings(shown(database, method="composite")) != ratings(first)
    assert shown(database)["snapshot_id"] == shown(database)["snapshot_id"]


def test_prediction_powered_boards_use_what_judges_say_beyond_people(database: Database) -> None:
    people = [
        *votes("x", "y", "a a a b", prompt_id="p1"),
        *votes("y", "x", "b a", prompt_id="p2"),
        *votes("x", "y", "a b", prompt_id="p3"),
    ]
    import_rows(database, people)
    assert all(row["rating"] is None for row in shown(database, method="prediction_powered")["rows"])
    judge = [
        vote("x", "y", word, "judge:j@1", prompt_id=f"p{n}")
        for n, word in enumerate(["a", "b", "a", "a", "b", "a"])
    ]
    import_rows(database, judge)
    found = shown(database, method="prediction_powered")
    assert (found["figures"]["human_units"], found["figures"]["judge_units"]) == (3, 3)
    assert all(row["rating"] is not None for row in found["rows"])
    import_rows(database, [vote("x", "y", "a", "judge:j@1", prompt_id="p9")])
    assert shown(database, method="prediction_powered")["figures"]["judge_units"] == 4


def test_days_choose_votes_the_last_one_included(database: Database) -> None:
    for day, words in ((1, "a a a b"), (2, "b b"), (3, "tie")):
        import_rows(database, votes("x", "y", words, voted_at=datetime(2026, 1, day, 23, 59, tzinfo=UTC)))
    days = {"since": date(2026, 1, 2), "until": date(2026, 1, 3)}
    found = shown(database, **days)
    assert (found["votes"], found["filters"]["since"], found["filters"]["until"]) == (
        3,
        "2026-01-02",
        "2026-01-03",
    )
    assert shown(database, until=date(2026, 1, 1))["votes"] == 4
    assert shown(database, until=date.max)["votes"] == 7
    with pytest.raises(Invalid, match="no day"):
        shown(database, since=date(2026, 1, 3), until=date(2026, 1, 2))
