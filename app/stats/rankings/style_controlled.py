"""Style controlled: the ratings that are left when neither the length nor the look of the answers tells them apart.

P(a over b) = 1/(1 + 10^(−(R_a − R_b + β·x)/scale)), fitted by maximum likelihood jointly in the ratings and β; a tie is
half a win for each side. Each x is the difference (f_a − f_b)/(f_a + f_b) of one feature of the two answers (see
`texts.Style`), divided by its root mean square over the board: its β is in points for one standard deviation. The mean
is not subtracted, since that would add a hidden advantage of the first side; the open one is the column `position`,
1 for the answer shown first, whose β is what standing first is worth. Swapping the sides of every vote changes no
rating. Chatbot Arena's "style control" (Li, Angelopoulos & Chiang 2024, "Does style matter?"), without its penalty.

- Exact on votes one by one; moments stand for three points of each cell, right to second order (see `covariates`).
- The coefficients belong to the whole board, so models that never met share them. Votes whose texts are not known are
  left out and counted in `figures`, beside the standard deviation of each difference.
- Components, priors, limits and ranks are as `fitted` says. Where the votes do not determine every coefficient (few
  votes, all of them won by the longer answer), a normal prior around 0 of precision `prior_weight` holds them, in
  natural-log odds for a standard deviation; the board says so and its rows say `prior`. Otherwise the penalty is 1e-6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from app.stats import power
from app.stats.components import decided, islands, strong
from app.stats.covariates import Observations, error_root, least_known, maximum
from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board, check
from app.stats.rankings.ranking import (
    Coefficient,
    Method,
    Ranking,
    UnusableValue,
    mean_win_probabilities,
    require_choice,
)
from app.stats.rankings.remarks import Remark
from app.stats.styles import StyledVotes
from app.stats.tally import COUNTED, BothBad, Floats, Ints, Ties
from app.stats.texts import FEATURES
from app.stats.verdicts import Verdict

POSITION = "position"

_PENALTY = 1e-6
_LITTLE = 1e-3  # of the information of four votes between equals: below, a coefficient is anybody's guess
_SCORES = np.array([{Verdict.A: 1.0, Verdict.B: 0.0}.get(verdict, 0.5) for verdict in COUNTED])
_TIE = 0.5
_NONE = np.zeros(0, dtype=np.int64)
_BOTH_BAD = COUNTED.index(Verdict.BOTH_BAD)


@dataclass(frozen=True, slots=True)
class Settings(FittedSettings):
    """`length`, `headers`, `list_items`, `bold`, `position`: what is held equal. `ties` and `both_bad`: how they count
    (a both-bad that is a tie follows `ties`). The rest as in `FittedSettings`, `prior_weight` being both virtual ties
    for a pair and the precision of the coefficients, where a prior is needed.
    """

    length: bool = True
    headers: bool = True
    list_items: bool = True
    bold: bool = True
    position: bool = True
    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        for name in (*FEATURES, POSITION):
            if not isinstance(getattr(self, name), bool):
                raise UnusableValue(f"{name} is {getattr(self, name)!r}; it must be true or false")
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)

    def features(self) -> list[int]:
        """The features held equal, as columns of the differences."""
        return [column for column, name in enumerate(FEATURES) if getattr(self, name)]


DEFAULTS = Settings()


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What is fitted beside the models, sorted by pair: `names` (Q,), and for each group of votes its `pair` (G,), how
    many votes it has, the `score` of the pair's first side, and `mean` (Q, G) and `covariance` (F, F, G) of
    the columns from that side, the F features first. `deviations` are those of the features, by name.
    """

    names: tuple[str, ...]
    pair: Ints
    count: Floats
    score: Floats
    mean: Floats
    covariance: Floats | None
    deviations: dict[str, float]


class Fitted(NamedTuple):
    """θ (M,) of `models` and β (Q,) in natural logs, a root (M + Q, r) of their covariance, and whether a prior
    holds β.
    """

    models: tuple[str, ...]
    theta: Floats
    coefficients: Floats
    root: Floats
    held: bool


def fit(data: StyledVotes, settings: Settings = DEFAULTS) -> Ranking:
    """Fit votes with styles. The cost grows with the rows, and not with the votes where moments are given.

    >>> from app.stats.styles import StyledVotes
    >>> from app.stats.tally import Comparisons
    >>> votes = Comparisons.of([("x", "y", Verdict.A), ("y", "x", Verdict.A), ("x", "y", Verdict.B)] * 30)
    >>> longer = [[0.5, 0, 0, 0], [-0.2, 0, 0, 0], [-0.1, 0, 0, 0]] * 30
    >>> longer[0] = longer[1] = [0, 0, 0, 0]
    >>> ranking = fit(StyledVotes.of_votes(votes, longer))
    >>> [each.name for each in ranking.coefficients]
    ['length', 'position']
    """
    features = settings.features()
    votes = _counted(data, settings)
    pairs = Pairs.of(votes.tally(), settings.ties, settings.both_bad)
    columns = _columns(votes, pairs, settings)
    fitted = _fitted(columns, pairs, settings.prior_weight)

    def estimate(own: Pairs, _unmeasured: Ints) -> Estimate:
        if fitted is None:
            raise ArithmeticError("the joint fit of all components has no maximum within reach")
        here = np.searchsorted(fitted.models, own.models)
        theta = fitted.theta[here]
        of_a_vote = power.bradley_terry(float(own.tied.sum() / own.games.sum()))
        return Estimate(theta, fitted.root[here], mean_win_probabilities(theta), of_a_vote=of_a_vote)

    estimator = Estimator(links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=estimate)
    ranking = board(METHOD, data.tally(), settings, pairs, estimator)
    figures = {f"sd_{name}": deviation for name, deviation in columns.deviations.items()}
    figures["votes_without_texts"] = float(data.unknown if features else 0)
    if fitted is None:
        untold = features and data.unknown and not pairs.votes
        return replace(ranking, figures=figures, remarks=(Remark.NO_TEXTS,) if untold else ranking.remarks)
    coefficients = tuple(_coefficients(columns.names, fitted, settings))
    return _marked(replace(ranking, figures=figures, coefficients=coefficients), fitted.held)


def _counted(data: StyledVotes, settings: Settings) -> StyledVotes:
    """The votes that count: those of known texts, where a feature of texts is held equal."""
    kept = data.known if settings.features() else np.ones(len(data.count), dtype=np.bool_)
    if settings.ties == "drop":
        kept = kept & (_SCORES[data.verdict] != _TIE)
    elif settings.both_bad == "drop":
        kept = kept & (data.verdict != _BOTH_BAD)
    return data.only(kept)


def _columns(votes: StyledVotes, pairs: Pairs, settings: Settings) -> Columns:
    """Votes folded to pairs and sorted, their differences standardised. A column that is 0 throughout is left out."""
    place, size = np.argsort(np.argsort(votes.models)), len(votes.models)
    first, second = place[votes.first], place[votes.second]
    turned = first > second
    code = np.where(turned, second * size + first, first * size + second)
    order = np.argsort((code * 2 + turned) * len(COUNTED) + votes.verdict, kind="stable")
    votes, side = votes.only(order), np.where(turned, -1.0, 1.0)[order]
    deviation = _deviations(votes)
    features = [column for column in settings.features() if deviation[column] > 0]
    scale = 1 / deviation[features]
    placed = [votes.placed] if settings.position and votes.placed.any() else []
    covariance = None
    if votes.covariance is not None:
        own = votes.covariance[np.ix_(features, features)]
        covariance = own * np.multiply.outer(scale, scale)[:, :, None]
    return Columns(
        names=tuple(FEATURES[column] for column in features) + (POSITION,) * len(placed),
        pair=np.searchsorted(pairs.first * size + pairs.second, code[order]),
        count=votes.count.astype(np.float64),
        score=_TIE + side * (_SCORES[votes.verdict] - _TIE),
        mean=np.vstack([votes.mean[features] * scale[:, None], *placed]) * side,
        covariance=covariance,
        deviations={FEATURES[column]: float(deviation[column]) for column in settings.features()},
    )


def _deviations(votes: StyledVotes) -> Floats:
    """Root mean square of each difference over the votes, (4,): around 0, since which side is first is chance."""
    squares = votes.mean**2
    if votes.covariance is not None:
        squares = squares + np.einsum("qqg->qg", votes.covariance)
    return np.asarray(np.sqrt(squares @ votes.count / max(votes.count.sum(), 1)))


def _fitted(columns: Columns, pairs: Pairs, prior_weight: float) -> Fitted | None:
    """All components at once, without those that need a prior where there is none. None where nothing can be fitted."""
    if not pairs.votes:
        return None
    label, groups = strong(pairs), islands(pairs)
    loose = [members for members in groups if np.ptp(label[members])]
    if loose and not prior_weight:
        tight = np.setdiff1d(np.concatenate(groups), np.concatenate(loose))
        return _fitted(_among(columns, pairs, tight), pairs.among(tight), 0)
    prior = np.where(np.isin(pairs.first, np.concatenate([_NONE, *loose])), prior_weight, 0)
    decisive = decided(pairs)
    one_way, only_tied = (part[pairs.first] != part[pairs.second] for part in (label, decisive))
    unmeasured = np.flatnonzero(one_way | only_tied)
    for precision in (_PENALTY, prior_weight or _PENALTY):
        votes = _observations(columns, pairs, groups, prior, precision)
        try:
            found = maximum(votes)
            if precision == _PENALTY and prior_weight and least_known(found) < _LITTLE:
                continue
            root = error_root(found, unmeasured)
        except (ArithmeticError, np.linalg.LinAlgError):  # a billion votes against one, say
            continue
        theta, coefficients = found.point
        return Fitted(pairs.models, theta, coefficients, root, precision > _PENALTY)
    return None


def _among(columns: Columns, pairs: Pairs, members: Ints) -> Columns:
    """The groups of the pairs of these models, which met no others, their pairs numbered anew."""
    within = np.isin(pairs.first, members)
    kept = within[columns.pair]
    return replace(
        columns,
        pair=(np.cumsum(within) - 1)[columns.pair[kept]],
        count=columns.count[kept],
        score=columns.score[kept],
        mean=columns.mean[:, kept],
        covariance=None if columns.covariance is None else columns.covariance[:, :, kept],
    )


def _observations(
    columns: Columns, pairs: Pairs, groups: Sequence[Ints], prior: Floats, precision: float
) -> Observations:
    """The votes and `prior` (P,) virtual ties of answers of equal style."""
    tied = np.flatnonzero(prior)
    pair = np.concatenate([columns.pair, tied])
    order = np.argsort(pair, kind="stable")
    width, blank = len(columns.names), len(tied)
    covariance = columns.covariance
    if covariance is not None:
        still = np.zeros((*covariance.shape[:2], blank))
        covariance = np.concatenate([covariance, still], axis=2)[:, :, order]
    return Observations(
        pairs=pairs,
        islands=groups,
        starts=np.searchsorted(pair[order], np.arange(len(pairs.first))),
        count=np.concatenate([columns.count, prior[tied]])[order],
        score=np.concatenate([columns.score, np.full(blank, _TIE)])[order],
        mean=np.concatenate([columns.mean, np.zeros((width, blank))], axis=1)[:, order],
        covariance=covariance,
        precision=precision,
    )


def _coefficients(names: Sequence[str], fitted: Fitted, settings: Settings) -> Iterator[Coefficient]:
    unit = settings.scale / np.log(10)
    spread = np.sqrt((fitted.root[len(fitted.models) :] ** 2).sum(axis=1))
    margins = ndtri((1 + settings.level) / 2) * unit * spread
    for name, value, margin in zip(names, unit * fitted.coefficients, margins, strict=True):
        yield Coefficient(name, float(value), float(value - margin), float(value + margin))


def _marked(ranking: Ranking, held: bool) -> Ranking:
    """Say that a prior holds the coefficients, and so moves every rating, where it does."""
    if not held:
        return ranking
    rows = tuple(row if row.rating is None else replace(row, prior=True) for row in ranking.rows)
    return replace(ranking, rows=rows, prior=True, remarks=(*ranking.remarks, Remark.HELD))


METHOD = Method(
    name="style_controlled",
    version="1",
    summary="Maximum likelihood with the length and look of the answers, and who stood first, held equal",
    takes=StyledVotes,
    settings=Settings,
    fit=fit,
)
