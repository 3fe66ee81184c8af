"""A reply to one person leaves nothing behind that goes out with the request of another."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connvo.kernel.http_client import web_client
from connvo.providers.rooms.base import MediaRoom, RoomError
from connvo.providers.rooms.janus_admin import Admin
from connvo.settings import GetStreamSettings, JanusSettings
from connvo.transport.auth.jwks import Fetcher
from tests.project.tree import ROOT, committed_files

SET = ("session=of-ada; Path=/", "wide=1; Domain=127.0.0.1; Max-Age=3600", "plain=2; SameSite=None")


class Host:
    """A server that gives everybody cookies, and remembers those that it is sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests = 0
        self.cookies: list[str] = []


@pytest.fixture
def host() -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            found.requests += 1
            found.cookies += self.headers.get_all("Cookie", [])
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            for cookie in SET:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = handle_one  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Host(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield found
        server.shutdown()
        serving.join()


async def _client(url: str) -> None:
    async with web_client() as client:
        await client.get(url)
        await client.get(url)


async def _fetcher(url: str) -> None:
    fetcher = Fetcher()
    await fetcher.post(f"{url}/token", {}, {"grant_type": "refresh_token", "refresh_token": "of-ada"})
    await fetcher.post(f"{url}/token", {}, {"grant_type": "refresh_token", "refresh_token": "of-ben"})
    await fetcher.get(f"{url}/keys")
    await fetcher.close()


async def _janus(url: str) -> None:
    async with Admin(JanusSettings(ws_url="ws://127.0.0.1:9", admin_url=url, admin_secret="s", admin_key="k")) as admin:
        await admin.ask("ping")
        await admin.ask("ping")


async def _getstream(url: str) -> None:
    from connvo.providers.rooms.getstream import GetStream  # its SDK takes seconds to import

    service = GetStream(GetStreamSettings(api_key="k", api_secret="s" * 32, base_url=url), 60)
    room = MediaRoom(meeting_id="m", room_id="getstream_m_1", people=2, owner_id="una")
    for _ in range(2):
        for call in (service.probe(), service.is_recording(room)):
            with suppress(RoomError):  # this host knows no rooms
                await call


@pytest.mark.parametrize("visit", [_client, _fetcher, _janus, _getstream])
def test_no_cookie_comes_back(host: Host, visit: Callable[[str], Awaitable[None]]) -> None:
    async def scenario() -> None:
        await visit(host.url)

    asyncio.run(scenario())
    assert host.requests >= 2
    assert host.cookies == []


def test_every_client_is_made_in_one_place() -> None:
    made = re.compile(r"\bhttpx2?\.(?:Async)?Client\(|\brequests\.Session\(|\baiohttp\.ClientSession\(")
    package = ROOT / "src" / "connvo"
    assert [
        path.relative_to(package).as_posix()
        for path, text in committed_files()
        if path.suffix == ".py" and path.is_relative_to(package) and made.search(text)
    ] == ["kernel/http_client.py"]
