"""Twenty people who join at once: every page shows all of them, and receives little."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from tests.support.live import LiveServer, serving

from .bots import bots
from .conftest import CROWD, gathering
from .crowd import CONNECTIONS, SETTINGS
from .people import Person

PEOPLE = 20
NAMES = [f"Bot {number}" for number in range(1, PEOPLE - 1)]
MOST_BYTES = 1_000_000
SHOWN_MS = 60_000
OTHERS = ".tile:not([data-mine])"
# Counts the tiles of others that the page makes: one that is made again would flicker.
COUNT_TILES = f"""
    const others = '{OTHERS}';
    window.tilesMade = 0;
    new MutationObserver(changes => {{
        for (const {{ addedNodes }} of changes)
            for (const node of addedNodes)
                if (node instanceof Element)
                    window.tilesMade += node.matches(others) ? 1 : node.querySelectorAll(others).length;
    }}).observe(document, {{ childList: true, subtree: true }});
"""


class Watched(Person):
    """A person on simulated connections, whose received bytes are counted."""

    def __init__(self, browser: Browser, server: LiveServer, name: str) -> None:
        super().__init__(browser, server.url, name, reduced_motion="reduce")
        self.received = 0
        self.context.add_init_script(path=CONNECTIONS)
        self.context.add_init_script(COUNT_TILES)
        self.page.on("websocket", self._count)

    def _count(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._add)

    def _add(self, payload: str | bytes) -> None:
        self.received += len(payload.encode() if isinstance(payload, str) else payload)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[LiveServer]:
    """Start a server that takes so many people into one call."""
    with serving(tmp_path / "data", **CROWD, **SETTINGS) as server:
        yield server


@pytest.mark.crowd
def test_twenty_members_joining_at_once_are_all_shown(browser: Browser, hall: LiveServer) -> None:
    with gathering() as people:
        ada, ben = Watched(browser, hall, "Ada"), Watched(browser, hall, "Ben")
        people += [ada, ben]
        ada.sign_in()
        link = ada.meet()
        ben.sign_in(link)
        with bots(hall, link.rpartition("#")[2], NAMES, PEOPLE) as together:
            ada.press("Join")
            ben.press("Join")
            together.wait()
            for person in (ada, ben):
                expect(person.page.locator(".tile:has(video)")).to_have_count(PEOPLE, timeout=SHOWN_MS)
                person.press("People")
                for name in NAMES:
                    expect(person.page.get_by_role("complementary").get_by_text(name, exact=True)).to_be_visible()
        for person in (ada, ben):
            made = person.page.evaluate("window.tilesMade")
            assert made == PEOPLE - 1, (person.name, made)
            assert 0 < person.received < MOST_BYTES, (person.name, person.received)
