"""The sandwich covariance from its two matrices, for fits whose scores are not a sum over single pairs."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from app.stats.tally import Floats

_ROUNDING = 1e-12  # of the largest eigenvalue: what is below it is no variance


def root_of(information: Floats, scatter: Floats) -> Floats:
    """Root R (M, M − 1) of H⁺BH⁺ in the mean-zero gauge: H the information of θ, B the summed squares of its scores.

    Both are (M, M) with rows that add up to 0; B may have any rank, as when there are fewer ballots than models.
    One model, the best known, is held at 0 and R is centred, which is the pseudo-inverse (see
    `strengths.error_root`, the same for pairs). Raises LinAlgError when H leaves more than the origin open.

    >>> information, scatter = np.array([[25.0, -25], [-25, 25]]), np.array([[100.0, -100], [-100, 100]])
    >>> root = root_of(information, scatter)
    >>> (root @ root.T).round(6).tolist()
    [[0.04, -0.04], [-0.04, 0.04]]
    """
    others = np.delete(np.arange(len(information)), np.diag(information).argmax())
    values, vectors = np.linalg.eigh(scatter[np.ix_(others, others)])
    scores = vectors * np.sqrt(np.where(values > _ROUNDING * values.max(), values, 0))
    root = np.zeros((len(information), len(others)))
    root[others] = cho_solve(cho_factor(information[np.ix_(others, others)]), scores)
    return np.asarray(root - root.mean(axis=0))
