"""Which two models should meet next."""

import numpy as np

from app.stats.tally import Floats, Ints, Tally


def pair_probabilities(tally: Tally, pairs: Ints, explore: float = 0.1) -> Floats:
    """Probability with which to deal each of `pairs` (P, 2), indexes into `tally.models`: (P,), adds up to 1.

    P(a) ∝ √(s²_a/n_a) − √(s²_a/(n_a + 1)): by how much one more vote lowers the standard error of pair a
    (Chatbot Arena, arXiv:2403.04132, eq. 9), mixed with `explore` parts of uniform so that 1/P stays bounded.
    n_a counts its votes and s²_a is the variance of their outcomes in {1, ½, 0}, both after one imagined win
    for each side, without which a pair that never met, or was always won by one side, would have no defined
    need. Every tie, both-bad too, is ½.

    Raises ValueError for `explore` outside 0..1 and for indexes that name no pair.

    >>> from app.stats.verdicts import Verdict
    >>> tally = Tally.of([("x", "y", Verdict.A, 30), ("x", "y", Verdict.B, 20)], models=["x", "y", "new"])
    >>> pair_probabilities(tally, np.array([[0, 1], [0, 2], [1, 2]])).round(3).tolist()
    [0.038, 0.481, 0.481]
    """
    if not 0 <= explore <= 1:
        raise ValueError(f"explore is {explore}; it must be from 0 to 1")
    left, right = _sides(tally, pairs)
    if not len(left):
        return np.zeros(0)
    wins, tied = tally.outcomes()
    won, lost, half = wins[left, right] + 1, wins[right, left] + 1, tied[left, right]
    n = won + lost + half
    mean = (won + half / 2) / n
    deviation = np.sqrt((won + half / 4) / n - mean**2)
    need = deviation * _saved(n)
    return np.asarray((1 - explore) * need / need.sum() + explore / len(need))


def draw(probabilities: Floats, generator: np.random.Generator) -> int:
    """Index of one entry, drawn with its probability. Raises ValueError for an empty array.

    >>> draw(np.array([0.0, 1.0, 0.0]), np.random.default_rng(0))
    1
    """
    if not len(probabilities):
        raise ValueError("there is nothing to draw from")
    return int(generator.choice(len(probabilities), p=probabilities))


def _saved(n: Floats) -> Floats:
    """1/√n − 1/√(n + 1), without the cancellation that would lose it for large n."""
    root, next_root = np.sqrt(n), np.sqrt(n + 1)
    return np.asarray(1 / (root * next_root * (root + next_root)))


def _sides(tally: Tally, pairs: Ints) -> tuple[Ints, Ints]:
    table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if table.size and (table.min() < 0 or table.max() >= len(tally.models)):
        raise ValueError("a pair names a model that is not in the tally")
    if (table[:, 0] == table[:, 1]).any():
        raise ValueError("a model is paired with itself")
    return table[:, 0], table[:, 1]
