"""What every sampler takes its settings from and is checked by: `Sampler`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.stats.settings import (
    Dataclass,
    Parameter,
    Setting,
    SettingsError,
    configured,
    defaults,
    parameters,
)
from app.stats.tally import Floats, Tally

Settings = TypeVar("Settings", bound=Dataclass)


class UnknownSampler(SettingsError):
    """There is no sampler of that name."""


@dataclass(frozen=True, slots=True)
class Sampler(Generic[Settings]):
    """A registered way to choose who meets next. `settings` is a frozen dataclass with a default for each field,
    which raises UnusableValue for a value outside its range.

    `needs` gives a matrix (M, M) in the order of the tally's models: symmetric, finite, not negative, 0 on the
    diagonal. A pair is dealt in proportion to its entry.
    """

    name: str
    version: str
    summary: str
    settings: Callable[..., Settings]
    needs: Callable[[Tally, Settings], Floats]

    def configured(self, values: Mapping[str, Setting]) -> Settings:
        """Settings with these values and the defaults of the rest. Raises UnknownSetting, UnusableValue."""
        return configured(self.name, self.settings, values)

    def defaults(self) -> dict[str, Setting]:
        return defaults(self.settings)

    def parameters(self) -> tuple[Parameter, ...]:
        """The settings in their order, with what each may be."""
        return parameters(self.settings)
