"""Uniform: every pair alike, whatever the votes say. What other samplers are compared with."""

from dataclasses import dataclass

import numpy as np

from app.stats.pairing.sampler import Sampler
from app.stats.tally import Floats, Tally


@dataclass(frozen=True, slots=True)
class Settings:
    """There is nothing to set."""


def needs(tally: Tally, settings: Settings) -> Floats:
    """1 for every pair.

    >>> needs(Tally.of([], models=["x", "y"]), Settings()).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return 1 - np.eye(len(tally.models))


SAMPLER = Sampler(
    name="uniform",
    version="1",
    summary="Every pair is as likely as any other",
    settings=Settings,
    needs=needs,
)
