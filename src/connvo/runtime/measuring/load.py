"""Measure how loaded this node is, and refuse calls while it is overloaded, the least important ones first.

Guarantees: a call that is refused has begun no transaction. The check costs a comparison.
"""

import asyncio
import os
import random
import resource
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import structlog

from connvo.rules.monitoring.shedding import (
    MAX_RETRY_SECONDS,
    MIN_RETRY_SECONDS,
    SIGNALS,
    Load,
    Priority,
    pressure,
    refuses,
)
from connvo.telemetry.log_lines import OneLineAMinute

log = structlog.get_logger()

PERIOD_SECONDS = 0.25
# The lag is smoothed over about two seconds: a single stall is no overload.
SMOOTHING = 0.12
# Memory and open files change slowly, and reading them costs more.
RESOURCES_EVERY = 8
CGROUP = Path("/sys/fs/cgroup")
MACHINE_MEMORY = Path("/proc/meminfo")
OPEN_FILES = Path("/proc/self/fd")

Count: TypeAlias = Callable[[], int]


class LoadMonitor:
    """The load of this node. `queued` counts waiting mutations, of which `queue_limit` may wait.

    The signals that are `watched` refuse calls; the others are only shown.
    """

    def __init__(self, queued: Count, queue_limit: int, watched: Collection[str] = SIGNALS) -> None:
        self._queued = queued
        self._queue_limit = queue_limit
        self._watched = watched
        self._task: asyncio.Task[None] | None = None
        self._processor = time.process_time()
        self._looks = 0
        self._lines = OneLineAMinute(time.monotonic)
        self.connections: Count = lambda: 0
        self.load = Load(queue_limit=queue_limit)
        self.pressure, self.reason = 0.0, ""

    def start(self) -> None:
        """Start to look at the signals, four times a second."""
        self._task = asyncio.create_task(self._keep(), name="load")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def refuses(self, priority: Priority) -> float:
        """Return 0 if a call of a priority may begin, or the seconds after which its caller should try again."""
        if not refuses(self.pressure, priority):
            return 0.0
        self._lines.write(log.warning, "load_shed", (self.reason, priority), reason=self.reason, priority=priority)
        return random.uniform(MIN_RETRY_SECONDS, MAX_RETRY_SECONDS)

    def observe(self, lag: float, elapsed: float = PERIOD_SECONDS) -> None:
        """Look at every signal, after the event loop came `lag` seconds late to a wait of `elapsed` seconds in all."""
        processor = time.process_time()
        looks_deep = self._looks % RESOURCES_EVERY == 0
        self._looks += 1
        self.load = Load(
            lag_seconds=self.load.lag_seconds + (lag - self.load.lag_seconds) * SMOOTHING,
            queued=self._queued(),
            queue_limit=self._queue_limit,
            memory=memory_used() if looks_deep else self.load.memory,
            files=files_used() if looks_deep else self.load.files,
            cpu=self.load.cpu
            + ((processor - self._processor) / max(elapsed, PERIOD_SECONDS) - self.load.cpu) * SMOOTHING,
            connections=self.connections(),
        )
        self._processor = processor
        self.pressure, self.reason = pressure(self.load, self._watched)

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            await asyncio.sleep(PERIOD_SECONDS)
            elapsed = clock() - began
            self.observe(max(0.0, elapsed - PERIOD_SECONDS), elapsed)


def memory_used() -> float:
    """Return the used part of the memory of this container, or else of this machine; 0 where neither can be read."""
    with suppress(OSError, ValueError):
        limit = (CGROUP / "memory.max").read_text()
        if limit.strip() != "max":
            inactive = next(
                (int(line.split()[1]) for line in _lines(CGROUP / "memory.stat") if line.startswith("inactive_file ")),
                0,
            )
            return (int((CGROUP / "memory.current").read_text()) - inactive) / int(limit)
    with suppress(OSError, ValueError, LookupError):
        sizes = {line.partition(":")[0]: int(line.split()[1]) for line in _lines(MACHINE_MEMORY)}
        return 1 - sizes["MemAvailable"] / sizes["MemTotal"]
    return 0.0


def files_used() -> float:
    """Return the part of the files that this process may open which are open; 0 where that cannot be read."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 0.0
    with suppress(OSError):
        return len(os.listdir(OPEN_FILES)) / soft
    return 0.0


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
