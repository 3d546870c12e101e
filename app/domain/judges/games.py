"""What verdicts on battles come to for a model, whatever the protocol: wins, ties, and how probable a win is.

A battle counts once: its two orders are one opinion, as on every board (`orders.both_orders`).
"""

from app.domain.judges.orders import both_orders
from app.domain.judges.protocol import Amounts, Figure, Finding, Games
from app.stats.verdicts import Verdict

UNREAD = "no battle was read"
FIGURES = (
    Figure("win_rate", "battles won", UNREAD, "percent"),
    Figure("tie_rate", "battles tied, of whichever kind", UNREAD, "percent"),
    Figure("win_or_tie_rate", "battles won or tied: (W + T)/n", UNREAD, "percent"),
    Figure("adjusted_win_rate", "battles won, a tie being half a win: (W + T/2)/n", UNREAD, "percent"),
    Figure("soft_win_rate", "mean probability of winning", "no verdict has a probability", "percent"),
)


def verdict(games: Games) -> Finding | None:
    """One opinion of the battle, the model being A: of both orders, or of the one that was read."""
    if games.first is not None and games.second is not None:
        both = both_orders(games.first, games.second)
        return both if isinstance(both, Finding) else None
    return games.first or (games.second and games.second.swapped())


def amounts(found: Finding) -> Amounts:
    """In per cent, of one battle's opinion.

    >>> {name: percent for name, (percent, _) in amounts(Finding("both orders", verdict=Verdict.BOTH_BAD)).items()}
    {'win_rate': 0.0, 'tie_rate': 100.0, 'win_or_tie_rate': 100.0, 'adjusted_win_rate': 50.0}
    """
    won, lost = found.verdict is Verdict.A, found.verdict is Verdict.B
    told = {
        "win_rate": (100.0 * won, 1.0),
        "tie_rate": (100.0 * (not won and not lost), 1.0),
        "win_or_tie_rate": (100.0 * (not lost), 1.0),
        "adjusted_win_rate": (100.0 if won else 0.0 if lost else 50.0, 1.0),
    }
    return told if found.probability is None else told | {"soft_win_rate": (100 * found.probability, 1.0)}


def preference(found: Finding) -> float:
    """From 0 to 1 how far the model is preferred: its probability where there is one, else 1 a win and ½ a tie."""
    if found.probability is not None:
        return found.probability
    return {Verdict.A: 1.0, Verdict.B: 0.0}.get(found.verdict or Verdict.TIE, 0.5)
