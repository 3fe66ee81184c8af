"""Attacks by sync connections that keep to the protocol: very many, very long, or always changing."""

import asyncio
import base64
import time
from uuid import uuid4

from bench.hostile.ground import Ended, Ground, Socket

from .registry import attack

SOCKETS = 300
ADDS_TOGETHER = 1_000
QUERY_IDS = 150_000
AHEAD_NS = 299_000_000_000
CATALOGUE = "interests/queries:listCatalog"
CHURN_SECONDS = 0.001
IDENTITIES_TOGETHER = 200
SESSION = str(uuid4())


@attack("300 sockets without a token")
async def silent_sockets(ground: Ground) -> None:
    """Hold connections on which only the first message has come."""
    await _hold(ground, 1)


@attack("the same from 100 networks")
async def silent_sockets_spread(ground: Ground) -> None:
    """Hold connections from many addresses."""
    await _hold(ground, 100)


async def _hold(ground: Ground, networks: int) -> None:
    sockets: list[Socket] = []

    async def one(number: int) -> None:
        socket = await ground.socket(number % networks)
        sockets.append(socket)
        await socket.greet()

    await ground.crowd(SOCKETS, one, again=False)
    await ground.rest()
    ground.note("open at the end", sum(not socket.line.ended() for socket in sockets))


@attack("150,000 query ids that are refused, on one socket")
async def query_ids(ground: Ground) -> None:
    """Subscribe to what there is not, without an end."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        hearing = asyncio.create_task(socket.until_closed())
        for version in range(QUERY_IDS // ADDS_TOGETHER):
            added = [
                {"type": "Add", "queryId": version * ADDS_TOGETHER + place, "udfPath": "x:y", "args": [{}]}
                for place in range(ADDS_TOGETHER)
            ]
            await socket.say("ModifyQuerySet", baseVersion=version, newVersion=version + 1, modifications=added)
            if hearing.done():
                raise Ended(hearing.result())
        ground.note("query ids", QUERY_IDS)
        ground.note(await hearing)

    await ground.crowd(1, one)


@attack("first messages that claim to have seen the future")
async def observed_timestamps(ground: Ground) -> None:
    """Say that a timestamp five minutes ahead was observed."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        ahead = base64.b64encode((time.time_ns() + AHEAD_NS).to_bytes(8, "little")).decode()
        await socket.greet(maxObservedTimestamp=ahead)
        await socket.say("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[])
        await socket.hear()
        ground.note("believed")
        socket.line.close()

    await ground.crowd(8, one)


@attack("50 sockets that fight for one session id")
async def shared_sessions(ground: Ground) -> None:
    """Connect with the same session id again and again."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet(sessionId=SESSION)
        ground.note(await socket.until_closed())
        socket.line.close()

    await ground.crowd(50, one)


@attack("a socket that changes who it is as fast as it goes", accounts=2)
async def identities(ground: Ground) -> None:
    """Sign in and out by turns, with live queries."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        added = [
            {"type": "Add", "queryId": place, "udfPath": CATALOGUE, "args": [{"limit": 100 + place}]}
            for place in range(50)
        ]
        await socket.say("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=added)
        hearing = asyncio.create_task(socket.until_closed())
        version = 0
        while ground.running and not hearing.done():
            for _ in range(IDENTITIES_TOGETHER):
                token = ground.target.tokens[version % 2]
                await socket.say("Authenticate", baseVersion=version, tokenType="User", value=token)
                version += 1
            ground.note("identities", IDENTITIES_TOGETHER)
            await asyncio.sleep(CHURN_SECONDS)
        ground.note(hearing.result() if hearing.done() else "open at the end")

    await ground.crowd(2, one)


@attack("tokens of 16 kB, refused, on new sockets")
async def refused_tokens(ground: Ground) -> None:
    """Authenticate with what is no token."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet("e30.e30." + "A" * 16_000)
        ground.note(await socket.until_closed())
        socket.line.close()

    await ground.crowd(10, one)


@attack("live queries added and removed a thousand times a second")
async def churn(ground: Ground) -> None:
    """Subscribe and unsubscribe without a token."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        hearing = asyncio.create_task(socket.until_closed())
        version = 0
        while ground.running and not hearing.done():
            add = {"type": "Add", "queryId": version, "udfPath": CATALOGUE, "args": [{"limit": 100 + version / 1e6}]}
            for change in (add, {"type": "Remove", "queryId": version}):
                await socket.say("ModifyQuerySet", baseVersion=version, newVersion=version + 1, modifications=[change])
                version += 1
                add = {**add, "queryId": version}
            ground.note("changes", 2)
            await asyncio.sleep(CHURN_SECONDS)
        ground.note(hearing.result() if hearing.done() else "open at the end")

    await ground.crowd(4, one)


@attack("50 sockets that ask for much and read nothing")
async def slow_readers(ground: Ground) -> None:
    """Subscribe to large results and take none."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        socket.line.stop_reading()
        added = [
            {"type": "Add", "queryId": place, "udfPath": CATALOGUE, "args": [{"limit": 400 + place}]}
            for place in range(100)
        ]
        for version in range(20):
            await socket.say("ModifyQuerySet", baseVersion=version * 2, newVersion=version * 2 + 1, modifications=added)
            removed = [{"type": "Remove", "queryId": add["queryId"]} for add in added]
            await socket.say(
                "ModifyQuerySet", baseVersion=version * 2 + 1, newVersion=version * 2 + 2, modifications=removed
            )
        ground.note("asked")
        await ground.rest()

    await ground.crowd(50, one)


@attack("documents of a megabyte that nobody reads")
async def unread_documents(ground: Ground) -> None:
    """Ask for the description of the API on many connections, and take none of it."""

    async def one(number: int) -> None:
        line = await ground.dial()
        line.stop_reading()
        await line.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        ground.note("asked", 100)
        await ground.rest()

    await ground.crowd(100, one)
