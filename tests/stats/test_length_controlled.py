"""AlpacaEval's length-controlled win rate: even for the baseline, blind to length, and the fit of another program."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from app.stats import length_controlled
from app.stats.length_controlled import Design, difficulties, fit, length_feature, win_rates
from app.stats.tally import Floats

PROMPTS = 800


def rate(design: Design) -> float:
    return float(
        win_rates(design, np.arange(len(design.preferred)), np.ones((1, len(design.preferred)), dtype=int))[0]
    )


def spread(design: Design) -> float:
    """The standard error of the win rate, over resampled prompts."""
    size = len(design.preferred)
    chance = np.random.default_rng(5)
    times = chance.multinomial(size, np.full(size, 1 / size), 300)
    return float(win_rates(design, np.arange(size), times).std())


def said(chance: np.random.Generator, logit: Floats) -> Floats:
    """Votes, 0 or 1, of these log odds."""
    return (chance.random(len(logit)) < expit(logit)).astype(np.float64)


def test_the_baseline_against_itself_is_even() -> None:
    even, alike = np.full(PROMPTS, 0.5), np.zeros(PROMPTS)
    hard = np.random.default_rng(1).normal(size=PROMPTS)
    assert rate(Design.of(even, alike)) == 50
    assert rate(Design.of(even, alike, hard)) == 50


@pytest.mark.parametrize("sure", [3.0, 10.0])
def test_a_judge_that_goes_by_length_alone_finds_no_model_better(sure: float) -> None:
    """Answers that are mostly longer win mostly; at equal length they are as good as the baseline's. Of twenty judges
    one or two may be further off than two standard errors.
    """
    near = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        longer = chance.normal(300, 300, PROMPTS)
        preferred = said(chance, sure * length_feature(longer))
        design = Design.of(preferred, longer)
        assert 100 * preferred.mean() > 70
        near += abs(rate(design) - 50) < 2 * spread(design)
    assert near >= 18


@pytest.mark.parametrize("strength", [-1.0, 0.0, 0.8])
def test_a_planted_strength_is_recovered(strength: float) -> None:
    chance = np.random.default_rng(3)
    longer = chance.normal(200, 400, 5000)
    preferred = said(chance, strength + 1.5 * length_feature(longer))
    found = fit(Design.of(preferred, longer))
    assert found.strength == pytest.approx(strength, abs=0.1)
    assert found.length == pytest.approx(1.5, abs=0.15)
    assert rate(Design.of(preferred, longer)) == pytest.approx(100 * expit(strength), abs=2)


def test_soft_preferences_are_fitted_as_they_are() -> None:
    chance = np.random.default_rng(4)
    longer = chance.normal(0, 400, PROMPTS)
    soft = expit(0.7 - 0.9 * length_feature(longer))
    found = fit(Design.of(soft, longer))
    assert [found.strength, found.length] == pytest.approx([0.7, -0.9], abs=1e-3)


def test_it_is_no_regression_of_win_rates_on_length() -> None:
    """A model that is better where it is longer, and not because of it, keeps what the average difficulty says; the
    mean of predictions is not the prediction at the mean.
    """
    chance = np.random.default_rng(6)
    hard = chance.normal(0, 2, 5000)
    longer = chance.normal(0, 300, 5000)
    soft = expit(1 + length_feature(longer) + hard)
    design = Design.of(soft, longer, hard)
    mean = 100 * float(expit(1 + hard).mean())
    assert rate(design) == pytest.approx(mean, abs=0.05)
    assert abs(mean - 100 * float(expit(1))) > 5
    slope, level = np.polyfit(longer, soft, 1)
    assert abs(rate(design) - 100 * level) > 0.05 or slope == 0


def test_difficulty_is_shared_by_all_models() -> None:
    """Ten models meet the baseline on the same instructions, some of which suit it."""
    chance = np.random.default_rng(7)
    planted = chance.normal(0, 1, 300)
    model, instruction = np.repeat(np.arange(10), 300), np.tile(np.arange(300), 10)
    length = np.tanh(chance.normal(0.5, 1, 3000))
    strengths = np.linspace(-1, 1, 10)
    preferred = said(chance, strengths[model] + length + planted[instruction])
    found = difficulties(model, instruction, preferred, length)
    assert np.corrcoef(found, planted)[0, 1] > 0.75
    assert abs(found.mean()) < 0.05
    rates = [
        rate(Design(preferred[here], length[here], found)) for here in (model == each for each in range(10))
    ]
    truth = [100 * float(expit(strength + planted).mean()) for strength in strengths]
    assert np.abs(np.array(rates) - truth).mean() < 3


@pytest.mark.parametrize("seed", range(3))
def test_another_program_fits_the_same(seed: int) -> None:
    """scikit-learn's ridge with C = 1/RIDGE; a soft preference is a win and a loss of these weights."""
    chance = np.random.default_rng(seed)
    design = Design(chance.random(60), np.tanh(chance.normal(0.5, 1, 60)), chance.normal(0, 1, 60))
    columns = np.column_stack([np.ones(60), design.length, design.difficulty])
    other = LogisticRegression(C=1 / length_controlled.RIDGE, fit_intercept=False, tol=1e-10, max_iter=10_000)
    other.fit(
        np.concatenate([columns, columns]),
        np.repeat([1, 0], 60),
        sample_weight=np.concatenate([design.preferred, 1 - design.preferred]),
    )
    found = fit(design)
    assert other.coef_[0] == pytest.approx([found.strength, found.length, found.difficulty], abs=1e-4)


def test_a_model_that_always_wins_has_a_rate_below_a_hundred() -> None:
    """Its strength has no estimate without the ridge."""
    longer = np.random.default_rng(8).normal(0, 100, 200)
    assert 99.5 < rate(Design.of(np.ones(200), longer)) < 100


def test_a_rate_without_battles_is_undefined() -> None:
    nothing = np.zeros(0)
    assert np.isnan(
        win_rates(Design.of(nothing, nothing), np.zeros(0, dtype=int), np.ones((2, 3), dtype=int))
    ).all()
