"""The simulated raters follow the rules that their module states."""

from collections import Counter
from collections.abc import Sequence
from math import exp, sqrt, tanh
from typing import Any

import pytest

from app.demo.raters import KINDS, Kind, SimulatedBallot, Taste, simulate
from app.stats.pools import Manner
from app.stats.verdicts import Verdict

Content = dict[str, Any]

DIMENSIONS = ("overall", "accuracy", "helpfulness", "language")
SURE = 1e6  # a merit against which the logistic noise is nothing


def kind(taste: Taste, manner: Manner | None = None) -> Kind:
    """One kind with the same taste in each dimension and, unless given, no bias, tie or slip, and no gap."""
    return Kind("test", 80, manner or Manner(), 0.0, dict.fromkeys(DIMENSIONS, taste))


def share(ballots: Sequence[SimulatedBallot], verdict: Verdict) -> float:
    verdicts = [each for ballot in ballots for each in ballot.verdicts.values()]
    return verdicts.count(verdict) / len(verdicts)


def test_same_seed_same_ballots(arena: Content) -> None:
    assert simulate(arena, seed=3) == simulate(arena, seed=3)
    assert simulate(arena, seed=3) != simulate(arena, seed=4)


def test_fewer_ballots_are_the_beginning_of_more(arena: Content) -> None:
    assert simulate(arena, ballots=77) == simulate(arena, ballots=600)[:77]
    assert simulate(arena, ballots=0) == ()


def test_raters_of_named_kinds_take_turns(arena: Content) -> None:
    loads = Counter(ballot.rater for ballot in simulate(arena))
    assert sorted(loads) == [f"crowd-{n:02}" for n in range(1, 23)] + [f"expert-{n:02}" for n in range(1, 4)]
    assert set(loads.values()) == {24}


def test_nobody_meets_a_prompt_and_pair_twice(arena: Content) -> None:
    everything = 25 * 18 * 15
    met = Counter(
        (ballot.rater, ballot.prompt_id, frozenset((ballot.model_a, ballot.model_b)))
        for ballot in simulate(arena, ballots=everything)
    )
    assert len(met) == everything
    assert all(len(pair) == 2 for _, _, pair in met)
    with pytest.raises(ValueError, match="6751 ballots"):
        simulate(arena, ballots=everything + 1)


def test_each_pair_is_shown_in_both_orders_about_equally(arena: Content) -> None:
    shown = Counter((ballot.model_a, ballot.model_b) for ballot in simulate(arena, ballots=6000))
    assert len(shown) == 30
    for (first, second), times in shown.items():
        both = times + shown[second, first]
        assert abs(times / both - 0.5) < 4 * sqrt(0.25 / both)


def test_overall_is_always_answered_and_the_rest_sometimes_left_out(arena: Content) -> None:
    ballots = simulate(arena)
    for ballot in ballots:
        assert "overall" in ballot.verdicts
        assert set(ballot.verdicts) <= set(DIMENSIONS)
    for dimension in DIMENSIONS[1:]:
        assert 0.85 < sum(dimension in ballot.verdicts for ballot in ballots) / len(ballots) < 0.99


def test_every_verdict_occurs_that_the_arena_offers(arena: Content) -> None:
    verdicts = Counter(verdict for ballot in simulate(arena) for verdict in ballot.verdicts.values())
    assert set(verdicts) == {Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD, Verdict.ABSTAIN}
    assert min(verdicts.values()) >= 5


def test_the_left_answer_is_slightly_preferred(arena: Content) -> None:
    ballots = simulate(arena, ballots=6000)
    left, right = share(ballots, Verdict.A), share(ballots, Verdict.B)
    assert 0.51 < left / (left + right) < 0.56


def test_only_experts_cannot_be_lured_by_length(arena: Content, slug_of: dict[str, str]) -> None:
    pair = {slug_of["major-errors"], slug_of["correct-short"]}
    wins: Counter[tuple[str, str]] = Counter()
    for ballot in simulate(arena, ballots=6750):
        if {ballot.model_a, ballot.model_b} == pair and ballot.verdicts["overall"] in (Verdict.A, Verdict.B):
            winner = ballot.model_a if ballot.verdicts["overall"] is Verdict.A else ballot.model_b
            wins[ballot.rater.split("-")[0], winner] += 1
    assert wins["crowd", slug_of["major-errors"]] > 2 * wins["crowd", slug_of["correct-short"]]
    assert wins["expert", slug_of["correct-short"]] > 2 * wins["expert", slug_of["major-errors"]]


def test_slips_flip_one_verdict_in_four_at_a_quarter(arena: Content) -> None:
    """AlpacaFarm: p = .25 replaces half of the labels by a fair coin, so 75 % are kept."""
    ballots = simulate(arena, ballots=20_000, kinds=[kind(Taste(), Manner(position=SURE, flip=0.25))])
    assert share(ballots, Verdict.A) == pytest.approx(0.75, abs=4 * sqrt(0.75 * 0.25 / 80_000))


def test_equal_answers_tie_as_often_as_the_band_says(arena: Content) -> None:
    """Rao and Kupper: P(tie) = F(band) - F(-band) = tanh(band / 2) for the logistic F."""
    ballots = simulate(arena, ballots=10_000, kinds=[kind(Taste(), Manner(band=0.8))])
    assert share(ballots, Verdict.TIE) == pytest.approx(tanh(0.4), abs=0.01)


def test_the_pull_to_the_left_is_a_logit(arena: Content) -> None:
    ballots = simulate(arena, ballots=10_000, kinds=[kind(Taste(), Manner(position=0.2))])
    assert share(ballots, Verdict.A) == pytest.approx(1 / (1 + exp(-0.2)), abs=0.01)


def test_half_of_two_answers_below_the_floor_are_both_bad(arena: Content) -> None:
    ballots = simulate(arena, ballots=10_000, kinds=[kind(Taste(), Manner(floor=0.1))])
    assert share(ballots, Verdict.BOTH_BAD) == pytest.approx(0.5, abs=0.01)


def test_one_good_answer_is_enough_not_to_be_both_bad(arena: Content) -> None:
    only_one_is_below = kind(Taste(major=SURE), Manner(floor=-1.0))
    assert share(simulate(arena, ballots=2000, kinds=[only_one_is_below]), Verdict.BOTH_BAD) == 0


def test_who_cannot_tell_abstains(arena: Content) -> None:
    ballots = simulate(arena, ballots=10_000, kinds=[kind(Taste(cannot_tell=0.12))])
    assert share(ballots, Verdict.ABSTAIN) == pytest.approx(0.12, abs=0.007)


@pytest.mark.parametrize(
    ("taste", "loser"),
    [
        (Taste(length=SURE), "correct-short"),
        (Taste(major=SURE), "major-errors"),
        (Taste(language=SURE), "poor-english"),
        (Taste(off_topic=SURE), "off-topic"),
        (Taste(minor=SURE), "minor-error"),
    ],
)
def test_a_rater_of_one_taste_never_prefers_what_offends_it(
    arena: Content, slug_of: dict[str, str], taste: Taste, loser: str
) -> None:
    for ballot in simulate(arena, ballots=2000, kinds=[kind(taste)]):
        for verdict in ballot.verdicts.values():
            assert slug_of[loser] != (ballot.model_a if verdict is Verdict.A else ballot.model_b)


def test_a_dimension_without_a_rule_is_refused(arena: Content) -> None:
    changed = {**arena, "dimensions": [*arena["dimensions"], {"slug": "humour", "required": False}]}
    with pytest.raises(ValueError, match=r"crowd raters have no taste for \['humour'\]"):
        simulate(changed)


def test_the_kinds_are_few_experts_in_a_crowd() -> None:
    assert [(each.name, each.raters) for each in KINDS] == [("crowd", 22), ("expert", 3)]
