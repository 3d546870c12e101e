"""Echo: verdicts that repeat the board, for the model that leads, wherever two meet.

Somebody who copies the board names the leader in 98 of 100 verdicts; somebody who judges misses it now and then, more
often the closer the two. Even an eye twice as sharp as the crowd's (strengths times two) does. The likelihood of the
first over that of the second.
"""

from dataclasses import dataclass

import numpy as np

from app.stats.gates.gate import FAITHFUL, Gate, Others, Voter
from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Settings:
    """`odds`: how many times likelier a copy must be. `sharpness` of the eye that it is held against."""

    odds: float = 3_000
    sharpness: float = 2.0

    def __post_init__(self) -> None:
        require_number("odds", self.odds, 2, 1e12)
        require_number("sharpness", self.sharpness, 1, 10)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    votes = voter.decided()
    leads = votes.expected(others) > 0.5
    chance = votes.expected(others, settings.sharpness)
    agreed = votes.left == leads
    judging = np.where(votes.left, chance, 1 - chance)
    copying = np.where(agreed, FAITHFUL, 1 - FAITHFUL)
    ratio = float(np.log(copying / np.maximum(judging, 1e-300)).sum())
    if ratio < np.log(settings.odds):
        return None
    named = f"{int(agreed.sum())} of {len(agreed)} verdicts name the model that leads on the board"
    return f"{named}, as a copy of it would"


GATE = Gate("echo", "1", "Verdicts that repeat the board", Settings, test)
