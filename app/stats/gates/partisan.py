"""Partisan: one model wins, or loses, nearly every battle before this voter.

For each model the likelihood of the verdicts on it under "always for it" (or against it), 98 of 100, over that under
the strengths of all votes; where the model leads, under an eye twice as sharp as the crowd's, which prefers it more
often. The largest over all models, so the odds are asked as many times as there are sides to take.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.stats.gates.gate import FAITHFUL, Gate, Others, Voter
from app.stats.settings import require_number
from app.stats.tally import Floats


@dataclass(frozen=True, slots=True)
class Settings:
    """`odds`: how many times likelier a partisan must be. `sharpness` of the eye that it is held against."""

    odds: float = 1_000
    sharpness: float = 2.0

    def __post_init__(self) -> None:
        require_number("odds", self.odds, 2, 1e12)
        require_number("sharpness", self.sharpness, 1, 10)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    votes = voter.decided()
    size = len(others.theta)
    chance, sharp = votes.expected(others), votes.expected(others, settings.sharpness)
    ratios = []
    for wins in (True, False):
        # Of the model shown as A, then of that shown as B: whether it did as a partisan would have it.
        a = _ratio(votes.left == wins, _likelier(chance, sharp, wins))
        b = _ratio(votes.left != wins, _likelier(1 - chance, 1 - sharp, wins))
        ratios.append(np.bincount(votes.first, a, size) + np.bincount(votes.second, b, size))
    found = np.stack(ratios)
    if not found.size or found.max() < np.log(settings.odds * 2 * size):
        return None
    side, model = np.unravel_index(found.argmax(), found.shape)
    met = int(((votes.first == model) | (votes.second == model)).sum())
    return f"of {met} verdicts on one model nearly all are {'against' if side else 'for'} it, whoever it met"


def _likelier(chance: Floats, sharp: Floats, wins: bool) -> Floats:
    """The chance of what a partisan wants by an honest eye, the larger of the crowd's and of a sharp one."""
    return np.maximum(chance, sharp) if wins else np.maximum(1 - chance, 1 - sharp)


def _ratio(did: NDArray[np.bool_], honest: Floats) -> Floats:
    faithful = np.log(FAITHFUL / np.maximum(honest, 1e-12))
    broken = np.log((1 - FAITHFUL) / np.maximum(1 - honest, 1e-12))
    return np.where(did, faithful, broken)


GATE = Gate("partisan", "1", "One model wins or loses nearly every battle before this voter", Settings, test)
