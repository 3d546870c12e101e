"""How many more votes until two models can be told apart.

Told apart means that the estimated difference is beyond `critical` standard errors: 1.96 for a single comparison
at level .95, `rank_bounds.critical_value` for ranks that hold for all models at once. `power` is the chance that
this happens if the true difference is the one given. Votes are meant for that very pair; votes of others say less
about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit, ndtri

from app.stats.tally import Floats

TWO_SIDED_95 = float(ndtri(0.975))
_ROOM = 0.9  # of the ties that a gap leaves room for: if all were ties, one vote would say everything
_ENDLESS = 1e15  # more votes than anybody casts: strengths that differ by rounding only


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
    return _votes(gap, error, _bradley_terry(tie_share, gap), power, critical)


def bradley_terry(tie_share: float) -> Callable[[Floats, Floats], Floats]:
    """What one vote says about the gap between two strengths of a Bradley–Terry board, (P,) each: see `votes_needed`.

    A pair whose gap leaves no room for that share of ties is taken to have nine tenths of what it has room for.
    """
    return partial(_of_a_vote, tie_share)


def neighbours(
    theta: Floats,
    root: Floats,
    power: float = 0.8,
    critical: float | Floats = TWO_SIDED_95,
    of_a_vote: Callable[[Floats, Floats], Floats] | None = None,
) -> tuple[Neighbours, ...]:
    """Each model with the next below it, best first; θ (M,) and a root (M, r) of its covariance, V = root·rootᵀ.
    `critical` may be one for each pair of models, (M, M). `of_a_vote` is what one vote between strengths (P,) and (P,)
    says about their gap, `bradley_terry(0)` unless given.

    >>> [each.votes for each in neighbours(np.array([1.0, -1.2, 0.2]), np.eye(3) / 3)]
    [37, 0]
    """
    order = np.argsort(-theta, kind="stable")
    better, worse = order[:-1], order[1:]
    error = np.sqrt(((root[better] - root[worse]) ** 2).sum(axis=1))
    if not isinstance(critical, float):
        critical = critical[better, worse]
    says = (of_a_vote or bradley_terry(0))(theta[better], theta[worse])
    gap = theta[better] - theta[worse]
    votes = np.where(gap > critical * error, 0, _votes(gap, error, says, power, critical))
    return tuple(
        Neighbours(i, j, int(needed) if needed < _ENDLESS else None)
        for i, j, needed in zip(better.tolist(), worse.tolist(), votes, strict=True)
    )


def _of_a_vote(tie_share: float, first: Floats, second: Floats) -> Floats:
    gap = first - second
    return _bradley_terry(np.minimum(tie_share, _ROOM * 2 * np.minimum(expit(gap), expit(-gap))), gap)


def _bradley_terry(tie_share: float | Floats, gap: Floats) -> Floats:
    p, q = expit(gap), expit(-gap)
    return np.asarray((p * q) ** 2 / (p * q - tie_share / 4))


def _votes(gap: Floats, error: Floats, says: Floats, power: float, critical: float | Floats) -> Floats:
    with np.errstate(divide="ignore"):
        wanted = ((critical + _quantile(power)) / gap) ** 2
        known = 1 / error**2
        votes = np.ceil((wanted - known) / says)
    return np.asarray(np.where(wanted > known, votes, 0))


def _quantile(power: float) -> float:
    if not 0.5 <= power < 1:
        raise ValueError(f"the power is {power}; it must be from a half to below 1")
    return float(ndtri(power))
