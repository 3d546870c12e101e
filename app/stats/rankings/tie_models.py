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

from app.stats.clusters import Scores, Spread
from app.stats.components import with_ties_modelled
from app.stats.outcomes import (
    Counted,
    OfStrengths,
    OutcomeModel,
    Point,
    error_root,
    information_of_a_vote,
    maximum,
    mean_scores,
    of_strengths,
)
from app.stats.pairs import OUTCOMES, Pairs
from app.stats.rankings.likelihood import (
    Fit,
    Likelihood,
    LikelihoodSettings,
    StrengthFit,
    check,
    likelihood_board,
    spread_of,
)
from app.stats.rankings.ranking import Method, Ranking, require_choice
from app.stats.rankings.samples import Votes
from app.stats.tally import BothBad, Comparisons, Floats, Ints, Tally

GAP = np.array([[1.0, -1, 0], [0, 0, 1]])
"""Chart of a model of θ_first − θ_second and one tie parameter."""

HALF = np.array([1.0, 0, 0.5, 0.5])
"""The score of the first side for won, lost and undecided in either way."""

_NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Settings(LikelihoodSettings):
    """Those of `LikelihoodSettings`. `both_bad`: counts as a tie, or not at all."""

    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


class TieModel(NamedTuple):
    """`outcomes` gives the logits of won, lost and tied; `parameter` is the tie parameter at which equal
    models tie with odds x, for a start.
    """

    outcomes: OutcomeModel
    parameter: Callable[[float], float]


class Explained(NamedTuple):
    """How pairs are explained: `model`, which of `Pairs.outcomes` belong to each of its outcomes, (K, 4), and where to
    start with φ.
    """

    model: OutcomeModel
    belong: Floats
    start: Floats


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeFit:
    """A fit of strengths together with the parameters of undecided votes; see `likelihood.Fit`."""

    votes: Counted
    belong: Floats
    point: Point

    @property
    def theta(self) -> Floats:
        return np.asarray(self.point.theta - self.point.theta.mean())

    def chances(self) -> Floats:
        return mean_scores(self.votes.model, self.point, HALF[: len(self.belong)])

    def root(self, squares: Pairs, unmeasured: Ints) -> Floats:
        root = error_root(self.votes, self.point, unmeasured, self.belong @ squares.outcomes())
        return root[: len(self.point.theta)]

    def matrices(self, squares: Pairs, unmeasured: Ints) -> tuple[Floats, Floats]:
        return self._of_strengths(squares, unmeasured)[:2]

    def scores(self) -> Scores:
        return self._of_strengths(self.votes.pairs, _NOWHERE).scores

    def of_a_vote(self, first: Floats, second: Floats) -> Floats:
        return information_of_a_vote(self.votes.model, first, second, self.point.shared)

    def _of_strengths(self, squares: Pairs, unmeasured: Ints) -> OfStrengths:
        says = np.where(self.belong.any(axis=0), self.belong.argmax(axis=0), -1)
        counts = self.belong @ squares.outcomes()
        return of_strengths(self.votes, self.point, says, unmeasured, counts)


def fit_outcomes(explained: Callable[[Pairs], Explained | None], pairs: Pairs, start: Fit | None) -> Fit:
    """The maximum for these pairs; Bradley–Terry's where there is nothing undecided to explain."""
    how = explained(pairs)
    if how is None:
        return StrengthFit.of(pairs, start if isinstance(start, StrengthFit) else None)
    votes = Counted(pairs, how.belong @ pairs.outcomes(), how.model)
    if isinstance(start, OutcomeFit):
        return OutcomeFit(votes, how.belong, maximum(votes, start.point))
    point = Point(StrengthFit.of(pairs).theta, how.start)
    return OutcomeFit(votes, how.belong, maximum(votes, point))


def tie_board(method: Method[Tally, Settings], votes: Votes, settings: Settings, model: TieModel) -> Ranking:
    return likelihood_board(method, votes, settings, ("half", settings.both_bad), _likelihood(model))


def tie_spread(votes: Comparisons, settings: Settings, model: TieModel) -> Spread:
    """What clusters add to the scatter of these votes, to be carried to later tallies."""
    return spread_of(votes, settings, ("half", settings.both_bad), _likelihood(model))


def _likelihood(model: TieModel) -> Likelihood:
    return Likelihood(
        with_ties_modelled, Pairs.with_halves, partial(fit_outcomes, partial(_explained, model))
    )


def _explained(model: TieModel, pairs: Pairs) -> Explained | None:
    tied = pairs.tied.sum()
    if not tied:
        return None
    belong = np.eye(3, OUTCOMES)
    belong[2, 3] = 1  # both-bad that counts is a tie
    odds = tied / (pairs.games.sum() - tied)
    return Explained(model.outcomes, belong, np.array([model.parameter(odds)]))
