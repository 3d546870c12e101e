"""What the models of ties with one tie parameter do alike: settings, where they have a maximum, boards.

A tie has a probability of its own, so it says that two models are close and takes nothing from the distance
of others. The tie parameter is shared by all pairs of a component and fitted with the strengths. Where no
vote is a tie its limit is reached: the model is Bradley–Terry's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from app.stats.components import with_ties_modelled
from app.stats.outcomes import Counted, OutcomeModel, Point, error_root, maximum, mean_scores
from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, RankBounds, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities, require_choice
from app.stats.strengths import error_root as root_without_ties
from app.stats.strengths import strengths
from app.stats.tally import BothBad, Ints, Tally

GAP = np.array([[1.0, -1, 0], [0, 0, 1]])
"""Chart of a model of θ_first − θ_second and one tie parameter."""

_SCORES = np.array([1.0, 0, 0.5])


@dataclass(frozen=True, slots=True)
class Settings:
    """`both_bad`: counts as a tie, or not at all. `scale`: points for odds of ten to one. `center`: mean
    rating of a component. `level`: of limits and ranks. `prior_weight`: virtual votes, half of them won by
    each side, for a pair where a prior is needed. `rank_bounds`: `max_t`, or `overlap` as on LMArena's board.
    """

    both_bad: BothBad = "tie"
    scale: float = 400
    center: float = 1000
    level: float = 0.95
    prior_weight: float = 1
    rank_bounds: RankBounds = "max_t"

    def __post_init__(self) -> None:
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


class TieModel(NamedTuple):
    """`outcomes` gives the logits of won, lost and tied; `parameter` is the tie parameter at which equal
    models tie with odds x, for a start.
    """

    outcomes: OutcomeModel
    parameter: Callable[[float], float]


def tie_board(method: Method[Tally, Settings], tally: Tally, settings: Settings, model: TieModel) -> Ranking:
    pairs = Pairs.of(tally, "half", settings.both_bad)
    estimator = Estimator(with_ties_modelled, Pairs.with_halves, partial(_estimate, model))
    return board(method, tally, settings, pairs, estimator)


def _estimate(model: TieModel, pairs: Pairs, unmeasured: Ints) -> Estimate:
    theta = strengths(pairs)
    tied = pairs.tied.sum()
    if not tied:
        return Estimate(theta, root_without_ties(pairs, theta, unmeasured), mean_win_probabilities(theta))
    votes = Counted(pairs, np.stack([pairs.won, pairs.lost, pairs.tied]), model.outcomes)
    odds = tied / (pairs.games.sum() - tied)
    point = maximum(votes, Point(theta, np.array([model.parameter(odds)])))
    root = error_root(votes, point, unmeasured)[: len(theta)]
    return Estimate(point.theta - point.theta.mean(), root, mean_scores(model.outcomes, point, _SCORES))
