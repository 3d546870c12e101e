"""One figure with what it takes to judge it: interval, n, or why there is none."""

import math
from dataclasses import dataclass
from typing import Self

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Interval:
    """How limits are asked for: their level, and how many seeded resamples to draw where they are resampled.

    Raises ValueError unless 0 < level < 1 and draws ≥ 1.
    """

    level: float = 0.95
    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level is {self.level}; it must lie between 0 and 1")
        if self.draws < 1:
            raise ValueError(f"draws is {self.draws}; it must be 1 or more")


@dataclass(frozen=True, slots=True)
class Measure:
    """A finite `value`, or None and the reason in words in `undefined`; never NaN.

    `n` is what was counted: items, pairs, votes or models, as the measure says. `lower` and `upper` are limits
    at `level`, which is None when no interval was asked for. A level without limits says that the data give
    none: there is nothing to resample, or the resamples leave the measure undefined too often.

    >>> Measure.of(0.5, 12, (0.25, 0.75), Interval(level=0.9))
    Measure(value=0.5, n=12, lower=0.25, upper=0.75, level=0.9, undefined=None)
    >>> Measure.missing("no items", 0)
    Measure(value=None, n=0, lower=None, upper=None, level=None, undefined='no items')
    """

    value: float | None
    n: int
    lower: float | None = None
    upper: float | None = None
    level: float | None = None
    undefined: str | None = None

    def __post_init__(self) -> None:
        if any(number is not None and not math.isfinite(number) for number in self._numbers()):
            raise ValueError(f"a measure holds finite numbers or none: {self._numbers()}")
        if (self.value is None) != bool(self.undefined):
            raise ValueError("a measure has either a value or the reason why it has none")
        if (self.lower is None) != (self.upper is None) or (self.lower is not None and self.level is None):
            raise ValueError("a measure has both limits and their level, or no limits")
        if self.value is None and self.lower is not None:
            raise ValueError("a measure without a value has no limits")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"the limits {self.lower} and {self.upper} are the wrong way round")

    @classmethod
    def of(cls, value: float, n: int, limits: Limits | None = None, interval: Interval | None = None) -> Self:
        """A measure with a value; `limits` are those that `interval` asked for."""
        lower, upper = limits or (None, None)
        return cls(float(value), n, lower, upper, None if interval is None else interval.level)

    @classmethod
    def missing(cls, why: str, n: int) -> Self:
        """A measure that is not defined on these data."""
        return cls(None, n, undefined=why)

    def _numbers(self) -> tuple[float | None, ...]:
        return self.value, self.lower, self.upper, self.level
