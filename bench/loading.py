"""How many signals a server delivers when everybody calls all the time, and what one costs it.

Calls back to back over the sync socket, as `calling` makes them. The clients share this machine and need time, too: the
processor time of the server says more than the rate.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from .calling import SIGNALS_EACH, Side
from .figures import Figure, figure
from .served import Server, serving
from .socket_client import SocketClient
from .world import Pair, backend, make_pairs

PAIRS = 20
# Far from the default limit of 600 signals a member at once.
CALLS = 10
ROUNDS = 5
ROUND_SECONDS = 60.0
SIGNALS = 2 * SIGNALS_EACH * CALLS * PAIRS
US = 1e6
CLOCK_SHIFT, SCHEDULER_CLOCK = 3, 2


def measure(folder: Path) -> list[Figure]:
    """Return signals delivered per second, and the server's processor time for one."""
    return asyncio.run(_measure(folder / "loading"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, PAIRS * ROUNDS)
    with serving(folder) as server:
        rounds = [await _round(server, pairs[n * PAIRS : (n + 1) * PAIRS]) for n in range(ROUNDS)]
    return [
        figure("  signals under load, per second", [SIGNALS / seconds for seconds, _ in rounds], ""),
        figure("  processor time of a signal", [spent / SIGNALS * US for _, spent in rounds], " us"),
    ]


async def _round(server: Server, pairs: list[Pair]) -> tuple[float, float]:
    """Return how long all calls of all pairs took, and the server's processor time for them, in seconds."""
    async with AsyncExitStack() as stack, asyncio.timeout(ROUND_SECONDS):
        talks = []
        for pair in pairs:
            people = (pair.sender, pair.reader)
            tokens = server.tokens(*(person.identity for person in people))
            sides = []
            for token, me, other in zip(tokens, people, reversed(people), strict=True):
                client = await stack.enter_async_context(SocketClient(server.sync, token))
                sides.append(Side(client, pair.meeting, me, other))
                await sides[-1].listen()
            talks.append(sides)
        spent, began = processor_seconds(server.pid), perf_counter()
        await asyncio.gather(*(_talk(sides) for sides in talks))
        return perf_counter() - began, processor_seconds(server.pid) - spent


async def _talk(sides: list[Side]) -> None:
    for call in range(CALLS):
        for number, side in enumerate(sides):
            side.expect(f"load{call}x{number}")
        await asyncio.gather(sides[0].speak("offer"), *(side.connected() for side in sides))


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    # The number by which Linux knows the clock of another process: finer than the ticks of /proc.
    return time.clock_gettime((~pid << CLOCK_SHIFT) | SCHEDULER_CLOCK)
