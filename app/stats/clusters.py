"""Votes that belong together: of one voter, on one prompt, or on one ballot.

Such votes err together, so the scatter of the scores is summed over clusters c and not over single votes:
B = G/(G − 1)·Σ_c g_c g_cᵀ with g_c the sum of the scores of the cluster's votes and G the number of clusters (Liang &
Zeger 1986, "Longitudinal data analysis using generalized linear models"; the factor is the usual one for few
clusters). B differs from the sum over votes by the `excess`. That needs the votes one by one; a `Spread` keeps it, so
that later boards are made from cells.

A sum over few clusters, or over many of which few gave most votes, is itself uncertain. The effective number of
clusters of a model, (Σ_c n_c)²/Σ_c n_c² with n_c the votes of cluster c on it (Kish 1965), says how much: as much as so
many clusters of equal size. Limits take Student's t with one degree of freedom less.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from app.stats.pairs import OUTCOMES, Pairs
from app.stats.tally import Floats, Ints, Tally

Cluster = Literal["none", "voter", "prompt", "ballot"]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """By how much clusters scattered the scores of an earlier count of votes.

    `cluster` says which votes belonged together, `votes` how many there were, `weight` what their squared weights
    added up to (`votes` where each weighs 1). `clusters` (M,) is the effective number of clusters of each of
    `models`, and `excess` (M, M) what the scatter of θ's scores is more than that of single votes, parameters beside
    θ profiled out.
    """

    models: tuple[str, ...]
    cluster: Cluster
    votes: int
    weight: float
    clusters: Floats
    excess: Floats

    def among(self, models: tuple[str, ...]) -> tuple[Floats, Floats]:
        """The excess (M, M) of these models and their effective numbers of clusters (M,): for those unknown then 0 and
        infinity, as if each vote were its own cluster.
        """
        place = {model: index for index, model in enumerate(self.models)}
        here = np.array([index for index, model in enumerate(models) if model in place], dtype=np.int64)
        there = np.array([place[models[index]] for index in here], dtype=np.int64)
        excess = np.zeros((len(models), len(models)))
        excess[np.ix_(here, here)] = self.excess[np.ix_(there, there)]
        clusters = np.full(len(models), np.inf)
        clusters[here] = self.clusters[there]
        return excess, clusters


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A tally of today and the spread of an earlier count of the same votes."""

    tally: Tally
    spread: Spread


class Scores(NamedTuple):
    """How the log likelihood of one vote changes: `local` (4, 2 + q, P) by (θ_first, θ_second, φ), for each outcome
    of `Pairs.outcomes` and each pair, φ being q parameters that all pairs share; `profile` (M, q) is H_θφ H_φφ⁻¹.
    """

    local: Floats
    profile: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The votes of each of G clusters by outcome and pair: `weight` (G, 4·P) holds the sums of their weights, at
    column k·P + p those with outcome k of pair p, and `squares` (4·P,) sums the squared weights over all votes.
    """

    weight: csr_array
    squares: Floats

    @classmethod
    def of(cls, cluster: Ints, cell: Ints, weight: Floats, pairs: int) -> "Grouped":
        """From one entry a vote: its cluster, any whole number, and its cell k·P + p."""
        _, number = np.unique(cluster, return_inverse=True)
        cells = OUTCOMES * pairs
        shape = (int(number.max(initial=-1)) + 1, cells)
        return cls(
            csr_array((weight, (number, cell)), shape=shape),
            np.bincount(cell, weight**2, cells).astype(np.float64),
        )

    def effective(self, pairs: Pairs) -> Floats:
        """The effective number of clusters of each model, (M,); 0 without a vote."""
        design = _design(pairs, np.ones((OUTCOMES, 2, len(pairs.first))))
        votes = self.weight @ design
        squares = np.asarray(votes.power(2).sum(axis=0)).ravel()
        return np.asarray(votes.sum(axis=0)).ravel() ** 2 / np.where(squares > 0, squares, 1)

    def excess(self, pairs: Pairs, scores: Scores) -> Floats:
        """B − Σ_votes w²·s sᵀ, (M, M), for θ with φ profiled out; 0 where there is but one cluster.

        A vote's score for θ is then s_θ − H_θφ H_φφ⁻¹ s_φ, whose scatter gives the covariance of θ that the joint
        fit gives.
        """
        clusters = self.weight.shape[0]
        if clusters < 2:
            return np.zeros((len(pairs.models), len(pairs.models)))
        design = _design(pairs, scores.local)
        sums = self.weight @ design
        joint = (sums.T @ sums).toarray() * (clusters / (clusters - 1))
        joint -= (design.T @ design.multiply(self.squares[:, None])).toarray()
        return profiled(joint, scores.profile)


def profiled(joint: Floats, profile: Floats) -> Floats:
    """T·joint·Tᵀ with T = [1, −profile]: (M + q, M + q) to (M, M)."""
    size = len(profile)
    across = joint[:size, size:] @ profile.T
    return np.asarray(joint[:size, :size] - across - across.T + profile @ joint[size:, size:] @ profile.T)


def _design(pairs: Pairs, local: Floats) -> csr_array:
    """The score of one vote of each cell in all parameters, (4·P, M + q)."""
    _, width, count = local.shape
    size = len(pairs.models)
    shared = [np.full(count, size + number) for number in range(width - 2)]
    columns = np.stack([pairs.first, pairs.second, *shared])
    rows = np.broadcast_to(np.arange(OUTCOMES * count).reshape(OUTCOMES, 1, count), local.shape)
    places = (rows.ravel(), np.broadcast_to(columns, local.shape).ravel())
    return csr_array((local.ravel(), places), shape=(OUTCOMES * count, size + width - 2))
