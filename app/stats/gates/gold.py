"""Gold: wrong verdicts on battles whose verdict is known."""

from dataclasses import dataclass

from scipy.special import bdtrc

from app.stats.gates.gate import Gate, Others, Voter
from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Settings:
    """`errors`: of the gold battles, how many somebody who judges may get wrong. `alpha`: how unlikely so many wrong
    verdicts must be by that.
    """

    errors: float = 0.1
    alpha: float = 0.002

    def __post_init__(self) -> None:
        require_number("errors", self.errors, 0.001, 0.5)
        require_number("alpha", self.alpha, 1e-12, 0.5)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    judged, failed = voter.gold
    if not failed or bdtrc(failed - 1, judged, settings.errors) >= settings.alpha:
        return None
    return f"{failed} of {judged} control battles with a known verdict were judged otherwise"


GATE = Gate("gold", "1", "Wrong verdicts on battles whose verdict is known", Settings, test)
