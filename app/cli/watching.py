"""A run on the terminal: worked on in this process, or watched; a live table where there is a terminal, else lines."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.api.progress import shown_progress
from app.api.records import shown_call
from app.cli.console import out, say
from app.cli.options import now
from app.db.session import Database
from app.domain import runs
from app.domain.errors import RunNotOpen
from app.domain.records import Call, Judged
from app.domain.runs import Progress
from app.settings import Settings, operator, signing_key
from app.worker import judging
from app.worker.judging import Desk, fence_key

LOOK_SECONDS = 0.5
LINE_SECONDS = 5.0  # between lines where there is no terminal
KNOWN = ("free", "stated", "estimated")

Show = Callable[[Progress, str], None]


def work(database: Database, settings: Settings, run: str) -> bool:
    """Work on a run until it is at rest; whoever holds it already is watched instead. Whether it is done, and not in
    vain. The first Ctrl+C pauses it, or leaves it to the other worker; the second leaves at once.
    """
    desk = Desk(database, operator(settings), fence_key(signing_key(settings)), settings.lease_seconds)
    at_work = threading.Thread(target=_work, args=(desk, run), daemon=True)
    with _counted_interrupts() as interrupts, _shown() as show:
        at_work.start()
        heeded = 0
        while at_work.is_alive():
            progress = _look(database, run)
            mine = progress.run.worker in (desk.worker, None)
            if len(interrupts) > 1 or (interrupts and not mine):
                break
            if len(interrupts) > heeded:
                heeded = len(interrupts)
                _pause(database, run)
            show(
                progress, "stopping: what is out is waited for; Ctrl+C again leaves at once" if heeded else ""
            )
            at_work.join(LOOK_SECONDS)
        progress = _look(database, run)
        show(progress, "")
    return _concluded(progress, left=at_work.is_alive())


def watch(database: Database, run: str) -> None:
    """Show a run until it is at rest or Ctrl+C is pressed."""
    with _counted_interrupts() as interrupts, _shown() as show:
        while not interrupts:
            progress = _look(database, run)
            show(progress, "")
            if progress.run.state != "running" and not _held(progress):
                return
            time.sleep(LOOK_SECONDS)


def details(arena: str, progress: Progress) -> Table:
    """All that is known of a run, a line each."""
    run, judge = progress.run, progress.judge
    chosen = ", ".join(f"{name} {value}" for name, value in run.selection.items())
    limits = {"calls": run.most_calls, "tokens": run.most_tokens, "money": run.most_micros}
    budget = ", ".join(
        f"{money(value) if name == 'money' else f'{value:,}'} {name}"
        for name, value in limits.items()
        if value is not None
    )
    table = Table.grid(padding=(0, 2))
    for name, text in (
        ("run", f"{run.public_id} in {arena}"),
        ("judge", f"{judge.name}@{judge.version}: {judge.protocol}, {judge.model}"),
        ("battles", chosen),
        ("budget", budget or "without limit"),
        ("state", f"{run.state}: {run.why}" if run.why else run.state),
        *_told(progress),
        ("begun", f"{run.created_at:%Y-%m-%d %H:%M:%S} UTC"),
    ):
        table.add_row(name, _plain(text))
    return table


def cells(arena: str, progress: Progress) -> list[str]:
    """A run in a list of runs."""
    run = progress.run
    counts = (run.failed, run.votes, run.calls)
    return [
        run.public_id,
        arena,
        f"{progress.judge.name}@{progress.judge.version}",
        f"{run.state}: {run.why}" if run.why else run.state,
        f"{run.ended:,}/{run.judgments:,}",
        *(f"{count:,}" for count in counts),
        _cost(progress),
        f"{run.created_at:%Y-%m-%d %H:%M}",
    ]


def line(progress: Progress) -> str:
    """How far a run is, in one line."""
    run = progress.run
    rest = " · ".join(f"{name} {text}" for name, text in _told(progress)[1:])
    return f"judged {run.ended:,} of {run.judgments:,} · {rest}"


def as_json(arena: str, progress: Progress) -> str:
    """What the API serves."""
    return shown_progress(arena, progress, now()).model_dump_json()


def call_json(call: Call) -> str:
    return shown_call(call).model_dump_json()


def transcript(judged: Judged, asked: Sequence[Call]) -> str:
    """A judgment word for word."""
    row = judged.judgment
    head = f"── {judged.prompt} · battle {judged.battle} · its answer {row.shown_as_a} shown as A · "
    lines = [head + (row.failure or row.state)]
    if row.outcome is not None:
        lines.append(f"outcome: {json.dumps(row.outcome, ensure_ascii=False)}")
    for each in asked:
        lines += _said(each)
    return "\n".join(_inert(each) for each in lines) + "\n"


def money(micros: int) -> str:
    """
    >>> money(1_234_500), money(12)
    ('1.2345', '0.000012')
    """
    return f"{micros / 1e6:,.6f}".rstrip("0").rstrip(".")


def _work(desk: Desk, run: str) -> None:
    """Take the run as often as nobody else has it, until it runs no more."""
    while True:
        judging.work(desk, threading.Event(), run)
        if _look(desk.database, run).run.state != "running":
            return
        time.sleep(LOOK_SECONDS)


def _look(database: Database, run: str) -> Progress:
    with database.reading() as session:
        progress = runs.progress(session, runs.find(session, run), now())
        session.expunge_all()
    return progress


def _pause(database: Database, run: str) -> None:
    try:
        with database.writing() as session:
            runs.pause(session, runs.find(session, run), "paused from the terminal")
    except RunNotOpen:  # it ended in this moment
        return


def _concluded(progress: Progress, *, left: bool) -> bool:
    """Whether the run is done and brought something; if not, one line says why and how to go on."""
    run = progress.run
    again = f"go on with: arena judge resume {run.public_id}"
    if run.state == "running":
        say(f"arena: the run {run.public_id} is left to whoever works on it; stop it with: arena judge pause "
            f"{run.public_id}")  # fmt: skip
    elif left:
        say(f"arena: left while {progress.open:,} requests were out, which may have been paid for; {again}")
    elif run.state == "paused":
        say(f"arena: the run is paused: {run.why}; {again}")
    elif run.state == "cancelled":
        say(f"arena: the run is cancelled: {run.why}")
    elif run.failed == run.judgments:
        say(f"arena: no judgment brought all its verdicts: {_failures(progress)}; look into them with: "
            f"arena judge calls {run.public_id} --failed")  # fmt: skip
    else:
        return True
    return False


@contextmanager
def _counted_interrupts() -> Iterator[list[float]]:
    """Ctrl+C is counted and interrupts nothing, so that no transaction is torn."""
    pressed: list[float] = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(time.monotonic()))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _shown() -> Iterator[Show]:
    if not out.is_terminal:
        yield _Lines().show
        return
    with Live(console=out, auto_refresh=False) as live:
        yield lambda progress, note: live.update(_table(progress, note), refresh=True)


class _Lines:
    """For a file or a pipe: a line when something changed, not too often, and always the last one."""

    def __init__(self) -> None:
        self._told, self._at = "", -LINE_SECONDS

    def show(self, progress: Progress, note: str) -> None:
        told = " · ".join(part for part in (line(progress), note) if part)
        rests = progress.run.state != "running" and not _held(progress)
        if told == self._told or not (rests or time.monotonic() - self._at >= LINE_SECONDS):
            return
        self._told, self._at = told, time.monotonic()
        out.print(told, highlight=False, markup=False, soft_wrap=True)
        sys.stdout.flush()


def _table(progress: Progress, note: str) -> Table:
    run = progress.run
    table = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(run.judgments, 1), completed=run.ended, width=40)
    table.add_row(f"{progress.judge.name}@{progress.judge.version}", bar)
    for name, text in _told(progress):
        table.add_row(name, _plain(text))
    if note:
        table.add_row("", _plain(note))
    return table


def _told(progress: Progress) -> list[tuple[str, str]]:
    run = progress.run
    failed = f"{run.failed:,}" + (f" ({_failures(progress)})" if progress.failures else "")
    told = [
        ("judged", f"{run.ended:,} of {run.judgments:,}"),
        ("failed", failed),
        ("votes", f"{run.votes:,}"),
        ("calls", f"{run.calls:,}, and {run.cached:,} answered before"),
        ("cost", _cost(progress)),
    ]
    if progress.unknown:
        told.append(("unknown", f"{progress.unknown:,} requests whose end nobody saw"))
    if progress.eta_seconds is not None and run.started_at is not None:
        pace = (run.ended - run.ended_before) / max((now() - run.started_at).total_seconds(), 1e-3)
        told.append(("pace", f"{pace:,.3g} a second, {_duration(progress.eta_seconds)} left"))
    return told


def _failures(progress: Progress) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in progress.failures.items())


def _cost(progress: Progress) -> str:
    """What is known to be paid; what may have been on top; what has no price."""
    known = sum(each.micros for each in progress.spent if each.basis in KNOWN)
    possible = sum(each.micros for each in progress.spent if each.basis not in KNOWN)
    parts = [money(known)]
    if possible:
        parts.append(f"up to {money(possible)} more may have been charged")
    if progress.run.unpriced:
        parts.append(f"{progress.run.unpriced:,} requests without a price")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    """
    >>> _duration(7), _duration(190), _duration(8000)
    ('7 s', '3 min 10 s', '2 h 13 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _held(progress: Progress) -> bool:
    until: datetime | None = progress.run.leased_until
    return until is not None and until > now()


def _said(each: Call) -> list[str]:
    call, paid = each.call, each.paid
    lines = [f"  {call.key}, repeat {call.repeat}: {call.state}" + (f" ({call.kind} {call.reason}: {call.detail})"
             if call.kind else "")]  # fmt: skip
    if call.same_as is not None:
        lines.append(f"  answered by call {call.same_as}, so not paid for")
    asked: dict[str, Any] = paid.asked or {}
    for message in asked.get("messages", ()):
        lines.append(f"  {message['role']}> {message['content']}")
        lines += [f"  {each['name']}, SHA-256 {each['digest']}" for each in message.get("images", ())]
    if paid.reply is not None:
        lines.append(f"  reply> {paid.reply['text']}")
    for request in each.requests:
        price = "no price" if request.micros is None else money(request.micros)
        ended = request.reason or request.state
        tokens = f"{request.input_tokens:,}+{request.output_tokens:,} tokens"
        lines.append(
            f"  request {request.format}: {ended}, {tokens}, {price} ({request.basis}) {request.detail}".rstrip()
        )
    return lines


def _inert(text: str) -> str:
    """Without what a terminal would obey: answers and replies are of strangers."""
    return "".join(each if each in "\n\t" or each.isprintable() else "\ufffd" for each in text)


def _plain(text: str) -> Text:
    """Not read as markup."""
    return Text(_inert(text))
