"""What every gate sees of one voter, what the others say of the same pairs, and `Gate`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from app.stats.settings import Registered, Settings, SettingsError
from app.stats.tally import COUNTED, Floats, Ints, Tally
from app.stats.verdicts import Verdict

PRIOR_VOTES = 2.0  # virtual ties of each model, spread over all the others, so that every pair has a chance
FAITHFUL = 0.98  # of the votes of somebody who follows a rule, how many follow it
_STEPS, _CLOSE = 60, 1e-8

_A, _B = COUNTED.index(Verdict.A), COUNTED.index(Verdict.B)


class UnknownGate(SettingsError):
    """There is no gate of that name."""


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """What all votes say: `wins` (M, M), the votes for i over j; `ties` (M, M), symmetric; the Bradley–Terry strengths
    `theta` (M,), in natural-log odds, with a prior of virtual ties; `left`, the share of A among the verdicts for a
    side.
    """

    wins: Floats
    ties: Floats
    theta: Floats
    left: float

    @classmethod
    def of(cls, tally: Tally) -> Self:
        """From the votes of everybody, models in the order of the tally; half a vote of each side pulls `left` to ½."""
        wins, ties = tally.outcomes()
        left, right = (int(tally.count[tally.verdict == code].sum()) for code in (_A, _B))
        return cls(wins, ties, _strengths(wins + ties / 2), (left + 0.5) / (left + right + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Voter:
    """One voter's votes on one dimension in the order of time: models shown as A and as B (N,), places among those of
    `Others`, and codes of `COUNTED`. `gold` and `repeats` are (judged, failed). `seed` belongs to the voter for good.
    `standing` (N,) says which of the votes are among those of `Others`, None for all.
    """

    first: Ints
    second: Ints
    verdict: Ints
    gold: tuple[int, int] = (0, 0)
    repeats: tuple[int, int] = (0, 0)
    seed: int = 0
    standing: NDArray[np.bool_] | None = None

    def stands(self) -> NDArray[np.bool_]:
        return np.ones(len(self.verdict), dtype=np.bool_) if self.standing is None else self.standing

    def decided(self) -> "Decided":
        """The verdicts for one side."""
        kept = (self.verdict == _A) | (self.verdict == _B)
        return Decided(self.first[kept], self.second[kept], self.verdict[kept] == _A)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Verdicts for one side: models shown as A and B, and whether A won."""

    first: Ints
    second: Ints
    left: NDArray[np.bool_]

    def expected(self, others: Others, sharpness: float = 1.0) -> Floats:
        """Chance that A wins, by the strengths of all votes; a sharper eye than the crowd's has more than 1."""
        return np.asarray(expit(sharpness * (others.theta[self.first] - others.theta[self.second])))


def partisan_odds(
    votes: Decided, others: Others, favours: bool, sharpness: float
) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
    """By how much likelier, as a logarithm, each verdict is of somebody who always stands for the model (or against it)
    than of somebody who judges: by the strengths of all votes, or by a sharp eye where that prefers the model more
    often. Models with ratios, once of the model shown as A, once of that shown as B.
    """
    chance, sharp = votes.expected(others), votes.expected(others, sharpness)
    first = _ratio(votes.left == favours, _likelier(chance, sharp, favours))
    second = _ratio(votes.left != favours, _likelier(1 - chance, 1 - sharp, favours))
    return (votes.first, first), (votes.second, second)


def _likelier(chance: Floats, sharp: Floats, favours: bool) -> Floats:
    """The chance of what a partisan wants by an honest eye, the larger of the crowd's and of a sharp one."""
    return np.maximum(chance, sharp) if favours else np.maximum(1 - chance, 1 - sharp)


def _ratio(did: NDArray[np.bool_], honest: Floats) -> Floats:
    faithful = np.log(FAITHFUL / np.maximum(honest, 1e-12))
    broken = np.log((1 - FAITHFUL) / np.maximum(1 - honest, 1e-12))
    return np.where(did, faithful, broken)


@dataclass(frozen=True, slots=True)
class Gate(Registered[Settings]):
    """A registered reason to set a voter's votes aside.

    `test` says in one sentence why the votes of this voter are not like those of somebody who judges, None where they
    are. The same votes give the same answer.
    """

    test: Callable[[Voter, Others, Settings], str | None]


def _strengths(score: Floats) -> Floats:
    """θ by Newton's method, mean 0; the prior makes every step finite."""
    size = len(score)
    if size < 2:
        return np.zeros(size)
    wins = score + PRIOR_VOTES / (2 * (size - 1)) * (1 - np.eye(size))
    games = wins + wins.T
    theta = np.zeros(size)
    for _ in range(_STEPS):
        chance = expit(theta[:, None] - theta)
        slope = (wins - games * chance).sum(axis=1)
        weight = games * chance * (1 - chance)
        # Each row adds up to 0, so all strengths may move together: adding 1 everywhere holds their mean.
        matrix = np.diag(weight.sum(axis=1)) - weight + weight.mean()
        step = np.linalg.solve(matrix, slope)
        step /= max(1.0, float(np.abs(step).max()))
        theta = theta + step
        if np.abs(step).max() < _CLOSE:
            break
    return np.asarray(theta - theta.mean())
