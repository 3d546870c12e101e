"""How much each dimension matters: weights fitted on the overall votes of the same ballots."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from app.stats.tally import Floats, Ints

_FLAT = 1e-9  # a log-odds gain below it says that nothing matters


class DimensionWeights(NamedTuple):
    """`gain` (K,), at least 0: by how much a verdict on each dimension moves the log odds of the overall vote.

    A common factor of the weights and the scale of the verdicts cannot be told apart, so the factor is fitted
    too, and the weights are the shares of `gain`. Where no gain is found all weigh alike.
    """

    gain: Floats

    @property
    def shares(self) -> Floats:
        """The weights: at least 0, adding up to 1."""
        total = self.gain.sum()
        return self.gain / total if total > _FLAT else np.full(len(self.gain), 1 / len(self.gain))

    def log_loss(self, margin: Floats, overall: Floats, count: Floats | Ints) -> float:
        """Mean negative log likelihood of overall votes, in natural logs; the arguments are those of `fitted`."""
        loss, _ = _loss(self.gain, margin, overall, count)
        return float(loss / count.sum())


def fitted(
    margin: Floats, overall: Floats, count: Floats | Ints, around: Floats | None = None
) -> DimensionWeights:
    """Minimise Σ count·BT loss(Σ_k b_k·margin_k) + ½·Σ(b_k − around_k)² over b ≥ 0.

    `margin` (N, K) is 1, 0 or −1: how the ballot decided dimension k, from the side of one answer; `overall` (N,)
    is what that answer scored overall, 1, ½ or 0; `count` (N,) says how many ballots are alike. This is the gate of
    ArmoRM (Wang, Xiong, Xie, Zhao & Zhang 2024, "Interpretable preferences via multi-objective reward modeling")
    with one set of weights a category instead of a network. The last term, worth some four ballots, keeps b finite
    where one dimension always decides, and near `around` (0 by default) where ballots are few.

    >>> margin = np.array([[1.0, 1.0], [1.0, -1.0]])  # odds of 2³ and of 2: gains of 2·ln 2 and ln 2
    >>> fitted(margin, np.array([8 / 9, 2 / 3]), np.array([9000, 9000])).shares.round(2).tolist()
    [0.67, 0.33]
    """
    middle = np.zeros(margin.shape[1]) if around is None else around

    def penalised(gain: Floats) -> tuple[float, Floats]:
        loss, slope = _loss(gain, margin, overall, count)
        return loss + float(((gain - middle) ** 2).sum()) / 2, slope + gain - middle

    found = minimize(
        penalised,
        np.maximum(middle, 0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(middle),
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    )
    return DimensionWeights(np.asarray(found.x))


def _loss(gain: Floats, margin: Floats, overall: Floats, count: Floats | Ints) -> tuple[float, Floats]:
    odds = margin @ gain
    loss = float((count * (np.logaddexp(0, odds) - overall * odds)).sum())
    return loss, margin.T @ (count * (expit(odds) - overall))
