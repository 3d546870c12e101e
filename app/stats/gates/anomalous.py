"""Anomalous: votes that the history of their pairs makes unlikely, all together (Chatbot Arena, Chiang et al. 2024).

For the j-th vote on a pair with outcome h'_j and the pair's other votes H_j,
p_j = (1 + #{h ∈ H_j : h ≥ h'_j})/(|H_j| + 1), and by Fisher M_j = −2 Σ_{i≤j} log p_i is held against χ²_{2j} at level
1 − alpha/5 at five checkpoints, drawn from 1 … 100 by the voter's seed.
The test sees one direction of h only, so it is made in both, h and 1 − h: who votes against the
favourite shows in one of them alone. The paper describes one coding; both are an interpretation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from app.stats.gates.gate import Gate, Others, Voter
from app.stats.settings import require_number
from app.stats.tally import COUNTED, Floats, Ints
from app.stats.verdicts import Verdict

CHECKPOINTS, HORIZON = 5, 100
_A, _B = COUNTED.index(Verdict.A), COUNTED.index(Verdict.B)


@dataclass(frozen=True, slots=True)
class Settings:
    """`alpha`: of the voters whose votes are as everybody's, at most what share each of the two codings flags."""

    alpha: float = 0.01

    def __post_init__(self) -> None:
        require_number("alpha", self.alpha, 1e-12, 0.5)


def p_values(voter: Voter, others: Others) -> tuple[Floats, Floats]:
    """p_j of each vote, (N,), of the outcomes as they are and turned round; the voter's own votes are no history."""
    turned = voter.first > voter.second
    low, high = np.minimum(voter.first, voter.second), np.maximum(voter.first, voter.second)
    won = np.where(turned, voter.verdict == _B, voter.verdict == _A)
    lost = np.where(turned, voter.verdict == _A, voter.verdict == _B)
    outcome = np.where(won, 2, np.where(lost, 0, 1))
    counts = np.stack([others.wins[high, low], others.ties[low, high], others.wins[low, high]])
    pair = low * len(others.theta) + high
    own = np.stack([_among(pair, (outcome == each) & voter.stands()) for each in (0, 1, 2)])
    counts = np.maximum(counts - own, 0)
    size = counts.sum(axis=0) + 1
    at_least = np.flipud(np.cumsum(np.flipud(counts), axis=0))
    at_most = np.cumsum(counts, axis=0)
    here = np.arange(len(outcome))
    return (1 + at_least[outcome, here]) / size, (1 + at_most[outcome, here]) / size


def first_exceeding(p: Floats, level: float) -> int | None:
    """The first j (from 1) at which M_j exceeds χ²_{2j} at this level, None where none does.

    A pool of 90 zeros and 9 ones, and a voter who says 1 each time:

    >>> first_exceeding(np.full(6, (1 + 9) / (99 + 1)), 0.98)
    4
    """
    exceeding = _exceeds(p, np.arange(1, len(p) + 1), level)
    return int(np.argmax(exceeding)) + 1 if exceeding.any() else None


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    checkpoints = np.random.default_rng([voter.seed, HORIZON]).choice(HORIZON, CHECKPOINTS, replace=False) + 1
    reached = np.sort(checkpoints[checkpoints <= len(voter.verdict)])
    level = 1 - settings.alpha / CHECKPOINTS
    for p in p_values(voter, others):
        flagged = reached[_exceeds(p, reached, level)]
        if len(flagged):
            return f"the first {flagged[0]} votes go against what others say of the same pairs (p < {1 - level:.2g})"
    return None


def _exceeds(p: Floats, at: Ints, level: float) -> NDArray[np.bool_]:
    sums = -2 * np.cumsum(np.log(p))
    return np.asarray(sums[at - 1] > chdtri(2 * at, 1 - level))


def _among(pair: Ints, chosen: NDArray[np.bool_]) -> Floats:
    """Of the votes on each vote's pair, how many are chosen ones."""
    _, places = np.unique(pair, return_inverse=True)
    return np.asarray(np.bincount(places, chosen)[places])


GATE = Gate(
    "anomalous",
    "1",
    "Votes that the other votes on the same pairs make unlikely all together",
    Settings,
    test,
)
