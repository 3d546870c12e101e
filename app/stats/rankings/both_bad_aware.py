"""Both-bad aware: ties and both-bad are outcomes of their own, and how common they are depends on how good the two are.

With natural-log strengths θ, P(i) : P(j) : P(tie) : P(both bad) = e^((θ_i − θ_j)/2) : e^((θ_j − θ_i)/2) : e^(a + bs) :
e^(c + ds), s = θ_i + θ_j: Davidson's model with the logits of tie and both-bad linear in the sum of the strengths.
Two bad answers are seldom told apart by which is better, so "both bad" says something about each of them, and so
do ties of good models; half a win throws that away. Fitted by maximum likelihood jointly in θ, a, b, c and d.
An outcome that no vote has takes no part.

b lies between −½ and ½, beyond which models ever further apart would tie for certain, and d between −½ and 0, for
both-bad says that the two are bad: b = tanh(φ)/2 and d = −1/(2 + 2e^−φ), each φ with a standard normal prior that a
few hundred votes outweigh, for models of nearly equal strength do not determine them. Nor do they whatever the number
of votes: b and d then follow chance, so ranks take Bonferroni's critical value and not that of `max_t`, with which 7 %
of boards of 25 equal models showed a false difference at a level of 95 %.

Components, anchor, priors, limits and ranks are as `fitted` says, the prior of strengths being half-won votes and no
ties; it is needed where the decided votes alone do not hold the strengths together. Clusters, weights and bootstrap
are as `likelihood` says. The expected score counts tie and both-bad as a half.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit

from app.stats.clusters import Spread
from app.stats.outcomes import Logits, OutcomeModel
from app.stats.pairs import OUTCOMES, Pairs
from app.stats.rankings.likelihood import (
    Likelihood,
    LikelihoodSettings,
    by_vote,
    check,
    likelihood_board,
    spread_of,
)
from app.stats.rankings.ranking import Method, Ranking
from app.stats.rankings.samples import Votes
from app.stats.rankings.tie_models import Explained, fit_outcomes
from app.stats.tally import Comparisons, Floats, Tally


@dataclass(frozen=True, slots=True)
class Settings(LikelihoodSettings):
    """Those of `LikelihoodSettings`."""

    def __post_init__(self) -> None:
        check(self)


DEFAULTS = Settings()


def fit(votes: Votes, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally, whose cost grows with the number of models and not of votes; or votes one by one.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 6), ("x", "y", Verdict.B, 4), ("y", "z", Verdict.A, 6), ("y", "z", Verdict.B, 4)]
    >>> both_bad = [("x", "y", Verdict.BOTH_BAD, 1), ("y", "z", Verdict.BOTH_BAD, 9)]
    >>> for votes in (cells, cells + both_bad):
    ...     print([f"{row.model} {row.rating:.0f}" for row in fit(Tally.of(votes)).rows])
    ['x 1070', 'y 1000', 'z 930']
    ['x 1128', 'y 983', 'z 889']
    """
    return likelihood_board(METHOD, votes, settings, ("half", "tie"), _LIKELIHOOD)


def spread(votes: Comparisons, settings: Settings) -> Spread:
    """What clusters add to the scatter of these votes, to be carried to later tallies."""
    return spread_of(votes, settings, ("half", "tie"), _LIKELIHOOD)


def _explained(pairs: Pairs) -> Explained | None:
    tied, bad = (pairs.tied - pairs.bad).sum(), pairs.bad.sum()
    kinds = [(2, tied, False)] * bool(tied) + [(3, bad, True)] * bool(bad)
    if not kinds:
        return None
    belong = np.eye(OUTCOMES)[[0, 1, *(outcome for outcome, _, _ in kinds)]]
    decided = (pairs.won + pairs.lost).sum()
    start = [number for _, undecided, _ in kinds for number in (np.log(2 * undecided / decided), 0)]
    return Explained(_model(tuple(falls for _, _, falls in kinds)), belong, np.array(start))


def _model(falls: tuple[bool, ...]) -> OutcomeModel:
    """Local coordinates are gap and sum, then for each kind of undecided vote its intercept and the φ of its slope."""
    width = 2 + 2 * len(falls)
    chart = np.eye(width)
    chart[:2, :2] = [[1, -1], [1, 1]]
    return OutcomeModel(chart, partial(_logits, falls), precision=np.tile([0.0, 1.0], len(falls)))


def _logits(falls: tuple[bool, ...], local: Floats) -> Logits:
    gap, total = local[:2]
    kinds = [_bent(phi, fall) for phi, fall in zip(local[3::2], falls, strict=True)]
    value = np.vstack(
        [gap / 2, -gap / 2, *(local[2 + 2 * k] + bent * total for k, (bent, _, _) in enumerate(kinds))]
    )
    slope = np.zeros((len(value), *local.shape))
    slope[0, 0], slope[1, 0] = 0.5, -0.5
    for k, (bent, rise, _) in enumerate(kinds):
        slope[2 + k, [1, 2 + 2 * k, 3 + 2 * k]] = bent, np.ones_like(total), rise * total

    def bend(weights: Floats) -> Floats:
        curve = np.zeros((len(local), *local.shape))
        for k, (_, rise, turn) in enumerate(kinds):
            own = 3 + 2 * k
            curve[1, own] = curve[own, 1] = weights[2 + k] * rise
            curve[own, own] = weights[2 + k] * turn * total
        return curve

    return Logits(value, slope, bend)


def _bent(phi: Floats, falls: bool) -> tuple[Floats, Floats, Floats]:
    """A slope and its first two derivatives by φ."""
    if falls:
        share = expit(phi)
        rise = share * (1 - share)
        return -share / 2, -rise / 2, -rise * (1 - 2 * share) / 2
    bent = np.tanh(phi)
    return bent / 2, (1 - bent**2) / 2, -bent * (1 - bent**2)


_LIKELIHOOD = Likelihood(Pairs.without_ties, Pairs.with_halves, partial(fit_outcomes, _explained), loose=True)

METHOD = Method(
    name="both_bad_aware",
    version="2",
    summary="Davidson with ties and both-bad that depend on how good the two are, with intervals and ranks",
    takes=Tally,
    settings=Settings,
    fit=fit,
    by_vote=by_vote,
    spread=spread,
)
