"""Ways to reach models: a question goes out, a Reply or a Failure comes back, with what it cost. Only they call out.

>>> import asyncio
>>> from app.providers.scripted import Scripted
>>> question = Question("judge-1", (Message("user", "Which answer is better?"),), max_tokens=50)
>>> reply = asyncio.run(Scripted(lambda question: "[[A]]").ask(question))
>>> reply.text, reply.cost.basis.value
('[[A]]', 'estimated')

To add a kind, write `<name>.py` beside the others: a frozen dataclass of settings with their defaults (none a secret),
a class with `ask` and `close`, and a `ProviderKind` that names both. Then list it in `PROVIDERS`; tests/providers/
takes it from there. `ask` raises nothing of its own: what goes wrong is a Failure with a Reason, and every request is
told to the journal before it is sent and after it ended. Kinds do not import each other.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, slots=True)
... class Settings:
...     word: str = "tie"
>>> class Echo:
...     def __init__(self, settings: Settings, operator: Operator) -> None:
...         self.settings = settings
...     async def ask(self, question: Question, journal: Journal | None = None) -> Outcome:
...         return Reply(self.settings.word, question.model, "stop", "", None)
...     async def close(self) -> None: ...
>>> kind = ProviderKind("echo", "1", "Says one word", Settings, Echo)
>>> asyncio.run(kind.open(kind.configured({"word": "A"}), Operator()).ask(question)).text
'A'
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.providers import openai_chat, scripted
from app.providers.exchange import Failure, Message, Outcome, Question, Reply
from app.providers.provider import Journal, Operator, Provider, ProviderKind, UnknownProvider
from app.stats.settings import Setting

__all__ = [
    "PROVIDERS",
    "Failure",
    "Journal",
    "Message",
    "Operator",
    "Outcome",
    "Provider",
    "ProviderKind",
    "Question",
    "Reply",
    "UnknownProvider",
    "find",
    "opened",
]

PROVIDERS: Mapping[str, ProviderKind[Any]] = MappingProxyType(
    {kind.name: kind for kind in (openai_chat.KIND, scripted.KIND)}
)


def find(name: str) -> ProviderKind[Any]:
    """Raises UnknownProvider, which says what exists."""
    kind = PROVIDERS.get(name)
    if kind is None:
        raise UnknownProvider(f"there is no provider {name!r}; there are {', '.join(PROVIDERS)}")
    return kind


def opened(name: str, values: Mapping[str, Setting], operator: Operator) -> Provider:
    """A provider with these settings and the defaults of the rest.

    Raises UnknownProvider, UnknownSetting or UnusableValue (all ValueErrors that say what exists).
    """
    kind = find(name)
    return kind.open(kind.configured(values), operator)
