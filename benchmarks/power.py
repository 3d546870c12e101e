"""How many votes does an arena need before its board shows what is true?

    .venv/bin/python -m benchmarks.power

Boards of simulated raters are made until 95 % of them are right, beside the number that `app/stats/power.py` predicts:
the votes after which a difference is so many of its standard errors. Raters err as a pool says, so the differences that
a board can find are those that endless votes of this pool would show.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import norm

from app.stats.pairs import Pairs
from app.stats.pools import Manner, Persona, Pool, band_of
from app.stats.power import TWO_SIDED_95, head_to_head, votes_needed
from app.stats.strengths import error_root, strengths
from app.stats.tally import COUNTED, Floats, Ints, Tally
from app.stats.verdicts import Verdict
from benchmarks.stopwatch import machine
from benchmarks.tables import Table, show
from benchmarks.truths import POINTS, names, refitted

MODELS = 8
SPREAD = 0.8  # of the strengths, in natural-log odds: 139 points
GAPS = (50, 100, 200)  # points between two models
WANTED = 0.95  # of the boards
FACTORS = (0.5, 0.65, 0.8, 1.0, 1.25)  # of the predicted votes, between which the simulated number is found
ENDLESS = 10**9  # votes
AT_ONCE = 1_000_000  # verdicts in memory
A, B, TIE = (COUNTED.index(verdict) for verdict in (Verdict.A, Verdict.B, Verdict.TIE))

Chance = np.random.Generator
Right = Callable[[Floats], Floats]

POOLS = {
    "no noise": Pool.of(13, [Persona("all", 1)]),
    "10 % flipped": Pool.of(13, [Persona("all", 1, Manner(flip=0.1))]),
    "25 % flipped": Pool.of(13, [Persona("all", 1, Manner(flip=0.25))]),
    "25 % flipped, 10 % ties, pull 0.1": Pool.of(
        13, [Persona("all", 1, Manner(flip=0.25, position=0.1, band=band_of(0.1)))]
    ),
    "25 % flipped, of experts 2 %": Pool.of(
        13, [Persona("crowd", 0.8, Manner(flip=0.25)), Persona("expert", 0.2, Manner(flip=0.02))]
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A pool that votes on models of these strengths (M,), best first; every pair is dealt alike, either side first."""

    pool: Pool
    strength: Floats

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """The better and the worse of each, (P,)."""
        better, worse = np.triu_indices(len(self.strength), 1)
        return better.astype(np.int64), worse.astype(np.int64)

    def endless(self) -> Floats:
        """Shares (3, P) of the votes on each pair that its better one wins, loses and ties."""
        better, worse = self.pairs
        merits = {"overall": self.strength}
        left = self.pool.expected(better, worse, merits)["overall"]
        right = self.pool.expected(worse, better, merits)["overall"]
        return (
            np.stack([left[:, A] + right[:, B], left[:, B] + right[:, A], left[:, TIE] + right[:, TIE]]) / 2
        )

    def simulated(self, boards: int, votes: int, chance: Chance) -> Ints:
        """Votes (boards, 3, P) that the better of each pair won, lost and tied on so many boards."""
        at_once = max(AT_ONCE // votes, 1)
        parts = [min(at_once, boards - start) for start in range(0, boards, at_once)]
        return np.concatenate([self._some(part, votes, chance) for part in parts])

    def _some(self, boards: int, votes: int, chance: Chance) -> Ints:
        better, worse = self.pairs
        pair = chance.integers(0, len(better), boards * votes)
        turned = chance.random(boards * votes) < 0.5
        first, second = (
            np.where(turned, worse[pair], better[pair]),
            np.where(turned, better[pair], worse[pair]),
        )
        who = self.pool.draw(boards * votes, chance)
        said = self.pool.judge(who, first, second, {"overall": self.strength}, chance)["overall"]
        outcome = np.where(said > B, 2, np.where(turned, 1 - said, said))
        board = np.repeat(np.arange(boards), votes)
        cells = (board * 3 + outcome) * len(better) + pair
        return np.bincount(cells, minlength=boards * 3 * len(better)).reshape(boards, 3, len(better))


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    print(machine("numpy", "scipy"), end="\n\n", flush=True)
    show(two_models(asked.boards, asked.seed), asked.markdown)
    show(whole_boards(asked.boards, asked.seed), asked.markdown)
    print(f"took {(time.monotonic() - started) / 60:.1f} minutes")


def two_models(boards: int, seed: int) -> Table:
    """How often the better of two is surely better after the votes predicted for 80 %, with and without the noise."""
    rows = []
    for at, (name, pool) in enumerate(POOLS.items()):
        for gap in GAPS:
            study = Study(pool, np.array([gap / POINTS, 0.0]))
            won, lost, tied = study.endless()[:, 0]
            votes = ceil(head_to_head(won / (won + lost)) / (1 - tied))
            careless = head_to_head(float(expit(gap / POINTS)))
            chance = np.random.default_rng((seed, at, gap))
            found = [_told_apart(study.simulated(boards, number, chance)) for number in (votes, careless)]
            cells = (f"{votes:,}", *_share(found[0]), f"{careless:,}", *_share(found[1]))
            rows.append((f"{name}: {gap} points", *cells))
    title = "Two models, votes until the better one is told from the other on 80 % of boards"
    head = ("pool", "predicted", "told apart then", "±", "if noise is forgotten", "told apart then", "±")
    return Table(title, head, tuple(rows))


def whole_boards(boards: int, seed: int) -> Table:
    """Until 95 % of the boards have the best model on top, and until they have all models in their order."""
    strength = SPREAD * ndtri(1 - (np.arange(MODELS) + 0.5) / MODELS)
    questions: dict[str, tuple[Right, int]] = {"best on top": (_top, 1), "all in order": (_order, MODELS - 1)}
    rows = []
    for at, (name, pool) in enumerate(POOLS.items()):
        study = Study(pool, strength)
        for question, (right, gaps) in questions.items():
            votes = predicted(study, gaps)
            chance = np.random.default_rng((seed, at, gaps))
            tried = [round(votes * factor) for factor in FACTORS]
            found = [right(_ratings(study, boards, number, chance)) for number in tried]
            needed = _crossing(np.array(tried), np.array([each.mean() for each in found]), boards)
            then = _share(found[FACTORS.index(1.0)])
            rows.append(
                (f"{name}: {question}", f"{votes:,}", *then, f"{needed:,.0f}", f"{votes / needed:.2f}")
            )
    gaps_in_points = -np.diff(strength) * POINTS
    title = (
        f"{MODELS} models, {gaps_in_points.min():.0f} to {gaps_in_points.max():.0f} points from one to the next:"
        " votes until 95 % of boards are right"
    )
    head = ("pool", "predicted", "right then", "±", "simulated", "predicted ÷ simulated")
    return Table(title, head, tuple(rows))


def predicted(study: Study, gaps: int) -> int:
    """Votes after which each of the first `gaps` differences between neighbours has the right sign with a chance that
    makes all of them right with one of 95 % or more (Bonferroni).
    """
    better, worse = study.pairs
    cells = np.rint(study.endless() * ENDLESS / len(better)).astype(np.int64)
    verdicts = np.repeat([A, B, TIE], len(better))
    models = names(len(study.strength))
    tally = Tally(models, np.tile(better, 3), np.tile(worse, 3), verdicts, cells.ravel())
    pairs = Pairs.of(tally, "half", "tie")
    theta = strengths(pairs)
    root = error_root(pairs, theta)
    gap = -np.diff(theta)[:gaps]
    error = np.sqrt((np.diff(root, axis=0)[:gaps] ** 2).sum(axis=1)) * np.sqrt(ENDLESS)
    low, high = 0, ENDLESS
    while high - low > 1:
        votes = (low + high) // 2
        needed = votes_needed(gap, error / np.sqrt(votes), power=1 - (1 - WANTED) / gaps, critical=0)
        low, high = (low, votes) if (needed == 0).all() else (votes, high)
    return high


def _ratings(study: Study, boards: int, votes: int, chance: Chance) -> Floats:
    won, lost, tied = study.simulated(boards, votes, chance).transpose(1, 0, 2)
    return refitted(len(study.strength), *study.pairs, won + tied / 2, lost + tied / 2)


def _top(ratings: Floats) -> Floats:
    return np.asarray(ratings[:, 0] > ratings[:, 1:].max(axis=1), dtype=np.float64)


def _order(ratings: Floats) -> Floats:
    return np.asarray((np.diff(ratings, axis=1) < 0).all(axis=1), dtype=np.float64)


def _told_apart(counts: Ints) -> Floats:
    """Whether the better of two has more than half of the decided votes by 1.96 standard errors of an even chance."""
    won, lost = counts[:, 0, 0], counts[:, 1, 0]
    decided = np.maximum(won + lost, 1)
    return np.asarray((won / decided - 0.5) * 2 * np.sqrt(decided) > TWO_SIDED_95, dtype=np.float64)


def _crossing(votes: Ints, shares: Floats, boards: int) -> float:
    """The votes at which the share is as wanted: its normal quantile is nearly a line in the root of the votes.

    A share counts by how well its quantile is known.
    """
    inside = np.clip(shares, 0.5 / boards, 1 - 0.5 / boards)
    quantile = ndtri(inside)
    weight = norm.pdf(quantile) / np.sqrt(inside * (1 - inside))
    slope, start = np.polyfit(np.sqrt(votes), quantile, 1, w=weight)
    return float(((ndtri(WANTED) - start) / slope) ** 2)


def _share(right: Floats) -> tuple[str, str]:
    share = right.mean()
    return f"{share:.3f}", f"{np.sqrt(share * (1 - share) / len(right)):.3f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.power",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--boards", type=int, default=1000, metavar="N", help="behind each share (1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all that is drawn (1)")
    parser.add_argument("--markdown", action="store_true", help="print tables to paste into a page")
    return parser


if __name__ == "__main__":
    main()
