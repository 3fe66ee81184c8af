"""Firefox holds a call with Chromium and with Firefox: it connects, stays, and recovers."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.support.firefox import firefox, launch
from tests.support.live import LiveServer

from .conftest import gathering
from .firefox import FirefoxPerson
from .people import Person, wait_for
from .test_devices import ANSWER, DEVICES, UNNAMED, WAIT, captures, has_given_back

Pair = tuple[Person, Person]
# Longer than silence may last, and than a connection may take.
STAY_MS = 6_000
# Longer than Firefox is silent between two connectivity checks.
SILENCE_MS = 12_000
CONNECTIONS = "() => window.connections.length"
CUT = "() => window.connections.findLast(pc => pc.connectionState === 'connected').close()"
SENT = "() => window.connections.at(-1).getSenders().map(sender => sender.track?.kind ?? null)"


@pytest.fixture(scope="module")
def foxes(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Browser]]:
    """Start two Firefox processes: each person needs a separate one."""
    browsers = [launch(playwright, tmp_path_factory.mktemp("firefox")) for _ in range(2)]
    yield browsers
    for browser in browsers:
        browser.close()


@pytest.fixture
def people(browser: Browser, foxes: list[Browser], server: LiveServer) -> Iterator[Callable[..., Pair]]:
    """Return a function that lets two people meet in the browsers it names; `silent` ones switch their devices off."""
    with gathering() as made:

        def make(*kinds: str, silent: bool = False) -> Pair:
            for name, kind, fox in zip(("Ada", "Ben"), kinds, foxes, strict=True):
                given = (fox, server.url, name)
                made.append(FirefoxPerson(*given) if kind == "firefox" else Person(browser, server.url, name))
            ada, ben = made
            link = ada.sign_in().meet()
            enter(ada, silent)
            ben.sign_in(link)
            enter(ben, silent)
            return ada, ben

        yield make


def enter(one: Person, silent: bool) -> None:
    """Enter the room, with camera and microphone unless `silent`."""
    if silent:
        one.press("Microphone on")
        one.press("Camera on")
    one.join()


@pytest.mark.parametrize("kinds", [("chromium", "firefox"), ("firefox", "firefox")], ids="-".join)
def test_a_call_is_held_and_recovers(people: Callable[..., Pair], kinds: tuple[str, str]) -> None:
    ada, ben = people(*kinds)
    ada.sees("Ben")
    ben.sees("Ada")
    assert min(ada.decoded(), ben.decoded()) > 0
    ben.choose("More", "Connection quality")
    expect(ben.page.get_by_role("region", name="Ada")).to_contain_text("Media go directly.")
    ada.page.wait_for_timeout(STAY_MS)
    assert [one.page.evaluate(CONNECTIONS) for one in (ada, ben)] == [1, 1]
    ben.page.evaluate(CUT)
    wait_for(lambda: any("econnecting" in one.text() for one in (ada, ben)), lambda: ada.text() + ben.text())
    ada.sees("Ben")
    ben.sees("Ada")
    for one in (ada, ben):
        expect(one.page.get_by_text("econnecting")).to_be_hidden()


def test_mute_camera_screen_and_leaving_reach_the_other(people: Callable[..., Pair]) -> None:
    ada, ben = people("firefox", "chromium")
    tile = ben.tile("Ada")
    ben.sees("Ada")
    ada.press("Mute")
    expect(tile.get_by_text("muted")).to_be_attached()
    ada.press("Camera off")
    expect(tile.locator(".initial")).to_be_visible()
    assert ada.page.evaluate(SENT) == ["audio", None]
    ada.press("Share screen")
    expect(ben.screen("Ada")).to_be_visible()
    ben.sees("Ada")
    ada.press("Stop sharing")
    expect(ben.screen("Ada")).to_have_count(0)
    ada.press("Unmute")
    ada.press("Camera on")
    expect(tile.get_by_text("muted")).not_to_be_attached()
    ben.sees("Ada")
    ada.sees("Ben")
    assert ada.page.evaluate(CONNECTIONS) == 1
    ada.press("Leave")
    expect(ada.page.get_by_role("heading", name="You have left")).to_be_visible()
    ben.sees()


def test_two_members_that_send_nothing_are_left_alone(people: Callable[..., Pair]) -> None:
    ada, ben = people("firefox", "firefox", silent=True)
    for one, other in ((ada, ben), (ben, ada)):
        expect(one.tile(other.name)).to_have_attribute("data-health", "connected", timeout=20_000)
    ada.page.wait_for_timeout(SILENCE_MS)
    for one, other in ((ada, ben), (ben, ada)):
        assert one.page.evaluate(CONNECTIONS) == 1
        assert one.tile(other.name).get_attribute("data-health") == "connected"
        assert "econnecting" not in one.text()


def test_devices_wait_for_permission_follow_the_last_press_and_are_given_back(
    foxes: list[Browser], server: LiveServer
) -> None:
    with gathering() as made:
        ada = FirefoxPerson(foxes[0], server.url, "Ada")
        made.append(ada)
        for script in (DEVICES, UNNAMED):
            ada.context.add_init_script(script)
        ada.sign_in().meet()
        expect(ada.page.get_by_text("Waiting for your permission").first).to_be_visible()
        ada.join()
        ada.page.evaluate(ANSWER)
        captures(ada.page, "audio", "video")

        ada.press("Camera off")
        captures(ada.page, "audio")
        ada.page.evaluate(WAIT)
        ada.press("Camera on")
        ada.page.keyboard.press("v")
        ada.page.evaluate(ANSWER)
        captures(ada.page, "audio")
        expect(ada.page.get_by_role("button", name="Camera on")).to_be_visible()

        ada.press("Camera on")
        captures(ada.page, "audio", "video")
        ada.press("Leave")
        has_given_back(ada.page)


def test_a_missing_firefox_is_reported_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssertionError, match="apt install firefox-esr"):
        firefox()
