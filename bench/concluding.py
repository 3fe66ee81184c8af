"""A thousand meetings that end at once: how many reports are made at a time, and how long another call waits."""

import asyncio
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from connvo.providers.reports.process import WORKER
from connvo.runtime.services import Runtime
from connvo.schema.insights import Insight, InsightRun, InsightStep, MeetingReport
from connvo.store.snapshot import Snapshot

from .figures import Figure, figure
from .pushing import percentiles
from .reporting import fill
from .world import UNLIMITED, Pair, backend, call, make_pairs

END = "meetings/lifecycle:endMeeting"
OTHER = "users/queries:getCurrentUser"
MEETINGS, TOGETHER = 1_000, 50
WATCH_SECONDS = 0.2
LONGEST_SECONDS = 3_600.0
CALL_TARGET = 250.0
MS = 1e3


class Seen(NamedTuple):
    """Moments of the work: steps that were claimed, processes beside, and ms that another call took."""

    steps: list[int]
    processes: list[int]
    calls: list[float]


def measure(folder: Path) -> list[Figure]:
    """Returns the bounds that were kept, and the time until the last report."""
    return asyncio.run(_measure(folder / "concluding"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, MEETINGS)
        for pair in pairs:
            await fill(runtime, pair, 1)
        runtime.lease.start()
        runtime.scheduler.start()
        began = perf_counter()
        for place in range(0, MEETINGS, TOGETHER):
            await asyncio.gather(*(_end(runtime, pair) for pair in pairs[place : place + TOGETHER]))
        ended = perf_counter() - began
        seen = await _watch(runtime, pairs[0], began)
        seconds = perf_counter() - began
        reports, insights = await runtime.engine.read(_results)
        most = runtime.settings.insights.running
    if reports != MEETINGS or insights != 2 * MEETINGS:
        raise RuntimeError(f"{reports} reports and {insights} insights of {MEETINGS} meetings")
    return [
        figure("concluding: most reports made at a time", [max(seen.steps)], "", "<=", most),
        figure("concluding: most processes at a time", [max(seen.processes)], "", "<=", most),
        figure("concluding: another call meanwhile, p99", [percentiles(seen.calls)[1]], " ms", "<=", CALL_TARGET),
        figure("  p50", [percentiles(seen.calls)[0]], " ms"),
        figure("  until all have ended", [ended], " s"),
        figure("  until the last report", [seconds], " s"),
    ]


async def _end(runtime: Runtime, pair: Pair) -> None:
    await call(runtime, END, pair.sender.identity, meetingId=pair.meeting)


async def _watch(runtime: Runtime, pair: Pair, began: float) -> Seen:
    """Returns what is seen until every run has ended."""
    seen = Seen([], [], [])
    while await runtime.engine.read(_open):
        if perf_counter() - began > LONGEST_SECONDS:
            raise RuntimeError("the reports are not ready")
        seen.steps.append(
            await runtime.engine.read(lambda db: db.count(InsightStep, "by_due", "running", limit=MEETINGS))
        )
        seen.processes.append(_children())
        since = perf_counter()
        await call(runtime, OTHER, pair.reader.identity)
        seen.calls.append((perf_counter() - since) * MS)
        await asyncio.sleep(WATCH_SECONDS)
    return seen


def _open(db: Snapshot) -> int:
    return sum(db.count(InsightRun, "by_due", state, limit=MEETINGS) for state in ("waiting", "queued", "running"))


def _results(db: Snapshot) -> tuple[int, int]:
    return db.count(MeetingReport, "by_creation", limit=UNLIMITED), db.count(Insight, "by_creation", limit=UNLIMITED)


def _children() -> int:
    """Returns how many processes make reports for this one."""
    return sum(_makes_reports(child) for task in Path("/proc/self/task").iterdir() for child in _children_of(task))


def _children_of(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:
        return []  # the thread has ended


def _makes_reports(process: str) -> bool:
    try:
        return WORKER.encode() in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False  # it has ended
