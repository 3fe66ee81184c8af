"""The processes that servers start for their reports, held before they begin until a test lets each of them go.

They are held by a `sitecustomize` in a folder of the test, which the server and its processes find by `PYTHONPATH`.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from connvo.providers.reports.process import MODEL_WORKER, WORKER

HOLDING = """
import os, pathlib, sys, time

folder = pathlib.Path(__file__).parent
if sys.orig_argv[1:2] == ["-m"] and sys.orig_argv[2] in {modules}:
    own = folder / str(os.getpid())
    own.write_text(sys.orig_argv[2])
    own.rename(own.with_suffix(".held"))
    while not (own.with_suffix(".free").exists() or (folder / "open").exists()):
        time.sleep(0.01)
"""
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


class Worker(NamedTuple):
    """A process: its id, and the module that it runs."""

    process_id: int
    module: str

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        try:
            state = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"


class HeldWorkers:
    """The processes of the servers that run with `settings`. Each is held when it starts, until `open`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(HOLDING.format(modules=(WORKER, MODEL_WORKER)))
        self.settings = {"PYTHONPATH": str(folder)}

    @property
    def started(self) -> list[Worker]:
        """Those that were started so far, in this order."""
        files = sorted(self._folder.glob("*.held"), key=lambda file: file.stat().st_mtime_ns)
        return [Worker(int(file.stem), file.read_text()) for file in files]

    def wait_for(self, count: int) -> Worker:
        """Let processes go until so many were started; return the last of them, which is held."""
        while True:
            before = len(self.started)
            if before == count:
                return self.started[-1]
            for worker in self.started:
                self.free(worker)
            self._wait(partial(self._are_more_than, before), f"there are only {before} of {count}")

    def _are_more_than(self, count: int) -> bool:
        return len(self.started) > count

    def free(self, worker: Worker) -> None:
        """Let a process go."""
        (self._folder / f"{worker.process_id}.free").touch()

    def open(self) -> None:
        """Let all go, those to come too."""
        (self._folder / "open").touch()

    def wait_for_end(self, *workers: Worker) -> None:
        """Return once these have ended."""
        self._wait(lambda: not any(one.runs for one in workers), f"{workers} have not ended")

    @staticmethod
    def _wait(done: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < until, otherwise
            time.sleep(LOOK_SECONDS)
