"""A Bradley–Terry board between two exact fits: each new vote moves the strengths by one Newton step.

θ ← θ + H⁻¹(e_a − e_b)(y − p), p the probability that the board gave to a's win and H the information of the last
exact fit, which stays as it was. The step is the right one for that H, so the board heads for the maximum of the
likelihood and not, like an Elo with a fixed K, for an average over the newest votes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from app.stats.components import strong
from app.stats.pairs import Pairs
from app.stats.strengths import strengths
from app.stats.tally import BothBad, Floats, Tally, Ties

_ROUNDS = 3  # with H fixed each round shrinks what is left by the share of votes that are new


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """An exact fit to go on from: θ (M,) with mean 0, H⁻¹ (M, M) and the wins (M, M) it was fitted to."""

    models: tuple[str, ...]
    ties: Ties
    both_bad: BothBad
    theta: Floats
    inverse: Floats
    wins: Floats

    @classmethod
    def of(cls, tally: Tally, ties: Ties = "half", both_bad: BothBad = "tie") -> Self | None:
        """Fit a tally; None where wins and ties do not connect all its models, so that there is no single scale."""
        pairs = Pairs.of(tally, ties, both_bad)
        if len(pairs.models) < 2 or strong(pairs).any():
            return None
        theta = strengths(pairs)
        gap = theta[pairs.first] - theta[pairs.second]
        information = pairs.laplacian(pairs.games * expit(gap) * expit(-gap))
        return cls(pairs.models, ties, both_bad, theta, _inverse(information), _wins(tally, ties, both_bad))

    def strengths(self, tally: Tally) -> Floats:
        """θ (M,) for the votes of a later tally of the same models, taken back ones included.

        Raises ValueError for other models.

        >>> from app.stats.verdicts import Verdict
        >>> then = Tally.of([("x", "y", Verdict.A, 3000), ("x", "y", Verdict.B, 1000)])
        >>> now = Tally.of([("x", "y", Verdict.A, 3000), ("x", "y", Verdict.B, 1010)])
        >>> start = Start.of(then)
        >>> moved, exact = start.strengths(now), strengths(Pairs.of(now, "half", "tie"))
        >>> float(abs(moved - exact).max()) < 1e-4 < float(abs(moved - start.theta).max())
        True
        """
        if tuple(sorted(tally.models)) != self.models:
            raise ValueError("the tally holds other models than the fit")
        new = _wins(tally, self.ties, self.both_bad) - self.wins
        theta = self.theta
        for _ in range(_ROUNDS):
            p = expit(theta[:, None] - theta[None, :])
            surplus = (new * (1 - p)).sum(axis=1) - (new.T * p).sum(axis=1)
            theta = self.theta + self.inverse @ surplus
        return theta


def _wins(tally: Tally, ties: Ties, both_bad: BothBad) -> Floats:
    """Wins between the models in the order of their names, as `Pairs` has them."""
    by_name = np.array(sorted(range(len(tally.models)), key=tally.models.__getitem__), dtype=np.int64)
    return tally.win_matrix(ties, both_bad)[np.ix_(by_name, by_name)]


def _inverse(information: Floats) -> Floats:
    """The pseudo-inverse in the mean-zero gauge: one model held at 0, then centred from both sides."""
    others = np.delete(np.arange(len(information)), np.diag(information).argmax())
    held = np.zeros_like(information)
    factor = cho_factor(information[np.ix_(others, others)], check_finite=False)
    held[np.ix_(others, others)] = cho_solve(factor, np.eye(len(others)), check_finite=False)
    held -= held.mean(axis=0)
    return np.asarray(held - held.mean(axis=1, keepdims=True))
