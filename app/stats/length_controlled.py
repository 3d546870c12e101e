"""Win rates against a baseline as if all answers were as long as its own: AlpacaEval 2 (Dubois et al. 2024).

Of model m, its soft preference P over the baseline on instruction i and the lead Δ of its answer's length:

    logit P = θ_m + φ_m·tanh(Δ/sd_m(Δ)) + ψ_m·g_i

θ, φ and ψ stand for the differences to the baseline, whose own are 0. g says on which instructions models do well
against the baseline: it is fitted once, jointly for all models with ψ = 1, and shared. The length-controlled win rate
is 100 times the mean over the instructions of the prediction with Δ set to 0. It is no regression of win rates on
lengths.

Like AlpacaEval's code: the formula, tanh of the length in its own standard deviation, g fitted before and kept, the
prediction with Δ = 0 on the instructions of the model. Unlike it: a ridge of `RIDGE` holds the weights, where that
chooses an L1 penalty by cross-validation (liblinear, five folds); no copies of the baseline, made longer and shorter,
are added with weight 0.2; g comes from the models at hand, where AlpacaEval ships its own, and is left out below
`LEAST_MODELS` models, where it would mostly repeat the preferences that it is to explain.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from app.stats.agreement.bootstrap import ratio
from app.stats.tally import Floats, Ints

RIDGE = 0.01
LEAST_MODELS = 5
_SPREAD = 1.0  # variance of the difficulties, in squared logits, before the data speak
_STEPS, _LONGEST, _NEAR = 100, 2.0, 1e-6
_BLOCK = 2**21  # weights held at once


@dataclass(frozen=True, slots=True)
class Fit:
    """The weights of one model in logits: θ as `strength`, φ as `length`, ψ as `difficulty`."""

    strength: float
    length: float
    difficulty: float


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """What one model's fit reads: preference (N,) from 0 to 1, length feature (N,), difficulty (N,)."""

    preferred: Floats
    length: Floats
    difficulty: Floats

    @classmethod
    def of(cls, preferred: Floats, longer: Floats, difficulty: Floats | None = None) -> "Design":
        """`longer` (N,) is by how much the model's answer is the longer one, in any unit of length."""
        nothing = np.zeros(len(preferred))
        return cls(preferred, length_feature(longer), nothing if difficulty is None else difficulty)


def length_feature(longer: Floats) -> Floats:
    """tanh of the lead in length, in its standard deviation; 0 where all leads are the same, which tell nothing.

    >>> length_feature(np.array([-10.0, 10.0])).round(3).tolist(), length_feature(np.array([7.0, 7.0])).tolist()
    ([-0.609, 0.609], [0.0, 0.0])
    """
    spread = float(longer.std(ddof=1)) if len(longer) > 1 else 0.0
    return np.tanh(longer / spread) if spread > 0 else np.zeros(len(longer))


def difficulties(model: Ints, instruction: Ints, preferred: Floats, length: Floats) -> Floats:
    """g (I,) of the instructions: the joint fit of all models with ψ = 1. Entries (N,) say which model, 0 to M − 1, on
    which instruction, 0 to I − 1, with which preference and length feature.
    """
    models, instructions = int(model.max()) + 1, int(instruction.max()) + 1
    own = 2 * models
    ridge = np.concatenate([np.full(own, RIDGE), np.full(instructions, 1 / _SPREAD)])

    def loss(weights: Floats) -> tuple[float, Floats]:
        strength, slope, gamma = weights[:models], weights[models:own], weights[own:]
        logit = strength[model] + slope[model] * length + gamma[instruction]
        value = np.logaddexp(0, logit).sum() - preferred @ logit + ridge @ weights**2 / 2
        off = expit(logit) - preferred
        gradient = np.concatenate(
            [
                np.bincount(model, off, models),
                np.bincount(model, off * length, models),
                np.bincount(instruction, off, instructions),
            ]
        )
        return float(value), gradient + ridge * weights

    found = minimize(loss, np.zeros(len(ridge)), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    return np.asarray(found.x[own:])


def fit(design: Design) -> Fit:
    """The weights of one model, g being known.

    >>> even = np.array([0.5, 0.5])
    >>> fit(Design.of(even, np.zeros(2)))
    Fit(strength=0.0, length=0.0, difficulty=0.0)
    """
    weights = _fitted(design, np.ones((1, len(design.preferred))), np.zeros((1, 3)))[0]
    return Fit(*(float(each) for each in weights))


def win_rates(design: Design, prompt: Ints, times: Ints) -> Floats:
    """Length-controlled win rates (B,) in per cent where prompt c counts `times` (B, C) as often, entry n being on
    `prompt` (N,); NaN without any entry.

    >>> even, longer = np.full(4, 0.5), np.array([1.0, -2.0, 3.0, 0.0])
    >>> win_rates(Design.of(even, longer), np.arange(4), np.ones((1, 4), dtype=np.int64)).tolist()
    [50.0]
    """
    start = _fitted(design, np.ones((1, len(prompt))), np.zeros((1, 3)))
    found = np.full(len(times), np.nan)
    step = max(1, _BLOCK // max(len(prompt), 1))
    for at in range(0, len(times), step):
        block = times[at : at + step][:, prompt].astype(np.float64)
        weights = _fitted(design, block, np.repeat(start, len(block), axis=0))
        without = expit(weights[:, :1] + weights[:, 2:] * design.difficulty)
        sums = (block * without).sum(axis=1)
        found[at : at + len(block)] = 100 * ratio(sums, block.sum(axis=1))
    return found


def _fitted(design: Design, times: Floats, start: Floats) -> Floats:
    """(B, 3) weights of B fits at once by Newton's method, each step no longer than is safe for a logistic loss."""
    columns = np.stack([np.ones(len(design.length)), design.length, design.difficulty], axis=1)
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), 9)
    weights = start.copy()
    for _ in range(_STEPS):
        chance = expit(weights @ columns.T)
        gradient = (times * (chance - design.preferred)) @ columns + RIDGE * weights
        curve = ((times * chance * (1 - chance)) @ products).reshape(-1, 3, 3) + RIDGE * np.eye(3)
        step = np.linalg.solve(curve, gradient[:, :, None])[:, :, 0]
        length = np.abs(step).max(axis=1, keepdims=True)
        weights -= step * np.minimum(1, _LONGEST / np.maximum(length, _LONGEST))
        if length.max(initial=0) < _NEAR:
            break
    return weights
