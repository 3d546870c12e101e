"""The best and the worst rank that the votes leave open to each model of one component."""

import numpy as np
from numpy.typing import NDArray

from app.stats.tally import Floats, Ints

_DRAWS = 2000
_SEED = 20240
_SMALLEST = 1e-15  # of the largest variance: no difference is known better than rounding allows


def max_t(theta: Floats, root: Floats, level: float) -> tuple[Ints, Ints]:
    """Best and worst ranks (M,) that hold for all models at once with probability `level`.

    `root` (M, r) is a root of the covariance of θ, V = root·rootᵀ, in any gauge. i is put above j where (θ_i
    − θ_j)/s_ij exceeds the `level` quantile of max_ij |z_i − z_j|/s_ij, z ~ N(0, V) and s_ij² = V_ii + V_jj −
    2V_ij; best = 1 + number put above, worst = M − number put below. When all models are equal a false claim
    is made on 1 − `level` of the boards; comparing intervals or single pairs makes far more. The
    draws are seeded: the same input gives the same ranks. Time grows as draws × M².

    >>> best, worst = max_t(np.array([1.0, 0.9, -1.9]), np.eye(3) / 5, level=0.95)
    >>> best.tolist(), worst.tolist()
    ([1, 1, 3], [2, 2, 3])
    """
    precision = _precision(root)
    return _ranks((theta[:, None] - theta[None, :]) * precision > _quantile(root, precision, level))


def critical_value(root: Floats, level: float) -> float:
    """How many standard errors apart two models must be for `max_t` to put one above the other.

    >>> round(critical_value(np.eye(2), level=0.95), 1)
    2.0
    """
    return _quantile(root, _precision(root), level)


def overlap(lower: Floats, upper: Floats) -> tuple[Ints, Ints]:
    """Ranks by overlap of intervals: best = 1 + #{lower > my upper}, worst = M − #{upper < my lower}.

    What LMArena's board shows (`recompute_final_ranking` in FastChat). On boards of 30 equal
    models it makes a false claim more often than not: shown for comparison, never the default.

    >>> lower, upper = np.array([1100.0, 1090, 1095, 1000]), np.array([1120.0, 1105, 1101, 1010])
    >>> [ranks.tolist() for ranks in overlap(lower, upper)]
    [[1, 1, 1, 4], [3, 3, 3, 4]]
    """
    return _ranks(lower[:, None] > upper[None, :])


def _precision(root: Floats) -> Floats:
    """1/s_ij (M, M), 0 where i is j: nobody is compared with itself."""
    v = root @ root.T
    variance = np.diag(v)[:, None] + np.diag(v)[None, :] - 2 * v
    np.fill_diagonal(variance, np.inf)
    return np.asarray(1 / np.sqrt(np.maximum(variance, _SMALLEST * np.diag(v).max())))


def _quantile(root: Floats, precision: Floats, level: float) -> float:
    z = root @ np.random.default_rng(_SEED).standard_normal((root.shape[1], _DRAWS))
    return float(np.quantile(_largest(z, precision), level))


def _ranks(above: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """From `above[i, j]`, i is certainly better than j."""
    return 1 + above.sum(axis=0), len(above) - above.sum(axis=1)


def _largest(z: Floats, precision: Floats) -> Floats:
    """The largest |z_i − z_j|·precision_ij of each draw, a column of z (M, draws)."""
    values, scale = z.astype(np.float32), precision.astype(np.float32)  # ample for a quantile, half the time
    largest = np.zeros(z.shape[1], dtype=np.float32)
    for i in range(len(z) - 1):
        gaps = np.abs(values[i + 1 :] - values[i]) * scale[i + 1 :, i, None]
        np.maximum(largest, gaps.max(axis=0), out=largest)
    return largest.astype(np.float64)
