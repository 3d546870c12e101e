"""Partisan: one model wins, or loses, nearly every battle before this voter.

For each model the likelihood of the verdicts on it under "always for it" (or against it), 98 of 100, over that under
the strengths of all votes; where the model leads, under an eye twice as sharp as the crowd's, which prefers it more
often. The largest over all models, so the odds are asked as many times as there are sides to take.
"""

from dataclasses import dataclass

import numpy as np

from app.stats.gates.gate import Gate, Others, Voter, partisan_odds
from app.stats.settings import require_number


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
    ratios = []
    for favours in (True, False):
        sides = partisan_odds(votes, others, favours, settings.sharpness)
        ratios.append(sum(np.bincount(model, odds, size) for model, odds in sides))
    found = np.stack(ratios)
    if not found.size or found.max() < np.log(settings.odds * 2 * size):
        return None
    side, model = np.unravel_index(found.argmax(), found.shape)
    met = int(((votes.first == model) | (votes.second == model)).sum())
    return f"of {met} verdicts on one model nearly all are {'against' if side else 'for'} it, whoever it met"


GATE = Gate("partisan", "1", "One model wins or loses nearly every battle before this voter", Settings, test)
