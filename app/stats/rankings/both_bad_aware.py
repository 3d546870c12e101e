"""Both-bad aware: ties and both-bad are outcomes of their own, and how common they are depends on how good the two are.

With natural-log strengths θ, P(i) : P(j) : P(tie) : P(both bad) = e^((θ_i − θ_j)/2) : e^((θ_j − θ_i)/2) : e^(a + bs) :
e^(c + ds), s = θ_i + θ_j: Davidson's model with the logits of tie and both-bad linear in the sum of the strengths.
Two bad answers are seldom told apart by which is better, so "both bad" says something about each of them, and so
do ties of good models; half a win throws that away. Fitted by maximum likelihood jointly in θ, a, b, c and d.
An outcome that no vote has takes no part.

b lies between −½ and ½, beyond which models ever further apart would tie for certain, and d between −½ and 0, for
both-bad says that the two are bad: b = tanh(φ)/2 and d = −1/(2 + 2e^−φ), each φ with a standard normal prior that a
few hundred votes outweigh, for models of nearly equal strength do not determine them. Components, priors, limits
and ranks are as `fitted` says, the prior of strengths being half-won votes and no ties;
it is needed where the decided votes alone do not hold the strengths together. The expected score counts tie and
both-bad as a half.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit

from app.stats.outcomes import Counted, Logits, OutcomeModel, Point, error_root, maximum, mean_scores
from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, RankBounds, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities
from app.stats.strengths import error_root as root_without_ties
from app.stats.strengths import strengths
from app.stats.tally import Floats, Ints, Tally


@dataclass(frozen=True, slots=True)
class Settings:
    """`scale`: points for odds of ten to one. `center`: mean rating of a component. `level`: of limits and
    ranks. `prior_weight`: virtual votes, half of them won by each side, for a pair where a prior is needed.
    `rank_bounds`: `max_t`, or `overlap` as on LMArena's board.
    """

    scale: float = 400
    center: float = 1000
    level: float = 0.95
    prior_weight: float = 1
    rank_bounds: RankBounds = "max_t"

    def __post_init__(self) -> None:
        check(self)


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally. The cost grows with the number of models, not of votes.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 6), ("x", "y", Verdict.B, 4), ("y", "z", Verdict.A, 6), ("y", "z", Verdict.B, 4)]
    >>> both_bad = [("x", "y", Verdict.BOTH_BAD, 1), ("y", "z", Verdict.BOTH_BAD, 9)]
    >>> for votes in (cells, cells + both_bad):
    ...     print([f"{row.model} {row.rating:.0f}" for row in fit(Tally.of(votes)).rows])
    ['x 1070', 'y 1000', 'z 930']
    ['x 1128', 'y 983', 'z 889']
    """
    pairs = Pairs.of(tally, "half", "tie")
    both_bad = tally.outcomes("half", "tie")[1] - tally.outcomes("half", "drop")[1]
    estimator = Estimator(Pairs.without_ties, Pairs.with_halves, partial(_estimate, tally, both_bad))
    return board(METHOD, tally, settings, pairs, estimator)


def _estimate(tally: Tally, both_bad: Floats, pairs: Pairs, unmeasured: Ints) -> Estimate:
    """`both_bad` (M, M) counts those votes by the models of the tally."""
    theta = strengths(pairs)
    position = {model: index for index, model in enumerate(tally.models)}
    there = np.array([position[model] for model in pairs.models])
    bad = both_bad[there[pairs.first], there[pairs.second]]
    kinds = [(votes, falls) for votes, falls in ((pairs.tied - bad, False), (bad, True)) if votes.any()]
    if not kinds:
        return Estimate(theta, root_without_ties(pairs, theta, unmeasured), mean_win_probabilities(theta))
    model = _model(tuple(falls for _, falls in kinds))
    votes = Counted(pairs, np.stack([pairs.won, pairs.lost, *(votes for votes, _ in kinds)]), model)
    decided = (pairs.won + pairs.lost).sum()
    start = [number for undecided, _ in kinds for number in (np.log(2 * undecided.sum() / decided), 0)]
    point = maximum(votes, Point(theta, np.array(start)))
    root = error_root(votes, point, unmeasured)[: len(theta)]
    scores = np.array([1, 0, *(0.5 for _ in kinds)])
    return Estimate(point.theta - point.theta.mean(), root, mean_scores(model, point, scores))


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


METHOD = Method(
    name="both_bad_aware",
    version="1",
    summary="Davidson with ties and both-bad that depend on how good the two are, with intervals and ranks",
    takes=Tally,
    settings=Settings,
    fit=fit,
)
