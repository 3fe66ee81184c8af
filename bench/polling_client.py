"""A client of the HTTP API that polls: mutations one after another on one connection, its query on another."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx2
import msgspec

from .socket_client import OPEN_SECONDS, Shown

POLL_SECONDS = 0.1


class PollingClient:
    """One person's way to the server. Use with `async with`."""

    def __init__(self, address: str, token: str) -> None:
        self._mutations, self._polls = (
            httpx2.AsyncClient(
                base_url=f"{address}/api/run/",
                headers={"authorization": f"Bearer {token}"},
                timeout=OPEN_SECONDS,
                trust_env=False,
            )
            for _ in range(2)
        )
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks)
        await self._mutations.aclose()
        await self._polls.aclose()

    async def watch(self, path: str, shown: Shown, **args: Any) -> None:
        """Poll a query; return after the first result. `shown` gets each, with the time in ns since the epoch."""
        shown(await _run(self._polls, path, args), time.time_ns())
        self._spawn(self._poll(path, shown, args))

    async def begin(self, path: str, **args: Any) -> asyncio.Task[Any]:
        """Send a mutation when those before it are answered; the task returns its value or raises RuntimeError."""
        return self._spawn(self._mutate(path, args))

    async def _mutate(self, path: str, args: dict[str, Any]) -> Any:
        async with self._turn:
            return await _run(self._mutations, path, args)

    async def _poll(self, path: str, shown: Shown, args: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + POLL_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
            shown(await _run(self._polls, path, args), time.time_ns())

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _run(client: httpx2.AsyncClient, path: str, args: dict[str, Any]) -> Any:
    body = msgspec.json.encode({"args": args, "format": "json"})
    reply = await client.post(path.replace(":", "/"), content=body, headers={"content-type": "application/json"})
    answer = msgspec.json.decode(reply.content)
    if answer.get("status") != "success":
        raise RuntimeError(f"{path}: {answer}")
    return answer["value"]
