"""Variance reduction: pairs whose own score is known least, by the rule of Chatbot Arena (arXiv:2403.04132, eq. 9)."""

from dataclasses import dataclass

import numpy as np

from app.stats.pairing.sampler import Sampler
from app.stats.tally import Floats, Tally


@dataclass(frozen=True, slots=True)
class Settings:
    """There is nothing to set."""


def needs(tally: Tally, settings: Settings) -> Floats:
    """√(s²/n) − √(s²/(n + 1)) for each pair: by how much one more vote lowers the standard error of its score.

    n counts the pair's votes and s² is the variance of their outcomes in {1, ½, 0}, both after one imagined win
    for each side, without which a pair that never met, or was always won by one side, would have no defined
    need. Every tie, both-bad too, is ½.

    >>> from app.stats.verdicts import Verdict
    >>> tally = Tally.of([("x", "y", Verdict.A, 7), ("x", "y", Verdict.B, 7)], models=["x", "y", "new"])
    >>> needs(tally, Settings()).round(4).tolist()
    [[0.0, 0.0037, 0.0649], [0.0037, 0.0, 0.0649], [0.0649, 0.0649, 0.0]]
    """
    wins, tied = tally.outcomes()
    won = wins + 1
    n = won + won.T + tied
    mean = (won + tied / 2) / n
    deviation = np.sqrt((won + tied / 4) / n - mean**2)
    need = deviation * _saved(n)
    np.fill_diagonal(need, 0)
    return np.asarray((need + need.T) / 2)  # both are the same but for rounding


def _saved(n: Floats) -> Floats:
    """1/√n − 1/√(n + 1), without the cancellation that would lose it for large n."""
    root, next_root = np.sqrt(n), np.sqrt(n + 1)
    return np.asarray(1 / (root * next_root * (root + next_root)))


SAMPLER = Sampler(
    name="variance_reduction",
    version="1",
    summary="Pairs whose own score is known least (Chatbot Arena's rule)",
    settings=Settings,
    needs=needs,
)
