"""Keys are fetched only when needed, and an unreachable key server signs no user out."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from connvo.kernel.errors import RequestError
from connvo.settings import SIGNATURE_ALGORITHMS
from connvo.transport.auth import jwks as module
from connvo.transport.auth.jwks import KEYS_OF, REFRESH_PAUSE_SECONDS, Fetcher, RemoteKeys, Unreachable, at

MAX_AGE = 600.0
URL = "https://issuer.example/keys"


def document(*kids: str) -> bytes:
    keys = []
    for kid in kids:
        public: dict[str, Any] = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
        keys.append({**public, "kid": kid})
    return json.dumps({"keys": keys}).encode()


class Server:
    """A key server; `answer` None: it is away. Its clock moves when the test says so."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.fetches = 0
        self.now = 1000.0
        self.gate: asyncio.Event | None = None
        self.keys = RemoteKeys(at(URL), self._fetch, MAX_AGE, lambda: self.now)

    async def _fetch(self, url: str) -> bytes:
        assert url == URL
        self.fetches += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.answer is None:
            raise Unreachable("away")
        return self.answer

    async def knows(self, kid: str | None) -> bool:
        return bool(await self.keys.find(kid, "ES256"))

    async def away(self, kid: str) -> bool:
        with pytest.raises(RequestError) as error:
            await self.keys.find(kid, "ES256")
        return error.value.code == "AuthProviderUnreachable"


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario()

    asyncio.run(main())


def test_keys_are_kept_until_they_are_old() -> None:
    server = Server(document("a"))

    async def scenario() -> None:
        for _ in range(3):
            assert await server.knows("a")
        server.now += MAX_AGE
        assert await server.knows("a")
        assert server.fetches == 1
        server.answer = document("b")
        server.now += 1
        assert not await server.knows("a")
        assert await server.knows("b")
        assert server.fetches == 2

    run(scenario)


def test_an_unknown_key_is_asked_for_but_not_again_and_again() -> None:
    server = Server(document("a"))

    async def scenario() -> None:
        assert await server.knows("a")
        server.now += REFRESH_PAUSE_SECONDS
        server.answer = document("a", "new")
        assert await server.knows("new")
        assert server.fetches == 2
        for n in range(100):
            assert not await server.knows(f"made-up-{n}")
        assert server.fetches == 2
        server.now += REFRESH_PAUSE_SECONDS
        assert not await server.knows("made-up")
        assert server.fetches == 3

    run(scenario)


def test_many_callers_share_one_fetch() -> None:
    server = Server(document("a"))

    async def scenario() -> None:
        server.gate = asyncio.Event()
        callers = [asyncio.create_task(server.knows("a")) for _ in range(50)]
        await asyncio.sleep(0)
        server.gate.set()
        assert all(await asyncio.gather(*callers))
        assert server.fetches == 1

    run(scenario)


def test_a_caller_that_leaves_does_not_take_the_fetch_with_it() -> None:
    server = Server(document("a"))

    async def scenario() -> None:
        server.gate = asyncio.Event()
        leaving = asyncio.create_task(server.knows("a"))
        staying = asyncio.create_task(server.knows("a"))
        await asyncio.sleep(0)
        leaving.cancel()
        server.gate.set()
        assert await staying

    run(scenario)


def test_a_server_that_was_never_reached_is_try_again_not_log_out() -> None:
    server = Server(None)

    async def scenario() -> None:
        assert await server.away("a")
        assert await server.away("a")
        assert server.fetches == 1
        server.answer = document("a")
        server.now += REFRESH_PAUSE_SECONDS
        assert await server.knows("a")

    run(scenario)


def test_known_keys_work_while_the_server_is_away() -> None:
    server = Server(document("a"))

    async def scenario() -> None:
        assert await server.knows("a")
        server.answer = None
        server.now += 100 * MAX_AGE
        assert await server.knows("a")
        assert await server.away("new")
        server.now += REFRESH_PAUSE_SECONDS
        server.gate = asyncio.Event()
        assert await server.knows("a")
        server.answer = document("a", "new")
        server.gate.set()
        assert await server.knows("new")
        assert not await server.knows("made-up")

    run(scenario)


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"keys": 5}', b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_key_set_counts_as_away(answer: bytes) -> None:
    server = Server(answer)

    async def scenario() -> None:
        assert await server.away("a")

    run(scenario)


def test_a_fault_while_fetching_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(document("a"))

    def broken(body: bytes) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "parse_object", broken)

    async def scenario() -> None:
        assert await server.away("a")

    run(scenario)


def test_a_token_without_a_key_id_may_be_signed_with_any_fitting_key() -> None:
    server = Server(document("a", "b"))

    async def scenario() -> None:
        assert len(await server.keys.find(None, "ES256")) == 2
        assert await server.keys.find(None, "RS256") == []

    run(scenario)


def test_every_algorithm_of_the_settings_has_its_kind_of_key() -> None:
    assert set(SIGNATURE_ALGORITHMS) == set(KEYS_OF)
    assert not any(name.startswith("HS") or name.lower() == "none" for name in KEYS_OF)


class Web(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        status, body = {
            "/keys": (200, document("a")),
            "/large": (200, b" " * (module.MAX_BYTES + 1)),
            "/moved": (302, b""),
        }.get(self.path, (500, b""))
        self.send_response(status)
        self.send_header("Location", "/keys")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url: str) -> bytes:
    async def main() -> bytes:
        fetcher = Fetcher()
        try:
            return await fetcher.get(url)
        finally:
            await fetcher.close()

    return asyncio.run(main())


def test_keys_come_over_http(web: str) -> None:
    async def main() -> None:
        fetcher = Fetcher()
        keys = RemoteKeys(at(f"{web}/keys"), fetcher.get, MAX_AGE)
        assert len(await keys.find("a", "ES256")) == 1
        await fetcher.close()

    asyncio.run(main())


@pytest.mark.parametrize("path", ["/missing", "/large", "/moved"])
def test_only_a_plain_bounded_answer_is_taken(web: str, path: str) -> None:
    with pytest.raises(Unreachable):
        fetch(web + path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/keys", "nonsense", "http://[bad/keys"])
def test_a_server_that_is_not_there_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable):
        fetch(url)


def test_a_fetcher_that_fetched_nothing_can_be_closed() -> None:
    asyncio.run(Fetcher().close())
