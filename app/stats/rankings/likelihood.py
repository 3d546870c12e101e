"""Boards fitted by maximum likelihood to votes that may have weights and may belong together.

- `cluster`: votes of one voter, prompt or ballot err together. The sandwich then sums scores over clusters, and limits
  take Student's t, as `clusters` says; a model whose votes come from less than two effective clusters has no limits.
  Ranks take the t quantile of level 1 − (1 − level)/(number of pairs), since draws from the covariance know nothing
  of its own error. The votes must be given one by one (`Comparisons`), or counted with the `Spread` of an earlier count
  (`Carried`): its excess is scaled by the squared weights of the models known then, now over then, and what would
  be a negative variance is none.
- `interval`: `sandwich`, or `bootstrap`: the fit repeated `rounds` times, each cluster (each vote without clusters)
  weighted anew by an exponential number, of mean and variance 1 (Rubin 1981, "The Bayesian bootstrap"): as good as a
  resample, but no vote is ever left out, so every round has a maximum where the votes have one. Limits are rating ±
  z·sd; percentiles of 100 rounds are 5 % too narrow. What the votes cannot measure comes from the model, as in the
  sandwich.
- `weights`: `inverse_probability` weighs a vote by 1/P, P the probability with which its pair was dealt, not
  normalised: as if all pairs were dealt alike. `pairs` weighs it by 1/max(n, 50), n the votes of its pair: as if all
  pairs that met often had met alike. `reliability` weighs it by how far its voter agrees with others beyond chance,
  taken as known. The sandwich sums squared weights; a virtual vote of the prior weighs as much
  as the mean vote of its pair; `figures` say how many votes of equal weight would say as much.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from app.stats.clusters import Cluster, Scores, Spread
from app.stats.components import islands, strong
from app.stats.pairs import Pairs
from app.stats.power import bradley_terry as information_of_a_vote
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board
from app.stats.rankings.fitted import check as check_fitted
from app.stats.rankings.ranking import (
    Method,
    Ranking,
    UnusableValue,
    mean_win_probabilities,
    require_choice,
    require_number,
)
from app.stats.rankings.remarks import Remark
from app.stats.rankings.samples import BY_VOTE, Sample, Votes, Weights, tally_of
from app.stats.sandwich import root_of
from app.stats.strengths import error_root, information, scatter, scores, strengths
from app.stats.tally import BothBad, Comparisons, Floats, Ints, Ties

FEWEST = 2 - 1e-9
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class LikelihoodSettings(FittedSettings):
    """Those of `FittedSettings`. `cluster`: which votes belong together: `none`, `voter`, `prompt` or `ballot`.
    `interval`: `sandwich`, or `bootstrap` with so many `rounds` and this `seed`. `weights` of the votes: `none`,
    `inverse_probability` of their pair, `pairs` alike, or the `reliability` of their voters.
    """

    cluster: Cluster = "none"
    interval: Literal["sandwich", "bootstrap"] = "sandwich"
    rounds: int = 1000
    seed: int = 0
    weights: Weights = "none"


class Fit(Protocol):
    """A maximum of the likelihood of some pairs, and what it says about votes there.

    `root` is that of the sandwich covariance of θ, (M, r), from pairs that count squared weights and those not to be
    measured; `matrices` are its H and B, (M, M) both.
    """

    @property
    def theta(self) -> Floats: ...
    def chances(self) -> Floats: ...
    def root(self, squares: Pairs, unmeasured: Ints) -> Floats: ...
    def matrices(self, squares: Pairs, unmeasured: Ints) -> tuple[Floats, Floats]: ...
    def scores(self) -> Scores: ...
    def of_a_vote(self, first: Floats, second: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True, eq=False)
class StrengthFit:
    """A fit without parameters beside the strengths; see `Fit`."""

    pairs: Pairs
    theta: Floats

    @classmethod
    def of(cls, pairs: Pairs, start: "StrengthFit | None" = None) -> "StrengthFit":
        return cls(pairs, strengths(pairs, None if start is None else start.theta))

    def chances(self) -> Floats:
        return mean_win_probabilities(self.theta)

    def root(self, squares: Pairs, unmeasured: Ints) -> Floats:
        return error_root(self.pairs, self.theta, unmeasured, squares)

    def matrices(self, squares: Pairs, unmeasured: Ints) -> tuple[Floats, Floats]:
        return information(self.pairs, self.theta), scatter(self.pairs, self.theta, unmeasured, squares)

    def scores(self) -> Scores:
        return scores(self.pairs, self.theta)

    def of_a_vote(self, first: Floats, second: Floats) -> Floats:
        share = float(self.pairs.tied.sum() / self.pairs.games.sum())
        return information_of_a_vote(share)(first, second)


class Likelihood(NamedTuple):
    """`links` and `prior` as in `Estimator`; `fit` starts from an earlier fit of the same pairs, if there is one.

    `loose` says that equal models leave some parameter undetermined. It then follows whatever the votes happen to say,
    which no covariance knows, and ranks take Bonferroni's quantile as with clusters.
    """

    links: Callable[[Pairs], Pairs]
    prior: Callable[[Pairs, float | Floats], Pairs]
    fit: Callable[[Pairs, Any], Fit]
    loose: bool = False


def check(settings: LikelihoodSettings) -> None:
    """Raises UnusableValue for a value outside its range."""
    check_fitted(settings)
    require_choice("cluster", settings.cluster, ("none", "voter", "prompt", "ballot"))
    require_choice("interval", settings.interval, ("sandwich", "bootstrap"))
    require_number("rounds", settings.rounds, 100, 2_000, whole=True)
    require_number("seed", settings.seed, 0, 2**32 - 1, whole=True)
    require_choice("weights", settings.weights, ("none", *BY_VOTE, "pairs"))


def by_vote(settings: LikelihoodSettings) -> bool:
    """Whether these settings need the votes one by one."""
    return settings.cluster != "none" or settings.weights in BY_VOTE


def likelihood_board(
    method: Method[Any, Any],
    data: Votes,
    settings: LikelihoodSettings,
    treatment: tuple[Ties, BothBad],
    likelihood: Likelihood,
) -> Ranking:
    """`treatment` says how ties and both-bad count. Raises UnusableValue where the data lack what the settings need."""
    sample = Sample.of(data, *treatment, settings.weights, settings.cluster)
    if settings.interval == "bootstrap" and sample.spread is not None:
        raise UnusableValue("interval is 'bootstrap'; with clusters that takes the votes one by one")
    estimator = Estimator(
        likelihood.links,
        partial(_with_prior, likelihood, sample),
        partial(_estimate, likelihood, sample, settings),
    )
    ranking = board(method, tally_of(data), settings, sample.pairs, estimator)
    figures = {} if settings.weights == "none" else {"effective_votes": sample.effective_votes()}
    if settings.cluster == "none":
        return replace(ranking, votes=sample.counted.votes, figures=figures)
    clusters = sample.clusters()
    met = clusters[(clusters > 0) & np.isfinite(clusters)]
    figures["fewest_effective_clusters"] = float(met.min()) if len(met) else 0.0
    told = (Remark.FEW_CLUSTERS,) if (met < FEWEST).any() else ()
    return replace(ranking, votes=sample.counted.votes, figures=figures, remarks=ranking.remarks + told)


def spread_of(
    data: Comparisons, settings: LikelihoodSettings, treatment: tuple[Ties, BothBad], likelihood: Likelihood
) -> Spread:
    """What clusters add to the scatter of these votes, for boards of later tallies.

    Raises UnusableValue without a `cluster` to look for, and where the data lack what the settings need. A component
    of one cluster, or without a fit, adds nothing.
    """
    if settings.cluster == "none":
        raise UnusableValue("cluster is 'none'; a spread is that of voter, prompt or ballot")
    sample = Sample.of(data, *treatment, settings.weights, settings.cluster)
    models, clusters = sample.counted.models, sample.clusters()
    excess = np.zeros((len(models), len(models)))
    for members in islands(sample.counted):
        own = sample.among(tuple(models[each] for each in members))
        found = _excess_of(own, settings, likelihood)
        if found is not None:
            excess[np.ix_(members, members)] = found
    votes = sample.counted.votes
    return Spread(models, settings.cluster, votes, float(sample.squares.games.sum()), clusters, excess)


def _excess_of(own: Sample, settings: LikelihoodSettings, likelihood: Likelihood) -> Floats | None:
    pairs = own.pairs
    if strong(likelihood.links(pairs)).any():
        if not settings.prior_weight:
            return None
        pairs = _with_prior(likelihood, own, pairs, settings.prior_weight)
    try:
        return _excess(own, pairs, likelihood.fit(pairs, None))[0]
    except (ArithmeticError, np.linalg.LinAlgError):
        return None


def _with_prior(likelihood: Likelihood, sample: Sample, pairs: Pairs, weight: float) -> Pairs:
    own = sample.among(pairs.models)
    return likelihood.prior(pairs, weight * own.pairs.games / own.counted.games)


def _estimate(
    likelihood: Likelihood, sample: Sample, settings: LikelihoodSettings, pairs: Pairs, unmeasured: Ints
) -> Estimate:
    own = sample.among(pairs.models)
    squares = pairs
    if own.squares is not own.pairs:
        virtual = pairs.games - own.pairs.games
        squares = likelihood.prior(own.squares, virtual * own.pairs.games / own.counted.games)
    fit = likelihood.fit(pairs, None)
    root, freedom = _root(likelihood, own, settings, pairs, squares, unmeasured, fit)
    if freedom is None and likelihood.loose:
        freedom = np.full(len(root), np.inf)
    return Estimate(fit.theta, root, fit.chances(), freedom, fit.of_a_vote)


def _root(
    likelihood: Likelihood,
    own: Sample,
    settings: LikelihoodSettings,
    pairs: Pairs,
    squares: Pairs,
    unmeasured: Ints,
    fit: Fit,
) -> tuple[Floats, Floats | None]:
    """A root of the covariance of θ, and the degrees of freedom of each model's limits, None for infinitely many."""
    clustered = settings.cluster != "none"
    if not clustered and settings.interval == "sandwich":
        return fit.root(squares, unmeasured), None
    excess, clusters = _excess(own, pairs, fit) if clustered else (0, None)
    freedom = None if clusters is None else np.where(clusters < FEWEST, 0, clusters - 1)
    information, scatter = fit.matrices(squares, unmeasured)
    if settings.interval == "sandwich":
        root = root_of(information, scatter + excess)
    else:
        root = _resampled(likelihood, own, settings, pairs, fit)
        if len(unmeasured):  # all alike, so no resample varies them
            unseen = scatter - fit.matrices(squares, _NONE)[1]
            root = np.hstack([root, root_of(information, unseen)])
    if (
        not root.any()
    ):  # clusters whose votes cancel: no error is seen, which is not to say that there is none
        return fit.root(squares, unmeasured), np.zeros(len(root))
    return root, freedom


def _excess(own: Sample, pairs: Pairs, fit: Fit) -> tuple[Floats, Floats]:
    """What clusters add to the scatter of single votes, and how many effective ones each model has."""
    if own.spread is not None:
        return own.spread.among(pairs.models)
    grouped = own.grouped()
    return grouped.excess(pairs, fit.scores()), grouped.effective(pairs)


def _resampled(
    likelihood: Likelihood, own: Sample, settings: LikelihoodSettings, pairs: Pairs, fit: Fit
) -> Floats:
    """A root (M, M) of the covariance of θ over rounds in which clusters, or votes, weigh anew."""
    generator = np.random.default_rng(settings.seed)
    counts = own.counted.outcomes()
    weight, virtual = own.pairs.games / own.counted.games, pairs.outcomes() - own.pairs.outcomes()
    grouped = own.grouped() if own.rows is not None else None
    found = np.zeros((settings.rounds, len(pairs.models)))
    for number in range(settings.rounds):
        if grouped is None:  # the sum of n exponential numbers
            drawn = generator.gamma(counts) * weight
        else:
            drawn = (generator.exponential(size=grouped.weight.shape[0]) @ grouped.weight).reshape(
                counts.shape
            )
        found[number] = likelihood.fit(pairs.counting(drawn + virtual), fit).theta
    deviations = (found - found.mean(axis=0)) / np.sqrt(settings.rounds - 1)
    return np.asarray(np.linalg.qr(deviations, mode="r"), dtype=np.float64).T
