"""What every registered ranking method must do. A new method is tested here by being in METHODS."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from app.stats.dimensions import Dimensions
from app.stats.judged import Judged
from app.stats.rankings import METHODS, rank
from app.stats.rankings.ranking import Ranking, Setting, UnknownMethod, UnknownSetting, UnusableValue
from app.stats.styles import StyledVotes
from app.stats.tally import COUNTED, Comparisons
from app.stats.verdicts import Verdict, swapped
from tests.stats.boards import by_model, random_votes, ratings
from tests.stats.styled import seeded

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
Vote = tuple[str, str, Verdict]

every_method = pytest.mark.parametrize("name", METHODS)
IN_POINTS = [name for name, method in METHODS.items() if method.unit == "points"]
IN_PERCENT = [name for name, method in METHODS.items() if method.unit == "percent"]
# What a method can be told to leave out, and the setting that says so.
DROPS: dict[str, Verdict] = {"ties": TIE, "both_bad": Verdict.BOTH_BAD}
dropping = pytest.mark.parametrize(
    ("name", "setting"),
    [
        (name, setting)
        for name, method in METHODS.items()
        for setting in DROPS
        if setting in method.defaults()
    ],
)


def board(name: str, votes: Iterable[Vote], models: Iterable[str] = (), /, **settings: Setting) -> Ranking:
    comparisons = Comparisons.of(votes, models)
    build = BUILD.get(METHODS[name].takes) if name in METHODS else None
    return rank(name, build(comparisons) if build else comparisons, settings)


def _ballots_of_one_dimension(votes: Comparisons) -> Dimensions:
    ones = np.ones(votes.votes, dtype=np.int64)
    return Dimensions(votes.models, ("overall",), votes.first, votes.second, votes.verdict[:, None], ones)


def _people_and_a_hesitant_judge(votes: Comparisons) -> Judged:
    """Every vote is a unit that a judge repeats, each third time with a tie, and as many units of the judge alone."""
    score = np.array([1, 0, 0.5, 0.5, 0.5])[votes.verdict]
    people = np.arange(2 * votes.votes) < votes.votes
    hesitant = np.where(np.arange(votes.votes) % 3, score, 0.5)
    first, second = np.tile(votes.first, 2), np.tile(votes.second, 2)
    return Judged(votes.models, first, second, np.concatenate([hesitant, score]), np.tile(score, 2), people)


# How the votes of a test become the data of a method that takes neither a tally nor comparisons.
BUILD: dict[type[Any], Callable[[Comparisons], object]] = {
    Dimensions: _ballots_of_one_dimension,
    Judged: _people_and_a_hesitant_judge,
    StyledVotes: seeded,
}


def rows_of(votes: Comparisons) -> list[Vote]:
    columns = zip(votes.first, votes.second, votes.verdict, strict=True)
    return [(votes.models[a], votes.models[b], COUNTED[verdict]) for a, b, verdict in columns]


SOME = rows_of(random_votes(models=6, votes=300, seed=7))


@every_method
def test_the_better_model_is_ranked_higher(name: str) -> None:
    ranked = [row.model for row in board(name, SOME).rows]
    assert (ranked[0], ranked[-1]) == ("m005", "m000")


@every_method
def test_swap_the_sides_of_every_vote_and_nothing_changes(name: str) -> None:
    there = board(name, SOME)
    back = board(name, [(second, first, swapped(verdict)) for first, second, verdict in SOME])
    assert ratings(back) == pytest.approx(ratings(there), abs=1e-9)
    assert [row.rank_best for row in back.rows] == [row.rank_best for row in there.rows]


@pytest.mark.parametrize("name", IN_POINTS)
def test_scale_and_center_are_units_and_origin(name: str) -> None:
    defaults = METHODS[name].defaults()
    longer: dict[str, Setting] = {"scale": 800, "center": 0}
    if "k" in defaults:
        longer["k"] = 2 * float(defaults["k"] or 0)
    usual, scaled = by_model(board(name, SOME)), by_model(board(name, SOME, **longer))
    for model, row in usual.items():
        for field in ("rating", "lower", "upper"):
            value, other = getattr(row, field), getattr(scaled[model], field)
            assert other == (None if value is None else pytest.approx((value - 1000) * 2, abs=1e-8))
        assert scaled[model].mean_win_probability == pytest.approx(row.mean_win_probability)


@pytest.mark.parametrize("name", IN_PERCENT)
def test_percentages_lie_around_50_and_mirror_when_every_verdict_is_turned_round(name: str) -> None:
    assert not {"scale", "center"} & set(METHODS[name].defaults())
    usual = board(name, SOME)
    turned = by_model(board(name, [(first, second, swapped(verdict)) for first, second, verdict in SOME]))
    for row in usual.rows:
        assert row.rating is not None
        assert 0 <= (row.lower or 0) <= row.rating <= (row.upper or 100) <= 100
        assert turned[row.model].rating == pytest.approx(100 - row.rating)
        assert (turned[row.model].lower is None) == (row.upper is None)
        assert row.upper is None or turned[row.model].lower == pytest.approx(100 - row.upper)


@every_method
def test_seeded_chance_only(name: str) -> None:
    usual = board(name, SOME)
    assert board(name, SOME) == usual
    if "seed" not in METHODS[name].defaults():
        return
    if "interval" in METHODS[name].defaults():
        assert board(name, SOME, seed=1).rows == usual.rows  # only a bootstrap is left to chance
        drawn = [board(name, SOME, seed=seed, interval="bootstrap", rounds=100) for seed in (0, 0, 1)]
        assert drawn[0] == drawn[1]
        assert ratings(drawn[2]) == ratings(usual)
        assert drawn[2].rows != drawn[0].rows
        return
    other = by_model(board(name, SOME, seed=1))
    for row in usual.rows:
        assert row.order_sd is not None
        assert row.rating is not None
        assert 0 < abs((other[row.model].rating or 0) - row.rating) < row.order_sd


@every_method
def test_the_order_in_which_models_are_named_changes_nothing(name: str) -> None:
    models = sorted({model for vote in SOME for model in vote[:2]})
    assert board(name, SOME, models[::-1]) == board(name, SOME, models)


@every_method
def test_islands_keep_their_own_scale_and_ranks(name: str) -> None:
    island = [("p", "q", A), ("p", "q", A), ("q", "p", A), ("q", "r", TIE)]
    ranking = board(name, [*SOME, *island])
    assert ranking.components == 2
    assert ranking.problem is not None
    assert "never met" in ranking.problem
    assert [row.component for row in ranking.rows] == [0] * 6 + [1] * 3
    assert [row.rank for row in ranking.rows] == [1, 2, 3, 4, 5, 6, 1, 2, 3]
    for component in (0, 1) if name in IN_POINTS else ():
        own = [row.rating or 0 for row in ranking.rows if row.component == component]
        assert sum(own) / len(own) == pytest.approx(1000, abs=1e-9)
    for row in ranking.rows:
        size = 6 if row.component == 0 else 3
        assert row.rank_worst is None or row.rank_worst <= size
    chances = [row.mean_win_probability for row in ranking.rows if row.component == 1]
    known = [chance for chance in chances if chance is not None]
    assert known == [] or sum(known) / 3 == pytest.approx(0.5)


@every_method
def test_an_undefeated_and_a_winless_model_get_finite_ratings(name: str) -> None:
    decided = [("best", model, A) for model in ("m000", "m003")] * 3 + [("worst", "m001", B)] * 3
    ranking = board(name, [*SOME, *decided])
    rows = by_model(ranking)
    for row in ranking.rows:
        for value in (row.rating, row.lower, row.upper, row.mean_win_probability):
            assert value is None or math.isfinite(value)
    best, worst = rows["best"].rating, rows["worst"].rating
    assert best is not None
    assert worst is not None
    assert best > (1000 if name in IN_POINTS else 50) > worst


@every_method
def test_no_board_gives_a_number_that_is_none(name: str) -> None:
    """Random boards of few votes: limits around ratings, ranks in their bounds, and never NaN."""
    generator = np.random.default_rng(11)
    for _ in range(60):
        models = "abcdefg"[: generator.integers(2, 8)]
        votes = [
            (str(first), str(second), COUNTED[generator.integers(0, 5)])
            for first, second in (
                generator.choice(list(models), 2, replace=False) for _ in range(len(models))
            )
            for _ in range(generator.integers(0, 5))
        ]
        for row in board(name, votes, models).rows:
            if row.rating is None:
                assert row.problem == "no votes"
                continue
            assert row.rank is not None
            assert math.isfinite(row.rating)
            assert (row.rank_best or 1) <= row.rank <= (row.rank_worst or len(models))
            assert row.lower is None or -math.inf < row.lower <= row.rating
            assert row.upper is None or row.rating <= row.upper < math.inf
            assert row.mean_win_probability is None or 0 <= row.mean_win_probability <= 1


@every_method
def test_an_empty_board_and_models_without_votes(name: str) -> None:
    nobody = board(name, [])
    assert (nobody.rows, nobody.votes, nobody.components, nobody.problem) == ((), 0, 0, "no votes")
    newcomers = board(name, [], ["x", "y"])
    assert [(row.model, row.rating, row.rank, row.component, row.problem) for row in newcomers.rows] == [
        ("x", None, None, None, "no votes"),
        ("y", None, None, None, "no votes"),
    ]
    beside = board(name, SOME, ["new"])
    assert beside.rows[-1].model == "new"
    assert beside.rows[-1].problem == "no votes"
    assert beside.problem is None


@dropping
def test_only_dropped_votes_are_no_votes_but_say_so(name: str, setting: str) -> None:
    ranking = board(name, [("x", "y", DROPS[setting])] * 3, **{setting: "drop"})
    assert ranking.problem == "no counted votes"
    assert [row.problem for row in ranking.rows] == ["no counted votes"] * 2
    assert ranking.votes == 0


@every_method
@pytest.mark.parametrize("verdict", [A, B, TIE, Verdict.BOTH_BAD])
def test_one_vote_and_only_ties(name: str, verdict: Verdict) -> None:
    rows = by_model(board(name, [("x", "y", verdict)]))
    assert rows["x"].rating is not None
    assert rows["y"].rating is not None
    difference = rows["x"].rating - rows["y"].rating
    assert np.sign(round(difference, 9)) == {A: 1, B: -1}.get(verdict, 0)
    assert [(row.rank_best or 1, row.rank_worst or 2) for row in rows.values()] == [(1, 2)] * 2


@every_method
def test_models_with_equal_ratings_stand_by_name(name: str) -> None:
    votes = [("b", "c", TIE), ("c", "a", TIE), ("a", "b", TIE)]
    assert [(row.model, row.rank) for row in board(name, votes).rows] == [("a", 1), ("b", 2), ("c", 3)]


@every_method
def test_the_board_says_how_it_was_made_and_stays_that_way(name: str) -> None:
    setting: dict[str, Setting] = {"center": 1500} if name in IN_POINTS else {"both_bad": "drop"}
    ranking = board(name, SOME, **setting)
    assert (ranking.method, ranking.version) == (METHODS[name].name, METHODS[name].version)
    assert (ranking.method, ranking.version.isdecimal()) == (name, True)
    assert ranking.settings == {**METHODS[name].defaults(), **setting}
    left_out = sum(verdict is Verdict.BOTH_BAD for *_, verdict in SOME) if "both_bad" in setting else 0
    assert ranking.votes == len(SOME) - left_out
    with pytest.raises(FrozenInstanceError):
        ranking.votes = 0  # type: ignore[misc]  # frozen
    with pytest.raises(FrozenInstanceError):
        ranking.rows[0].rating = 0.0  # type: ignore[misc]  # frozen


@every_method
def test_a_setting_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    known = ", ".join(METHODS[name].defaults())
    with pytest.raises(UnknownSetting, match=re.escape(f"no setting 'tie'; it has {known}")):
        board(name, SOME, tie="half")


@every_method
def test_every_setting_refuses_a_value_outside_its_range(name: str) -> None:
    for parameter in METHODS[name].parameters():
        for value in ("nonsense", -math.inf, math.nan, True, None):
            if (value is None and parameter.optional) or (value is True and parameter.kind == "flag"):
                continue
            with pytest.raises(UnusableValue, match=parameter.name):
                board(name, SOME, **{parameter.name: value})


@every_method
def test_every_setting_can_be_asked_for_in_words(name: str) -> None:
    method = METHODS[name]
    parameters = {each.name: each for each in method.parameters()}
    words = {
        setting: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for setting, value in method.defaults().items()
    }
    assert {setting: parameters[setting].read(text) for setting, text in words.items()} == method.defaults()
    for parameter in parameters.values():
        assert (parameter.kind == "choice") == bool(parameter.choices)
        if parameter.kind in ("number", "whole", "flag"):
            with pytest.raises(UnusableValue, match=parameter.name):
                parameter.read("nonsense")
        for choice in parameter.choices:
            method.configured({parameter.name: choice})


def test_a_method_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownMethod, match=", ".join(METHODS)):
        board("glicko", SOME)


def test_the_order_of_votes_cannot_be_made_up() -> None:
    with pytest.raises(TypeError, match="takes Comparisons"):
        rank("live_elo", Comparisons.of(SOME).tally(), {})
