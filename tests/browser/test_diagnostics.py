"""The diagnostics page says which servers can be reached, and what to do about the rest."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .mortal import MortalServer
from .people import Person
from .stun import SEEN_AS, stun_server
from .test_looks import look

People = Callable[..., Person]


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[MortalServer]:
    """Start a server with a working STUN server, and TURN over TCP at a closed port."""
    server = MortalServer(tmp_path)
    with stun_server() as stun, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        turn = f"turn:127.0.0.1:{nobody.getsockname()[1]}?transport=tcp"
        server.start(CONNVO_ICE_STUN_URLS=stun, CONNVO_ICE_TURN_URLS=turn, CONNVO_ICE_TURN_SECRET="secret")
        yield server
        server.kill()


def test_it_says_which_servers_can_be_reached_and_which_cannot(person: People, mortal: MortalServer) -> None:
    page = person("Ada", mortal.url).page
    page.goto("/diagnostics")
    expect(page.get_by_text("One thing cannot be reached from here")).to_be_visible(timeout=20_000)
    findings = {item.locator("strong").inner_text().split(" ")[0]: item for item in page.locator(".findings li").all()}
    assert findings.keys() == {"Server", "Live", "STUN", "TURN"}
    for good in ("Server", "Live", "STUN"):
        expect(findings[good]).to_contain_text("Reached: ")
    expect(findings["TURN"]).to_contain_text("Not reached: ")
    expect(findings["TURN"]).to_contain_text("TURN over TLS may still work")
    expect(page.get_by_text(f"srflx udp {SEEN_AS}")).not_to_have_count(0)
    look(page, "8-diagnostics")


def test_it_says_when_a_server_has_no_relay(person: People) -> None:
    page = person("Ada").page
    page.goto("/diagnostics")
    expect(page.get_by_text("Everything that calls need can be reached")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("this server has none configured")).to_be_visible()


def test_it_says_when_the_server_is_gone(person: People, mortal: MortalServer) -> None:
    ada = person("Ada", mortal.url)
    ada.page.goto("/diagnostics")
    expect(ada.page.get_by_role("button", name="Check again")).to_be_enabled(timeout=20_000)
    mortal.kill()
    ada.press("Check again")
    expect(ada.page.get_by_text("Is it running? Is this browser offline?")).to_be_visible()
    ada.problems.clear()  # a browser logs that a server is gone, and that is what this test is about
