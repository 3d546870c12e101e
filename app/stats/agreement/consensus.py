"""One label an item from raters who are not equally good: Dawid and Skene's maximum likelihood (1979).

Each rater has a confusion matrix, P(label | true label), each label a share; both are fitted by EM. A rater who errs
the same way each time is turned round rather than outvoted. Raters are taken to err on their own: two copies of one
judge count twice, and `panels.error_correlation` shows it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.raters import rated
from app.stats.tally import Floats, Ints

FEW_ITEMS = 20
LEAST = 0.05
_NEAR = 1e-9
_TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """`label` (N,) the likeliest label of each item, the lowest of those that lead by less than 1e-9, −1 without
    ratings; `posterior` (N, k) its probabilities, 0 without ratings; `confusion` (R, k, k) for each rater rows that
    add up to 1, true by given label; `shares` (k,) of the true labels. `steps` of EM were made; `converged` says
    whether the last changed no posterior by more than the tolerance.
    """

    label: Ints
    posterior: Floats
    confusion: Floats
    shares: Floats
    steps: int
    converged: bool


def dawid_skene(
    annotations: Annotations, smoothing: float = 0.01, steps: int = 200, tolerance: float = 1e-6
) -> Consensus:
    """EM from the shares of each item's ratings until no posterior changes by more than `tolerance`.

    `smoothing` is added to each cell of each confusion matrix before its rows are divided, so that a label never
    seen is not impossible; 0 is the method of the paper. Raises ValueError for settings out of range.

    >>> honest = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    >>> turned = [1, 0, 2, 1, 0, 2, 1, 0, 2]
    >>> found = dawid_skene(Annotations.of(np.array([honest, honest, honest, turned]).T, labels=3))
    >>> found.label.tolist() == honest, found.confusion[3].round(1).tolist()
    (True, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    """
    if smoothing < 0 or steps < 1 or tolerance <= 0:
        raise ValueError("smoothing must be 0 or more, steps 1 or more, tolerance above 0")
    ratings = annotations.ratings()
    posterior = ratings / np.maximum(ratings.sum(axis=1, keepdims=True), 1)
    confusion, shares, made, change = np.zeros(0), np.zeros(0), 0, np.inf
    while made < steps and change > tolerance:
        confusion, shares = _confusions(annotations, posterior, smoothing), _shares(posterior)
        newer = _posteriors(annotations, confusion, shares)
        change = float(np.abs(newer - posterior).max(initial=0))
        posterior, made = newer, made + 1
    leads = posterior >= posterior.max(axis=1, keepdims=True, initial=0) - _NEAR
    label = np.where(ratings.any(axis=1), leads.argmax(axis=1), -1)
    return Consensus(label, posterior, confusion, shares, made, change <= tolerance)


def reliability(annotations: Annotations) -> Floats:
    """How far each rater agrees with the others beyond chance, (R,): Cohen's kappa between the rater's labels and what
    Dawid and Skene's consensus of all others says of the same items, each label a share.

    Items of one rater say nothing. A rater with few others is drawn to the kappa of all raters together, as by
    `FEW_ITEMS` more items of that kappa. At least `LEAST`, so that no vote is lost altogether. Raises ValueError
    where no item has two raters.

    >>> honest = [0, 1, 2, 0, 1, 2, 0, 1, 2] * 9
    >>> said = np.array([honest, honest, honest, [0] * 81, [1, 2, 0] * 27]).T
    >>> reliability(Annotations.of(said, labels=3)).round(2).tolist()
    [0.9, 0.9, 0.9, 0.1, 0.05]
    """
    raters = np.bincount(annotations.item, minlength=annotations.size[0])
    shared = annotations.on(raters >= 2)
    if not len(shared.item):
        raise ValueError("no item has labels of two raters")
    found = dawid_skene(shared)
    own = np.maximum(found.confusion[shared.rater, :, shared.label], _TINY)
    others = found.posterior[shared.item] / own
    others /= others.sum(axis=1, keepdims=True)
    count = annotations.size[1]
    items = np.bincount(shared.rater, minlength=count)
    right = np.bincount(shared.rater, others[np.arange(len(others)), shared.label], count)
    given = rated(shared.rater, shared.label, (count, annotations.size[2]))
    true = np.stack([np.bincount(shared.rater, each, count) for each in others.T], axis=1)
    chance = (given * true).sum(axis=1) / np.maximum(items, 1)
    together = _kappa(right.sum(), (given.sum(axis=0) * true.sum(axis=0)).sum() / items.sum(), items.sum())
    kappa = _kappa(right, chance, items)
    return np.asarray(np.maximum((items * kappa + FEW_ITEMS * together) / (items + FEW_ITEMS), LEAST))


def _kappa(right: Any, chance: Any, items: Any) -> Any:
    """From how many labels were right, how many would be by chance, and how many there are; 0 where nothing is left."""
    left = np.maximum(items - chance, _TINY)
    return np.where(items > chance, (right - chance) / left, 0.0)


def _confusions(known: Annotations, posterior: Floats, smoothing: float) -> Floats:
    _, raters, labels = known.size
    given = known.rater * labels + known.label
    sums = [np.bincount(given, posterior[known.item, true], raters * labels) for true in range(labels)]
    cells = np.stack([each.reshape(raters, labels) for each in sums], axis=1) + smoothing
    return np.asarray(cells / np.maximum(cells.sum(axis=2, keepdims=True), _TINY))


def _shares(posterior: Floats) -> Floats:
    return np.asarray(posterior.sum(axis=0) / max(posterior.sum(), _TINY))


def _posteriors(known: Annotations, confusion: Floats, shares: Floats) -> Floats:
    given = np.log(np.maximum(confusion, _TINY))[known.rater, :, known.label]
    items = known.size[0]
    likelihood = np.stack([np.bincount(known.item, each, items) for each in given.T], axis=1)
    logs = likelihood + np.log(np.maximum(shares, _TINY))
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    rated = np.bincount(known.item, minlength=items) > 0
    return np.asarray(np.where(rated[:, None], weights / weights.sum(axis=1, keepdims=True), 0.0))
