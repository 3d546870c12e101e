"""Coin: verdicts that follow what others say, and what is known, no more than a coin would.

The likelihood of the verdicts for a side under the strengths of all votes, over that under a coin; control battles
count by how often somebody who judges gets them right. A voter who judges as others do gets a ratio below 1/odds with a
chance of at most 1/odds, however often it is looked at (Ville 1939), and mostly far less.
"""

from dataclasses import dataclass

import numpy as np

from app.stats.gates.gate import Gate, Others, Voter
from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Settings:
    """`odds`: how many times likelier a coin must be. `errors` and `changes`: of gold battles, how many somebody who
    judges gets wrong, and of repeated ones, on how many such a voter says something else.
    """

    odds: float = 100
    errors: float = 0.1
    changes: float = 0.3

    def __post_init__(self) -> None:
        require_number("odds", self.odds, 2, 1e12)
        require_number("errors", self.errors, 0.001, 0.5)
        require_number("changes", self.changes, 0.001, 0.5)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    votes = voter.decided()
    chance = votes.expected(others)
    said = np.where(votes.left, chance, 1 - chance)
    judging = float(np.log(2 * said).sum())
    judging += _controls(voter.gold, settings.errors) + _controls(voter.repeats, settings.changes)
    if judging > -np.log(settings.odds):
        return None
    odds = np.exp(min(-judging, 300))
    return f"{len(said)} verdicts follow what others say no more than a coin would ({odds:.0g} to 1)"


def _controls(seen: tuple[int, int], failing: float) -> float:
    """log P(seen | judges)/P(seen | coin) of control battles (judged, failed)."""
    judged, failed = seen
    return float((judged - failed) * np.log(2 * (1 - failing)) + failed * np.log(2 * failing))


GATE = Gate("coin", "1", "Verdicts that follow what others say no more than a coin would", Settings, test)
