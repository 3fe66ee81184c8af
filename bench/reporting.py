"""What the report of an hour costs on one core, and how long it keeps the event loop from other work."""

import asyncio
import os
import resource
import time
from pathlib import Path
from time import perf_counter, thread_time

from connvo.runtime.services import Runtime
from connvo.schema.insights import InsightRun
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Segment, TranscriptTotals
from connvo.schema.users import UserId
from connvo.store.transaction import Transaction

from .figures import Figure, figure
from .world import Pair, backend, call, make_pairs

END = "meetings/lifecycle:endMeeting"
JOIN = "meetings/lifecycle:joinMeeting"
MEETINGS = 5
MINUTES = 60
READY_TARGET = 2.0
SLICE_TARGET = 20.0
LONGEST_SECONDS = 60.0
WATCH_SECONDS = 0.005
MS = 1e3
# A minute of a meeting, with what the rules look for; the numbers make every minute another one.
LINES = (
    "So the next point is the delivery of part {n}, and I think the supplier of part {n} has changed the price again.",
    "Yes, the engine of model {m} depends on it, and the customer in region {k} waits for an offer until May.",
    "Okay, can you send the offer for model {m} to the customer in region {k} by Friday?",
    "Sure, I'll send it on Thursday, um, and I will also check the contract of supplier {k}.",
    "We decided to order {n} parts of the old kind, because the new ones failed the test in winter.",
    "Who is going to talk to the factory about the machines for model {m}?",
    "I don't know yet, we have to check that with the people in region {k}, they know the machines.",
    "If the price of part {n} goes up again, I will look for another supplier, maybe one near the factory.",
)


def measure(folder: Path) -> list[Figure]:
    """Returns the time to the report, and what it costs in the process of the server and in the one beside it."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        rounds = asyncio.run(_rounds(folder / "reporting"))
    finally:
        os.sched_setaffinity(0, cores)
    waits, beside, own, slices = (list(found) for found in zip(*rounds, strict=True))
    return [
        figure("report: an hour to ready, on one core", waits, " s", "<=", READY_TARGET),
        figure("  processor time of the rules", beside, " s"),
        figure("  processor time of the event loop", own, " ms"),
        figure("report: longest slice of the loop", slices, " ms", "<=", SLICE_TARGET),
    ]


async def _rounds(folder: Path) -> list[tuple[float, float, float, float]]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, MEETINGS)
        for pair in pairs:
            await fill(runtime, pair, MINUTES)
        return [await _report(runtime, pair) for pair in pairs]


async def _report(runtime: Runtime, pair: Pair) -> tuple[float, float, float, float]:
    """Returns seconds until ready, seconds of the process beside, and ms of the loop: in all, and at once."""
    slices: list[float] = []
    watching = asyncio.create_task(_watch(slices))
    beside = _children()
    began, own = perf_counter(), thread_time()
    await call(runtime, END, pair.sender.identity, meetingId=pair.meeting)
    while await _state(runtime, pair) != "ready":
        await runtime.scheduler.settle()
        if perf_counter() - began > LONGEST_SECONDS:
            raise RuntimeError("the report is not ready")
    waited, used = perf_counter() - began, thread_time() - own
    watching.cancel()
    return waited, _children() - beside, used * MS, max(slices) * MS


async def _watch(slices: list[float]) -> None:
    """Records the processor time of the loop's thread between its own turns: others' work at once."""
    while True:
        before = thread_time()
        await asyncio.sleep(WATCH_SECONDS)
        slices.append(thread_time() - before)


async def _state(runtime: Runtime, pair: Pair) -> str | None:
    run = await runtime.engine.read(lambda db: db.first(InsightRun, "by_meeting", pair.meeting))
    return None if run is None else run.state


async def fill(runtime: Runtime, pair: Pair, minutes: int) -> None:
    """Stores so many minutes of speech, about 170 words each, as segments of both people by turns."""
    for person in (pair.sender, pair.reader):
        await call(runtime, JOIN, person.identity, meetingId=pair.meeting)
    meeting = MeetingId(pair.meeting)
    speakers = [UserId(pair.sender.user), UserId(pair.reader.user)]
    zero = time.time() * MS - minutes * 60 * MS
    lines = [line.format(n=minute, m=minute % 7, k=minute % 11) for minute in range(minutes) for line in LINES]
    step = minutes * 60 * MS / len(lines)
    words = sum(len(line.split()) for line in lines)

    def store(db: Transaction) -> None:
        for number, line in enumerate(lines):
            start = zero + number * step
            db.insert(
                Segment(
                    meeting_id=meeting,
                    speaker_id=speakers[number % 2],
                    first_sequence=number + 1,
                    last_sequence=number + 1,
                    start_ms=start,
                    last_start_ms=start,
                    end_ms=start + step * 0.9,
                    text=line,
                    created_at=start,
                )
            )
        db.insert(
            TranscriptTotals(meeting_id=meeting, zero_ms=zero, last_sequence=len(lines), chunks=len(lines), words=words)
        )

    await runtime.engine.write(store)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
