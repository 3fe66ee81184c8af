"""The diagnostics page against a real TURN server: over each transport, and with the wrong secret."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.certificate import make_certificate
from tests.support.chromium import FLAGS, chromium
from tests.support.coturn import Coturn, free_ports

from .mortal import MortalServer
from .people import Person
from .test_looks import look

SECRET = "a secret of these tests"
ADDRESS = "127.0.0.1"
WAYS = {"UDP", "TCP", "TLS"}
TRUSTING = "--ignore-certificate-errors"
PATIENCE_MS = 30_000
# The words before each finding, for screen readers alone.
REACHED = "Reached:"
NOT_REACHED = "Not reached:"


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """Start a TURN server for UDP, TCP and TLS."""
    certificate = make_certificate(tmp_path_factory.mktemp("certificate"), ADDRESS)
    with Coturn(ADDRESS, free_ports(), SECRET, certificate, options=["--allow-loopback-peers"]) as coturn:
        yield coturn


@pytest.fixture
def mortal(tmp_path: Path, coturn: Coturn) -> Iterator[Callable[[str], MortalServer]]:
    """Return a function that starts a server with credentials for this TURN server, by the given secret."""
    server = MortalServer(tmp_path)

    def start(secret: str) -> MortalServer:
        urls = ",".join(coturn.urls.values())
        stun = f"stun:{ADDRESS}:{coturn.ports.plain}"
        server.start(CONNVO_ICE_STUN_URLS=stun, CONNVO_ICE_TURN_URLS=urls, CONNVO_ICE_TURN_SECRET=secret)
        return server

    yield start
    server.kill()


@pytest.fixture
def trusting(browser: Browser) -> Iterator[Browser]:
    """Launch a browser that trusts the certificate of the tests."""
    made = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, TRUSTING])
    yield made
    made.close()


@contextmanager
def diagnosed(who: Person) -> Iterator[tuple[Page, dict[str, str]]]:
    """Open the diagnostics in another window of a person; yield it and its results by check."""
    page = who.context.new_page()
    page.goto("/diagnostics")
    expect(page.get_by_role("button", name="Check again")).to_be_enabled(timeout=PATIENCE_MS)
    lines = [line.split("\n") for line in page.locator(".findings li").all_inner_texts()]
    yield page, {text: sign for sign, text, *_ in lines}
    page.close()


def in_a_call(browser: Browser, server: MortalServer) -> Person:
    """Return a person who is in a call at a server."""
    ada = Person(browser, server.url, "Ada").sign_in()
    ada.meet()
    ada.join()
    return ada


def test_every_way_to_a_relay_is_tried_and_lets_in_a_member_in_a_call(
    trusting: Browser, mortal: Callable[[str], MortalServer]
) -> None:
    ada = in_a_call(trusting, mortal(SECRET))
    with diagnosed(ada) as (page, found):
        expect(page.get_by_text("Everything that calls need can be reached.")).to_be_visible()
        assert set(found.values()) == {REACHED}
        assert {line.split(" ")[0] for line in found} == {"Server", "Live", "STUN", "TURN"}
        relays = [line for line in found if line.startswith("TURN")]
        assert {line.split(" by ")[1].split(" ")[0] for line in relays} == WAYS
        assert all(" lets you in after " in line for line in relays)
        look(page, "8-diagnostics-relays")
    assert ada.problems == []


def test_a_secret_that_differs_is_said_to_be_wrong(trusting: Browser, mortal: Callable[[str], MortalServer]) -> None:
    ada = in_a_call(trusting, mortal("another secret"))
    with diagnosed(ada) as (page, found):
        expect(page.get_by_text("3 things cannot be reached from here.")).to_be_visible()
        refused = {line for line, sign in found.items() if sign == NOT_REACHED}
        assert len(refused) == len(WAYS)
        assert all("refuses this server's credentials" in line for line in refused)
        expect(page.get_by_text("different secrets")).to_have_count(len(WAYS))


def test_a_user_in_no_call_sees_which_relays_answer_and_how_to_see_more(
    person: Callable[..., Person], mortal: Callable[[str], MortalServer]
) -> None:
    ada = person("Ada", mortal(SECRET).url)
    with diagnosed(ada) as (page, found):
        answers = {line for line, sign in found.items() if line.startswith("TURN") and sign == REACHED}
        assert {line.split(" by ")[1].split(" ")[0] for line in answers} == WAYS - {"TLS"}
        [tls] = [line for line, sign in found.items() if sign == NOT_REACHED]
        assert "by TLS" in tls  # this browser does not trust the certificate, and says that this may be it
        expect(page.get_by_text("its certificate is not trusted here")).to_be_visible()
        expect(page.get_by_text("Only during a call can this page see whether a relay lets you in")).to_be_visible()
