"""Simulated votes with what is true of them, for `benchmarks/coverage.py`. Ratings are in Elo points with mean 0."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from app.stats.styles import StyledVotes
from app.stats.tally import Comparisons, Floats, Ints, Tally
from app.stats.texts import FEATURES

POINTS = 400 / np.log(10)
SPREAD = 0.8  # standard deviation of the strengths, in natural-log odds: 139 points
TIED = (
    0.3  # a tie is this times the chance of the likelier loser: 15 % between equals, and half wins stay right
)

Chance = np.random.Generator


class Cells(NamedTuple):
    """Votes of each pair of models, (P,) each: won, lost and tied by the first."""

    models: int
    first: Ints
    second: Ints
    won: Ints
    lost: Ints
    tied: Ints

    def tally(self) -> Tally:
        verdict = np.repeat(np.arange(3), len(self.first))
        count = np.concatenate([self.won, self.lost, self.tied])
        return Tally(names(self.models), np.tile(self.first, 3), np.tile(self.second, 3), verdict, count)


class Voted(NamedTuple):
    """Cells and the ratings (M,) that they were drawn from."""

    cells: Cells
    truth: Floats


def names(models: int) -> tuple[str, ...]:
    return tuple(f"model-{index:04}" for index in range(models))


def small_board(models: int, votes: int, chance: Chance) -> Voted:
    """Votes on pairs at random."""
    strength = chance.normal(0, SPREAD, models)
    first, second = np.triu_indices(models, 1)
    games = chance.multinomial(votes, np.full(len(first), 1 / len(first)))
    return Voted(_cells(strength, first, second, games, chance), _points(strength))


def newcomer_board(models: int, votes: int, fresh: int, chance: Chance) -> Voted:
    """Many votes between all models but the last, which has `fresh` against some of them."""
    strength = chance.normal(0, SPREAD, models)
    first, second = np.triu_indices(models, 1)
    new = second == models - 1
    games = np.empty(len(first), dtype=np.int64)
    games[~new] = chance.multinomial(votes, np.full((~new).sum(), 1 / (~new).sum()))
    games[new] = chance.multinomial(fresh, np.full(models - 1, 1 / (models - 1)))
    return Voted(_cells(strength, first, second, games, chance), _points(strength))


def equal_models(models: int, votes: int, chance: Chance) -> Tally:
    """Of models that are all alike: a third each side, a sixth ties, a sixth both-bad; either side first."""
    first = chance.integers(0, models, votes)
    second = (first + chance.integers(1, models, votes)) % models
    verdict = chance.choice([0, 1, 2, 4], size=votes, p=[1 / 3, 1 / 3, 1 / 6, 1 / 6])
    return Comparisons(names(models), first, second, verdict).tally()


def voters_with_tastes(
    models: int, voters: int, votes: int, taste: float, chance: Chance
) -> tuple[Comparisons, Floats]:
    """Each voter's strengths scatter by `taste` around those of the board; the truth is `projected`."""
    strength = chance.normal(0, SPREAD, models)
    own = strength + taste * chance.normal(size=(voters, models))
    voter = np.repeat(np.arange(voters), votes)
    first, second = _sides(models, voters * votes, chance)
    verdict = _verdicts(expit(own[voter, first] - own[voter, second]), chance)
    return Comparisons(names(models), first, second, verdict, voter=voter), projected(strength, taste)


def styled_votes(models: int, votes: int, planted: dict[str, float], chance: Chance) -> StyledVotes:
    """Votes that style and position move: `planted` points for one standard deviation of each feature of the texts,
    and for being shown first.

    Lengths vary with the model, so that without control the ratings would be off.
    """
    strength = chance.normal(0, SPREAD, models)
    first, second = _sides(models, votes, chance)
    talkative = chance.normal(0, 0.3, models)
    texts = [
        np.exp(chance.normal(0, 0.5, (votes, len(FEATURES))) + talkative[side][:, None])
        for side in (first, second)
    ]
    difference = (texts[0] - texts[1]) / (texts[0] + texts[1])
    scaled = difference / np.sqrt((difference**2).mean(axis=0))
    weight = np.array([planted[name] for name in FEATURES])
    gap = strength[first] - strength[second] + (scaled @ weight + planted["position"]) / POINTS
    rows = Comparisons(names(models), first, second, _verdicts(expit(gap), chance))
    return StyledVotes.of_votes(rows, difference)


def projected(strength: Floats, taste: float) -> Floats:
    """Ratings (M,) on a board of endless voters whose strengths scatter by `taste` around these.

    Such voters agree less than one voter with himself, so the board is flatter than the strengths: the truth that an
    interval can hold is the Bradley–Terry fit to the mean chance of winning. All pairs are met alike.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    first, second = np.triu_indices(len(strength), 1)
    gaps = (strength[first] - strength[second])[:, None] + np.sqrt(2) * taste * nodes
    won = expit(gaps) @ weights / weights.sum()
    return np.asarray(refitted(len(strength), first, second, won[None], 1 - won[None])[0])


def refitted(models: int, first: Ints, second: Ints, won: Floats, lost: Floats) -> Floats:
    """Bradley–Terry ratings (R, M) from R counts (R, P) of the same pairs: Newton's method without a prior.

    A count without a maximum gives ratings as far out as 30 steps lead: beyond any percentile that is looked at.
    """
    theta = np.zeros((len(won), models))
    diagonal = np.arange(models)
    for _ in range(30):
        p = expit(theta[:, first] - theta[:, second])
        curve = (won + lost) * p * (1 - p)
        information = np.full((len(won), models, models), 1 / models)
        information[:, first, second] -= curve
        information[:, second, first] -= curve
        information[:, diagonal, diagonal] += _by_model(curve, curve, first, second, models)
        residual = won - (won + lost) * p
        slope = _by_model(residual, -residual, first, second, models)
        step = np.linalg.solve(information, slope[..., None])[..., 0]
        theta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-7:
            break
    return np.asarray(POINTS * (theta - theta.mean(axis=1, keepdims=True)))


def resampled(cells: Cells, rounds: int, chance: Chance) -> Floats:
    """Ratings (rounds, M) fitted to resamples of the votes."""
    count = np.concatenate([cells.won, cells.lost, cells.tied])
    drawn = chance.multinomial(count.sum(), count / count.sum(), size=rounds)
    won, lost, tied = np.split(drawn, 3, axis=1)
    return refitted(cells.models, cells.first, cells.second, won + tied / 2, lost + tied / 2)


def ridged_error(cells: Cells, ridge: float) -> Floats:
    """Standard errors (M,) with `ridge` times the number of votes added to the information, as arena-rank does."""
    won, lost, half = cells.won, cells.lost, cells.tied / 2
    ratings = refitted(cells.models, cells.first, cells.second, (won + half)[None], (lost + half)[None])[0]
    p = expit((ratings[cells.first] - ratings[cells.second]) / POINTS)
    games = won + lost + cells.tied
    information = _laplacian(cells, games * p * (1 - p)) + ridge * games.sum() * np.eye(cells.models)
    scatter = _laplacian(cells, won * (1 - p) ** 2 + lost * p**2 + cells.tied * (0.5 - p) ** 2)
    inverse = np.linalg.inv(information)
    return np.asarray(POINTS * np.sqrt(np.diag(inverse @ scatter @ inverse)))


def _laplacian(cells: Cells, weight: Floats) -> Floats:
    matrix = np.zeros((cells.models, cells.models))
    matrix[cells.first, cells.second] = matrix[cells.second, cells.first] = -weight
    return matrix - np.diag(matrix.sum(axis=1))


def _by_model(of_first: Floats, of_second: Floats, first: Ints, second: Ints, models: int) -> Floats:
    """Sum (R, P) over the pairs of each model: (R, M)."""
    one = np.eye(models)
    return np.asarray(of_first @ one[first] + of_second @ one[second])


def _cells(strength: Floats, first: Ints, second: Ints, games: Ints, chance: Chance) -> Cells:
    won, lost, tied = _outcomes(expit(strength[first] - strength[second]))
    counts = chance.multinomial(games, np.stack([won, lost, tied], axis=1))
    return Cells(len(strength), first, second, *counts.T)


def _verdicts(p: Floats, chance: Chance) -> Ints:
    won, lost, _ = _outcomes(p)
    drawn = chance.random(len(p))
    return np.where(drawn < won, 0, np.where(drawn < won + lost, 1, 2))


def _outcomes(p: Floats) -> tuple[Floats, Floats, Floats]:
    """Chances to win, lose and tie under which the mean score is p."""
    tied = TIED * np.minimum(p, 1 - p)
    return p - tied / 2, 1 - p - tied / 2, tied


def _sides(models: int, votes: int, chance: Chance) -> tuple[Ints, Ints]:
    first = chance.integers(0, models, votes)
    return first, (first + chance.integers(1, models, votes)) % models


def _points(strength: Floats) -> Floats:
    return np.asarray(POINTS * (strength - strength.mean()))
