"""People in browsers: each has a separate context, and uses the page as a person does."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

PORTRAIT = Path(__file__).with_name("portrait.js")
PATIENCE_MS = 15_000
POLL_SECONDS = 0.1
# Without any delay the browser does not put its sockets under these conditions at all.
MIN_MS = 1
# What a browser logs automatically, and what was under way when a host ended the meeting: refused, and rightly so.
EXPECTED = ("Failed to load resource", "The meeting is over")
FRAMES = """
    () => [...document.querySelectorAll('.tile:not([data-mine]) video')].map(video => ({
        name: video.getAttribute('aria-label').replace(/^(Video|Screen) of /, ''),
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
    }))
"""
# Every connection that the page makes stays within the test's reach, to cut it and to count with getStats.
WATCH = """
    window.connections = [];
    window.RTCPeerConnection = class extends window.RTCPeerConnection {
        constructor(...given) { super(...given); window.connections.push(this); }
    };
"""
DECODED = """
    async () => {
        let most = 0;
        for (const pc of window.connections.filter(pc => pc.connectionState !== 'closed'))
            for (const entry of (await pc.getStats()).values())
                if (entry.type === 'inbound-rtp' && entry.kind === 'video') most += entry.framesDecoded;
        return most;
    }
"""


class Person:
    """A person with a separate browser context."""

    def __init__(self, browser: Browser, url: str, name: str, **context: Any) -> None:
        self.name = name
        self.url = url
        self.context: BrowserContext = browser.new_context(base_url=url, **context)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self._tools: CDPSession | None = None
        self.page.on("pageerror", lambda error: self.problems.append(f"{error}\n{error.stack}"))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in EXPECTED):
            self.problems.append(message.text)

    def with_a_face(self) -> "Person":
        """Replace the test card with a drawn face, for screenshots."""
        self.context.add_init_script(f"({PORTRAIT.read_text('utf-8')})({json.dumps(self.name)})")
        return self

    def sign_in(self, path: str = "/") -> "Person":
        """Open a page and sign in by name."""
        self.page.goto(path)
        self.page.get_by_label("Your name").fill(self.name)
        self.press("Continue")
        return self

    def press(self, label: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=re.compile(rf"^{label}")).click()

    def confirm(self, label: str) -> None:
        """Confirm a dialog."""
        self.page.get_by_role("dialog").get_by_role("button", name=label).click()

    def end(self) -> None:
        """End the meeting for all."""
        self.choose("More", "End for all")
        self.confirm("End for all")

    def choose(self, menu: str, item: str) -> None:
        """Open a menu by its button, and choose one of its items."""
        self.press(menu)
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def act_on(self, name: str, action: str) -> None:
        """Choose an action on another person; the panel of people must be open."""
        self.choose(f"Options for {name}", action)

    def actions_on(self, name: str) -> list[str]:
        """Return the actions on another person; the panel of people must be open."""
        self.press(f"Options for {name}")
        menu = self.page.get_by_role("menu", name=f"Options for {name}")
        actions: list[str] = menu.get_by_role("menuitem").all_inner_texts()
        self.page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        return actions

    def meet(self, title: str = "Planning") -> str:
        """Start a meeting; return its invitation link."""
        self.page.get_by_label("Title").fill(title)
        self.press("Meet now")
        return self.link()

    def plan(self, title: str, day: str, time: str) -> None:
        """Plan a meeting for a day (2026-12-31) and a time (09:30)."""
        self.press("Plan for later")
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Title").fill(title)
        dialog.get_by_label("Day").fill(day)
        dialog.get_by_label("Time").fill(time)
        self.press("Schedule")

    def sign_out(self) -> None:
        """Sign out."""
        self.choose("Account of", "Sign out")

    def link(self) -> str:
        """Return the invitation link on this page; an open panel comes before the room."""
        self.page.get_by_role("button", name="Copy invitation link", exact=True).last.click()
        return self.page.get_by_label("Invitation link").last.input_value()

    def invitation(self) -> str:
        """Open the panel of people; return the invitation link."""
        self.press("People")
        return self.link()

    def join(self) -> None:
        """Go from the lobby into the room."""
        self.press("Join")
        expect(self.page.get_by_role("navigation", name="Call")).to_be_visible()

    def write(self, text: str) -> None:
        """Send a message; the chat must be open."""
        field = self.page.get_by_label("Message everyone")
        field.fill(text)
        field.press("Enter")

    def read(self) -> list[str]:
        """Return the messages in the chat."""
        return self.page.locator(".log .text").all_inner_texts()

    def tile(self, name: str) -> Any:
        """Return the tile of another person."""
        others = self.page.locator(".tile:not([data-mine]):not([data-screen])")
        return others.filter(has=self.page.get_by_text(name, exact=True))

    def screen(self, name: str) -> Any:
        """Return the tile of another person's shared screen."""
        return self.page.get_by_role("figure").filter(has=self.page.get_by_label(f"Screen of {name}"))

    def frames(self) -> dict[str, int]:
        """Return how many frames each remote tile has shown."""
        return {tile["name"]: tile["frames"] for tile in self.page.evaluate(FRAMES)}

    def decoded(self) -> int:
        """Return how many frames all open connections have decoded, by getStats."""
        total: int = self.page.evaluate(DECODED)
        return total

    def sees(self, *names: str, more: int = 5, seconds: float = 20.0) -> None:
        """Wait until the page shows moving pictures of exactly these people."""
        before = self.frames()
        wait_for(
            lambda: (
                self.frames().keys() == set(names)
                and all(count >= before.get(name, 0) + more for name, count in self.frames().items())
            ),
            lambda: f"{self.name} sees {self.frames()} (before: {before}), wanted {names}; {self.text()}",
            seconds,
        )

    def on_a_bad_network(self) -> "Person":
        """Prepare `cut`: only sockets opened after this can be cut."""
        self._tools = self.context.new_cdp_session(self.page)
        self._tools.send("Network.enable")
        self.repair()
        return self

    def cut(self) -> None:
        """Cut this browser off from the other people."""
        self._condition(loss=100)

    def repair(self) -> None:
        """End the cut."""
        self._condition(loss=0)

    def _condition(self, loss: int) -> None:
        assert self._tools is not None, "only a browser on a bad network can be cut off"
        limits = {"offline": False, "latency": MIN_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        self._tools.send("Network.emulateNetworkConditions", {"packetLoss": loss, **limits})

    def text(self) -> str:
        """Return the text of the page."""
        return self.page.locator("body").inner_text().replace("\n", " | ")

    def close(self) -> None:
        """Close the browser; the page must not have failed."""
        self.context.close()


def wait_for(done: Callable[[], bool], otherwise: Callable[[], str], seconds: float = 20.0) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: It does not; the message says what holds instead.
    """
    until = monotonic() + seconds
    while not done():
        if monotonic() > until:
            raise AssertionError(otherwise())
        sleep(POLL_SECONDS)
