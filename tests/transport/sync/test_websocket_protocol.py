"""Frames on a real socket: large texts in pieces, and an end for clients that answer no ping."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from connvo.transport.sync.close_codes import ClientDisconnected
from connvo.transport.sync.connections import _send_text
from connvo.transport.sync.outbox import MAX_BYTES_TOGETHER, Outbox
from connvo.transport.sync.websocket_protocol import MAX_FRAME, TEXTS_EXTENSION, FragmentingProtocol

UNLIMITED = 2**40
HANDSHAKE = (
    b"GET /api/sync HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
Application = Callable[[Any, Any, Any], Awaitable[None]]


async def served(application: Application, visit: Callable[[int], Awaitable[None]], **options: Any) -> None:
    """Serve an application on a free port for as long as a visit takes."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, ws=FragmentingProtocol, lifespan="off", log_config=None, **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    try:
        await visit(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("size", [10, MAX_FRAME // 4, MAX_FRAME, 3 * MAX_FRAME + 1])
def test_a_large_text_leaves_in_pieces_and_arrives_whole(size: int) -> None:
    text = ("ä" + "x" * 8) * (size // 10)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.send", "text": "after"})
        await receive()

    async def visit(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/", max_size=UNLIMITED) as client:
            pieces = [piece async for piece in client.recv_streaming()]
            assert "".join(map(str, pieces)) == text
            assert max(len(str(piece).encode()) for piece in pieces) <= MAX_FRAME
            assert len(pieces) == -(-len(text.encode()) // MAX_FRAME)
            assert await client.recv() == "after"

    asyncio.run(served(application, visit))


def test_a_client_that_answers_no_ping_is_cut_off_even_if_it_reads_nothing() -> None:
    gone: asyncio.Queue[str] = asyncio.Queue()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while True:
                await _send_text(send, b"x" * MAX_FRAME)
        except ClientDisconnected:
            await gone.put("sending")
        assert (await receive())["type"] == "websocket.disconnect"
        await gone.put("receiving")

    async def visit(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(HANDSHAKE)
        assert [await gone.get(), await gone.get()] == ["sending", "receiving"]
        writer.transport.abort()

    asyncio.run(served(application, visit, ws_ping_interval=0.01, ws_ping_timeout=0.01))


def test_a_client_that_leaves_in_the_middle_of_a_large_text_is_gone() -> None:
    gone: asyncio.Queue[bool] = asyncio.Queue()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            for _ in range(100):
                await _send_text(send, b"x" * (2 * MAX_FRAME))
        except ClientDisconnected:
            await gone.put(True)

    async def visit(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(HANDSHAKE)
        await reader.readexactly(1)
        writer.transport.abort()
        assert await gone.get()

    asyncio.run(served(application, visit))


def test_clients_that_answer_are_kept() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})

    async def visit(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/") as client:
            for n in range(20):
                await client.send(str(n))
                assert await client.recv() == str(n)
                await asyncio.sleep(0.005)
            await client.close()
            with pytest.raises(ConnectionClosed):
                await client.recv()

    asyncio.run(served(application, visit, ws_ping_interval=0.01, ws_ping_timeout=5))


def test_texts_that_leave_together_arrive_one_by_one_and_large_ones_among_them_in_pieces() -> None:
    texts = [b"one", b"x" * (MAX_FRAME + 1), "zwölf".encode(), b""]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        assert TEXTS_EXTENSION in scope["extensions"]
        await send({"type": "websocket.send", TEXTS_EXTENSION: texts})
        await receive()

    async def visit(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/", max_size=UNLIMITED) as client:
            assert [str(await client.recv()).encode() for _ in texts] == texts

    asyncio.run(served(application, visit))


@pytest.mark.parametrize(
    ("sizes", "together"),
    [([1, 2, 3], [3]), ([MAX_BYTES_TOGETHER, 1, 1], [1, 2]), ([9 * MAX_BYTES_TOGETHER], [1]), ([], [])],
)
def test_no_more_leaves_together_than_a_client_that_does_not_read_may_hold_up(
    sizes: list[int], together: list[int]
) -> None:
    sent: list[list[bytes]] = []

    async def send(texts: list[bytes]) -> None:
        sent.append(texts)

    outbox = Outbox(send, lambda: 0.0)
    texts = [bytes(size) for size in sizes]
    outbox.put(*texts)
    asyncio.run(outbox.flush())
    assert [len(group) for group in sent] == together
    assert [text for group in sent for text in group] == texts
