"""A pool of simulated raters: its rules, its personas, and whether what was planted is found again."""

from collections import Counter
from math import exp, inf, log, sqrt, tanh

import numpy as np
import pytest
from scipy.special import expit, logit

from app.stats.agreement import measure
from app.stats.agreement.annotations import Annotations
from app.stats.agreement.bias import length_counts
from app.stats.agreement.ceiling import leave_one_out
from app.stats.agreement.measure import Interval
from app.stats.agreement.raters import pair_agreement
from app.stats.agreement.spread import mode_error
from app.stats.pools import Manner, Persona, Pool, band_of, chances, drawn, mixed
from app.stats.rankings import rank
from app.stats.settings import UnusableValue
from app.stats.tally import COUNTED, Comparisons, Floats, Ints
from app.stats.verdicts import Verdict

A, B, TIE, BOTH_BAD = (COUNTED.index(each) for each in (Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD))
SHARES = (0.4, 0.3, 0.2, 0.1)
VOTES = 100_000


def alone(manner: Manner, raters: int = 13) -> Pool:
    return Pool.of(raters, [Persona("all", 1, manner)])


def said(
    pool: Pool,
    gap: float = 0,
    votes: int = VOTES,
    longer: float = 0,
    offered: tuple[Verdict, ...] = COUNTED,
    below: float = 0,
) -> Ints:
    """Verdicts on one pair, A better by `gap`."""
    chance = np.random.default_rng(5)
    first = np.zeros(votes, dtype=np.int64)
    merits = {"overall": np.array([gap, 0.0]) - below}
    lengths = np.full(votes, longer)
    return pool.judge(pool.draw(votes, chance), first, first + 1, merits, chance, lengths, offered)["overall"]


def board(pool: Pool, strength: Floats, votes: int, seed: int = 11) -> Comparisons:
    """Votes on pairs drawn uniformly, either side first."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, len(strength), votes)
    second = (first + chance.integers(1, len(strength), votes)) % len(strength)
    who = pool.draw(votes, chance)
    verdicts = pool.judge(who, first, second, {"overall": strength}, chance)["overall"]
    return Comparisons(tuple(f"m{at}" for at in range(len(strength))), first, second, verdicts, voter=who)


def test_a_quarter_of_sure_labels_is_turned_by_noise_of_a_quarter() -> None:
    """AlpacaFarm: weights 1 − 2p, p, p; 75 % ± .4 % of 100,000 labels "1" are kept at p = .25."""
    found = np.bincount(said(alone(Manner(flip=0.25)), gap=100), minlength=len(COUNTED))
    assert found[A] / VOTES == pytest.approx(0.75, abs=0.004)
    assert found[A] + found[B] == VOTES


def test_noise_leaves_a_tie_with_1_minus_2p() -> None:
    found = said(alone(Manner(flip=0.1, band=inf)))
    assert [(found == code).mean() for code in (TIE, A, B)] == pytest.approx([0.8, 0.1, 0.1], abs=0.004)


def test_one_against_one_and_one_against_the_rest() -> None:
    """AlpacaFarm on [1,1,1,1] and [2,2,2,1]: .75 and .875."""
    labels = np.array([[0, 0, 0, 0], [1, 1, 1, 0]])
    people = Annotations.of(labels, 2)
    assert pair_agreement(people.ratings()).value == 0.75
    assert leave_one_out(people).agreement.value == 0.875


def test_bias_is_what_repeats_do_not_take_away() -> None:
    """Of two items the judge's mode misses one; where two labels lead, a coin decides."""
    people, right, wrong, split = [4, 0], [3, 1], [1, 3], [2, 2]
    assert measure("mode_error", np.array([[people, right], [people, wrong]])).value == 0.5
    assert mode_error(np.array([[people, split]])).value == 0.5
    assert mode_error(np.array([[split, split]])).value == 0.5
    assert mode_error(np.array([[people, [0, 0]], [people, right]])).n == 1
    assert mode_error(np.array([[people, [0, 0]]])).undefined is not None


def test_the_error_of_a_pool_is_its_noise_and_not_its_bias() -> None:
    """Thirteen raters who err by chance alone are right together: bias 0, variance above the noise of one."""
    pool = alone(Manner(flip=0.2))
    chance = np.random.default_rng(2)
    items, raters = 400, 13
    who = np.tile(np.arange(raters), items)
    first = np.zeros(items * raters, dtype=np.int64)
    found = pool.judge(who, first, first + 1, {"overall": np.array([50.0, -50.0])}, chance)["overall"]
    labels = found.reshape(items, raters)
    counted = np.stack([np.bincount(row, minlength=2) for row in labels])
    people = np.tile([13, 0], (items, 1))
    assert (mode_error(np.stack([people, counted], axis=1)).value or 0) < 0.02
    variance = 1 - (leave_one_out(Annotations.of(labels, 2)).agreement.value or 0)
    assert variance == pytest.approx(0.2, abs=0.03)


def test_the_pull_to_a_side_is_found_by_the_figure_of_position_bias() -> None:
    counts = np.bincount(said(alone(Manner(position=0.4))), minlength=len(COUNTED))
    found = measure("first_share", counts, Interval(draws=200))
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower <= expit(0.4) <= found.upper
    assert found.lower > 0.5


def test_the_taste_for_length_is_found_by_the_figure_of_length_bias() -> None:
    words = said(alone(Manner(length=0.5)), longer=2)
    counts = length_counts(np.full(VOTES, 400), np.full(VOTES, 100), np.where(words == A, 1, -1))
    found = measure("factor_share", counts, Interval(draws=200))
    assert found.value == pytest.approx(expit(1.0), abs=0.005)


def test_equal_answers_tie_as_often_as_was_asked() -> None:
    assert (said(alone(Manner(band=band_of(0.3)))) == TIE).mean() == pytest.approx(0.3, abs=0.005)
    assert tanh(band_of(0.3) / 2) == pytest.approx(0.3)
    assert band_of(0) == 0
    assert band_of(1) == inf


def test_half_of_two_answers_below_the_floor_are_both_bad_and_none_with_one_above() -> None:
    below = alone(Manner(floor=-1.0))
    assert (said(below, below=2) == BOTH_BAD).mean() == pytest.approx(0.5, abs=0.005)
    assert not (said(below, gap=1.5, below=2) == BOTH_BAD).any()


def test_what_is_not_offered_is_never_said() -> None:
    pool = alone(Manner(band=band_of(0.5), floor=5))
    assert set(said(pool).tolist()) == {A, B, TIE, BOTH_BAD}
    assert set(said(pool, offered=(Verdict.A, Verdict.B)).tolist()) == {A, B}
    assert set(said(pool, offered=(Verdict.A, Verdict.B, Verdict.TIE)).tolist()) == {A, B, TIE}


def test_chances_add_up_and_mirror_when_the_sides_change() -> None:
    random = np.random.default_rng(3)
    manners = [Manner(0.1, 0, 0.2, band_of(0.2), 0.3), Manner(0.3, 0, 0, 0.7)]
    who, left, right, longer = random.integers(0, 2, 50), *random.normal(size=(3, 50))
    found, turned = chances(manners, who, left, right, longer), chances(manners, who, right, left, -longer)
    assert found.sum(axis=1) == pytest.approx(np.ones(50))
    assert found[:, [B, A, TIE, 3, BOTH_BAD]] == pytest.approx(turned)


def test_draws_follow_their_chances() -> None:
    row = np.array([0.1, 0.2, 0.3, 0.0, 0.4])
    found = np.bincount(drawn(np.tile(row, (VOTES, 1)), np.random.default_rng(1)), minlength=5) / VOTES
    assert found == pytest.approx(row, abs=0.005)
    assert found[3] == 0


def test_strengths_are_recovered_by_as_many_intervals_as_should_hold_them() -> None:
    """Without noise the pool votes by a Bradley–Terry model: of 300 intervals 95 % ± 4 % hold the truth."""
    strength = np.array([0.9, 0.4, 0.1, -0.3, -1.1])
    held = []
    for seed in range(60):
        fitted = rank("bradley_terry", board(alone(Manner()), strength, 3_000, seed), {"center": 0})
        for row in fitted.rows:
            truth = 400 / log(10) * float(strength[int(row.model[1:])])
            assert row.lower is not None
            assert row.upper is not None
            held.append(row.lower <= truth <= row.upper)
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_noise_draws_strengths_together_as_its_chances_say() -> None:
    strength = np.array([0.5, -0.5])
    fitted = rank("bradley_terry", board(alone(Manner(flip=0.25)), strength, 60_000), {"center": 0})
    found = {row.model: row for row in fitted.rows}
    truth = 400 / log(10) * logit(0.5 * expit(1.0) + 0.25) / 2
    assert found["m0"].lower is not None
    assert found["m0"].upper is not None
    assert found["m0"].lower <= truth <= found["m0"].upper


def test_four_personas_weigh_as_much_as_their_shares() -> None:
    """IQA-EVAL: the score is Σ w_p · score_p, here with shares .4/.3/.2/.1 and each persona always A or always B."""
    scores = [1.0, 0.0, 0.0, 1.0]
    pulls = [Manner(position=100.0 if score else -100.0) for score in scores]
    personas = [Persona(str(at), share, pulls[at]) for at, share in enumerate(SHARES)]
    pool = Pool.of(13, personas)
    expected = sum(share * score for share, score in zip(SHARES, scores, strict=True))
    assert expected == pytest.approx(0.5)
    assert float(mixed(np.array(scores), SHARES)) == pytest.approx(expected)
    assert (said(pool) == A).mean() == pytest.approx(expected, abs=0.005)
    one, other = np.array([0]), np.array([1])
    found = pool.expected(one, other, {"overall": np.zeros(2)})["overall"]
    assert found[0, A] == pytest.approx(expected)


def test_each_rater_is_drawn_as_often_as_the_share_of_its_persona_says() -> None:
    pool = Pool.of(13, [Persona(str(at), share) for at, share in enumerate(SHARES)])
    assert Counter(pool.persona_of) == {0: 5, 1: 4, 2: 3, 3: 1}
    who = pool.draw(VOTES, np.random.default_rng(4))
    persona_of = np.array(pool.persona_of)[who]
    assert np.bincount(persona_of) / VOTES == pytest.approx(SHARES, abs=0.006)
    assert np.bincount(who) / VOTES == pytest.approx(pool.chances, abs=4 * sqrt(0.1 / VOTES))


def test_a_persona_sees_a_mix_of_dimensions() -> None:
    strengths = {"overall": np.zeros(2), "accuracy": np.array([4.0, 0.0]), "style": np.array([0.0, 4.0])}
    careful = Persona("careful", 1, mix={"overall": {"accuracy": 0.75, "style": 0.25}})
    chance = np.random.default_rng(6)
    first = np.zeros(VOTES, dtype=np.int64)
    pool = Pool.of(2, [careful])
    found = pool.judge(pool.draw(VOTES, chance), first, first + 1, strengths, chance)
    shares = {name: (codes == A).mean() for name, codes in found.items()}
    assert shares["overall"] == pytest.approx(expit(2), abs=0.005)
    assert shares["accuracy"] == pytest.approx(1 / (1 + exp(-4)), abs=0.005)
    assert shares["style"] == pytest.approx(expit(-4), abs=0.005)


@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.6, 0.5), (1.2, -0.2), (), (float("nan"), 1.0)])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(UnusableValue, match="share"):
        Pool.of(13, [Persona(str(at), share) for at, share in enumerate(shares)])
    with pytest.raises(UnusableValue, match="share"):
        mixed(np.ones(len(shares)), shares)


@pytest.mark.parametrize(
    "numbers",
    [{"flip": 0.6}, {"flip": -0.1}, {"band": -1}, {"position": float("nan")}, {"floor": float("nan")}],
)
def test_numbers_out_of_range_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(UnusableValue, match=next(iter(numbers))):
        Manner(**numbers)


def test_what_makes_no_pool_is_refused() -> None:
    crowd = [Persona(str(at), share) for at, share in enumerate(SHARES)]
    with pytest.raises(UnusableValue, match="3 raters for 4 personas"):
        Pool.of(3, crowd)
    with pytest.raises(UnusableValue, match="raters is 0"):
        Pool.of(0, crowd)
    with pytest.raises(UnusableValue, match="same name"):
        Pool.of(5, [Persona("x", 0.5), Persona("x", 0.5)])
    with pytest.raises(UnusableValue, match="looks at 'humour'; there are overall"):
        Persona("x", 1, mix={"overall": {"humour": 1}}).merits({"overall": np.zeros(2)})


def test_the_same_seed_gives_the_same_verdicts() -> None:
    pool = alone(Manner(flip=0.2, band=0.3))
    assert said(pool).tolist() == said(pool).tolist()
