"""Raters in sets whose people are numbered: `arena_user_973`, `expert_17`; any other name is a judge's."""

import re
from dataclasses import dataclass

from app.domain.accounts import RaterName

ANONYMOUS = RaterName("human", "anonymous")


@dataclass(frozen=True, slots=True)
class People:
    """`prefix` is given to a bare number when it is written; `pattern` says who is a person when it is read."""

    prefix: str
    pattern: re.Pattern[str]

    def rater(self, name: str) -> RaterName:
        return RaterName("human", name) if self.pattern.fullmatch(name) else RaterName.parse(f"judge:{name}")

    def spelled(self, rater: RaterName) -> str | None:
        """None for whoever would be taken for somebody else."""
        match rater.kind:
            case "human" if rater.name.isdigit():
                return self.prefix + rater.name
            case "human" if self.pattern.fullmatch(rater.name):
                return rater.name
            case "judge" if not self.pattern.fullmatch(rater.name):
                return str(rater).removeprefix("judge:")
        return None

    def unknown(self, rater: RaterName) -> str:
        kinds = {"human": f"no name for a person: they are called {self.prefix}NUMBER, so use pseudonyms"}
        return kinds.get(rater.kind, f"no place for a {rater.kind} vote")
