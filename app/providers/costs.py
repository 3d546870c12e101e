"""What a call costs: tokens times price, in whole millionths of the currency unit, and how surely that is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

BYTES_PER_TOKEN = 2
"""Fewer than in any common tokenizer and language, so that an estimate is rather too high: English has about 4."""
TOKENS_PER_MESSAGE = 8
"""Role and separators of a message, rather too many."""


class Basis(StrEnum):
    """Where a cost comes from, the surest first."""

    FREE = "free"  # not sent, or answered with an error: nothing is charged
    STATED = "stated"  # the endpoint named the tokens
    ESTIMATED = "estimated"  # it answered and named none
    POSSIBLE = "possible"  # sent and never answered whole: at most this much


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written. `cached` are those of `input` that the endpoint had read before."""

    input: int
    output: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """Price of a million tokens, in units of the currency; without `cached` every input token costs the same.

    A price of a unit for a million tokens is a millionth of the unit for one, so tokens × price is in millionths.

    >>> Prices(input=Decimal("0.15"), output=Decimal("0.60")).micros(Usage(input=1000, output=101))
    211
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None

    def micros(self, usage: Usage) -> int:
        """Millionths of the currency unit, rounded up."""
        cached = self.input if self.cached is None else self.cached
        total = (usage.input - usage.cached) * self.input + usage.cached * cached + usage.output * self.output
        return int(total.to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid. `micros` is None where tokens were used and no price is known."""

    basis: Basis
    usage: Usage
    micros: int | None

    @staticmethod
    def of(basis: Basis, usage: Usage, prices: Prices | None) -> "Cost":
        return Cost(basis, usage, None if prices is None else prices.micros(usage))


FREE = Cost(Basis.FREE, Usage(0, 0), 0)


def added(costs: Iterable[Cost]) -> Cost:
    """The sum, no surer than its least sure part; unknown if a part is.

    >>> paid = Cost.of(Basis.STATED, Usage(10, 5), Prices(Decimal(1), Decimal(2)))
    >>> added([FREE, paid, paid])
    Cost(basis=<Basis.STATED: 'stated'>, usage=Usage(input=20, output=10, cached=0), micros=40)
    """
    parts = list(costs)
    usage = Usage(
        sum(part.usage.input for part in parts),
        sum(part.usage.output for part in parts),
        sum(part.usage.cached for part in parts),
    )
    known = [part.micros for part in parts if part.micros is not None]
    basis = max((part.basis for part in parts), key=list(Basis).index, default=Basis.FREE)
    return Cost(basis, usage, sum(known) if len(known) == len(parts) else None)


def estimated_tokens(*texts: str) -> int:
    """About how many tokens these messages have, rather too many than too few.

    >>> estimated_tokens("Which is better?", "ok")
    25
    """
    return sum(
        -(-len(text.encode(errors="surrogatepass")) // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE for text in texts
    )
