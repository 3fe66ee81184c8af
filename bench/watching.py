"""What a commit that touches nobody costs while many queries are live, against none: it must hardly notice."""

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec

from connvo.kernel.identity import Identity
from connvo.runtime.execute import Runtime
from connvo.runtime.live import Question, Watch, Watcher

from .figures import RATIO, Figure, figure
from .world import SIGNALING, Pair, acknowledge, backend, make_halls, make_pairs, send_candidate

HALLS, SEATS, PEOPLE = 100, 100, 1_000
SUBSCRIPTIONS = HALLS * SEATS
SENDERS = 8
COMMITS = 240
ROUNDS = 5
TARGET = 1.2
US = 1e6


def measure(folder: Path) -> list[Figure]:
    """Returns the ratio of the cost with many live queries to that with none, both costs, and that of subscribing."""
    return asyncio.run(_measure(folder / "watching"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, SENDERS)
        places = await make_halls(runtime, HALLS, SEATS, PEOPLE)
        await _microseconds(runtime, pairs)
        rounds = [await _round(runtime, pairs, places) for _ in range(ROUNDS)]
    return [
        figure("commit: 10k live queries / none", [many / none for none, many, _ in rounds], RATIO, "<=", TARGET),
        figure("  with none", [none for none, _, _ in rounds], " us"),
        figure("  with 10k live queries", [many for _, many, _ in rounds], " us"),
        figure("  making a query live", [first for _, _, first in rounds], " us"),
    ]


async def _round(runtime: Runtime, pairs: list[Pair], places: list[tuple[str, Identity]]) -> tuple[float, float, float]:
    """Returns microseconds per commit with no live query and with many, and per query made live."""
    none = await _microseconds(runtime, pairs)
    began = perf_counter()
    watches = [await _subscribe(runtime, meeting, person) for meeting, person in places]
    first = (perf_counter() - began) / SUBSCRIPTIONS * US
    if len(runtime.subscriptions) != SUBSCRIPTIONS:
        raise RuntimeError(f"{len(runtime.subscriptions)} live queries instead of {SUBSCRIPTIONS}")
    many = await _microseconds(runtime, pairs)
    if any(watch.watcher.stale for watch in watches):
        raise RuntimeError("a commit has touched a query of somebody else")
    for watch in watches:
        runtime.live.drop(watch)
    return none, many, first


async def _subscribe(runtime: Runtime, meeting: str, person: Identity) -> Watch:
    arguments = msgspec.json.encode({"meetingId": meeting})
    watcher = Watcher(lambda: None)
    watch = Watch(watcher, 0, Question(f"{SIGNALING}:getPendingSignals", arguments, person))
    await runtime.live.refresh(watcher)
    return watch


async def _microseconds(runtime: Runtime, pairs: list[Pair]) -> float:
    """Returns the median time of a commit: the waits for a disk that others use would drown a mean."""
    for pair in pairs:
        await acknowledge(runtime, pair)
    times = []
    for number in range(COMMITS):
        began = perf_counter()
        await send_candidate(runtime, pairs[number % SENDERS], number)
        times.append(perf_counter() - began)
    return median(times) * US
