"""Attacks by what is sent over a sync connection, most of them before anybody is known."""

import asyncio
import zlib

from bench.hostile.ground import COMPRESSED, CONTINUATION, FINAL, PING, Ground, frame

from .registry import attack

EVENT_LISTS = 11_000_000
REFUSED_ADDS = 550_000
MEBIBYTE = 2**20
BOMB_BYTES = 30 * MEBIBYTE
FRAMES_TOGETHER = 2_000
PINGS_TOGETHER = 500
PING_BYTES = 125
SLICE_BYTES = 64 * 1024
UNFINISHED = 100


@attack("an event of 32 MiB on a new socket, four at once", seconds=8)
async def events(ground: Ground) -> None:
    """Send lists that nobody uses, before the first message."""
    text = b'{"type":"Event","eventType":"x","event":[' + b"[]," * EVENT_LISTS + b"[]]}"
    await _whole(ground, 4, text)


@attack("a query set of 550,000 refused queries on a new socket", seconds=8)
async def adds(ground: Ground) -> None:
    """Subscribe to more than can be, in one message."""
    one = b'{"type":"Add","queryId":%d,"udfPath":"x:y","args":[{}]}'
    added = b",".join(one % number for number in range(REFUSED_ADDS))
    await _whole(
        ground, 1, b'{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[%s]}' % added, greet=True
    )


@attack("a message nested a million deep")
async def nested_messages(ground: Ground) -> None:
    """Send an event whose lists contain each other."""
    await _whole(ground, 4, b'{"type":"Event","eventType":"x","event":' + b"[" * MEBIBYTE + b"]" * MEBIBYTE + b"}")


@attack("30 MiB in 30 kB, compressed")
async def bombs(ground: Ground) -> None:
    """Send compressed messages, where the server agrees to compression."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b'{"type":"Event","eventType":"' + b"x" * BOMB_BYTES) + packer.flush(zlib.Z_SYNC_FLUSH)

    async def one(number: int) -> None:
        socket = await ground.socket(extra=b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
        await socket.frame(packed[:-4], flags=FINAL | COMPRESSED)
        ground.note(await socket.until_closed())
        socket.line.close()

    await ground.crowd(4, one)


@attack("100 messages of 32 MiB that never end")
async def unfinished_messages(ground: Ground) -> None:
    """Send fragments slowly and never the last one."""
    piece = frame(b"x" * SLICE_BYTES, CONTINUATION, 0)

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.frame(b'{"type":"Event","eventType":"', flags=0)
        for _ in range(32 * MEBIBYTE // SLICE_BYTES - 1):
            await socket.line.send(piece)
            await asyncio.sleep(0.05)

    await ground.crowd(UNFINISHED, one)


@attack("pings whose answers nobody reads")
async def pings(ground: Ground) -> None:
    """Ask for pongs and take none."""
    piece = frame(bytes(PING_BYTES), PING) * PINGS_TOGETHER

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        socket.line.stop_reading()
        while ground.running:
            await socket.line.send(piece)
            ground.note("pings", PINGS_TOGETHER)

    await ground.crowd(2, one)


@attack("empty fragments without an end")
async def empty_fragments(ground: Ground) -> None:
    """Send frames of a message that carry nothing."""
    piece = frame(b"", CONTINUATION, 0) * FRAMES_TOGETHER

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        await socket.frame(b"{", flags=0)
        while ground.running:
            await socket.line.send(piece)
            ground.note("fragments", FRAMES_TOGETHER)

    await ground.crowd(2, one)


@attack("tiny messages as fast as they go")
async def tiny_messages(ground: Ground) -> None:
    """Send messages of a type that no server knows."""
    piece = frame(b'{"type":"X"}') * FRAMES_TOGETHER

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet()
        while ground.running:
            await socket.line.send(piece)
            ground.note("messages", FRAMES_TOGETHER)

    await ground.crowd(2, one)


async def _whole(ground: Ground, at_once: int, text: bytes, greet: bool = False) -> None:
    """Send a message on new sockets, and note how the server ends each."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        if greet:
            await socket.greet()
        await socket.frame(text)
        ground.note(await socket.until_closed())
        socket.line.close()

    await ground.crowd(at_once, one)
