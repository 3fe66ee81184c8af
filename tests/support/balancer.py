"""A load balancer that knows nothing: each new connection goes to the next server that takes it.

`python -m tests.support.balancer PORT ...` says where it listens; it then prefers the first server that takes it.
"""

import asyncio
import sys
from collections.abc import Sequence
from random import Random
from typing import Self

CHUNK = 65536


class Balancer:
    """Passes bytes on between clients and servers on this machine, given by their ports; an async context manager.

    The servers take turns, unless the earlier are to be preferred.
    """

    def __init__(self, ports: Sequence[int], take_turns: bool = True) -> None:
        self._ports = list(ports)
        self._take_turns = take_turns
        self._next = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self, chance: Random | None = None) -> None:
        """Cut every connection, or each with an even chance."""
        for writer in list(self._writers):
            if chance is None or chance.random() < 0.5:
                writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await self._connect()
        if far is None:
            writer.transport.abort()
            return
        self.connections += 1
        far_reader, far_writer = far
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._writers.add(target)
            task = asyncio.create_task(self._pass(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return a connection to the next server; to another when that one refuses; None when all do."""
        first = self._next if self._take_turns else 0
        self._next += 1
        for place in range(len(self._ports)):
            port = self._ports[(first + place) % len(self._ports)]
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        return None

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(CHUNK):
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            self._writers.discard(target)
            target.transport.abort()


async def _serve(ports: Sequence[int]) -> None:
    async with Balancer(ports, take_turns=False) as balancer:
        print(balancer.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve([int(port) for port in sys.argv[1:]]))
