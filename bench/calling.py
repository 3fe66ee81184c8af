"""How soon two people are connected, by live queries over the socket against polling over HTTP.

A call: offer and ten candidates, on the offer an answer and ten candidates, until all are acknowledged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, Protocol

from .figures import RATIO, Figure, figure
from .polling_client import POLL_SECONDS, PollingClient
from .served import Server, serving
from .socket_client import Shown, SocketClient
from .world import SIGNALING, Pair, Person, backend, candidate, description, make_pairs

PAIRS = 6
CANDIDATES = 10
SIGNALS_EACH = 1 + CANDIDATES
ROUNDS = 9
CALL_SECONDS = 30.0
TARGET = 5.0
MS = 1e3


class Line(Protocol):
    """One person's way to the server. A mutation is under way when `begin` returns, in the order of the calls."""

    async def begin(self, path: str, **args: Any) -> Awaitable[object]:
        """Begin a mutation; return what its answer is awaited by."""

    async def watch(self, path: str, shown: Shown, **args: Any) -> None:
        """Have `shown` called with what a query returns."""


Connect = Callable[[str], AbstractAsyncContextManager[Line]]


class Side:
    """One person in a call."""

    def __init__(self, line: Line, meeting: str, me: Person, other: Person) -> None:
        self._line = line
        self._meeting = meeting
        self._address = {"meetingId": meeting, "sessionId": me.session, "targetUserId": other.user}
        self._fragment = ""
        self._left = 0
        self._seen: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done = asyncio.Event()

    async def listen(self) -> None:
        """Begin to look at what comes, and do away with what is left of earlier."""
        await self._line.watch(f"{SIGNALING}:getPendingSignals", self._take, meetingId=self._meeting)
        await self.settle()

    def expect(self, fragment: str) -> None:
        """Prepare for a call."""
        self._fragment = fragment
        self._left = SIGNALS_EACH
        self._done.clear()

    async def speak(self, kind: str) -> None:
        """Send a description and its candidates."""
        sent = [await self._send("exchangeSessionDescription", description=description(kind, self._fragment))]
        for number in range(CANDIDATES):
            sent.append(await self._send("exchangeICECandidate", candidate=candidate(number, self._fragment)))
        await asyncio.gather(*sent)

    async def connected(self) -> None:
        """Return when everything has come and been acknowledged."""
        await self._done.wait()
        await self.settle()

    async def settle(self) -> None:
        """Return when nothing is under way."""
        await asyncio.gather(*self._tasks)

    async def _send(self, function: str, **args: Any) -> Awaitable[object]:
        return await self._line.begin(f"{SIGNALING}:{function}", **self._address, **args)

    def _take(self, signals: list[dict[str, Any]], now: int) -> None:
        fresh = [signal for signal in signals if signal["_id"] not in self._seen]
        self._seen |= {signal["_id"] for signal in fresh}
        if self._left and any(signal["data"].get("type") == "offer" for signal in fresh):
            self._spawn(self.speak("answer"))
        if fresh:
            self._spawn(self._acknowledge([signal["_id"] for signal in fresh]))

    async def _acknowledge(self, ids: list[str]) -> None:
        await (await self._line.begin(f"{SIGNALING}:markSignalsProcessed", signalIds=ids))
        self._left -= len(ids)
        if self._left == 0:
            self._done.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def measure(folder: Path) -> list[Figure]:
    """Return how many times faster the socket is, and how long a call takes both ways."""
    return asyncio.run(_measure(folder / "calling"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, 2 * PAIRS)
    with serving(folder) as server:
        socket, polling = partial(SocketClient, server.sync), partial(PollingClient, server.http)
        rounds = [
            (await _round(server, socket, pairs[:PAIRS], number), await _round(server, polling, pairs[PAIRS:], number))
            for number in range(ROUNDS + 1)
        ][1:]
    return [
        figure("call: polling / socket", [slow / fast for fast, slow in rounds], RATIO, ">=", TARGET),
        figure("  over the socket", [fast for fast, _ in rounds], " ms"),
        figure("  polling every 100 ms", [slow for _, slow in rounds], " ms"),
    ]


async def _round(server: Server, connect: Connect, pairs: Sequence[Pair], number: int) -> float:
    """Return the median time of one call of each pair, one after another, in milliseconds."""
    chance = Random(number)
    return median([await _call(server, connect, pair, chance, f"call{number}") for pair in pairs]) * MS


async def _call(server: Server, connect: Connect, pair: Pair, chance: Random, name: str) -> float:
    people = (pair.sender, pair.reader)
    tokens = server.tokens(*(person.identity for person in people))
    async with AsyncExitStack() as stack, asyncio.timeout(CALL_SECONDS):
        sides = []
        for token, me, other in zip(tokens, people, reversed(people), strict=True):
            side = Side(await stack.enter_async_context(connect(token)), pair.meeting, me, other)
            await side.listen()
            # Nobody polls in step with somebody else, or with the beginning of the call.
            await asyncio.sleep(chance.uniform(0.0, POLL_SECONDS))
            sides.append(side)
        for number, side in enumerate(sides):
            side.expect(f"{name}{number}")
        began = perf_counter()
        await asyncio.gather(sides[0].speak("offer"), *(side.connected() for side in sides))
        return perf_counter() - began
