"""From a commit to the people who watch what it changed: signals over the sync socket, at a steady rate."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import quantiles
from typing import Any

from websockets.exceptions import ConnectionClosed

from .figures import Figure, figure
from .served import Server, serving
from .socket_client import SocketClient
from .world import SIGNALING, Pair, backend, candidate, make_pairs

PAIRS = 20
RATE = 200.0
SECONDS = 3.0
SIGNALS = int(RATE * SECONDS)
ROUNDS = 7
SETTLE_SECONDS = 5.0
MEDIAN_TARGET, HIGH_TARGET = 5.0, 25.0
NS_PER_MS = 1e6


class Arrivals:
    """When which signal of a round reached its reader, ns since the epoch."""

    def __init__(self) -> None:
        self.times: dict[int, int] = {}
        self.complete = asyncio.Event()

    def clear(self) -> None:
        """Prepare for a round."""
        self.times.clear()
        self.complete.clear()

    def note(self, number: int, now: int) -> None:
        """Note one."""
        self.times[number] = now
        if len(self.times) == SIGNALS:
            self.complete.set()


class Reader:
    """Somebody who watches their signals, notes when each came, and acknowledges it."""

    def __init__(self, client: SocketClient, note: Callable[[int, int], None]) -> None:
        self._client = client
        self._note = note
        self._seen: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    def take(self, signals: list[dict[str, Any]], now: int) -> None:
        """Take what waits."""
        fresh = [signal for signal in signals if signal["_id"] not in self._seen]
        for signal in fresh:
            self._seen.add(signal["_id"])
            if signal["type"] == "ice":
                self._note(signal_number(signal), now)
        if fresh:
            ids = [signal["_id"] for signal in fresh]
            task = asyncio.create_task(self._client.begin(f"{SIGNALING}:markSignalsProcessed", signalIds=ids))
            self._tasks.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        """Let an acknowledgement go that the end of the benchmark overtook."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ConnectionClosed):
            raise error


def measure(folder: Path) -> list[Figure]:
    """Return how long a signal is on its way, from the timestamp of its commit and from its sending."""
    return asyncio.run(_measure(folder / "pushing"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, PAIRS)
    with serving(folder) as server:
        async with AsyncExitStack() as stack:
            crowd = Crowd()
            for pair in pairs:
                await crowd.enter(stack, server, pair)
            rounds = [await crowd.round() for _ in range(ROUNDS + 1)][1:]
    pushed = [percentiles(from_commit) for from_commit, _ in rounds]
    whole = [percentiles(from_sending) for _, from_sending in rounds]
    return [
        figure("commit to push at 200/s, p50", [half for half, _ in pushed], " ms", "<=", MEDIAN_TARGET),
        figure("commit to push at 200/s, p99", [high for _, high in pushed], " ms", "<=", HIGH_TARGET),
        figure("  sending to push, p50", [half for half, _ in whole], " ms"),
        figure("  sending to push, p99", [high for _, high in whole], " ms"),
    ]


class Crowd:
    """People in pairs, one of each sends to the other."""

    def __init__(self) -> None:
        self._lines: list[tuple[SocketClient, Pair]] = []
        self._arrivals = Arrivals()

    async def enter(self, stack: AsyncExitStack, server: Server, pair: Pair, other: Server | None = None) -> None:
        """Connect both people of a pair, the reader to another server if there is one."""
        tokens = server.tokens(pair.sender.identity, pair.reader.identity)
        clients = [
            await stack.enter_async_context(SocketClient(place.sync, token))
            for place, token in zip((server, other or server), tokens, strict=True)
        ]
        reader = Reader(clients[1], self._arrivals.note)
        await clients[1].watch(f"{SIGNALING}:getPendingSignals", reader.take, meetingId=pair.meeting)
        self._lines.append((clients[0], pair))

    async def round(self) -> tuple[list[float], list[float]]:
        """Return how long each signal took, in milliseconds: from its commit, and from its sending."""
        self._arrivals.clear()
        sent, commits = [], []
        began = asyncio.get_running_loop().time()
        for number in range(SIGNALS):
            await asyncio.sleep(began + number / RATE - asyncio.get_running_loop().time())
            client, pair = self._lines[number % PAIRS]
            sent.append(time.time_ns())
            commits.append(await client.begin(f"{SIGNALING}:exchangeICECandidate", **signal_to(pair, number)))
        committed = await asyncio.gather(*commits)
        async with asyncio.timeout(SETTLE_SECONDS):
            await self._arrivals.complete.wait()
        came = [self._arrivals.times[number] for number in range(SIGNALS)]
        return _milliseconds(committed, came), _milliseconds(sent, came)


def signal_number(signal: dict[str, Any]) -> int:
    """Return the number of a candidate that was received."""
    return int(signal["data"]["candidate"].partition(" ")[0].removeprefix("candidate:"))


def signal_to(pair: Pair, number: int) -> dict[str, Any]:
    """Return the arguments with which the sender of a pair sends a candidate of this number."""
    return {
        "meetingId": pair.meeting,
        "sessionId": pair.sender.session,
        "targetUserId": pair.reader.user,
        "candidate": candidate(number),
    }


def _milliseconds(starts: list[int], ends: list[int]) -> list[float]:
    return [(end - start) / NS_PER_MS for start, end in zip(starts, ends, strict=True)]


def percentiles(values: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    parts = quantiles(values, n=100, method="inclusive")
    return parts[49], parts[98]
