"""Repeats: another verdict when the same battle comes again with its sides exchanged."""

from dataclasses import dataclass

from scipy.special import bdtrc

from app.stats.gates.gate import Gate, Others, Voter
from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Settings:
    """`changes`: of the repeated battles, on how many somebody who judges may say something else. `alpha`: how unlikely
    so many changes must be by that.
    """

    changes: float = 0.3
    alpha: float = 0.002

    def __post_init__(self) -> None:
        require_number("changes", self.changes, 0.001, 0.9)
        require_number("alpha", self.alpha, 1e-12, 0.5)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    judged, changed = voter.repeats
    if not changed or bdtrc(changed - 1, judged, settings.changes) >= settings.alpha:
        return None
    return f"on {changed} of {judged} battles that came twice the verdict changed"


GATE = Gate("repeats", "1", "Another verdict when the same battle comes again", Settings, test)
