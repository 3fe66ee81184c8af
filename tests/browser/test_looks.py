"""Every page, as people get to see it: nothing that shuts somebody out, at three widths, dark and light.

Pictures of all of them are written to `web/screenshots`, to be looked at.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT
from .people import Person

People = Callable[..., Person]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "web" / "screenshots"
WIDTHS = {"phone": (360, 740), "tablet": (820, 1000), "desktop": (1440, 900)}
SERIOUS = ("serious", "critical")
RUN_AXE = """
    async () => (await axe.run()).violations.map(one => ({
        id: one.id, impact: one.impact, where: one.nodes.map(node => node.html.slice(0, 200)),
    }))
"""

# What came over the network, compressed, by the browser's own count.
LOADED = """
    () => Object.fromEntries(performance.getEntriesByType('resource')
        .filter(one => one.name.endsWith('.js')).map(one => [one.name, one.encodedBodySize]))
"""
MOST_SCRIPT_BYTES = 300_000


def look(page: Page, name: str) -> None:
    """Checks a page at every width and in both schemes, and takes its pictures."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            overflow = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{name} is {overflow} px too wide on a {width}"
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
        page.evaluate(AXE.read_text("utf-8"))
        found = [one for one in page.evaluate(RUN_AXE) if one["impact"] in SERIOUS]
        assert found == [], f"{name}, {scheme}"


@pytest.fixture(autouse=True, scope="module")
def folder() -> Path:
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


def test_the_way_into_a_meeting(person: People) -> None:
    ada = person("Ada")
    page = ada.page
    page.goto("/")
    expect(page.get_by_label("Your name")).to_be_visible()
    look(page, "1-sign-in")
    ada.sign_in()
    expect(page.get_by_text("No meetings yet")).to_be_visible()
    page.get_by_label("Title").fill("A walk through the analytical engine, its mill and its store")
    page.get_by_label("When").fill(f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%dT09:30}")
    ada.press("Schedule")
    expect(page.get_by_role("button", name="Start the meeting")).to_be_visible()
    ada.link()
    page.wait_for_timeout(500)
    look(page, "3-lobby-scheduled")
    page.goto("/")
    ada.meet("Weekly planning")
    page.wait_for_timeout(500)
    look(page, "3-lobby")
    page.goto("/")
    expect(page.get_by_role("listitem")).to_have_count(2)
    look(page, "2-home")


def test_the_call(person: People) -> None:
    ada = person("Ada Lovelace").sign_in()
    page = ada.page
    link = ada.meet("Weekly planning")
    ada.join()
    look(page, "4-room-alone")
    guests = [person(name).sign_in(link) for name in ("Charles Babbage", "Mary Somerville")]
    for guest in guests:
        guest.join()
    ada.sees("Charles Babbage", "Mary Somerville")
    guests[0].press("Mute")
    guests[1].press("Camera off")
    expect(page.locator(".tile[data-speaking]")).not_to_have_count(0)
    expect(page.locator(".bars")).to_have_count(3, timeout=20_000)
    look(page, "4-room")
    ada.invitation()
    look(page, "5-people")
    ada.press("Quality")
    page.wait_for_timeout(6_000)
    look(page, "5-connections")
    ada.press("Leave")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    look(page, "6-left")
    ada.press("Come back")
    ada.join()
    expect(page.locator(".tile[data-health=connected]")).to_have_count(3, timeout=20_000)
    ada.end()
    expect(page.get_by_role("heading", name="The meeting is over")).to_be_visible()
    look(page, "6-after")


def test_what_a_page_says_when_there_is_nothing_to_see(person: People) -> None:
    ada = person("Ada").sign_in("/j/nosuchlink")
    expect(ada.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    look(ada.page, "7-bad-link")
    host = person("Ben").sign_in()
    host.meet()
    ada.page.goto(re.sub(r"^.*/m/", "/m/", host.page.url))
    expect(ada.page.get_by_role("heading", name="You are not in this meeting")).to_be_visible()
    look(ada.page, "7-outside")
    ada.problems.clear()  # the refusals are logged, and are what this test is about


def test_the_page_loads_little(person: People) -> None:
    ada = person("Ada").sign_in()
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    loaded: dict[str, int] = ada.page.evaluate(LOADED)
    assert loaded
    assert sum(loaded.values()) < MOST_SCRIPT_BYTES, loaded
