"""How many more votes until two models can be told apart.

Told apart means that the estimated difference is beyond `critical` standard errors: 1.96 for a single comparison
at level .95, `rank_bounds.critical_value` for ranks that hold for all models at once. `power` is the chance that
this happens if the true difference is the one given. Votes are meant for that very pair; votes of others say less
about it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from app.stats.tally import Floats

TWO_SIDED_95 = float(ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Indexes of two models of consecutive rank, and the votes between them until they are told apart: 0 where
    they are, None for equal strengths, which no number of votes tells apart.
    """

    better: int
    worse: int
    votes: int | None


def head_to_head(share: float, power: float = 0.8, critical: float = TWO_SIDED_95) -> int:
    """Votes, none of them a tie, until a true share of wins is told from a half: (c·½ + z·√(p(1−p)))²/(p − ½)².

    c is `critical` and z the normal quantile of `power`. Raises ValueError for a share that is a half, or not
    between 0 and 1.

    >>> head_to_head(0.55), head_to_head(0.75)
    (783, 29)
    """
    if not 0 < share < 1 or share == 0.5:
        raise ValueError(f"the share is {share}; it must be between 0 and 1 and not a half")
    spread = np.sqrt(share * (1 - share))
    return int(np.ceil(((critical / 2 + _quantile(power) * spread) / (share - 0.5)) ** 2))


def votes_needed(
    gap: Floats,
    error: Floats,
    power: float = 0.8,
    critical: float = TWO_SIDED_95,
    tie_share: float = 0.0,
) -> Floats:
    """More votes between two models of a Bradley–Terry board, from their gap θ_i − θ_j and its standard error.

    The error must fall to e = |gap|/(critical + z), z the normal quantile of `power`. A vote between the two
    adds (pq)²/(pq − t/4) to 1/error², p = expit(gap), q = 1 − p and t the share of ties, each half a win: so
    (1/e² − 1/error²)(pq − t/4)/(pq)² votes, whole and at least 0. An infinite error means no votes yet; a gap
    of 0 needs infinitely many. Arrays of one shape in and out. Raises ValueError where `tie_share` is more
    than the gap leaves room for (2·min(p, q)).

    >>> votes_needed(np.array([0.2007, 0.2007, 0.2007, 0.0]), np.array([np.inf, 0.1, 0.05, 0.1])).tolist()
    [788.0, 384.0, 0.0, inf]
    """
    p, q = expit(gap), expit(-gap)
    if not tie_share >= 0 or (tie_share > 2 * np.minimum(p, q)).any():
        raise ValueError(
            f"the share of ties is {tie_share}; it must be from 0 to twice the smaller expected score"
        )
    known = 1 / error**2
    with np.errstate(divide="ignore"):
        wanted = ((critical + _quantile(power)) / gap) ** 2
    votes = np.ceil((wanted - known) * (p * q - tie_share / 4) / (p * q) ** 2)
    return np.asarray(np.maximum(votes, 0))


def neighbours(
    theta: Floats, root: Floats, power: float = 0.8, critical: float = TWO_SIDED_95
) -> tuple[Neighbours, ...]:
    """Each model with the next below it, best first; θ (M,) and a root (M, r) of its covariance, V = root·rootᵀ.

    >>> [each.votes for each in neighbours(np.array([1.0, -1.2, 0.2]), np.eye(3) / 4)]
    [20, 0]
    """
    order = np.argsort(-theta, kind="stable")
    better, worse = order[:-1], order[1:]
    error = np.sqrt(((root[better] - root[worse]) ** 2).sum(axis=1))
    votes = votes_needed(theta[better] - theta[worse], error, power, critical)
    return tuple(
        Neighbours(i, j, int(needed) if np.isfinite(needed) else None)
        for i, j, needed in zip(better.tolist(), worse.tolist(), votes, strict=True)
    )


def _quantile(power: float) -> float:
    if not 0.5 <= power < 1:
        raise ValueError(f"the power is {power}; it must be from a half to below 1")
    return float(ndtri(power))
