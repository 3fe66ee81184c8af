"""What transcripts cost: chunks that are durable, and following them live at the beginning of a meeting and late."""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import msgspec

from connvo.kernel.identity import Identity
from connvo.rules.transcripts.chunks import bucket_of
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.services import Runtime
from connvo.schema.meetings import MeetingId
from connvo.schema.rate_limits import RateLimit
from connvo.schema.transcripts import Chunk, Segment, TranscriptTotals
from connvo.schema.users import UserId
from connvo.store.transaction import Transaction

from .figures import RATIO, Figure, figure
from .pushing import percentiles
from .served import serving
from .socket_client import SocketClient
from .world import Pair, backend, call, make_halls, make_pairs

INGEST = "transcripts/ingestion:ingestTranscriptChunk"
STREAM = "realtime/subscriptions:subscribeTranscriptStream"
LIVE = "transcripts/captions:getLive"
PAGE = "transcripts/queries:listChunks"
FIND = "transcripts/search:find"
CALLERS, CALLS, ALONE = 64, 5, 320
ROUNDS = 11
TOGETHER_TARGET = 2.5
SHORT, LONG = 100, 10_000
CHUNKS_PER_ROUND = 40
GROWTH_TARGET = 1.2
PER_SEGMENT = 10
BATCH = 500
HOUR, HOURS = 1_200, 12_000
MEMORY_ROUNDS = 3
MEMORY_TARGET = 1.1
SETTLE_SECONDS = 2.0
WATCHERS, INTERIMS = 100, 50
INTERIM_SECONDS = 0.2
ARRIVAL_SECONDS = 20.0
INTERIM_TARGET = 25.0
TEXT = "and then we looked at the numbers of the last quarter"
MS, US, NS_PER_MS = 1e3, 1e6, 1e6


def measure(folder: Path) -> list[Figure]:
    """Return the ratios and what they are made of."""
    return [
        *asyncio.run(_rates(folder / "chunks")),
        *asyncio.run(_growth(folder / "growth")),
        *asyncio.run(_memory(folder / "hour", folder / "hours")),
        *asyncio.run(_watched(folder / "watched")),
    ]


async def _rates(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, CALLERS)
        rounds = [(await _one_by_one(runtime, pairs), await _together(runtime, pairs)) for _ in range(ROUNDS + 1)][1:]
    return [
        figure("chunks: 64 callers / one by one", [one / many for one, many in rounds], RATIO, ">=", TOGETHER_TARGET),
        figure("  one by one", [1 / one for one, _ in rounds], "/s"),
        figure("  64 callers", [1 / many for _, many in rounds], "/s"),
    ]


async def _one_by_one(runtime: Runtime, pairs: list[Pair]) -> float:
    await _forget_rates(runtime)
    began = perf_counter()
    for number in range(ALONE):
        await _say(runtime, pairs[number % CALLERS].meeting, pairs[number % CALLERS].sender.identity)
    return (perf_counter() - began) / ALONE


async def _together(runtime: Runtime, pairs: list[Pair]) -> float:
    async def caller(pair: Pair) -> None:
        for _ in range(CALLS):
            await _say(runtime, pair.meeting, pair.sender.identity)

    await _forget_rates(runtime)
    began = perf_counter()
    await asyncio.gather(*map(caller, pairs))
    return (perf_counter() - began) / (CALLERS * CALLS)


async def _growth(folder: Path) -> list[Figure]:
    """Return the cost of a chunk with its follower after few and after many, and the bytes of a result."""
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, 2)
        for pair, count in zip(pairs, (SHORT, LONG), strict=True):
            await _fill(runtime, pair, count)
        rounds = [[await _followed(runtime, pair) for pair in pairs] for _ in range(ROUNDS + 1)][1:]
        sizes = [len(msgspec.json.encode(await _newest(runtime, pair))) for pair in pairs]
        searching = await _search_seconds(runtime, pairs[1])
    return [
        figure("transcript: chunk 10,000 / 100", [long / short for short, long in rounds], RATIO, "<=", GROWTH_TARGET),
        figure("  at chunk 100", [short for short, _ in rounds], " us"),
        figure("  at chunk 10,000", [long for _, long in rounds], " us"),
        figure("transcript: bytes at chunk 10,000 / 100", [sizes[1] / sizes[0]], RATIO, "<=", GROWTH_TARGET),
        figure("  search in 1,000 segments", [searching * MS], " ms"),
    ]


async def _followed(runtime: Runtime, pair: Pair) -> float:
    """Return what a chunk and the results of its follower cost, in microseconds of processor time."""
    await _forget_rates(runtime)
    follower = ClientSubscriptions(lambda: None)
    reader = pair.reader.identity
    after = (await _newest(runtime, pair))["nextSequence"]
    for number, (path, more) in enumerate(
        (
            (STREAM, {"fromSequence": after - 1}),
            (LIVE, {}),
            (PAGE, {"paginationOpts": {"numItems": 50, "cursor": None}}),
        )
    ):
        arguments = msgspec.json.encode({"meetingId": pair.meeting, **more})
        QuerySubscription(follower, number, QueryRequest(path, arguments, reader))
    await runtime.live.refresh(follower)
    began = process_time()
    for _ in range(CHUNKS_PER_ROUND):
        await _say(runtime, pair.meeting, pair.sender.identity)
        await runtime.live.refresh(follower)
    return (process_time() - began) / CHUNKS_PER_ROUND * US


async def _newest(runtime: Runtime, pair: Pair) -> Any:
    page = await call(
        runtime, PAGE, pair.reader.identity, meetingId=pair.meeting, paginationOpts={"numItems": 1, "cursor": None}
    )
    after = page["page"][0]["sequence"] - 1
    return await call(runtime, STREAM, pair.reader.identity, meetingId=pair.meeting, fromSequence=after)


async def _search_seconds(runtime: Runtime, pair: Pair) -> float:
    began = perf_counter()
    for _ in range(ROUNDS):
        await call(runtime, FIND, pair.reader.identity, meetingId=pair.meeting, text="nothing like it")
    return (perf_counter() - began) / ROUNDS


async def _memory(hour: Path, hours: Path) -> list[Figure]:
    """Return the memory of a server with a watched meeting of ten hours, against that with one of an hour."""
    watched = []
    for folder, count in ((hour, HOUR), (hours, HOURS)):
        async with backend(folder) as runtime:
            (pair,) = await make_pairs(runtime, 1)
            await _fill(runtime, pair, count)
        watched.append((folder, pair, count))
    rounds = [[await _watch(*one) for one in watched] for _ in range(MEMORY_ROUNDS)]
    return [
        figure("memory: 10 h watched / 1 h", [many / one for one, many in rounds], RATIO, "<=", MEMORY_TARGET),
        figure("  1 h", [one for one, _ in rounds], " MB"),
        figure("  10 h", [many for _, many in rounds], " MB"),
    ]


async def _watch(folder: Path, pair: Pair, count: int) -> float:
    # The stored chunks have no vectors yet, and making those takes memory for a while.
    with serving(folder, EMBEDDING_ENGINE="off") as server:
        reader, sender = server.tokens(pair.reader.identity, pair.sender.identity)
        async with AsyncExitStack() as stack:
            for path, more in ((STREAM, {"fromSequence": count - 1}), (LIVE, {})):
                client = await stack.enter_async_context(SocketClient(server.sync, reader))
                await client.watch(path, _pass_over, meetingId=pair.meeting, **more)
            speaker = await stack.enter_async_context(SocketClient(server.sync, sender))
            for _ in range(CHUNKS_PER_ROUND):
                await (await speaker.begin(INGEST, **_words(pair.meeting)))
                await asyncio.sleep(INTERIM_SECONDS)
            await asyncio.sleep(SETTLE_SECONDS)
            return server.memory()


async def _watched(folder: Path) -> list[Figure]:
    """Return how long interim words take from their commit to each of a hundred watchers."""
    async with backend(folder) as runtime:
        places = await make_halls(runtime, 1, WATCHERS, WATCHERS)
    with serving(folder) as server:
        tokens = server.tokens(*(person for _, person in places))
        async with AsyncExitStack() as stack:
            watchers = [Watcher() for _ in tokens]
            clients = [await stack.enter_async_context(SocketClient(server.sync, token)) for token in tokens]
            for client, watcher in zip(clients, watchers, strict=True):
                await client.watch(LIVE, watcher.take, meetingId=places[0][0])
            committed = []
            for number in range(INTERIMS):
                words = {**_words(places[0][0]), "text": str(number), "isInterim": True}
                committed.append(await (await clients[0].begin(INGEST, **words)))
                await asyncio.sleep(INTERIM_SECONDS)
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await asyncio.gather(*(watcher.complete.wait() for watcher in watchers))
    late = [(watcher.times[number] - ts) / NS_PER_MS for watcher in watchers for number, ts in enumerate(committed)]
    half, high = percentiles(late)
    return [
        figure("interim to 100 watchers, p99", [high], " ms", "<=", INTERIM_TARGET),
        figure("  p50", [half], " ms"),
    ]


class Watcher:
    """Somebody who reads captions, and notes when each came."""

    def __init__(self) -> None:
        self.times: dict[int, int] = {}
        self.complete = asyncio.Event()

    def take(self, shown: list[dict[str, Any]], now: int) -> None:
        """Note what came."""
        for caption in shown:
            self.times.setdefault(int(caption["text"]), now)
        if len(self.times) == INTERIMS:
            self.complete.set()


async def _say(runtime: Runtime, meeting: str, speaker: Identity) -> None:
    await call(runtime, INGEST, speaker, **_words(meeting))


def _words(meeting: str) -> dict[str, Any]:
    now = time.time() * MS
    return {"meetingId": meeting, "text": TEXT, "confidence": 0.9, "startTime": now - MS, "endTime": now}


async def _forget_rates(runtime: Runtime) -> None:
    """Let everybody speak faster than people do."""

    def work(db: Transaction) -> None:
        for row in db.scan(RateLimit, "by_creation"):
            db.delete(row)

    await runtime.engine.write(work)


async def _fill(runtime: Runtime, pair: Pair, count: int) -> None:
    """Store so many chunks of an earlier time, as the functions would have done."""
    speaker, meeting = UserId(pair.sender.user), MeetingId(pair.meeting)
    zero = time.time() * MS - (count + PER_SEGMENT) * 3 * MS

    def store(db: Transaction, first: int) -> None:
        for number in range(first, min(first + BATCH, count + 1)):
            start = zero + number * 3 * MS
            db.insert(_chunk(meeting, speaker, number, start))
            if number % PER_SEGMENT == 0:
                db.insert(_segment(meeting, speaker, number, start))

    for first in range(1, count + 1, BATCH):
        await runtime.engine.write(partial(store, first=first))
    totals = TranscriptTotals(meeting_id=meeting, zero_ms=zero, last_sequence=count, chunks=count)
    await runtime.engine.write(lambda db: db.insert(totals))


def _chunk(meeting: MeetingId, speaker: UserId, number: int, start: float) -> Chunk:
    return Chunk(
        meeting_id=meeting,
        sequence=number,
        speaker_id=speaker,
        text=TEXT,
        confidence=0.9,
        start_ms=start,
        end_ms=start + 2 * MS,
        bucket_ms=bucket_of(start),
        word_count=len(TEXT.split()),
        key=str(number),
        created_at=start,
    )


def _segment(meeting: MeetingId, speaker: UserId, number: int, start: float) -> Segment:
    return Segment(
        meeting_id=meeting,
        speaker_id=speaker,
        first_sequence=number - PER_SEGMENT + 1,
        last_sequence=number,
        start_ms=start - (PER_SEGMENT - 1) * 3 * MS,
        last_start_ms=start,
        end_ms=start + 2 * MS,
        text=" ".join([TEXT] * PER_SEGMENT),
        created_at=start,
    )


def _pass_over(shown: Any, now: int) -> None:
    """Take no notice."""
