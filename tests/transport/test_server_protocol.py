"""On real sockets, a request beyond a limit is refused and its connection ends; all other clients are served."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connvo.transport.connections import connection_of
from connvo.transport.request_meter import PIECE_BYTES
from tests.support.raw_http import Listener, RawClient, listening, wait_for

GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
TOKEN = b"authorization"
BLOCK = 64 * 1024
MEGABYTE = 1024 * 1024


class Echo:
    """An application that answers with what it was sent, and knows those who carry a token."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        self.requests.append(scope["path"])
        if TOKEN in headers:
            connection_of(scope).recognize(headers[TOKEN].decode())
        if scope["type"] == "websocket":
            await self._socket(receive, send, scope["path"] != "/closed")
            return
        body = await self._body(receive) if scope["path"] != "/unread" else b""
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        if scope["path"] == "/large":
            body = bytes(32 * 1024 * 1024)
        answer = body or scope["path"].encode()
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", str(len(answer)).encode()), *_echoed(headers)],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    async def _body(self, receive: Any) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body

    async def _socket(self, receive: Any, send: Any, accept: bool) -> None:
        await receive()
        await send({"type": "websocket.accept"} if accept else {"type": "websocket.close"})
        await receive()


def _echoed(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"fields", str(len(headers)).encode())]


@pytest.fixture
def app() -> Echo:
    return Echo()


@pytest.fixture
def server(app: Echo) -> Iterator[Listener]:
    with listening(app, head_seconds=60, connections_per_network=300) as listener:
        yield listener


@pytest.fixture
def hasty(app: Echo) -> Iterator[Listener]:
    """A server that waits for nobody."""
    with listening(app, head_seconds=0.5, stalled_seconds=0.5) as listener:
        yield listener


@pytest.fixture
def client(server: Listener) -> Iterator[RawClient]:
    made = RawClient(server.address)
    yield made
    made.close()


@pytest.fixture
def late(hasty: Listener) -> Iterator[RawClient]:
    """A client of the hasty server."""
    made = RawClient(hasty.address)
    yield made
    made.close()


def assert_refused(answer: bytes, status: int, code: str) -> None:
    """Hold the last answer on a connection against the shape of every error."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert json.loads(body)["code"] == code
    for field in (b"content-type: application/json", b"x-content-type-options: nosniff", b"connection: close"):
        assert field in head.lower()
    assert b"default-src 'none'" in head


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"GET / HTTP/1.1\r\nA: " + b"a" * BLOCK, 431, "HeadTooLarge"),
        (b"GET / HTTP/1.1\r\n" + b"A" * BLOCK, 431, "HeadTooLarge"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431, "HeadTooLarge"),
        (b"GET / HTTP/1.1\r\n" + b"A: %s\r\n" % (b"b" * 8000) * 5 + b"\r\n", 431, "HeadTooLarge"),
        (b"GET /" + b"a" * BLOCK, 414, "AddressTooLong"),
        (b"GET /" + b"a" * 16384 + b" HTTP/1.1\r\n\r\n", 414, "AddressTooLong"),
        (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nA: " + b"a" * BLOCK, 431, "HeadTooLarge"),
        (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "BadRequest"),
        (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400, "BadRequest"),
        (b"NONSENSE\r\n\r\n", 400, "BadRequest"),
        (b"\x16\x03\x01\x02\x00", 400, "BadRequest"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "BadRequest"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "BadRequest"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "BadRequest"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "BadRequest"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nauthorization: b\r\n\r\n", 400, "BadRequest"),
    ],
)
def test_a_head_beyond_a_limit_is_refused_and_its_connection_closed(
    server: Listener, app: Echo, client: RawClient, head: bytes, status: int, code: str
) -> None:
    assert_refused(client.send(head).rest(), status, code)
    assert app.requests == []
    assert server.reasons == ["head"]


@pytest.mark.parametrize("pieces", [b"A: b\r\n", b"A" * 1000, b"\r\n" * 500])
def test_a_head_in_many_pieces_ends_at_the_same_limit(server: Listener, client: RawClient, pieces: bytes) -> None:
    client.send(b"" if pieces.startswith(b"\r") else b"GET / HTTP/1.1\r\n")
    for _ in range(2 * BLOCK // len(pieces)):
        client.send(pieces)
    assert b" 431 " in client.rest().partition(b"\r\n")[0]
    assert server.reasons == ["head"]


def test_a_head_within_the_limits_passes(app: Echo, client: RawClient) -> None:
    fields = b"".join(b"F%d: %s\r\n" % (number, b"v" * 300) for number in range(99))
    answer = client.send(b"GET /%s HTTP/1.1\r\nHost: a\r\n%s\r\n" % (b"a" * 1000, fields)).receive(b"\r\n\r\n")
    assert b"200 OK" in answer
    assert b"fields: 100" in answer


@pytest.mark.parametrize("before", [b"", GET % b"first"])
def test_an_unfinished_head_has_only_so_long(late: RawClient, before: bytes) -> None:
    if before:
        late.send(before).receive(b"/first")
    answer = late.send(b"GET / HTTP/1.1\r\nA: ").rest()
    assert_refused(answer, 408, "RequestTimeout")


def test_the_time_of_a_head_does_not_begin_again_with_each_byte(late: RawClient) -> None:
    late.send(b"GET / HTTP/1.1\r\nA: ")
    received = b""
    for _ in range(200):
        late.send(b"a")
        try:
            late._socket.settimeout(0.02)
            received = late._socket.recv(4096)
            break
        except TimeoutError:
            continue
    assert b" 408 " in received


@pytest.mark.parametrize("said", [b"", b"\r\n"])
def test_a_silent_connection_is_closed_without_a_word(hasty: Listener, late: RawClient, said: bytes) -> None:
    assert late.send(said).rest() == b""
    wait_for(lambda: len(hasty.connections) == 0)
    assert hasty.reasons == ["slow"]


def test_between_two_requests_a_connection_may_be_quiet_for_longer(late: RawClient) -> None:
    late.send(GET % b"one").receive(b"/one")
    late._socket.settimeout(1.0)
    with pytest.raises(TimeoutError):
        late._socket.recv(1)
    late._socket.settimeout(10.0)
    late.send(GET % b"two").receive(b"/two")


def test_requests_sent_ahead_are_answered_in_order_and_only_so_many(app: Echo, client: RawClient) -> None:
    answer = client.send(b"".join(GET % b"%d" % number for number in range(16))).receive(b"\r\n\r\n/15")
    assert [f"/{number}" for number in range(16)] == app.requests
    assert answer.count(b"200 OK") == 16
    client.send((GET % b"more") * 5000).rest()
    assert len(app.requests) <= 16 + 18


def test_a_large_body_with_the_next_head_behind_it_is_no_large_head(client: RawClient) -> None:
    first, second = (letter * 200_000 for letter in (b"b", b"c"))
    posts = b"".join(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + body for body in (first, second))
    client.send(posts + b"GET /next HT").receive(second)
    client.send(b"TP/1.1\r\nHost: a\r\n\r\n").receive(b"/next")


def test_a_chunked_body_arrives_whole(client: RawClient) -> None:
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for letter in b"chunks":
        client.send(b"1\r\n%c\r\n" % letter)
    client.send(b"0\r\nTrailer: x\r\n\r\n").receive(b"chunks")
    client.send(GET % b"next").receive(b"/next")


@pytest.mark.parametrize(
    "around", [b"1;e=" + b"x" * MEGABYTE, b"0\r\nT: " + b"x" * MEGABYTE, b"0\r\n" + b"T: x\r\n" * 200_000]
)
def test_the_framing_of_chunks_is_bounded(server: Listener, client: RawClient, around: bytes) -> None:
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    for start in range(0, len(around), BLOCK):
        client.send(around[start : start + BLOCK])
    assert_refused(client.rest(), 400, "BadRequest")
    assert server.reasons == ["head"]


TRAILERS = b"".join(b"T%d: x\r\n" % number for number in range(9_000))
# Each comes in one read with its head, which is the most that a socket gives at once.
FRAMINGS = {
    "one extension": b"1;e=" + b"x" * 100_000 + b"\r\na\r\n0\r\n\r\n",
    "many chunks": b"1;%s\r\na\r\n" % (b"e" * 60) * 1_500 + b"0\r\n\r\n",
    "trailers": b"1\r\na\r\n0\r\n" + TRAILERS + b"\r\n",
}


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS.keys())
def test_the_framing_of_a_body_that_comes_whole_is_bounded_too(server: Listener, framing: bytes) -> None:
    assert len(framing) > 80_000
    client = RawClient(server.address)
    client.send(b"POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + framing)
    assert_refused(client.rest(), 400, "BadRequest")
    assert server.reasons == ["head"]
    client.close()


@pytest.mark.parametrize("size", [PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES + 7])
def test_requests_that_come_in_one_read_are_all_answered(client: RawClient, size: int) -> None:
    body = b"b" * size
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (size, body)
    plain = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (size, body)
    answers = client.send(chunked + plain + GET % b"last").receive(b"/last")
    assert answers.count(b"200 OK") == 3
    assert answers.count(b"b" * size) == 2


@pytest.mark.parametrize("chunk", [b"x\r\n", b"-1\r\n", b"1\r\nab\r\n", b"f" * 17 + b"\r\n", b"1\n\r"])
def test_invalid_chunks_are_refused_with_an_answer(
    app: Echo, server: Listener, client: RawClient, chunk: bytes
) -> None:
    client.send(b"POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n" + chunk)
    assert_refused(client.rest(), 400, "BadRequest")
    wait_for(lambda: app.requests == ["/chunks"])
    wait_for(lambda: len(server.connections) == 0)


def test_invalid_chunks_end_an_answer_that_has_begun(client: RawClient) -> None:
    client.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").receive(b"/unread")
    assert b"400" not in client.send(b"x\r\n").rest()


def test_no_answer_takes_the_place_of_an_earlier_one(client: RawClient) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"
    assert client.send(GET % b"slow" + chunked).rest() == b""


def test_an_old_client_names_no_host(client: RawClient) -> None:
    client.send(b"GET /old HTTP/1.0\r\n\r\n").receive(b"/old")


def test_an_unread_body_is_discarded_within_limits(server: Listener, client: RawClient) -> None:
    client.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n").receive(b"/unread")
    client.send(bytes(4_000_000))
    client.send(GET % b"next").receive(b"/next")
    client.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 400000000\r\n\r\n").receive(b"/unread")
    for _ in range(400):
        client.send(bytes(BLOCK))
    client.rest()
    assert server.reasons == ["slow"]


EXPECTING = b"POST /%s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"


def test_an_answer_before_an_expected_body_is_the_last_of_its_connection(app: Echo, client: RawClient) -> None:
    head, _, body = client.send(EXPECTING % (b"unread", 60)).rest().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.lower().count(b"connection: close") == 1
    assert body == b"/unread"
    client.send(GET % b"next")
    assert app.requests == ["/unread"]


def test_nothing_behind_the_last_answer_of_a_connection_is_a_request(app: Echo, client: RawClient) -> None:
    answer = client.send(EXPECTING % (b"unread", 3) + b"abc" + GET % b"next").rest()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"/unread")


def test_a_client_that_does_not_wait_with_its_body_reads_the_answer(server: Listener, client: RawClient) -> None:
    client.send(EXPECTING % (b"unread", 8_000_000)).send(bytes(8_000_000))
    assert client.rest().endswith(b"/unread")
    client.close()
    wait_for(lambda: len(server.connections) == 0)
    assert server.reasons == []


def test_a_body_that_was_asked_for_leaves_the_connection_open(client: RawClient) -> None:
    assert client.send(EXPECTING % (b"read", 5)).receive(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b"connection: close" not in client.send(b"hello").receive(b"hello").lower()
    client.send(GET % b"next").receive(b"/next")


@pytest.mark.parametrize(
    "fields",
    [
        b"Expect:   100-continue  \r\n",
        b"Expect: 100-Continue,\r\n",
        b"Expect: 100-continue, other\r\n",
        b"Expect: other=1;a, 100-continue\r\n",
        b'Expect: other="a, b",100-CONTINUE\r\n',
        b"Expect: other\r\nExpect: 100-continue\r\n",
    ],
)
def test_a_client_may_wait_in_any_form_of_the_field(client: RawClient, fields: bytes) -> None:
    head = b"POST /%s HTTP/1.1\r\nHost: a\r\n" + fields + b"Content-Length: 5\r\n\r\n"
    assert client.send(head % b"read").receive(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"hello").receive(b"hello")
    assert b"connection: close" in client.send(head % b"unread").rest().lower()


@pytest.mark.parametrize(
    ("version", "field"),
    [
        (b"1.1", b"other"),
        (b"1.1", b"100-continued"),
        (b"1.1", b"100 - continue"),
        (b"1.1", b'other="100-continue"'),
        (b"1.1", b'other="a, 100-continue"'),
        (b"1.0", b"100-continue"),
    ],
)
def test_a_client_that_expects_nothing_known_is_not_asked_for_its_body(
    client: RawClient, version: bytes, field: bytes
) -> None:
    head = b"POST /read HTTP/%s\r\nHost: a\r\nExpect: %s\r\nContent-Length: 5\r\n\r\n" % (version, field)
    answer = client.send(head + b"hello").receive(b"hello")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_reads_none_of_an_answer_is_dropped(hasty: Listener, late: RawClient) -> None:
    late.send(GET % b"large")
    wait_for(lambda: hasty.reasons == ["slow"])
    wait_for(lambda: len(hasty.connections) == 0)


def test_silent_connections_lock_no_one_out(server: Listener, app: Echo) -> None:
    with ExitStack() as stack:
        member = RawClient(server.address)
        stack.callback(member.close)
        member.send(b"GET /member HTTP/1.1\r\nHost: a\r\nAuthorization: alice\r\n\r\n").receive(b"/member")
        for number in range(320):
            silent = RawClient(server.address)
            stack.callback(silent.close)
            silent.send(b"GET / HTTP/1.1\r\nA" if number % 2 else b"")
        assert len(server.connections) <= 301
        member.send(GET % b"still").receive(b"/still")
        stranger = RawClient(server.address)
        stack.callback(stranger.close)
        stranger.send(GET % b"stranger").receive(b"/stranger")
    wait_for(lambda: len(server.connections) == 0)
    assert server.reasons.count("evicted") >= 20


def test_a_full_server_makes_room_from_strangers_and_keeps_members(app: Echo) -> None:
    with listening(app, connections=16, connections_per_network=16) as server, ExitStack() as stack:
        members = [RawClient(server.address) for _ in range(4)]
        for number, member in enumerate(members):
            stack.callback(member.close)
            member.send(b"GET /m HTTP/1.1\r\nHost: a\r\nAuthorization: %d\r\n\r\n" % number).receive(b"/m")
        for _ in range(40):
            stack.callback(RawClient(server.address).close)
        wait_for(lambda: server.reasons.count("evicted") == 28)
        for member in members:
            member.send(GET % b"again").receive(b"/again")


def test_websockets_are_counted_and_leave(server: Listener, app: Echo) -> None:
    client = RawClient(server.address)
    client.send(
        b"GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: alice\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).receive(b"101 Switching Protocols")
    assert len(server.connections) == 1
    client._socket.settimeout(1.0)
    with pytest.raises(TimeoutError):
        client._socket.recv(1)
    client.close()
    wait_for(lambda: len(server.connections) == 0)
    assert server.reasons == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"", 400),
        (b"Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n", 400),
        (b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 12\r\n", 400),
        (b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n", 403),
    ],
)
def test_a_websocket_that_is_not_opened_is_answered_and_ended(
    server: Listener, client: RawClient, fields: bytes, status: int
) -> None:
    head = b"GET /closed HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    answer = client.send(head + fields + b"\r\n").rest()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    for field in (b"x-content-type-options: nosniff", b"content-security-policy: default-src 'none'"):
        assert field in answer.lower()
    wait_for(lambda: len(server.connections) == 0)


def test_an_upgrade_to_something_else_is_an_ordinary_request(client: RawClient) -> None:
    client.send(b"GET /h2c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
    client.receive(b"/h2c")


def test_connections_of_a_trusted_proxy_are_its_own(app: Echo) -> None:
    with listening(app, connections_per_network=4, proxies=("127.0.0.0/8",)) as server, ExitStack() as stack:
        clients = [RawClient(server.address) for _ in range(20)]
        for client in clients:
            stack.callback(client.close)
            client.send(GET % b"a").receive(b"/a")
        for client in clients:
            client.send(GET % b"b").receive(b"/b")
        assert server.reasons == []


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_counted_too(app: Echo) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("::1 cannot be used here")
    with listening(app, host="::1", connections_per_network=4) as server, ExitStack() as stack:
        for _ in range(9):
            client = RawClient(server.address)
            stack.callback(client.close)
            client.send(GET % b"a").receive(b"/a")
        assert server.reasons == ["evicted"] * 5
