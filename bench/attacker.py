"""Clients that watch as many queries as they are let, in a process of their own: `python -m bench.attacker`.

Reads a plan as JSON from its standard input, says "ready" once everything is shown, and goes on until its input ends.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import cycle
from typing import Any
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect

OPEN_SECONDS = 60.0
FIRST_SHOWN_SECONDS = 30.0


class Socket(msgspec.Struct):
    """A connection: its token, if it has one, and what it watches, as path and arguments."""

    token: str | None
    queries: list[tuple[str, dict[str, Any]]]


class Plan(msgspec.Struct):
    """Connections, and calls that the first one with a token makes by turns, so many a second."""

    address: str
    sockets: list[Socket]
    caller: str
    calls: list[tuple[str, dict[str, Any]]]
    per_second: float


async def attack(plan: Plan) -> None:
    """Connect and watch, then call until the input ends."""
    async with AsyncExitStack() as stack:
        shown = [await _open(stack, plan.address, socket) for socket in plan.sockets]
        await asyncio.wait([asyncio.create_task(one.wait()) for one in shown], timeout=FIRST_SHOWN_SECONDS)
        caller = await stack.enter_async_context(_connection(plan.address))
        await _greet(caller, plan.caller)
        drain = asyncio.create_task(_read(caller, asyncio.Event()))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        calling = asyncio.create_task(_call(caller, cycle(plan.calls), plan.per_second))
        await asyncio.to_thread(sys.stdin.buffer.read)
        calling.cancel()
        drain.cancel()


async def _call(connection: ClientConnection, calls: Iterator[tuple[str, dict[str, Any]]], per_second: float) -> None:
    for number, (path, args) in enumerate(calls):
        await _say(connection, "Mutation", requestId=number, udfPath=path, args=[args])
        await asyncio.sleep(1 / per_second)


async def _open(stack: AsyncExitStack, address: str, socket: Socket) -> asyncio.Event:
    connection = await stack.enter_async_context(_connection(address))
    shown = asyncio.Event()
    stack.callback(asyncio.create_task(_read(connection, shown)).cancel)
    await _greet(connection, socket.token)
    added = [
        {"type": "Add", "queryId": number, "udfPath": path, "args": [args]}
        for number, (path, args) in enumerate(socket.queries)
    ]
    await _say(connection, "ModifyQuerySet", baseVersion=0, newVersion=1, modifications=added)
    return shown


async def _greet(connection: ClientConnection, token: str | None) -> None:
    await _say(connection, "Connect", sessionId=str(uuid4()), connectionCount=0, lastCloseReason="InitialConnect")
    if token is not None:
        await _say(connection, "Authenticate", baseVersion=0, tokenType="User", value=token)


async def _read(connection: ClientConnection, shown: asyncio.Event) -> None:
    try:
        while True:
            if b'"Transition' in (await connection.recv(decode=False))[:64]:
                shown.set()
    finally:
        shown.set()


async def _say(connection: ClientConnection, kind: str, **fields: Any) -> None:
    await connection.send(msgspec.json.encode({"type": kind, **fields}), text=True)


def _connection(address: str) -> connect:
    return connect(address, compression=None, proxy=None, ping_interval=None, max_size=None, open_timeout=OPEN_SECONDS)


if __name__ == "__main__":
    asyncio.run(attack(msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)))
