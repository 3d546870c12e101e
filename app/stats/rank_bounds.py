"""The best and the worst rank that the votes leave open to each model of one component."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from app.stats.tally import Floats, Ints

Singles = NDArray[np.float32]

_DRAWS = 2000
_SEED = 20240
_TOGETHER = 1.1  # (V_ii + V_jj)/s_ij² from which on the errors of two models go together
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
    return simultaneous(theta, root, level)[:2]


def simultaneous(
    theta: Floats, root: Floats, level: float, freedom: Floats | None = None
) -> tuple[Ints, Ints, float | Floats]:
    """`max_t` and its critical value: how many standard errors apart two models must be to be told apart.

    Where the variances themselves were estimated with few degrees of `freedom` (M,), as from few clusters, the
    critical value of each pair, (M, M), is Student's with the fewer of the two, at 1 − (1 − level)/(number of pairs):
    Bonferroni's, for draws from the covariance would take it as known. Nothing is told apart with freedom 0.
    """
    precision = _precision(root)
    critical: float | Floats
    if freedom is None:
        critical = _quantile(root, precision, level)
    else:
        pairs = len(theta) * (len(theta) - 1) / 2
        quantiles = np.full(len(theta), np.inf)
        quantiles[freedom > 0] = student(1 - (1 - level) / (2 * pairs), freedom[freedom > 0])
        critical = np.maximum(quantiles[:, None], quantiles)
    best, worst = _ranks((theta[:, None] - theta[None, :]) * precision > critical)
    return best, worst, critical


def student(share: float, freedom: Floats) -> Floats:
    """Quantiles of Student's t, of the normal distribution for infinite freedom.

    >>> student(0.975, np.array([1.0, 24.0, np.inf])).round(2).tolist()
    [12.71, 2.06, 1.96]
    """
    finite = np.isfinite(freedom)
    return np.where(finite, stdtrit(np.where(finite, freedom, 1), share), ndtri(share))


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
    """The `level` quantile of the largest |z_i − z_j|·precision_ij over the draws z."""
    centred = (root - root.mean(axis=0)).astype(np.float32)  # ample for a quantile, in half the time
    z = centred @ _normal(root.shape[1])
    return float(np.quantile(_largest(z, centred, precision.astype(np.float32), level), level))


@lru_cache(maxsize=8)
def _normal(count: int) -> Singles:
    """Standard normal draws (count, draws), the same at every call."""
    draws = np.random.default_rng(_SEED).standard_normal((count, _DRAWS)).astype(np.float32)
    draws.flags.writeable = False
    return draws


def _ranks(above: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """From `above[i, j]`, i is certainly better than j."""
    return 1 + above.sum(axis=0), len(above) - above.sum(axis=1)


def _largest(z: Singles, root: Singles, precision: Singles, level: float) -> Floats:
    """The largest |z_i − z_j|·precision_ij of each draw, a column of z (M, draws), as far as it decides the quantile.

    With u_i = z_i/√V_ii, (z_i − z_j)²/s_ij² is at most (u_i² + u_j²)(V_ii + V_jj)/s_ij². The last ratio is near 1
    but for pairs whose errors go together; of those all draws are computed. One pair of each draw gives a lower
    bound of its largest, and the quantile of these bounds is one of the quantile, `bar`. So of the other pairs only
    those matter where both u² ≥ bar²/ratio − max u², and few are.
    """
    size, draws = z.shape
    every = np.arange(draws)
    variance = np.maximum((root**2).sum(axis=1), np.finfo(np.float32).tiny)
    ratio = np.triu(precision**2 * (variance[:, None] + variance), 1)
    together = ratio > _TOGETHER
    if together.sum() > size * size / 10:
        return _of_pairs(z, precision, *np.triu_indices(size, 1))
    u = z / np.sqrt(variance)[:, None]
    high, low = u.argmax(axis=0), u.argmin(axis=0)
    found = np.maximum(
        (z[high, every] - z[low, every]) * precision[high, low],
        _of_pairs(z, precision, *np.nonzero(together)),
    )
    bar = np.sort(found)[int(level * (draws - 1))]
    np.square(u, out=u)
    draw, model = np.nonzero((u >= bar**2 / ratio[~together].max() - u.max(axis=0)).T)
    later = np.searchsorted(draw, draw, side="right") - np.arange(len(draw)) - 1
    left = np.repeat(np.arange(len(draw)), later)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later)
    i, j, at = model[left], model[right], draw[left]
    if len(at):
        starts = np.flatnonzero(np.diff(at, prepend=-1))  # pairs stand by draw
        gaps = np.abs(z[i, at] - z[j, at]) * precision[i, j]
        found[at[starts]] = np.maximum(found[at[starts]], np.maximum.reduceat(gaps, starts))
    return np.asarray(found, dtype=np.float64)


def _of_pairs(z: Singles, precision: Singles, first: Ints, second: Ints) -> Floats:
    """The same over these pairs, which stand by their first model."""
    largest = np.zeros(z.shape[1], dtype=np.float32)
    ends = np.searchsorted(first, np.arange(len(z) + 1))
    for i in np.unique(first):
        others = second[ends[i] : ends[i + 1]]
        gaps = np.abs(z[others] - z[i]) * precision[others, i, None]
        np.maximum(largest, gaps.max(axis=0), out=largest)
    return np.asarray(largest, dtype=np.float64)
