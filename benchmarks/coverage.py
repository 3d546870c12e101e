"""Do 95 % intervals hold the truth 95 times in 100, and how often is a claim on a board false?

    .venv/bin/python -m benchmarks.coverage

Votes are simulated from strengths that are known, boards are fitted as an arena fits them, and what they say is held
against what is true. Beside each share stands its standard error over the boards: a share is good to about twice that.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.stats.rankings import rank
from app.stats.rankings.ranking import Ranking, Setting
from app.stats.tally import Floats
from benchmarks.stopwatch import machine
from benchmarks.tables import Table, show
from benchmarks.truths import (
    Chance,
    equal_models,
    newcomer_board,
    resampled,
    ridged_error,
    small_board,
    styled_votes,
    voters_with_tastes,
)

MODELS, FEW_MODELS = 20, 10
ROUNDS = 100  # of the bootstrap that others use
RIDGE = 1e-5  # that arena-rank adds to the information for each vote
VOTERS, VOTES_OF_ONE, TASTE = 500, 200, 0.6
PLANTED = {"length": 60.0, "headers": 0.0, "list_items": 25.0, "bold": -15.0, "position": 20.0}
Z = 1.959964
HEAD = ("", "share", "±", "boards", "goal", "met")
METHODS = ("bradley_terry", "davidson", "both_bad_aware")
NO_RANKS: Mapping[str, Setting] = {
    "center": 0,
    "rank_bounds": "overlap",
}  # the ranks of max_t take longer, and say more


@dataclass(frozen=True, slots=True)
class Goal:
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.2f}–{self.high:.2f}" if self.low else f"≤ {self.high:.2f}"


COVERED, RARE = Goal(0.93, 0.97), Goal(0, 0.06)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    started = time.monotonic()
    print(machine("numpy", "scipy"), end="\n\n", flush=True)
    for table in (intervals, claims, effects):
        show(table(asked.boards, asked.seed), asked.markdown)
    print(f"took {(time.monotonic() - started) / 60:.1f} minutes")


def intervals(boards: int, seed: int) -> Table:
    """How often the intervals of the models hold their true ratings."""
    rows: list[tuple[str, ...]] = []
    for votes in (500, 2_000, 10_000):
        rows += _rows(
            {
                f"{MODELS} models, {votes:,} votes: sandwich": COVERED,
                f"percentiles of {ROUNDS} resamples of the same": None,
            },
            (_small(votes, chance) for chance in _chances(boards, seed, votes)),
        )
    rows += _rows(
        {
            "newcomer of 100 votes on a board of 3,000,000: sandwich": COVERED,
            "sandwich with arena-rank's ridge": None,
        },
        (_newcomer(chance) for chance in _chances(boards, seed, 1)),
    )
    rows += _rows(
        {
            f"{VOTERS} voters with tastes, {VOTES_OF_ONE} votes each: clustered by voter": COVERED,
            "each vote for itself": None,
        },
        (_tastes(chance) for chance in _chances(_few(boards), seed, 2)),
    )
    return Table("Share of 95 % intervals that hold the truth", HEAD, tuple(rows))


def claims(boards: int, seed: int) -> Table:
    """On how many boards of equal models somebody is called better than another."""
    rows: list[tuple[str, ...]] = []
    for models, votes, times in ((10, 2_000, 4), (30, 20_000, 1)):
        goals: dict[str, Goal | None] = {
            f"{models} models, {votes:,} votes: {name}": RARE for name in METHODS
        }
        goals["bradley_terry by overlap of intervals"] = None
        chances = _chances(times * boards, seed, models)
        rows += _rows(goals, (_claims(models, votes, chance) for chance in chances))
    return Table("Share of boards of equal models with a false claim", HEAD, tuple(rows))


def effects(boards: int, seed: int) -> Table:
    """How near the coefficients of style and position come to those that were planted."""
    rows = _planted("", [_styled(5_000, False, chance) for chance in _chances(boards, seed, 3)])
    from_moments = [_styled(60_000, True, chance) for chance in _chances(_few(boards), seed, 4)]
    rows += _planted(" from moments, 60,000 votes", from_moments)
    head = (
        "points for one standard deviation",
        "planted",
        "mean",
        "±",
        "within 2 s.e.",
        "±",
        "boards",
        "met",
    )
    title = f"Planted effects of style and position, {FEW_MODELS} models, 5,000 votes"
    return Table(title, head, tuple(rows))


def _planted(suffix: str, boards: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[str, ...]]:
    """From the value and the standard error of each coefficient on each board."""
    rows: list[tuple[str, ...]] = []
    for column, (name, planted) in enumerate(PLANTED.items()):
        value, error = np.array(boards)[:, column].T
        within, spread = _mean(np.abs(value - planted) <= 2 * error)
        middle, doubt = _mean(value)
        found = (f"{middle:.1f}", f"{doubt:.1f}", f"{within:.3f}", f"{spread:.3f}")
        met = _met(within >= COVERED.low)
        rows.append((f"{name}{suffix}", f"{planted:.0f}", *found, f"{len(value):,}", met))
    return rows


def _small(votes: int, chance: Chance) -> tuple[float, float]:
    board = small_board(MODELS, votes, chance)
    limits = np.percentile(resampled(board.cells, ROUNDS, chance), [2.5, 97.5], axis=0)
    sandwich = _limits(rank("bradley_terry", board.cells.tally(), NO_RANKS))
    return _held(sandwich, board.truth).mean(), _held(limits, board.truth).mean()


def _newcomer(chance: Chance) -> tuple[float, float]:
    board = newcomer_board(100, 3_000_000, 100, chance)
    limits = _limits(rank("bradley_terry", board.cells.tally(), NO_RANKS))
    ridged = limits.mean(axis=0) + Z * np.outer([-1, 1], ridged_error(board.cells, RIDGE))
    return float(_held(limits, board.truth)[-1]), float(_held(ridged, board.truth)[-1])


def _tastes(chance: Chance) -> tuple[float, ...]:
    votes, truth = voters_with_tastes(FEW_MODELS, VOTERS, VOTES_OF_ONE, TASTE, chance)
    boards = [rank("bradley_terry", votes, {**NO_RANKS, "cluster": cluster}) for cluster in ("voter", "none")]
    return tuple(_held(_limits(board), truth).mean() for board in boards)


def _claims(models: int, votes: int, chance: Chance) -> tuple[float, ...]:
    tally = equal_models(models, votes, chance)
    boards = [rank(method, tally, {}) for method in METHODS]
    overlapping = rank("bradley_terry", tally, {"rank_bounds": "overlap"})
    return tuple(float(_claimed(board, models)) for board in (*boards, overlapping))


def _claimed(board: Ranking, models: int) -> bool:
    return any((row.rank_best, row.rank_worst) != (1, models) for row in board.rows)


def _styled(votes: int, moments: bool, chance: Chance) -> list[tuple[float, float]]:
    """Value and standard error of each coefficient."""
    styled = styled_votes(FEW_MODELS, votes, PLANTED, chance)
    board = rank("style_controlled", styled.moments() if moments else styled, NO_RANKS)
    found = {each.name: each for each in board.coefficients}
    limits = np.array([(found[name].lower, found[name].upper) for name in PLANTED], dtype=np.float64)
    return [
        (found[name].value, (high - low) / 2 / Z) for name, (low, high) in zip(PLANTED, limits, strict=True)
    ]


def _limits(board: Ranking) -> Floats:
    """Lower and upper limits (2, M) in the order of the names."""
    rows = sorted(board.rows, key=lambda row: row.model)
    return np.array([[row.lower for row in rows], [row.upper for row in rows]], dtype=np.float64)


def _held(limits: Floats, truth: Floats) -> NDArray[np.bool_]:
    return np.asarray((limits[0] <= truth) & (truth <= limits[1]))


def _rows(goals: Mapping[str, Goal | None], shares: Iterable[Sequence[float]]) -> Iterator[tuple[str, ...]]:
    """A row for each column of `shares`, which has a row for each board."""
    for (name, goal), column in zip(goals.items(), np.array(list(shares)).T, strict=True):
        share, error = _mean(column)
        met = "" if goal is None else _met(goal.low <= share <= goal.high)
        yield name, f"{share:.3f}", f"{error:.3f}", f"{len(column):,}", "" if goal is None else str(goal), met


def _mean(values: NDArray[np.float64 | np.bool_]) -> tuple[float, float]:
    """With its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def _chances(boards: int, seed: int, part: int) -> Iterator[Chance]:
    return (np.random.default_rng((seed, part, board)) for board in range(boards))


def _few(boards: int) -> int:
    """Of the boards that take longer."""
    return max(boards // 5, 2)


def _met(met: bool) -> str:
    return "yes" if met else "no"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.coverage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--boards", type=int, default=1000, metavar="N", help="boards behind most shares (1000)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all that is drawn (1)")
    parser.add_argument("--markdown", action="store_true", help="print tables to paste into a page")
    return parser


if __name__ == "__main__":
    main()
