"""A cluster of nodes behind a balancer, and the trouble it is given while clients work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Self

from tests.support.balancer import Balancer

from .nodes import Node

MAX_PEACE_SECONDS = 0.5
MAX_DEATH_SECONDS = 0.5

Trouble = Callable[[], Awaitable[None]]


class Cluster:
    """Nodes of one database and a balancer before them; an async context manager. `options` are the nodes'."""

    def __init__(self, folder: Path, environment: dict[str, str], options: Sequence[str] = (), size: int = 3) -> None:
        self.nodes = [Node(folder, f"node-{n}", environment, options) for n in range(size)]
        self.balancer = Balancer([node.port for node in self.nodes])
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for node in self.nodes:
            self._open.push_async_callback(node.kill)
        await asyncio.gather(*[node.start() for node in self.nodes])
        await self._open.enter_async_context(self.balancer)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._open.aclose()

    @property
    def url(self) -> str:
        """The address of the balancer."""
        return self.balancer.url

    async def stop(self) -> None:
        """Tell every node to stop; each must do so cleanly."""
        await asyncio.gather(*[node.stop() for node in self.nodes])

    async def kill_one(self, chance: Random) -> None:
        """Kill a node and start it again a moment later."""
        node = chance.choice(self.nodes)
        await node.kill()
        await asyncio.sleep(chance.uniform(0, MAX_DEATH_SECONDS))
        await node.start()

    async def cut(self, chance: Random) -> None:
        """Cut about half of the connections."""
        self.balancer.cut(chance)

    def alive(self) -> bool:
        """Whether every node runs."""
        return all(node.runs for node in self.nodes)


async def give(work: Awaitable[None], troubles: Sequence[Trouble], chance: Random, peace: float) -> int:
    """Give trouble, one kind after the other in a random order, until the work is done; return how often.

    `peace` is the longest pause between two, in seconds.
    """
    task = asyncio.ensure_future(work)
    given = 0
    try:
        while not task.done():
            for trouble in chance.sample(troubles, len(troubles)):
                await asyncio.wait([task], timeout=chance.uniform(0, peace))
                if task.done():
                    break
                await trouble()
                given += 1
        await task
    finally:
        task.cancel()
    return given
