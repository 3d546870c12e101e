"""What every ranking method takes its settings from and gives back: `Method`, `Ranking`, `RankedModel`."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from scipy.special import expit

from app.stats.clusters import Spread
from app.stats.pairs import Pairs
from app.stats.rankings.remarks import Remark
from app.stats.settings import Dataclass as Dataclass
from app.stats.settings import Registered, Settings
from app.stats.settings import Setting as Setting
from app.stats.settings import SettingsError as SettingsError
from app.stats.settings import UnknownSetting as UnknownSetting
from app.stats.settings import UnusableValue as UnusableValue
from app.stats.settings import require_choice as require_choice
from app.stats.settings import require_number as require_number
from app.stats.tally import Comparisons, Floats, Ints, Tally

Data = TypeVar("Data")

_SAME = 9  # decimals to which two ratings must agree to be ranked by name


class UnknownMethod(SettingsError):
    """There is no method of that name."""


@dataclass(frozen=True, slots=True)
class RankedModel:
    """One row. What does not exist is None, never NaN.

    `lower` and `upper` are limits at the method's level; one alone is missing where the votes set none (a
    model that never lost, or never won). `rank`, `rank_best` and `rank_worst` hold within `component`: a
    rating compares with no rating of another component. `mean_win_probability` is the mean, over the others
    of the component, of the probability to win against them, a tie counting half. `prior` says that the prior
    moved the rating, `order_sd` is the standard deviation over orders of the votes, `problem` why there is no
    rating.

    `difference` is the rating minus that of the model in the setting `reference`, if one of the component was
    named, with limits of its own: those of a difference do not depend on where the scale has its origin.
    `votes_needed` says how many more votes between this model and the next below would tell the two apart with
    a power of 80 %; None for the last of a component, and where no number of votes would.
    """

    model: str
    rating: float | None = None
    lower: float | None = None
    upper: float | None = None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    mean_win_probability: float | None = None
    component: int | None = None
    prior: bool = False
    order_sd: float | None = None
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None
    votes_needed: int | None = None
    problem: Remark | None = None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """What a fit found beside the models: in the unit of the ratings, with limits at the method's level."""

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A board and how it was made. `rows` stand by component (0 is the largest) and rank, models without a
    rating last; `votes` are those counted, so without ties that the settings drop. `coefficients` are what was
    fitted beside the models (a position effect, say), `figures` single numbers that say how far to trust the
    board (an effective number of votes, say), by name.
    """

    method: str
    version: str
    settings: Mapping[str, Setting]
    rows: tuple[RankedModel, ...]
    components: int
    votes: int
    prior: bool
    remarks: tuple[Remark, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def problem(self) -> str | None:
        """The remarks in words."""
        known = {"components": self.components, "anchor": self.settings.get("anchor")}
        return "; ".join(remark.format(**known) for remark in self.remarks) or None


@dataclass(frozen=True, slots=True)
class Method(Registered[Settings], Generic[Data, Settings]):
    """A registered way to rank; `fit` takes data of the class `takes` and its settings.

    Ratings of `unit` "points" are logarithms of odds: a difference of the setting `scale` is odds of ten to
    one, and their mean in a component is the setting `center`. Those in "percent" lie between 0 and 100, have
    neither setting, and mirror at 50 when every verdict is turned round.

    A method that takes a tally may have settings, those for which `by_vote` is true, that need the votes one by one;
    `fit` then takes `Comparisons`, or a tally `Carried` with the `spread` of an earlier count.
    """

    takes: type[Data]
    fit: Callable[[Data, Settings], Ranking]
    unit: Literal["points", "percent"] = "points"
    by_vote: Callable[[Any], bool] = lambda settings: False
    spread: Callable[[Comparisons, Any], Spread] | None = None


def mean_win_probabilities(theta: Floats) -> Floats:
    """For each model the mean over the others of expit(θ_i − θ_j); θ (M,) in natural logs, M ≥ 2.

    >>> mean_win_probabilities(np.log([4.0, 1.0])).round(6).tolist()
    [0.8, 0.2]
    """
    wins = expit(theta[:, None] - theta[None, :])
    return np.asarray((wins.sum(axis=1) - 0.5) / (len(theta) - 1))


def assembled(
    method: Method[Data, Settings],
    settings: Settings,
    tally: Tally,
    pairs: Pairs,
    islands: Sequence[Ints],
    rows: Iterable[RankedModel],
) -> Ranking:
    """The board of these rows, ranked, with a row for every model of the tally that has none."""
    placed = ranked(rows)
    return Ranking(
        method=method.name,
        version=method.version,
        settings=asdict(settings),
        rows=placed + _without_votes(tally, {row.model for row in placed}),
        components=len(islands),
        votes=pairs.votes,
        prior=any(row.prior for row in placed),
        remarks=tuple(_remarks(tally, placed, len(islands))),
    )


def ranked(rows: Iterable[RankedModel]) -> tuple[RankedModel, ...]:
    """Number the rated rows of each component from 1: by rating, highest first, equal ratings by name.

    >>> rows = [RankedModel("b", 1000.0, component=0), RankedModel("a", 1000.0, component=0),
    ...         RankedModel("c", 1200.0, component=1), RankedModel("d", 1010.0, component=0)]
    >>> [(row.model, row.component, row.rank) for row in ranked(rows)]
    [('d', 0, 1), ('a', 0, 2), ('b', 0, 3), ('c', 1, 1)]
    """
    reached: dict[int | None, int] = {}
    placed = []
    for row in sorted(rows, key=_place):
        if row.rating is not None:
            reached[row.component] = reached.get(row.component, 0) + 1
            row = replace(row, rank=reached[row.component])
        placed.append(row)
    return tuple(placed)


def _place(row: RankedModel) -> tuple[float, float, str]:
    component = math.inf if row.component is None else row.component
    return component, math.inf if row.rating is None else -round(row.rating, _SAME), row.model


def _without_votes(tally: Tally, rated: set[str]) -> tuple[RankedModel, ...]:
    missing = sorted(set(tally.models) - rated)
    records = tally.records() if missing else {}
    return tuple(
        RankedModel(model, problem=Remark.NO_COUNTED_VOTES if records[model].votes else Remark.NO_VOTES)
        for model in missing
    )


def _remarks(tally: Tally, placed: Sequence[RankedModel], islands: int) -> Iterator[Remark]:
    if not islands:
        yield Remark.NO_COUNTED_VOTES if tally.votes else Remark.NO_VOTES
        return
    if islands > 1:
        yield Remark.GROUPS
    if any(row.rating is None for row in placed):
        yield Remark.UNRATED
