"""Checks that pass or fail, held against people's good or bad: which of them to keep, and what they let through.

Counts (2, 2) or (C, 2, 2) of items: people's good then bad by the check's pass then fail. A *set* of checks passes what
all of them pass: count it anew, since the figures of a set do not follow from those of its members.

>>> table = np.array([[4, 1], [3, 2]])
>>> [round(each(table).value, 4) for each in (failure_coverage, false_failure_rate, check_alignment, mcc)]
[0.4, 0.2, 0.5333, 0.2182]
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import Statistic, from_counts, ratio
from app.stats.agreement.labels import phi
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

Counts = NDArray[Any]

NO_BAD = "no evidence: people called nothing bad"
NO_GOOD = "no evidence: people called nothing good"
ONE_SIDED = "people, or the check, put every item on one side"
NO_ITEMS = "no item has a label from both sides"
NO_DOCUMENTS = "no document with sentences"
ONLY_FLAGGED = "every sentence is flagged: the labels seem to hold flagged sentences only"


def failure_coverage(tables: Counts, interval: Interval | None = None) -> Measure:
    """Share of what people call bad that fails (EvalGen: Shankar et al. 2024). n counts items."""
    return _measured(_coverage, tables, interval, NO_BAD)


def false_failure_rate(tables: Counts, interval: Interval | None = None) -> Measure:
    """Share of what people call good that fails (EvalGen). n counts items."""
    return _measured(_false_failures, tables, interval, NO_GOOD)


def check_alignment(tables: Counts, interval: Interval | None = None) -> Measure:
    """Harmonic mean of coverage and 1 − false failures (EvalGen): high only if both are. n counts items."""
    return _measured(alignment, tables, interval, "no evidence: people called nothing bad, or nothing good")


def mcc(tables: Counts, interval: Interval | None = None) -> Measure:
    """Matthews' correlation of pass and good (1975). n counts items."""
    return _measured(phi, tables, interval, ONE_SIDED)


def clean_share(documents: Counts, interval: Interval | None = None) -> Measure:
    """Mean over documents of the share of sentences without a flag, from (D, 2) counts of flagged sentences and all.

    BooookScore (Chang et al. 2024): a long document counts as one. Refuses labels in which every sentence is flagged,
    for files that leave out the clean ones say 0 of any text. n counts documents; limits resample them.

    >>> clean_share(np.array([[1, 2], [0, 10]])).value
    0.75
    """
    counts = np.asarray(documents, dtype=np.float64)
    if (
        counts.ndim != 2
        or counts.shape[1] != 2
        or not (counts >= 0).all()
        or (counts[:, 0] > counts[:, 1]).any()
    ):
        raise ValueError("documents have two counts: flagged sentences, and all of them")
    counts = counts[counts[:, 1] > 0]
    if len(counts) and (counts[:, 0] == counts[:, 1]).all():
        return Measure.missing(ONLY_FLAGGED, len(counts))
    shares = np.column_stack([1 - counts[:, 0] / counts[:, 1], np.ones(len(counts))])
    return from_counts(
        lambda sums: ratio(sums[..., 0], sums[..., 1]), shares, 1, interval, lambda sums: sums[..., 1], NO_DOCUMENTS,
        NO_DOCUMENTS,
    )  # fmt: skip


def alignment(counts: Floats) -> Floats:
    """`check_alignment` of summed counts (…, 2, 2) → (…), NaN without an answer of either kind."""
    caught, kept = _coverage(counts), 1 - _false_failures(counts)
    return np.where(caught + kept == 0, 0.0, ratio(2 * caught * kept, caught + kept))


def of_pairs(people: Ints, judge: Ints) -> Floats:
    """Counts (N, 2, 2) of the two answers of each pair that people decided: the winner is good, the loser bad, and a
    judge fails the answer that it says lost. With a tie, or no verdict, it fails neither.

    Labels (N,): 0 or 1 names the winner, a judge's other labels none. Raises ValueError where people name none.

    >>> of_pairs(np.array([0, 1, 0]), np.array([0, 0, 2])).sum(axis=0).tolist()
    [[2.0, 1.0], [2.0, 1.0]]
    """
    people, judge = np.asarray(people), np.asarray(judge)
    if people.shape != judge.shape or not np.isin(people, (0, 1)).all():
        raise ValueError("people must have decided each pair that the judge is held against")
    fails = np.isin(judge, (0, 1))
    wronged, caught = fails & (judge != people), fails & (judge == people)
    return np.stack([~wronged, wronged, ~caught, caught], axis=-1).reshape(-1, 2, 2).astype(np.float64)


def _measured(statistic: Statistic, tables: Counts, interval: Interval | None, undefined: str) -> Measure:
    counts = np.asarray(tables, dtype=np.float64)
    if counts.ndim not in (2, 3) or counts.shape[-2:] != (2, 2) or not (counts >= 0).all():
        raise ValueError("checks are counted good and bad by pass and fail")
    return from_counts(statistic, counts, 2, interval, lambda c: c.sum(axis=(-2, -1)), undefined, NO_ITEMS)


def _coverage(counts: Floats) -> Floats:
    return ratio(counts[..., 1, 1], counts[..., 1, :].sum(axis=-1))


def _false_failures(counts: Floats) -> Floats:
    return ratio(counts[..., 0, 1], counts[..., 0, :].sum(axis=-1))
