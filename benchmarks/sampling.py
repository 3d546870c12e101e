"""Which sampling makes a board precise with the fewest votes, and what copies of a draw do to a weighted estimate?

    .venv/bin/python -m benchmarks.sampling

Votes are simulated from strengths that are known and dealt in batches by each sampling, as an arena would deal them.
Standard errors are those of the Bradley–Terry fit of all votes of a run, in Elo points, around the mean of the models.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from app.domain.overlaps import share
from app.stats.pairing import needs, pair_probabilities
from app.stats.pairing.information import APART, posterior
from app.stats.settings import Setting
from app.stats.tally import COUNTED, Floats, Ints, Tally
from app.stats.verdicts import Verdict
from benchmarks.stopwatch import machine
from benchmarks.tables import Table, show

MODELS, VOTES, BATCH = 20, 20_000, 500
SPREAD = 0.7  # standard deviation of the strengths in natural-log odds: 122 points
POINTS = 400 / np.log(10)
EXPLORE = 0.1
FIRST, SECOND = np.triu_indices(MODELS, 1)
PAIRS = np.stack([FIRST, SECOND], axis=1)
NEXT_TO_NO_PRIOR = 1e-3

Chance = np.random.Generator
Chooser = Callable[[Tally, Chance], Floats]


@dataclass(frozen=True, slots=True)
class Found:
    """Of one run: mean and largest standard error, pairs told apart, root mean square error."""

    mean: float
    worst: float
    apart: float
    error: float


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    print(machine("numpy", "scipy"), end="\n\n", flush=True)
    show(samplings(asked.runs, asked.seed), asked.markdown)
    show(copies(asked.runs, asked.seed), asked.markdown)
    print(f"took {(time.monotonic() - started) / 60:.1f} minutes")


def samplings(runs: int, seed: int) -> Table:
    """Each sampling from the same strengths; `popularity` and `argmax` are what others do, not kinds of an arena."""
    choosers: dict[str, Chooser] = {
        "popularity (Zipf)": _popular,
        "uniform": _registered("uniform", {}),
        "variance_reduction": _registered("variance_reduction", {}),
        "variance of the difference × p(1 − p), greedy": _of_difference,
        "information, close_share 0": _registered("information", {"close_share": 0}),
        "information": _registered("information", {}),
        "information, close_share 0.5": _registered("information", {"close_share": 0.5}),
    }
    title = f"{MODELS} models, {VOTES:,} votes in batches of {BATCH}, a mean over {runs} runs"
    head = ("sampling", "mean SE", "worst SE", f"of {len(FIRST)} pairs apart", "RMS error")
    rows = []
    for name, chooser in choosers.items():
        found = [_run(chooser, np.random.default_rng([seed, run])) for run in range(runs)]
        columns = [np.mean([getattr(each, field) for each in found]) for field in Found.__slots__]
        rows.append((name, *(f"{value:.2f}" for value in columns)))
    return Table(title, head, tuple(rows))


def copies(runs: int, seed: int, draws: int = 1_000) -> Table:
    """The mean score of ten unevenly dealt pairs, each counting alike: weighted, when each draw has two voters.

    What copies carry is the probability of their draw, or that of being dealt the pair at that very moment.
    """
    rows = []
    for name, of_draw in (("probability of the draw", True), ("probability at the moment", False)):
        found = np.array(
            [_weighted(of_draw, draws, np.random.default_rng([seed, run])) for run in range(10 * runs)]
        )
        off = found - 0.5
        rows.append((name, f"{off.mean():+.4f}", f"{np.sqrt((off**2).mean()):.4f}"))
    title = f"Overlap of 2: weighted mean of {10 * runs} runs, {draws:,} draws each"
    return Table(title, ("copies carry", "bias", "RMS error"), tuple(rows))


def _run(chooser: Chooser, chance: Chance) -> Found:
    strength = chance.normal(0, SPREAD, MODELS)
    strength -= strength.mean()
    p = expit(strength[FIRST] - strength[SECOND])
    won = np.zeros(len(FIRST), dtype=np.int64)
    lost = np.zeros(len(FIRST), dtype=np.int64)
    for _ in range(VOTES // BATCH):
        dealt = chance.multinomial(BATCH, chooser(_tally(won, lost), chance))
        more = chance.binomial(dealt, p)
        won, lost = won + more, lost + dealt - more
    theta, covariance = posterior(_tally(won, lost).win_matrix(), NEXT_TO_NO_PRIOR)
    errors = POINTS * np.sqrt(np.diag(covariance))
    apart = np.abs(theta[FIRST] - theta[SECOND]) > APART * np.sqrt(_variances(covariance))
    off = POINTS * np.sqrt(((theta - strength) ** 2).mean())
    return Found(float(errors.mean()), float(errors.max()), float(apart.sum()), float(off))


def _registered(name: str, settings: Mapping[str, Setting]) -> Chooser:
    return lambda tally, chance: pair_probabilities(needs(name, tally, settings), PAIRS, EXPLORE)


def _popular(tally: Tally, chance: Chance) -> Floats:
    """A model is as popular as its place in the list: not by its strength, which was drawn without order."""
    popularity = 1 / np.arange(1, MODELS + 1)
    weight = popularity[FIRST] * popularity[SECOND]
    return np.asarray(weight / weight.sum())


def _of_difference(tally: Tally, chance: Chance) -> Floats:
    theta, covariance = posterior(tally.win_matrix(), 1)
    gap = theta[FIRST] - theta[SECOND]
    information = _variances(covariance) * expit(gap) * expit(-gap)
    weight = (information / information.max()) ** 8
    return np.asarray((1 - EXPLORE) * weight / weight.sum() + EXPLORE / len(weight))


def _variances(covariance: Floats) -> Floats:
    diagonal = np.diag(covariance)
    return np.asarray(diagonal[FIRST] + diagonal[SECOND] - 2 * covariance[FIRST, SECOND])


def _tally(won: Ints, lost: Ints) -> Tally:
    names = tuple(f"m{number:02}" for number in range(MODELS))
    verdict = np.repeat([COUNTED.index(Verdict.A), COUNTED.index(Verdict.B)], len(won))
    return Tally(names, np.tile(FIRST, 2), np.tile(SECOND, 2), verdict, np.concatenate([won, lost]))


def _weighted(of_draw: bool, draws: int, chance: Chance) -> float:
    """Scores .9 to .1 of ten pairs, the better ones dealt more; the true mean over pairs is .5."""
    score = np.linspace(0.9, 0.1, 10)
    deal = 0.9 * np.array([0.4, 0.2, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02]) + 0.01
    copied, due, weights, values, made = share(2), list[int](), list[float](), list[float](), 0
    while made < draws:
        is_copy = bool(due) and chance.random() < copied
        pair = due[-1] if is_copy else int(chance.choice(10, p=deal))
        at_once = copied * (pair == due[-1]) + (1 - copied) * deal[pair] if due else deal[pair]
        weights.append(1 / float(deal[pair] if of_draw else at_once))
        values.append(float(chance.random() < score[pair]))
        if is_copy:
            due.pop()
        else:
            due.append(pair)
            made += 1
    return float(np.average(values, weights=weights))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sampling", description=__doc__)
    parser.add_argument("--runs", type=int, default=60, help="boards a sampling")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true", help="for docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    main()
