"""Attacks by the head of a request, and by connections on which none comes."""

import asyncio

from bench.hostile.ground import Ended, Ground, request

from .registry import attack

MEBIBYTE = 2**20
SLICE = b"x" * 65_536
CONNECTIONS = 300
HALF_HEAD = b"GET / HTTP/1.1\r\nA"
PIPELINED = 500


@attack("300 connections that say nothing, or half a head")
async def slow_heads(ground: Ground) -> None:
    """Hold connections."""
    await _hold(ground, 1)


@attack("the same from 100 networks")
async def slow_heads_spread(ground: Ground) -> None:
    """Hold connections from many addresses."""
    await _hold(ground, 100)


async def _hold(ground: Ground, networks: int) -> None:
    lines = []

    async def one(number: int) -> None:
        line = await ground.dial(number % networks)
        lines.append(line)
        if number % 2:
            await line.send(HALF_HEAD)

    await ground.crowd(CONNECTIONS, one, again=False)
    await ground.rest()
    ground.note("open at the end", sum(not line.ended() for line in lines))
    ground.note("closed", sum(line.ended() for line in lines))


@attack("150 MiB of header fields")
async def big_heads(ground: Ground) -> None:
    """Send a head that does not end."""
    field = b"X-A: " + b"y" * 8_000 + b"\r\n"

    async def one(number: int) -> None:
        line = await ground.dial()
        await line.send(b"GET / HTTP/1.1\r\n")
        for _ in range(150 * MEBIBYTE // (8 * len(field))):
            await line.send(field * 8)
        await line.send(b"\r\n")
        ground.note(str((await line.reply())[0]))
        line.close()

    await ground.crowd(2, one)


@attack("a million short header fields")
async def many_fields(ground: Ground) -> None:
    """Send a head of many lines."""

    async def one(number: int) -> None:
        line = await ground.dial()
        await line.send(b"GET / HTTP/1.1\r\n")
        for _ in range(100):
            await line.send(b"a:b\r\n" * 10_000)
        await line.send(b"\r\n")
        ground.note(str((await line.reply())[0]))
        line.close()

    await ground.crowd(2, one)


@attack("an address of 90 MiB", seconds=8)
async def long_addresses(ground: Ground) -> None:
    """Send a request line that does not end."""

    async def one(number: int) -> None:
        line = await ground.dial()
        await line.send(b"GET /")
        for _ in range(90 * MEBIBYTE // len(SLICE)):
            await line.send(SLICE)
        await line.send(b" HTTP/1.1\r\n\r\n")
        ground.note(str((await line.reply())[0]))
        line.close()

    await ground.crowd(1, one)


@attack("100 bodies of 16 MB, a byte at a time")
async def slow_bodies(ground: Ground) -> None:
    """Announce a body, and send next to none of it."""

    async def one(number: int) -> None:
        line = await ground.dial()
        await line.send(
            b"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n\r\n"
        )
        await line.send(SLICE)
        while ground.running:
            await line.send(b" ")
            await asyncio.sleep(0.1)
            if line.ended():
                raise Ended("closed")

    await ground.crowd(100, one)


@attack("500 requests at a time on one connection")
async def pipelined(ground: Ground) -> None:
    """Send requests without waiting for replies."""
    piece = request("GET", "/livez") * PIPELINED

    async def one(number: int) -> None:
        line = await ground.dial()
        while ground.running:
            await line.send(piece)
            for _ in range(PIPELINED):
                status, _ = await line.reply()
                ground.note(str(status))

    await ground.crowd(2, one)


@attack("connections opened and closed")
async def reconnections(ground: Ground) -> None:
    """Open sync connections for a moment."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        ground.note("opened")
        socket.line.close()

    await ground.crowd(20, one)
