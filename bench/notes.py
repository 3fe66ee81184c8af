"""What notes cost: a real history, a key in a long text, typists at once, opening late, and writing far behind."""

import asyncio
import time
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import msgspec

from connvo.model.notes.jobs import take_snapshot
from connvo.rules.notes.operation import Operation
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.services import Runtime
from tests.support.notes.traces import flat

from .figures import RATIO, Figure, figure
from .pushing import percentiles
from .served import serving
from .socket_client import SocketClient
from .world import Pair, backend, call, database, make_halls, make_pairs

APPLY, SINCE, SNAPSHOT = "notes/sync:apply", "notes/sync:operationsSince", "notes/sync:snapshot"
EDITS = 10_000
SNAPSHOT_EVERY = 200
BEHIND = 1_000
SHORT, LONG = 1_000, 1_000_000
INSERT = 65_536
KEYS, ROUNDS = 40, 11
GROWTH_TARGET = 1.2
OPEN_TARGET, BEHIND_TARGET = 100.0, 200.0
TYPISTS = (1, 8, 32)
KEYS_EACH, KEYS_PER_SECOND = 30, 5.0
RESUBSCRIBE = 16
TEXT = 100_000
LINE = "A line of notes, as people write them: who does it, and by when?\n"
ARRIVAL_SECONDS = 30.0
P50_TARGET, P99_TARGET = 10.0, 50.0
MS, US, NS_PER_MS, MB, KB = 1e3, 1e6, 1e6, 1e6, 1e3


def measure(folder: Path) -> list[Figure]:
    """Return the ratios and times and what they are made of."""
    figures = [
        *asyncio.run(_history(folder / "history")),
        *asyncio.run(_lengths(folder / "lengths")),
    ]
    for typists in TYPISTS:
        figures += asyncio.run(_typing(folder / f"typing-{typists}", typists))
    return figures


async def _history(folder: Path) -> list[Figure]:
    """Return the rate of a real history, then what it costs to open it, and to write far behind."""
    async with backend(folder) as runtime:
        (pair,) = await make_pairs(runtime, 1)
        typist = Typist(runtime, pair)
        began, cpu = perf_counter(), process_time()
        for operation in islice(flat(), EDITS):
            await typist.send(changes_of(operation))
            if typist.sequence % SNAPSHOT_EVERY == 0:
                await runtime.call(take_snapshot, meeting_id=pair.meeting)
        seconds, cpu = perf_counter() - began, process_time() - cpu
        size = database(folder).stat().st_size
        opening = [await opened(runtime, pair) for _ in range(ROUNDS)]
        bytes_read = await bytes_to_open(runtime, pair)
        far = [await _far_behind(typist) for _ in range(ROUNDS)]
    return [
        figure("notes: edits of one client", [EDITS / seconds], "/s"),
        figure("  processor time of each", [cpu / EDITS * US], " us"),
        figure("  database after 10,000", [size / MB], " MB"),
        figure("notes: open after 10,000 edits", opening, " ms", "<=", OPEN_TARGET),
        figure("  bytes beside the text", [bytes_read / KB], " kB"),
        figure("notes: edit made 1,000 behind", far, " ms", "<=", BEHIND_TARGET),
    ]


def changes_of(operation: Operation) -> list[dict[str, Any]]:
    """Returns an operation as a client sends it."""
    return [{"position": one.position, "length": one.length, "content": one.content} for one in operation]


class Typist:
    """A client that sends one operation after another, each on the newest text."""

    def __init__(self, runtime: Runtime, pair: Pair) -> None:
        self.runtime, self.pair = runtime, pair
        self.number = 0
        self.sequence = 0

    async def send(self, changes: list[dict[str, Any]], behind: int = 0) -> None:
        self.number += 1
        args = {"clientId": "bench", "number": self.number, "sequence": self.sequence - behind, "changes": changes}
        done = await call(self.runtime, APPLY, self.pair.sender.identity, meetingId=self.pair.meeting, **args)
        self.sequence = int(done["sequence"])


async def opened(runtime: Runtime, pair: Pair) -> float:
    """Returns the milliseconds in which a reader has the whole text."""
    began = perf_counter()
    snapshot = await call(runtime, SNAPSHOT, pair.reader.identity, meetingId=pair.meeting)
    after = {"meetingId": pair.meeting, "sequence": snapshot["sequence"]}
    await call(runtime, SINCE, pair.reader.identity, **after)
    return (perf_counter() - began) * MS


async def bytes_to_open(runtime: Runtime, pair: Pair) -> int:
    """Returns the bytes of the operations that a reader gets with a snapshot, when they are most."""
    snapshot = await call(runtime, SNAPSHOT, pair.reader.identity, meetingId=pair.meeting)
    after = {"meetingId": pair.meeting, "sequence": snapshot["sequence"] - SNAPSHOT_EVERY + 1}
    return len(msgspec.json.encode(await call(runtime, SINCE, pair.reader.identity, **after)))


async def _far_behind(typist: Typist) -> float:
    began = perf_counter()
    await typist.send([{"position": 0, "content": "x"}], behind=BEHIND)
    return (perf_counter() - began) * MS


async def _lengths(folder: Path) -> list[Figure]:
    """Return the processor time of a key with its reader in a long text, against that in a short one."""
    async with backend(folder) as runtime:
        typists = [Typist(runtime, pair) for pair in await make_pairs(runtime, 2)]
        for typist, length in zip(typists, (SHORT, LONG), strict=True):
            await _fill(typist, length - ROUNDS * KEYS * 2)
        rounds = [[await _keys(runtime, typist) for typist in typists] for _ in range(ROUNDS + 1)][1:]
    return [
        figure("notes: key in 1 MB / in 1 kB", [long / short for short, long in rounds], RATIO, "<=", GROWTH_TARGET),
        figure("  in 1 kB", [short for short, _ in rounds], " us"),
        figure("  in 1 MB", [long for _, long in rounds], " us"),
    ]


async def _fill(typist: Typist, length: int) -> None:
    for start in range(0, max(length, 1), INSERT):
        await typist.send([{"position": start, "content": "." * min(INSERT, max(length, 1) - start)}])
    await typist.runtime.call(take_snapshot, meeting_id=typist.pair.meeting)


async def _keys(runtime: Runtime, typist: Typist) -> float:
    follower = ClientSubscriptions(lambda: None)
    arguments = msgspec.json.encode({"meetingId": typist.pair.meeting, "sequence": typist.sequence})
    QuerySubscription(follower, 0, QueryRequest(SINCE, arguments, typist.pair.reader.identity))
    await runtime.live.refresh(follower)
    began = process_time()
    for _ in range(KEYS):
        await typist.send([{"position": 1, "content": "k"}])
        await runtime.live.refresh(follower)
    return (process_time() - began) / KEYS * US


async def _typing(folder: Path, typists: int) -> list[Figure]:
    """Return how long a key takes from its typist to the screens of the others, and the bytes of that."""
    members = max(typists, 2)
    async with backend(folder) as runtime:
        places = await make_halls(runtime, 1, members, members)
        meeting, host = places[0]
        text = LINE * (TEXT // len(LINE))
        for start in range(0, TEXT, INSERT):
            args = {"clientId": "fill", "number": start // INSERT + 1, "sequence": start // INSERT}
            changes = [{"position": start, "content": text[start : start + INSERT]}]
            await call(runtime, APPLY, host, meetingId=meeting, changes=changes, **args)
        await runtime.call(take_snapshot, meeting_id=meeting)
        start_at = len(range(0, TEXT, INSERT))
    with serving(folder, NOTE_BURST="1000000") as server:
        tokens = server.tokens(*(person for _, person in places))
        async with AsyncExitStack() as stack:
            screens = []
            for number, token in enumerate(tokens):
                client = await stack.enter_async_context(SocketClient(server.sync, token))
                screens.append(Screen(client, meeting, f"typist-{number}", start_at, typists * KEYS_EACH))
            for screen in screens:
                await screen.open()
            period = 1 / KEYS_PER_SECOND
            await asyncio.gather(*(one.type(period * at / typists) for at, one in enumerate(screens[:typists])))
            sent = {key: when for screen in screens for key, when in screen.sent.items()}
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await asyncio.gather(*(screen.complete.wait() for screen in screens))
    late = [
        (when - sent[key]) / NS_PER_MS
        for screen in screens
        for key, when in screen.seen.items()
        if key not in screen.sent
    ]
    half, high = percentiles(late)
    name = "1 typist" if typists == 1 else f"{typists} typists"
    return [
        figure(f"notes: {name}, key to the others, p99", [high], " ms", "<=", P99_TARGET),
        figure("  p50", [half], " ms", "<=", P50_TARGET),
        figure("  bytes for a key and reader", [sum(one.size for one in screens) / len(screens) / len(sent)], " B"),
    ]


class Follower:
    """A member's program that follows the notes; `taken` gets each operation once, in order."""

    def __init__(self, client: SocketClient, meeting: str, sequence: int) -> None:
        self.client, self.meeting = client, meeting
        self.sequence = self.since = sequence
        self._query = client.reserve()
        self._moving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self._follow(self._query, self.since)

    def taken(self, operation: dict[str, Any]) -> None:
        """Take the next operation."""

    async def _follow(self, number: int, since: int, before: int | None = None) -> None:
        """Subscribe to what comes after an operation, then drop the subscription before."""
        await self.client.add(number, SINCE, self._take, meetingId=self.meeting, sequence=since)
        if before is not None:
            await self.client.drop(before)

    def _take(self, shown: dict[str, Any]) -> None:
        for one in shown["operations"]:
            if one["sequence"] > self.sequence:
                self.sequence = int(one["sequence"])
                self.taken(one)
        # All ask after the same operations, so the server answers them together.
        milestone = self.sequence - self.sequence % RESUBSCRIBE
        if milestone > self.since:
            before, self._query, self.since = self._query, self.client.reserve(), milestone
            self._moving = asyncio.create_task(self._follow(self._query, milestone, before))


class Screen(Follower):
    """A member who follows the notes, and may type: each key is a text of its own, at one place."""

    def __init__(self, client: SocketClient, meeting: str, name: str, sequence: int, keys: int) -> None:
        super().__init__(client, meeting, sequence)
        self.name = name
        self.sent: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.size = 0
        self.complete = asyncio.Event()
        self._keys = keys

    async def type(self, late: float) -> None:
        """Type at an even rate, one operation under way at a time. People do not type in step: each begins `late`."""
        await asyncio.sleep(late)
        for number in range(1, KEYS_EACH + 1):
            began = perf_counter()
            key = f"{self.name}.{number};"
            self.sent[key] = time.time_ns()
            args = {"clientId": self.name, "number": number, "sequence": self.sequence}
            changes = [{"position": 0, "content": key}]
            await (await self.client.begin(APPLY, meetingId=self.meeting, changes=changes, **args))
            await asyncio.sleep(max(0.0, 1 / KEYS_PER_SECOND - (perf_counter() - began)))

    def taken(self, operation: dict[str, Any]) -> None:
        self.seen.setdefault(operation["changes"][0]["content"], time.time_ns())
        if len(self.seen) == self._keys:
            self.complete.set()

    def _take(self, shown: dict[str, Any]) -> None:
        self.size += len(msgspec.json.encode(shown))
        super()._take(shown)
