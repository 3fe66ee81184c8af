"""What nudges cost, and how late they are: a look at busy meetings, and a lull until its hint is on the other side."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from time import process_time
from typing import Any

from connvo.model.prompts import nudging
from connvo.rules.prompts.nudges import SILENCES
from connvo.runtime.services import Runtime
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Segment
from connvo.schema.users import UserId
from connvo.store.transaction import Transaction

from .figures import Figure, figure
from .pushing import percentiles
from .served import serving
from .socket_client import SocketClient
from .world import Pair, backend, make_pairs

INGEST = "transcripts/ingestion:ingestTranscriptChunk"
NUDGES = "prompts/queries:subscribeToInCallPrompts"
MEETINGS, TALKS = 100, 40
ROUNDS = 11
# Ten minutes of talk.
PARAGRAPHS = 100
PARAGRAPH_SECONDS = 6.0
SPREAD_SECONDS = 10.0
ARRIVAL_SECONDS = 60.0
LATE_TARGET = 6.0
COST_TARGET = 5.0
LULL_NS = min(least for least, _ in SILENCES) * 1e6
TEXT = "and then we looked at the numbers of the last quarter"
MS, NS = 1e3, 1e9


def measure(folder: Path) -> list[Figure]:
    """Returns the cost of a look, and how late hints are."""
    return [*asyncio.run(_cost(folder / "looking")), *asyncio.run(_lateness(folder / "lulls"))]


async def _cost(folder: Path) -> list[Figure]:
    """Returns the processor time of a look at one meeting in which ten minutes were spoken."""
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, MEETINGS)
        for pair in pairs:
            await _fill(runtime, pair)
        rounds = [await _look(runtime, pairs) for _ in range(ROUNDS + 1)][1:]
    return [figure("nudges: a look at a busy meeting", rounds, " ms", "<=", COST_TARGET)]


async def _look(runtime: Runtime, pairs: list[Pair]) -> float:
    ids = [MeetingId(pair.meeting) for pair in pairs]
    began = process_time()
    for place in range(0, len(ids), nudging.LOOKED_AT):
        await runtime.call(nudging.look_at, meeting_ids=ids[place : place + nudging.LOOKED_AT])
    return (process_time() - began) / len(ids) * MS


async def _lateness(folder: Path) -> list[Figure]:
    """Returns the time from the end of fifteen quiet seconds until the hint is at a member's program."""
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, TALKS)
    with serving(folder) as server:
        async with AsyncExitStack() as stack:
            tokens = server.tokens(*(one.identity for pair in pairs for one in (pair.sender, pair.reader)))
            clients = [await stack.enter_async_context(SocketClient(server.sync, token)) for token in tokens]
            watchers = [Watcher() for _ in pairs]
            for number, (pair, watcher) in enumerate(zip(pairs, watchers, strict=True)):
                await clients[2 * number + 1].watch(NUDGES, watcher.take, meetingId=pair.meeting)
            last = []
            for number, pair in enumerate(pairs):
                ends = [await _say(client, pair) for client in clients[2 * number : 2 * number + 2]]
                last.append(max(ends))
                await asyncio.sleep(SPREAD_SECONDS / TALKS)
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await asyncio.gather(*(watcher.came.wait() for watcher in watchers))
    late = [(watcher.at - end - LULL_NS) / NS for watcher, end in zip(watchers, last, strict=True)]
    half, _ = percentiles(late)
    return [
        figure(
            "nudge: a lull of 15 s until it is shown, p95", [sorted(late)[int(0.95 * TALKS)]], " s", "<=", LATE_TARGET
        ),
        figure("  p50", [half], " s"),
    ]


class Watcher:
    """A member's program, and when it got the first hint."""

    def __init__(self) -> None:
        self.at = 0
        self.came = asyncio.Event()

    def take(self, shown: dict[str, Any], now: int) -> None:
        """Notes what came."""
        if shown["prompts"] and not self.came.is_set():
            self.at = now
            self.came.set()


async def _say(client: SocketClient, pair: Pair) -> int:
    now = time.time() * MS
    about = {"meetingId": pair.meeting, "text": TEXT, "confidence": 0.9}
    committed: int = await (await client.begin(INGEST, **about, startTime=now - MS, endTime=now))
    return committed


async def _fill(runtime: Runtime, pair: Pair) -> None:
    """Stores ten minutes of paragraphs, by turns."""
    meeting = MeetingId(pair.meeting)
    speakers = (UserId(pair.sender.user), UserId(pair.reader.user))

    def store(db: Transaction) -> None:
        for number in range(PARAGRAPHS):
            start = db.now - (PARAGRAPHS - number) * PARAGRAPH_SECONDS * MS
            db.insert(
                Segment(
                    meeting_id=meeting,
                    speaker_id=speakers[number % 2],
                    first_sequence=number,
                    last_sequence=number,
                    start_ms=start,
                    last_start_ms=start,
                    end_ms=start + PARAGRAPH_SECONDS * MS,
                    text=TEXT,
                    created_at=start,
                )
            )

    await runtime.engine.write(store)
