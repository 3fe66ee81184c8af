"""What a client that is connected, watches one query and says nothing costs the server in memory."""

import asyncio
import resource
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from connvo.kernel.identity import Identity

from .figures import Figure, figure
from .served import Server, serving
from .socket_client import SocketClient
from .world import SIGNALING, backend, make_halls

HALLS, SEATS = 10, 100
CLIENTS = HALLS * SEATS
OPEN_FILES = 4 * CLIENTS
ROUNDS = 3
SETTLE_SECONDS = 2.0
TARGET = 60.0
KIB_PER_MB = 1024.0


def measure(folder: Path) -> list[Figure]:
    """Return the server's memory per client."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most) if most > 0 else OPEN_FILES, most))
    rounds = asyncio.run(_measure(folder / "idling"))
    return [figure("memory of an idle client", rounds, " KB", "<=", TARGET)]


async def _measure(folder: Path) -> list[float]:
    async with backend(folder) as runtime:
        places = await make_halls(runtime, HALLS, SEATS, CLIENTS)
    return [await _round(folder, places) for _ in range(ROUNDS)]


async def _round(folder: Path, places: list[tuple[str, Identity]]) -> float:
    with serving(folder) as server:
        tokens = server.tokens(*(person for _, person in places))
        async with AsyncExitStack() as stack:
            await _connect(stack, server, places[0][0], tokens[0])
            before = await _settled(server)
            for (meeting, _), token in zip(places[1:], tokens[1:], strict=True):
                await _connect(stack, server, meeting, token)
            after = await _settled(server)
    return (after - before) / (CLIENTS - 1) * KIB_PER_MB


async def _connect(stack: AsyncExitStack, server: Server, meeting: str, token: str) -> None:
    client = await stack.enter_async_context(SocketClient(server.sync, token))
    await client.watch(f"{SIGNALING}:getPendingSignals", _pass_over, meetingId=meeting)


async def _settled(server: Server) -> float:
    await asyncio.sleep(SETTLE_SECONDS)
    return server.memory()


def _pass_over(value: Any, now: int) -> None:
    """An idle client looks at nothing."""
