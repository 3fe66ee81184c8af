"""What a commit that touches nobody costs while many queries are live, against none: it must hardly notice."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from time import process_time

import msgspec

from connvo.kernel.identity import Identity
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.services import Runtime

from .figures import RATIO, Figure, figure
from .world import SIGNALING, Pair, acknowledge, backend, make_halls, make_pairs, send_candidate

HALLS, SEATS, PEOPLE = 100, 100, 1_000
SUBSCRIPTIONS = HALLS * SEATS
SENDERS = 8
COMMITS = 240
ROUNDS = 7
TARGET = 1.2
US = 1e6


def measure(folder: Path) -> list[Figure]:
    """Return the ratio of the cost with many live queries to that with none, both costs, and that of subscribing."""
    return asyncio.run(_measure(folder / "watched", folder / "unwatched"))


async def _measure(watched: Path, unwatched: Path) -> list[Figure]:
    async with backend(watched) as runtime:
        pairs = await make_pairs(runtime, SENDERS)
        places = await make_halls(runtime, HALLS, SEATS, PEOPLE)
    shutil.copytree(watched, unwatched)
    async with AsyncExitStack() as stack:
        runtimes = [await stack.enter_async_context(backend(folder)) for folder in (unwatched, watched)]
        began = process_time()
        watches = [await _subscribe(runtimes[1], meeting, person) for meeting, person in places]
        subscribing = (process_time() - began) / SUBSCRIPTIONS * US
        if len(runtimes[1].subscriptions) != SUBSCRIPTIONS:
            raise RuntimeError(f"{len(runtimes[1].subscriptions)} live queries instead of {SUBSCRIPTIONS}")
        rounds = [await _round(runtimes, pairs) for _ in range(ROUNDS + 1)][1:]
    if any(watch.client.stale for watch in watches):
        raise RuntimeError("a commit has touched a query of somebody else")
    return [
        figure("commit: 10k live queries / none", [many / none for none, many in rounds], RATIO, "<=", TARGET),
        figure("  with none", [none for none, _ in rounds], " us"),
        figure("  with 10k live queries", [many for _, many in rounds], " us"),
        figure("  making a query live", [subscribing], " us"),
    ]


async def _subscribe(runtime: Runtime, meeting: str, person: Identity) -> QuerySubscription:
    arguments = msgspec.json.encode({"meetingId": meeting})
    watcher = ClientSubscriptions(lambda: None)
    watch = QuerySubscription(watcher, 0, QueryRequest(f"{SIGNALING}:getPendingSignals", arguments, person))
    await runtime.live.refresh(watcher)
    return watch


async def _round(runtimes: list[Runtime], pairs: list[Pair]) -> list[float]:
    """Return what a commit costs on each runtime, by turns, in microseconds of processor time.

    The time on the wall would tell of the disk and of what else the machine does.
    """
    for runtime in runtimes:
        for pair in pairs:
            await acknowledge(runtime, pair)
    costs = [0.0 for _ in runtimes]
    for number in range(COMMITS):
        for place, runtime in enumerate(runtimes):
            began = process_time()
            await send_candidate(runtime, pairs[number % SENDERS], number)
            costs[place] += process_time() - began
    return [cost / COMMITS * US for cost in costs]
