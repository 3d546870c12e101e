"""Who meets next: a sampler says how much each pair needs a vote, from which the probability to deal it follows.

>>> from app.stats.verdicts import Verdict
>>> tally = Tally.of([("x", "y", Verdict.A, 30), ("x", "y", Verdict.B, 20)], models=["x", "y", "new"])
>>> pairs = np.array([[0, 1], [0, 2], [1, 2]])
>>> pair_probabilities(needs("variance_reduction", tally, {}), pairs, explore=0.1).round(3).tolist()
[0.038, 0.481, 0.481]

To add a kind, write `<name>.py` beside the others: a frozen dataclass of settings with their defaults, a function of
tally and settings that gives the needs, and a `Sampler` that names both. Then list it in `SAMPLERS`: arenas can
choose it, the API lists it and `tests/stats/test_every_sampler.py` takes it from there. Samplers do not import each
other.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, slots=True)
... class Settings:
...     power: float = 1
>>> def unmet(tally: Tally, settings: Settings) -> Floats:
...     games = tally.win_matrix() + tally.win_matrix().T
...     return (1 - np.eye(len(games))) / (1 + games) ** settings.power
>>> sampler = Sampler("unmet", "1", "Pairs with few votes", Settings, unmet)
>>> unmet(tally, sampler.configured({})).round(2).tolist()
[[0.0, 0.02, 1.0], [0.02, 0.0, 1.0], [1.0, 1.0, 0.0]]
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.stats.pairing import information, uniform, variance_reduction
from app.stats.pairing.sampler import Sampler, UnknownSampler
from app.stats.settings import Setting
from app.stats.tally import Floats, Ints, Tally

__all__ = ["SAMPLERS", "Sampler", "UnknownSampler", "draw", "find", "needs", "pair_probabilities"]

SAMPLERS: dict[str, Sampler[Any]] = {
    module.SAMPLER.name: module.SAMPLER for module in (variance_reduction, information, uniform)
}


def find(name: str) -> Sampler[Any]:
    """Raises UnknownSampler, which says what exists."""
    sampler = SAMPLERS.get(name)
    if sampler is None:
        raise UnknownSampler(f"there is no sampling {name!r}; there are {', '.join(SAMPLERS)}")
    return sampler


def needs(name: str, tally: Tally, settings: Mapping[str, Setting]) -> Floats:
    """How much each pair needs a vote, (M, M) in the order of the tally's models; only ratios matter.

    Settings not given have their defaults. Raises UnknownSampler, UnknownSetting or UnusableValue (all ValueErrors
    that say what exists).
    """
    sampler = find(name)
    return sampler.needs(tally, sampler.configured(settings))


def pair_probabilities(need: Floats, pairs: Ints, explore: float) -> Floats:
    """Probability with which to deal each of `pairs` (P, 2), indexes into `need` (M, M): (P,), adds up to 1.

    In proportion to the need, mixed with `explore` parts of uniform, so that none is below explore/P and a vote's
    weight 1/probability stays bounded. Where no pair has any need all are alike.

    Raises ValueError for `explore` outside 0..1 and for indexes that name no pair.

    >>> pair_probabilities(np.array([[0.0, 3.0], [3.0, 0.0]]), np.array([[0, 1]]), explore=0.1).tolist()
    [1.0]
    """
    if not 0 <= explore <= 1:
        raise ValueError(f"explore is {explore}; it must be from 0 to 1")
    left, right = _sides(len(need), pairs)
    if not len(left):
        return np.zeros(0)
    wanted = need[left, right]
    total = wanted.sum()
    share = wanted / total if total > 0 else np.full(len(wanted), 1 / len(wanted))
    return np.asarray((1 - explore) * share + explore / len(wanted))


def draw(probabilities: Floats, generator: np.random.Generator) -> int:
    """Index of one entry, drawn with its probability. Raises ValueError for an empty array.

    >>> draw(np.array([0.0, 1.0, 0.0]), np.random.default_rng(0))
    1
    """
    if not len(probabilities):
        raise ValueError("there is nothing to draw from")
    return int(generator.choice(len(probabilities), p=probabilities))


def _sides(models: int, pairs: Ints) -> tuple[Ints, Ints]:
    table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if table.size and (table.min() < 0 or table.max() >= models):
        raise ValueError("a pair names a model that is not in the tally")
    if (table[:, 0] == table[:, 1]).any():
        raise ValueError("a model is paired with itself")
    return table[:, 0], table[:, 1]
