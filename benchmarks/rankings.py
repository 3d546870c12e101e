"""How long Bradley–Terry ratings with 95 % intervals take, here and elsewhere, on the same votes.

    make peers
    build/peers/bin/python -m benchmarks.rankings

Each contender runs in a process of its own, with one thread for linear algebra. The time is that of the shortest run,
from arrays in memory to ratings and limits; after it stands how many times longer than this project that is. A run
longer than --limit is stopped, and larger ones are not tried.
"""

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, NamedTuple

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
os.environ |= dict.fromkeys(
    THREADS, "1"
)  # before numpy is loaded, here and in every process started from here
os.environ |= {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_ENABLE_X64": "1",  # arena-rank switches it on too late for its own data
}

import numpy as np  # noqa: E402  # threads first

from benchmarks.contenders import CONTENDERS, LIMIT, OURS, Contender, Fit, Votes, simulated  # noqa: E402  # threads first
from benchmarks.stopwatch import machine, measured, shown  # noqa: E402  # threads first
from benchmarks.tables import Table, show  # noqa: E402  # threads first

Source = Literal["votes", "cells"]
SOURCES: tuple[Source, ...] = ("votes", "cells")

FULL = ((20, 100, 300), (10_000, 100_000, 1_000_000, 10_000_000))
QUICK = ((20,), (10_000, 100_000))
STARTING = 300  # seconds that a process may take to load what it needs
REPEATING = (
    20  # seconds beyond the limit, to read the votes and for further runs of which the shortest counts
)
GOAL_MODELS, GOAL_VOTES, GOAL_RATIO, GOAL_LIMIT, GOAL_POINTS = 100, 1_000_000, 100, 2, 0.01


class Run(NamedTuple):
    """One contender on one number of votes; without a fit, `failure` says why."""

    seconds: float = 0.0
    megabytes: float | None = None
    fit: Fit | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """All runs on votes between so many models: [contender][votes]."""

    models: int
    source: Source
    runs: dict[str, dict[int, Run]]

    def ratio(self, name: str, other: str, votes: int) -> float | None:
        """How many times longer the one took than the other."""
        one, two = self.run(name, votes), self.run(other, votes)
        return one.seconds / two.seconds if one.fit and two.fit else None

    def run(self, name: str, votes: int) -> Run:
        return self.runs.get(name, {}).get(votes, Run(failure="not tried"))


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    models, votes = QUICK if asked.quick else (asked.models, asked.votes)
    chosen = [each for each in CONTENDERS if not asked.only or each.name in asked.only]
    present = [each for each in chosen if each.present]
    print(machine("numpy", "scipy"), flush=True)
    if absent := sorted({each.needs for each in chosen} - {each.needs for each in present}):
        print(f"absent, so not compared: {', '.join(absent)}; make peers installs them")
    print()
    boards = []
    for size in models:
        with tempfile.TemporaryDirectory() as folder:
            for number in votes:
                np.save(Path(folder) / f"{number}.npy", np.stack(simulated(size, number, asked.seed)[1:]))
            for source in asked.sources:
                boards.append(_board(present, size, source, Path(folder), votes, asked.limit))
                show(_table(boards[-1], votes, asked.limit), asked.markdown)
    show(_goals(boards), asked.markdown)


def run_all(
    contender: Contender, models: int, source: Source, folder: Path, votes: Sequence[int]
) -> Iterator[Run]:
    """The contender on each number of votes, read from `folder`."""
    for number in votes:
        columns = np.load(folder / f"{number}.npy")
        columns.flags.writeable = False  # nobody changes them any more, so nobody needs a copy
        result = measured(_fitting(contender, source, Votes(models, *columns)))
        yield Run(result.seconds, result.megabytes, contender.read(result.result))


def _fitting(contender: Contender, source: Source, votes: Votes) -> Callable[[], Any]:
    if source == "votes":
        return partial(contender.from_votes, votes)
    assert contender.from_cells is not None
    return partial(contender.from_cells, votes.cells())


def _board(
    contenders: Sequence[Contender],
    models: int,
    source: Source,
    folder: Path,
    votes: Sequence[int],
    limit: float,
) -> Board:
    runs = {}
    for contender in contenders:
        if source == "votes" or contender.from_cells is not None:
            runs[contender.name] = _apart(contender, models, source, folder, votes, limit)
    return Board(models, source, runs)


def _apart(
    contender: Contender, models: int, source: Source, folder: Path, votes: Sequence[int], limit: float
) -> dict[int, Run]:
    """The runs of a contender in a process of its own, up to the first that does not end in time."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    work = (theirs, contender.name, models, source, folder, votes)
    process = multiprocessing.get_context("spawn").Process(target=_child, args=work)
    process.start()
    theirs.close()
    runs: dict[int, Run] = {}
    if ours.poll(STARTING):
        with suppress(EOFError):  # the first run then fails and says so
            ours.recv()
    for number in votes:
        if not ours.poll(limit + REPEATING):
            runs[number] = Run(failure=f">{limit:g} s")
            break
        try:
            run = ours.recv()
        except EOFError:
            runs[number] = Run(failure="failed")
            break
        runs[number] = run if run.seconds <= limit else Run(failure=f">{limit:g} s")
        if runs[number].failure:
            break
    process.kill()
    process.join()
    return runs


def _child(
    results: Connection, name: str, models: int, source: Source, folder: Path, votes: Sequence[int]
) -> None:
    contender = next(each for each in CONTENDERS if each.name == name)
    _fitting(contender, source, simulated(5, 1000, 0))()  # what is done only once
    results.send(None)
    for run in run_all(contender, models, source, folder, votes):
        results.send(run)


def _table(board: Board, votes: Sequence[int], limit: float) -> Table:
    head = ("", *(f"{number:,} votes" for number in votes), "memory", "rating off by", "width of intervals")
    rows = tuple(_row(board, name, votes) for name in board.runs)
    source = "single votes" if board.source == "votes" else "cells"
    return Table(f"{board.models} models, from {source}", head, rows)


def _row(board: Board, name: str, votes: Sequence[int]) -> tuple[str, ...]:
    runs = {number: board.run(name, number) for number in votes}
    fitted = {number: run for number, run in runs.items() if run.fit}
    if not fitted:
        return (name, *(run.failure for run in runs.values()), "", "", "")
    megabytes = fitted[max(fitted)].megabytes
    return (
        name,
        *(_time(board, name, number) for number in votes),
        "" if megabytes is None else f"{megabytes:,.0f} MB",
        _largest(
            [apart for number in fitted if (apart := _apart_from_limit(board, name, number)) is not None]
        ),
        _widths([width for number in fitted if (width := _width(board, name, number)) is not None]),
    )


def _time(board: Board, name: str, number: int) -> str:
    run = board.run(name, number)
    if not run.fit:
        return run.failure
    ratio = board.ratio(name, OURS, number)
    return shown(run.seconds) if ratio is None else f"{shown(run.seconds)} {_times(ratio)}"


def _times(ratio: float) -> str:
    return f"×{ratio:,.{0 if ratio >= 10 else 1 if ratio >= 1 else 2}f}"


def _apart_from_limit(board: Board, name: str, number: int) -> float | None:
    """The largest distance of a rating to the maximum of the likelihood, in Elo points."""
    fit, exact = board.run(name, number).fit, board.run(LIMIT, number).fit
    return float(np.abs(fit.ratings - exact.ratings).max()) if fit and exact else None


def _width(board: Board, name: str, number: int) -> float | None:
    """The median over models of the width of their intervals, over that of the sandwich."""
    fit, exact = board.run(name, number).fit, board.run(LIMIT, number).fit
    if not fit or not exact or fit.margin is None or exact.margin is None:
        return None
    return float(np.median(fit.margin / exact.margin))


def _largest(apart: Sequence[float]) -> str:
    if not apart:
        return ""
    return "<0.0001" if max(apart) < 0.0001 else f"{max(apart):.2g}"


def _widths(widths: Sequence[float]) -> str:
    if not widths:
        return "none"
    low, high = f"{min(widths):.2f}", f"{max(widths):.2f}"
    return low if low == high else f"{low}–{high}"


def _goals(boards: Sequence[Board]) -> Table:
    return Table(
        "Goals",
        ("goal", "measured", "met"),
        (_goal_of_peers(boards), _goal_of_limit(boards), _goal_of_ratings(boards)),
    )


def _goal_of_peers(boards: Sequence[Board]) -> tuple[str, str, str]:
    found = [
        (ratio, name, number)
        for board in boards
        if (board.models, board.source) == (GOAL_MODELS, "votes")
        for name in board.runs
        if name not in (LIMIT, OURS) and not name.startswith(OURS)
        for number in board.runs[name]
        if number >= GOAL_VOTES and (fit := board.run(name, number).fit) and fit.margin is not None
        if (ratio := board.ratio(name, OURS, number)) is not None
    ]
    goal = f"≥ {GOAL_RATIO} times faster than any with intervals ({GOAL_MODELS} models, from {GOAL_VOTES:,} votes on)"
    if not found:
        return goal, "no such run", "–"
    ratio, name, number = min(found)
    return goal, f"{ratio:.0f} times ({name}, {number:,} votes)", _met(ratio >= GOAL_RATIO)


def _goal_of_limit(boards: Sequence[Board]) -> tuple[str, str, str]:
    found = [
        (ratio, f"{board.models} models, {number:,} votes from {board.source}")
        for board in boards
        for number in board.runs.get(OURS, {})
        if (ratio := board.ratio(OURS, LIMIT, number)) is not None
    ]
    if not found:
        return f"≤ {GOAL_LIMIT} times the numpy limit", "no such run", "–"
    ratio, where = max(found)
    within = sum(each <= GOAL_LIMIT for each, _ in found)
    measured = f"{within} of {len(found)} within; at most {ratio:.1f} times ({where})"
    return f"≤ {GOAL_LIMIT} times the numpy limit", measured, _met(ratio <= GOAL_LIMIT)


def _goal_of_ratings(boards: Sequence[Board]) -> tuple[str, str, str]:
    apart = [
        value
        for board in boards
        for number in board.runs.get(OURS, {})
        if (value := _apart_from_limit(board, OURS, number)) is not None
    ]
    goal = f"ratings equal to {GOAL_POINTS} points"
    return (goal, _largest(apart), _met(max(apart) <= GOAL_POINTS)) if apart else (goal, "no such run", "–")


def _met(met: bool) -> str:
    return "yes" if met else "no"


def _parser() -> argparse.ArgumentParser:
    assert __doc__
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rankings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    models, votes = FULL
    parser.add_argument(
        "--models", type=int, nargs="+", default=models, metavar="N", help="sizes of the boards"
    )
    parser.add_argument("--votes", type=int, nargs="+", default=votes, metavar="N", help="numbers of votes")
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=SOURCES, help="what is fitted from")
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS", help="longest run (60)")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="only these: " + ", ".join(each.name for each in CONTENDERS)
    )
    parser.add_argument("--quick", action="store_true", help="20 models and few votes, to see that all runs")
    parser.add_argument("--markdown", action="store_true", help="print tables to paste into a page")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the simulated votes (1)")
    return parser


if __name__ == "__main__":
    main()
