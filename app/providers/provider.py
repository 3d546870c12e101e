"""What every provider does, and what the operator of the machine has to say about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.providers.costs import Cost
from app.providers.exchange import Attempt, Format, Outcome, Question
from app.providers.surroundings import Surroundings
from app.stats.settings import Registered, Settings, SettingsError


class UnknownProvider(SettingsError):
    """There is no provider of that name."""


class Journal(Protocol):
    """Told of every request before it is sent, and with what came of it after it ended. What it raises ends the
    question: a request that cannot be written down is not sent. One that was sent and has not ended may have been paid.
    """

    async def sending(self, number: int, format: Format) -> None: ...

    async def ended(self, attempt: Attempt, outcome: Outcome) -> None: ...


class Unkept:
    """A journal that keeps nothing."""

    async def sending(self, number: int, format: Format) -> None: ...

    async def ended(self, attempt: Attempt, outcome: Outcome) -> None: ...


class Provider(Protocol):
    """Answers questions, many at a time, within one event loop."""

    async def ask(self, question: Question, journal: Journal = ...) -> Outcome:
        """A Reply or a Failure, never an exception of its own, with what every attempt cost."""
        ...

    def most(self, question: Question) -> Cost:
        """What one request can cost at most."""
        ...

    @property
    def concurrency(self) -> int:
        """How many questions it asks at once."""
        ...

    async def close(self) -> None:
        """Give back its connections."""
        ...


@dataclass(frozen=True, slots=True)
class Operator:
    """What only the operator decides: `private_hosts` that may be called though they are not public (`host` or
    `host:port`, lower case), the folder of key files, and the folder of scripts.
    """

    private_hosts: tuple[str, ...] = ()
    keys: Path = Path("/run/secrets")
    scripts: Path = Path("scripts")
    surroundings: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True, slots=True)
class ProviderKind(Registered[Settings]):
    """A registered way to reach models; none of its settings is a secret."""

    open: Callable[[Settings, Operator], Provider]
