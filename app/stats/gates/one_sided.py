"""One-sided: nearly every verdict for a side is for the same side, A or B, whoever stands there."""

from dataclasses import dataclass

from scipy.special import bdtrc

from app.stats.gates.gate import Gate, Others, Voter
from app.stats.settings import require_number


@dataclass(frozen=True, slots=True)
class Settings:
    """`share` of the verdicts for a side that must be for one, and `alpha`: how unlikely that must be by the share of
    this side among everybody's.
    """

    share: float = 0.9
    alpha: float = 1e-5

    def __post_init__(self) -> None:
        require_number("share", self.share, 0.5, 1)
        require_number("alpha", self.alpha, 1e-15, 0.5)


def test(voter: Voter, others: Others, settings: Settings) -> str | None:
    left = voter.decided().left
    size = len(left)
    for side, count, usual in (
        ("A", int(left.sum()), others.left),
        ("B", size - int(left.sum()), 1 - others.left),
    ):
        if size and count >= settings.share * size and bdtrc(count - 1, size, usual) < settings.alpha:
            return f"{count} of {size} verdicts for a side are for {side}, whoever stood there"
    return None


GATE = Gate("one_sided", "1", "Nearly every verdict is for the same side", Settings, test)
