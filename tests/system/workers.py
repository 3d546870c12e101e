"""`arena worker` in processes of their own, forked from one that has the program in memory: a restart takes no time."""

import multiprocessing
import os
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")


@dataclass
class Workers:
    """So many workers on one database. A worker that has died is waited for for `lease_seconds`."""

    database_url: str
    folder: Path
    lease_seconds: float
    processes: list[BaseProcess] = field(default_factory=list)

    def start(self) -> None:
        _CONTEXT.set_forkserver_preload(["app.cli.serving", "app.worker.judging"])
        given = (self.database_url, str(self.folder), self.lease_seconds)
        process = _CONTEXT.Process(target=_work, args=given)
        process.start()
        self.processes.append(process)

    def kill(self, pid: int) -> None:
        """As a power cut would: no handler of its own runs."""
        (killed,) = (each for each in self.processes if each.pid == pid)
        killed.kill()
        killed.join()
        self.processes.remove(killed)

    def end(self) -> None:
        for each in tuple(self.processes):
            self.kill(each.pid or 0)


def _work(database_url: str, folder: str, lease_seconds: float) -> None:
    os.chdir(folder)
    output = os.open("worker.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in [name for name in os.environ if name.startswith("ARENA_")]:
        del os.environ[name]
    os.environ["ARENA_SECRET_KEY"] = "a key for tests, nowhere else"
    os.environ["ARENA_LEASE_SECONDS"] = str(lease_seconds)
    os.environ["ARENA_PRIVATE_HOSTS"] = "127.0.0.1"
    # Imported here, where the program is in memory already.
    from app.cli.serving import worker

    worker(database_url)
