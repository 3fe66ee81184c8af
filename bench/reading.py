"""What getPendingSignals costs as the number of other people's signals grows: it must hardly notice."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from connvo.runtime.services import Runtime

from .crowd import store_others
from .figures import RATIO, Figure, figure
from .world import Pair, acknowledge, backend, database, make_pairs, pending, send_candidate

FEW, MANY = 1_000, 1_000_000
READERS = 16
WAITING = 50
ROUNDS = 15
CALLS = 320
TARGET = 1.3
US = 1e6


def measure(folder: Path) -> list[Figure]:
    """Return the ratio of the cost with many signals to that with few, and both costs."""
    return asyncio.run(_measure(folder))


async def _measure(folder: Path) -> list[Figure]:
    worlds = [(folder / name, await _fill(folder / name, others)) for name, others in (("few", FEW), ("many", MANY))]
    async with AsyncExitStack() as stack:
        runtimes = [(await stack.enter_async_context(backend(place)), pairs) for place, pairs in worlds]
        for runtime, pairs in runtimes:
            await _microseconds(runtime, pairs)
        rounds = [[await _microseconds(*world) for world in runtimes] for _ in range(ROUNDS)]
    return [
        figure("pending signals: 1M others / 1k", [many / few for few, many in rounds], RATIO, "<=", TARGET),
        figure("  with 1k others", [few for few, _ in rounds], " us"),
        figure("  with 1M others", [many for _, many in rounds], " us"),
    ]


async def _fill(folder: Path, others: int) -> list[Pair]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, READERS)
        for pair in pairs:
            await acknowledge(runtime, pair)
            for number in range(WAITING):
                await send_candidate(runtime, pair, number)
    store_others(database(folder), others, pairs)
    return pairs


async def _microseconds(runtime: Runtime, pairs: list[Pair]) -> float:
    began = perf_counter()
    for number in range(CALLS):
        found = await pending(runtime, pairs[number % READERS])
        if len(found) != WAITING:
            raise RuntimeError(f"{len(found)} signals instead of {WAITING}")
    return (perf_counter() - began) / CALLS * US
