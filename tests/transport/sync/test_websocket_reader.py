"""What one socket may send, on real sockets: every limit has its code, and nothing waits for those who do not read."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from connvo.transport.sync import websocket_reader
from connvo.transport.sync.close_codes import BUSY, NOT_TEXT, OVERLOADED, POLICY, TOO_BIG, WRONG_FRAME
from connvo.transport.sync.frame_limits import FRAGMENT_BURST, ReadLimits
from connvo.transport.sync.websocket_reader import LIMITS_EXTENSION

from .test_websocket_protocol import HANDSHAKE, served

SMALL = 1000
PLENTY = 1_000_000.0
Said = asyncio.Queue[Any]


def echo(limits: ReadLimits, heard: Said) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Return an application that takes messages under limits; after `more` they are larger."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        scope["extensions"][LIMITS_EXTENSION](limits)
        await send({"type": "websocket.accept"})
        while True:
            event = await receive()
            await heard.put(event.get("text", event.get("code")))
            if event["type"] == "websocket.disconnect":
                return
            if event["text"] == "more":
                await asyncio.sleep(0.05)
                limits.message_bytes = 100 * SMALL

    return application


def visit(
    limits: ReadLimits, do: Callable[[ClientConnection, Said], Awaitable[None]], **options: Any
) -> tuple[int | None, str | None]:
    """Have a client do something; return the code and the reason with which the server ended its connection."""
    end: list[tuple[int | None, str | None]] = []

    async def work() -> None:
        heard: Said = asyncio.Queue()

        async def go(port: int) -> None:
            async with connect(f"ws://127.0.0.1:{port}/", ping_interval=None, **options) as client:
                try:
                    await do(client, heard)
                    async with asyncio.timeout(20):
                        await client.wait_closed()
                except ConnectionClosed:
                    await client.wait_closed()
                end.append((client.close_code, client.close_reason))

        compressed = options.get("compression") is not None
        await served(echo(limits, heard), go, ws_per_message_deflate=compressed)

    asyncio.run(work())
    return end[0]


def limits(control: float = PLENTY, fragments: float = PLENTY, seconds: float = 20.0, refused: int = 0) -> ReadLimits:
    return ReadLimits(SMALL, seconds, control, fragments, refused)


async def raw(client: ClientConnection, *frames: Frame) -> None:
    """Send frames as they are."""
    client.transport.write(b"".join(frame.serialize(mask=True) for frame in frames))


def test_a_message_above_the_limit_is_refused_with_a_code_that_arrives() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await client.send("x" * SMALL)
        assert len(await heard.get()) == SMALL
        await client.send("x" * 200 * SMALL)

    assert visit(limits(), do) == (TOO_BIG, f"a message may have {SMALL} bytes")


def test_fragments_count_together() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await client.send(["x" * (SMALL // 2)] * 2)
        assert len(await heard.get()) == SMALL
        await client.send(["x" * (SMALL // 2)] * 3)

    assert visit(limits(), do)[0] == TOO_BIG


def counted(most: int) -> tuple[ReadLimits, list[int]]:
    """Return limits that have room for so many bytes, and the sizes that they are told."""
    told: list[int] = []
    bounds = limits()

    def has_room(size: int) -> bool:
        told.append(size)
        return size <= most

    bounds.has_room = has_room
    return bounds, told


def test_a_message_without_room_ends_its_connection_before_it_is_kept() -> None:
    bounds, told = counted(most=SMALL // 2)

    async def do(client: ClientConnection, heard: Said) -> None:
        client.transport.write(Frame(Opcode.TEXT, b"x" * SMALL).serialize(mask=True)[: SMALL // 4])
        await asyncio.sleep(0.05)
        client.transport.write(b"x" * (SMALL // 2))

    assert visit(bounds, do) == (BUSY, OVERLOADED)
    assert told[-1] == 0, "the end gives the room back"


def test_a_handled_message_gives_its_room_back_and_pings_take_none() -> None:
    bounds, held = counted(most=2 * SMALL)

    async def do(client: ClientConnection, heard: Said) -> None:
        for _ in range(3):
            await asyncio.wait_for(await client.ping(), 20)
        assert held == []
        await client.send(["x" * (SMALL // 2)] * 2)
        assert len(await heard.get()) == SMALL
        await client.send("next")
        assert await heard.get() == "next"
        assert held[-1] == 0
        await client.send("x" * 2 * SMALL)

    assert visit(bounds, do)[0] == TOO_BIG
    assert max(held) > SMALL // 2


def test_messages_sent_behind_a_token_are_judged_after_the_token() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        large = Frame(Opcode.TEXT, b"x" * 50 * SMALL)
        await raw(client, Frame(Opcode.TEXT, b"more"), large)
        assert await heard.get() == "more"
        assert len(await heard.get()) == 50 * SMALL
        await client.send("x" * 101 * SMALL)

    assert visit(limits(), do)[0] == TOO_BIG


@pytest.mark.parametrize(
    ("opcode", "final", "reason"),
    [
        (Opcode.PING, True, "too many control frames"),
        (Opcode.PONG, True, "too many control frames"),
        (Opcode.CONT, False, "too many fragments"),
    ],
)
def test_a_flood_of_frames_that_carry_nothing_ends(opcode: Opcode, final: bool, reason: str) -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        if opcode is Opcode.CONT:
            await raw(client, Frame(Opcode.TEXT, b"", fin=False))
        await raw(client, *[Frame(opcode, b"", fin=final)] * (FRAGMENT_BURST + 100))

    assert visit(limits(control=10, fragments=10), do) == (POLICY, reason)


def test_a_message_that_does_not_end_ends_the_connection() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await raw(client, Frame(Opcode.TEXT, b"x", fin=False))
        while True:
            await raw(client, Frame(Opcode.CONT, b"x", fin=False))
            await asyncio.sleep(0.02)
            if client.close_code is not None:
                return

    assert visit(limits(seconds=0.2), do) == (POLICY, "a message took too long")


def test_half_a_frame_is_an_unfinished_message() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        client.transport.write(Frame(Opcode.TEXT, b"x" * 100).serialize(mask=True)[:50])

    assert visit(limits(seconds=0.2), do) == (POLICY, "a message took too long")


def test_a_text_is_utf_8() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await raw(client, Frame(Opcode.TEXT, b"\xff\xfe"))

    assert visit(limits(), do)[0] == NOT_TEXT


def test_compressed_data_counts_by_its_unpacked_size() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await client.send("x" * SMALL)
        assert len(await heard.get()) == SMALL
        await client.send("x" * 1000 * SMALL)

    assert visit(limits(), do, compression="deflate")[0] == TOO_BIG


def test_pings_are_answered_while_they_are_few() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        for _ in range(5):
            await asyncio.wait_for(await client.ping(), 20)
        await client.send("x" * 2 * SMALL)

    assert visit(limits(control=10), do)[0] == TOO_BIG


def test_pongs_that_nobody_reads_do_not_pile_up() -> None:
    pings, payload = 500, b"x" * 125

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        scope["extensions"][LIMITS_EXTENSION](ReadLimits(SMALL, 20.0, PLENTY, PLENTY))
        await send({"type": "websocket.accept"})
        receive.__self__.pause_writing()
        assert (await receive())["text"] == "last"
        receive.__self__.resume_writing()
        await send({"type": "websocket.close", "code": 1000})

    async def go(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        frames = [Frame(Opcode.PING, payload)] * pings + [Frame(Opcode.TEXT, b"last")]
        writer.write(b"".join(frame.serialize(mask=True) for frame in frames))
        pong = Frame(Opcode.PONG, payload).serialize(mask=False)
        assert await asyncio.wait_for(reader.readexactly(len(pong)), 20) == pong
        assert (await asyncio.wait_for(reader.readexactly(4), 20)).startswith(b"\x88\x02"), "one pong answers them all"
        writer.transport.abort()

    asyncio.run(served(application, go))


def test_a_client_that_does_not_read_the_end_of_a_connection_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_reader, "LINGER_SECONDS", 0.1)
    gone: asyncio.Queue[bool] = asyncio.Queue()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        receive.__self__.close_timeout = 0.1
        await send({"type": "websocket.accept"})
        protocol = receive.__self__
        lost = protocol.connection_lost

        def note(error: Exception | None) -> None:
            gone.put_nowait(True)
            lost(error)

        protocol.connection_lost = note
        protocol.transport.write(b"\x81\x7f" + struct.pack("!Q", 50_000_000) + bytes(50_000_000))
        protocol.writable.set()
        await send({"type": "websocket.close", "code": 1000})

    async def go(port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(HANDSHAKE)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        assert await asyncio.wait_for(gone.get(), 20)
        writer.transport.abort()

    asyncio.run(served(application, go))


def test_an_upgrade_that_is_none_is_answered() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("this is no socket")

    async def go(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n") + b"body")
        assert (await asyncio.wait_for(reader.read(), 20)).startswith(b"HTTP/1.1 400 ")
        writer.close()

    asyncio.run(served(application, go))


REFUSED = 100 * SMALL


class Reserved(Frame):
    """A frame with a reserved bit."""

    def serialize(self, **options: Any) -> bytes:
        """Return the frame as it is sent."""
        first, *rest = super().serialize(**options)
        return bytes((first | 0x10, *rest))


DROPPED = '{"requestId":7,"args":{"$dropped":[%d,1000]},"type":"Mutation"}'


def call(size: int) -> str:
    """Return a call of a Python client, whose arguments come first and take so many bytes."""
    return '{"requestId":7,"args":%s,"type":"Mutation"}' % ('["' + "x" * (size - 4) + '"]')


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("pings", [False, True])
def test_a_larger_text_arrives_without_its_arguments(count: int, pings: bool) -> None:
    size = 50 * SMALL
    text = call(size).encode()
    step = -(-len(text) // count)
    parts = [text[start : start + step] for start in range(0, len(text), step)]

    async def do(client: ClientConnection, heard: Said) -> None:
        for number, part in enumerate(parts):
            opcode = Opcode.CONT if number else Opcode.TEXT
            await raw(client, Frame(opcode, part, fin=number == count - 1))
            if pings:
                await raw(client, Frame(Opcode.PING, b"between"))
        assert await heard.get() == DROPPED % size
        await client.send("and on")
        assert await heard.get() == "and on"
        await client.send("x" * 2 * REFUSED)

    assert visit(limits(refused=REFUSED), do)[0] == TOO_BIG


def test_fragments_that_were_within_the_limit_are_part_of_a_larger_text() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        text = call(3 * SMALL)
        await client.send([text[:300], text[300:900], text[900:1200], text[1200:]])
        assert await heard.get() == DROPPED % (3 * SMALL)
        await client.send("x" * 2 * REFUSED)

    assert visit(limits(refused=REFUSED), do)[0] == TOO_BIG


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_larger_message_in_which_nothing_can_be_dropped_is_refused(opcode: Opcode) -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await raw(client, Frame(opcode, b"x" * 2 * SMALL))

    assert visit(limits(refused=REFUSED), do)[0] == TOO_BIG


def test_a_larger_text_has_its_time_too() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        client.transport.write(Frame(Opcode.TEXT, call(50 * SMALL).encode()).serialize(mask=True)[:-1])

    assert visit(limits(refused=REFUSED, seconds=0.2), do) == (POLICY, "a message took too long")


@pytest.mark.parametrize(
    "frames",
    [
        [Frame(Opcode.TEXT, call(50 * SMALL).encode(), fin=False), Frame(Opcode.TEXT, b"{}")],
        [Reserved(Opcode.TEXT, call(50 * SMALL).encode())],
        [Frame(Opcode.TEXT, call(50 * SMALL).encode(), fin=False), Reserved(Opcode.CONT, b"}")],
    ],
    ids=["a text within", "a reserved bit", "a reserved bit later"],
)
def test_the_frames_of_a_larger_text_keep_the_rules(frames: list[Frame]) -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await raw(client, *frames)

    assert visit(limits(refused=REFUSED), do)[0] in (WRONG_FRAME, TOO_BIG)


@pytest.mark.parametrize("count", [1, 2])
def test_a_larger_text_is_paid_for_before_it_arrives(count: int) -> None:
    text = call(3 * SMALL).encode()
    asked: list[int] = []
    middle = 2 * SMALL if count == 2 else len(text)

    async def do(client: ClientConnection, heard: Said) -> None:
        await raw(client, Frame(Opcode.TEXT, text[:middle], fin=count == 1))
        if count == 2:
            await raw(client, Frame(Opcode.CONT, text[middle:]))
        assert await heard.get() == DROPPED % (3 * SMALL)
        assert asked == ([len(text)] if count == 1 else [middle, len(text) - middle])
        client.transport.write(Frame(Opcode.TEXT, text).serialize(mask=True)[:14])

    def pays_for(size: int) -> bool:
        asked.append(size)
        return len(asked) <= count

    own = limits(refused=REFUSED)
    own.pays_for = pays_for
    assert visit(own, do) == (BUSY, OVERLOADED)


def test_a_larger_compressed_text_is_refused() -> None:
    async def do(client: ClientConnection, heard: Said) -> None:
        await client.send(call(50 * SMALL))

    assert visit(limits(refused=REFUSED), do, compression="deflate")[0] == TOO_BIG
