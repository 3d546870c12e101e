"""The real program in a process of its own, for tests that need threads, restarts and kill -9."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_SECONDS = 60
STOP_SECONDS = 20
# Tests click faster than people do.
FAST = dict.fromkeys(("ARENA_LIMIT_VOTER", "ARENA_LIMIT_KEY", "ARENA_LIMIT_BATTLES"), "1000000/minute")


@dataclass(frozen=True)
class Server:
    """A running `arena serve`: where it answers, its process and the file it logs to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it at once, as a power cut would: no handler of its own runs."""
        _signal(self.process, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        _signal(self.process, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def start(
    database_url: str,
    folder: Path,
    *options: str,
    program: Sequence[str] = (sys.executable, "-m", "app"),
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Start `arena serve` on a spare port in `folder` and wait until it is ready.

    The caller's own ARENA_ settings do not reach it. When it does not come up, AssertionError shows its log.
    """
    port = spare_port()
    log = folder / f"server-{port}.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARENA_")}
    command = [*program, "serve", "--port", str(port), "--database-url", database_url, *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={
                **inherited,
                "ARENA_SECRET_KEY": "a key for tests, nowhere else",
                **FAST,
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_ready(server)
    except BaseException:
        server.kill()
        raise
    return server


def spare_port() -> int:
    """A port of 127.0.0.1 on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        ended = server.process.poll()
        assert ended is None, f"the server ended with {ended}:\n{server.log.read_text()}"
        try:
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the server is not ready after {READY_SECONDS} s:\n{server.log.read_text()}")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the whole process group: `--workers` starts more than one process."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
