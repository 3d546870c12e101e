"""Ballots on several dimensions for the tests: counted cells, columns of votes, or simulated with a seed."""

import numpy as np

from app.stats.dimensions import OVERALL, Dimensions
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import named

TAUGHT = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
"""What `taught` overall votes follow: weights of three dimensions (columns) in two categories (rows)."""


def of_tallies(**tallies: Tally) -> Dimensions:
    """Cells by dimension, of which nobody knows the ballots."""
    return Dimensions.of(
        (tally.models[first], tally.models[second], {dimension: COUNTED[verdict]}, int(count))
        for dimension, tally in tallies.items()
        for first, second, verdict, count in zip(
            tally.first, tally.second, tally.verdict, tally.count, strict=True
        )
        if count
    )


def of_columns(votes: Comparisons, **columns: Comparisons) -> Dimensions:
    """A ballot a vote, with the verdicts of each of these on a dimension of its own."""
    return Dimensions(
        votes.models,
        tuple(columns),
        votes.first,
        votes.second,
        np.column_stack([column.verdict for column in columns.values()]),
        np.ones(votes.votes, dtype=np.int64),
    )


def taught(ballots: int, seed: int) -> Dimensions:
    """Overall votes of two categories that follow 4·Σ_k g_k(c)·(x_Ak − x_Bk), g as in TAUGHT; METHODS 2.21."""
    generator = np.random.default_rng(seed)
    first = generator.integers(0, 6, ballots)
    second = (first + generator.integers(1, 6, ballots)) % 6
    category = generator.integers(0, 2, ballots)
    margin = generator.integers(-1, 2, (ballots, 3))
    odds = 4 * (TAUGHT[category] * margin).sum(axis=1)
    won = generator.random(ballots) < 1 / (1 + np.exp(-odds))
    codes = np.array([COUNTED.index(verdict) for verdict in (Verdict.B, Verdict.TIE, Verdict.A)])
    verdict = np.column_stack([codes[margin + 1], np.where(won, codes[2], codes[0])])
    names = ("accuracy", "style", "tone", OVERALL)
    ones = np.ones(ballots, dtype=np.int64)
    return Dimensions(named(6), names, first, second, verdict, ones, ("law", "medicine"), category)
