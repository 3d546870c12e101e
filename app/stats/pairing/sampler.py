"""What every sampler takes its settings from and is checked by: `Sampler`."""

from collections.abc import Callable
from dataclasses import dataclass

from app.stats.settings import Registered, Settings, SettingsError
from app.stats.tally import Floats, Tally


class UnknownSampler(SettingsError):
    """There is no sampler of that name."""


@dataclass(frozen=True, slots=True)
class Sampler(Registered[Settings]):
    """A registered way to choose who meets next.

    `needs` gives a matrix (M, M) in the order of the tally's models: symmetric, finite, not negative, 0 on the
    diagonal. A pair is dealt in proportion to its entry.
    """

    needs: Callable[[Tally, Settings], Floats]
