"""Win rate: the share of votes that a model won, in per cent, a tie being half a win.

Of all its votes (`over` is `votes`), or the plain mean of the shares against each opponent it met
(`opponents`, evalica's average win rate). Either depends on whom a model met: one that met weak opponents
looks strong, which Bradley–Terry corrects and this does not.

Limits are Wilson's score interval for all votes, with ties as halves, so rather too wide than too narrow
where there are ties (Wilson 1927). For a mean over K opponents the distances to Wilson's limits of the single
shares are combined as √Σd²/K (MOVER, Zou, Huang & Zhang 2009), which for one opponent is Wilson's again.
There are no rank bounds: shares of votes against different opponents do not compare.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from app.stats.components import islands
from app.stats.pairs import Pairs
from app.stats.rankings.ranking import (
    Method,
    RankedModel,
    Ranking,
    assembled,
    require_choice,
    require_number,
)
from app.stats.tally import BothBad, Floats, Tally, Ties


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `over`: what the mean
    is taken over. `level`: of the limits.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"
    over: Literal["votes", "opponents"] = "votes"
    level: float = 0.95

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        require_choice("over", self.over, ("votes", "opponents"))
        require_number("level", self.level, 0.5, 0.9999)


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Count a tally.

    >>> from app.stats.verdicts import Verdict
    >>> tally = Tally.of([("x", "y", Verdict.A, 8), ("y", "x", Verdict.A, 2), ("y", "z", Verdict.TIE, 10)])
    >>> for row in fit(tally).rows:
    ...     print(row.rank, row.model, f"{row.rating:.1f} [{row.lower:.1f}, {row.upper:.1f}]")
    1 x 80.0 [49.0, 94.3]
    2 z 50.0 [23.7, 76.3]
    3 y 35.0 [18.1, 56.7]
    """
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    groups = islands(pairs)
    z = float(ndtri((1 + settings.level) / 2))
    shares, lower, upper = _over_votes(pairs, z) if settings.over == "votes" else _over_opponents(pairs, z)
    rows = [
        RankedModel(
            model=pairs.models[member],
            rating=float(100 * shares[member]),
            lower=float(100 * lower[member]),
            upper=float(100 * upper[member]),
            component=component,
        )
        for component, members in enumerate(groups)
        for member in members
    ]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _over_votes(pairs: Pairs, z: float) -> tuple[Floats, Floats, Floats]:
    scored = pairs.by_model(pairs.won + pairs.tied / 2, pairs.lost + pairs.tied / 2)
    return _wilson(scored, pairs.by_model(pairs.games, pairs.games), z)


def _over_opponents(pairs: Pairs, z: float) -> tuple[Floats, Floats, Floats]:
    share, lower, upper = _wilson(pairs.won + pairs.tied / 2, pairs.games, z)
    one = np.ones_like(share)
    opponents = np.maximum(pairs.by_model(one, one), 1)
    mean = pairs.by_model(share, 1 - share) / opponents
    below = np.sqrt(pairs.by_model((share - lower) ** 2, (upper - share) ** 2)) / opponents
    above = np.sqrt(pairs.by_model((upper - share) ** 2, (share - lower) ** 2)) / opponents
    return mean, np.maximum(mean - below, 0), np.minimum(mean + above, 1)


def _wilson(scored: Floats, votes: Floats, z: float) -> tuple[Floats, Floats, Floats]:
    """Shares and their limits; without votes the share is 0 and says nothing."""
    votes = np.maximum(votes, 1)
    share = scored / votes
    middle = (share + z**2 / (2 * votes)) / (1 + z**2 / votes)
    margin = z * np.sqrt(share * (1 - share) / votes + (z / (2 * votes)) ** 2) / (1 + z**2 / votes)
    return share, np.clip(middle - margin, 0, share), np.clip(middle + margin, share, 1)


METHOD = Method(
    name="win_rate",
    version="1",
    summary="Share of votes won in per cent, a tie being half a win, with Wilson's limits",
    takes=Tally,
    settings=Settings,
    fit=fit,
    unit="percent",
)
