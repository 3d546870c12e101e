"""What is decided when a vote is cast, without looking at the voter's other verdicts: settings and reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Cap:
    """`votes`: on how many battles of an arena one voter's votes count in 24 hours."""

    votes: int = 300

    def __post_init__(self) -> None:
        require_number("votes", self.votes, 1, 1_000_000, whole=True)


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to set."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered reason to set a vote aside; `why` is what its voter reads, where that is the same for everybody.
    Arenas begin with those of them that are `usual`.
    """

    name: str
    summary: str
    why: str
    settings: Callable[..., Any] = Nothing
    usual: bool = True


AT_ONCE = {
    rule.name: rule
    for rule in (
        Rule(
            "cap",
            "More votes of one voter in 24 hours than may count",
            "only so many votes of a day count",
            Cap,
        ),
        Rule(
            "recognised",
            "The voter says that a model was recognised",
            "you recognised a model, so the vote was not blind",
        ),
        Rule(
            "leak",
            "An answer said who gave it",
            "an answer said which model gave it, so the vote was not blind",
            usual=False,
        ),
    )
}
"""In the order in which they speak."""
