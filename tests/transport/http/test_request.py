"""A body is read within limits of size and time, and no more of it is held in memory."""

import asyncio
from typing import Any

import pytest

from connvo.kernel.errors import RequestError
from connvo.transport.http import request as module
from connvo.transport.http.request import ClientGone, Request

CHUNK = b"x" * 100


class Client:
    """Sends chunks, then, unless told otherwise, falls silent."""

    def __init__(self, *chunks: bytes, last: bool = True, **headers: str) -> None:
        self.chunks = list(chunks)
        self.last = last
        self.taken = 0
        names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        scope = {"method": "POST", "path": "/api/query", "headers": list(names.items())}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> dict[str, Any]:
        if not self.chunks:
            if self.last:
                return {"type": "http.disconnect"}
            await asyncio.Event().wait()
        self.taken += 1
        chunk = self.chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.chunks) or not self.last}

    def body(self, most_bytes: int, seconds: float = 30.0) -> bytes:
        return asyncio.run(self.request.body(most_bytes, seconds))


def test_chunks_become_one_body() -> None:
    assert Client(b"a", b"", b"bc").body(3) == b"abc"
    assert Client(b"").body(3) == b""


@pytest.mark.parametrize("chunks", [[b"abcd"], [b"ab", b"cd"], [b"abc", b"d"]])
def test_too_many_bytes_are_refused_however_they_come(chunks: list[bytes]) -> None:
    with pytest.raises(RequestError) as refused:
        Client(*chunks).body(3)
    assert (refused.value.code, refused.value.status) == ("BodyTooLarge", 413)


def test_a_client_that_is_sending_may_finish_so_that_it_reads_why() -> None:
    client = Client(*[CHUNK] * 50)
    with pytest.raises(RequestError, match="larger"):
        client.body(150)
    assert client.chunks == []


def test_not_more_than_a_bounded_part_of_a_huge_body_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAINED_BYTES", 1000)
    client = Client(*[CHUNK] * 50)
    with pytest.raises(RequestError, match="larger"):
        client.body(150)
    assert 10 <= client.taken <= 12


def test_a_huge_body_that_is_announced_is_refused_unread() -> None:
    client = Client(*[CHUNK] * 50, content_length=str(10**12))
    with pytest.raises(RequestError, match="larger"):
        client.body(150)
    assert client.taken == 0


def test_a_client_that_asks_first_is_refused_unread() -> None:
    client = Client(*[CHUNK] * 50, content_length="5000", expect="100-continue")
    with pytest.raises(RequestError, match="larger"):
        client.body(150)
    assert client.taken == 0


@pytest.mark.parametrize("chunks", [[], [b"a"]])
def test_a_body_that_does_not_come_is_given_up(chunks: list[bytes]) -> None:
    with pytest.raises(RequestError) as refused:
        Client(*chunks, last=False).body(10, seconds=0.01)
    assert (refused.value.code, refused.value.status) == ("RequestTimeout", 408)


def test_a_client_that_stalls_after_too_much_is_given_up() -> None:
    with pytest.raises(RequestError) as refused:
        Client(b"abcd", b"e", last=False).body(3, seconds=0.01)
    assert refused.value.code == "BodyTooLarge"


def test_a_client_that_leaves_is_noticed() -> None:
    client = Client()
    with pytest.raises(ClientGone):
        client.body(10)


def test_a_client_that_left_gets_no_answer() -> None:
    from tests.transport.conftest import Desk

    desk = Desk()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/query", "headers": []}
    asyncio.run(desk.doors(scope, receive, send))
    assert sent == []


def test_the_last_of_repeated_parameters_counts() -> None:
    scope = {"method": "GET", "path": "/", "headers": [], "query_string": b"a=1&a=%C3%A9&b="}
    assert Request(scope, Client()._receive).query() == {"a": "é", "b": ""}
