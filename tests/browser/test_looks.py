"""Every page is accessible and fits, from a small phone to a desktop, dark and light.

Screenshots are written to `web/screenshots` for review.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from .conftest import ROOT
from .notes import Writer
from .people import Person

People = Callable[..., Person]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "web" / "screenshots"
WIDTHS = {"small": (320, 640), "phone": (390, 844), "tablet": (768, 1024), "desktop": (1280, 800)}
SIDEWAYS: ViewportSize = {"width": 740, "height": 360}
SHOWN: ViewportSize = {"width": 1040, "height": 640}
SERIOUS = ("serious", "critical")
RUN_AXE = """
    async () => (await axe.run()).violations.map(one => ({
        id: one.id, impact: one.impact, where: one.nodes.map(node => node.html.slice(0, 200)),
    }))
"""

# Text that begins or ends outside the window, where it cannot be scrolled to.
CUT_OFF = """
    () => [...document.querySelectorAll('h1, h2, p, label, button, a, input, select, li, summary')]
        .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.sr-only'))
        .filter(one => one.getBoundingClientRect().left < -1 || one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 120))
"""
# What a finger has to hit, and is smaller than a finger. Links within a sentence are as high as their line.
MIN_TARGET_PX = 44
TOO_SMALL = """
    least => [...document.querySelectorAll('button, .button, input, select, summary, [role^=menuitem], .topbar a')]
        .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest('a > *'))
        .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
        .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
        .map(([html, { width, height }]) => `${width} x ${height}: ${html}`)
"""
PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}

# As typed: lists go on with Enter, and end on an empty item.
MINUTES = (
    "# Weekly planning\n\nThe engine has **two** parts: the *mill* and the store.\n\n"
    "- [ ] Order the cards\nPublish the notes\n\n## Decisions\n\n1. Bernoulli numbers first\n"
)
GUESTS = ("Charles Babbage", "Mary Somerville", "Luigi Menabrea")
# Long, of characters that fill a line without a break, from right to left, without spaces between words.
LONG_TITLES = (
    "A walk through the analytical engine, its mill and its store, and all that was ever written about either of them",
    "W" * 120,
    "اجتماع التخطيط الأسبوعي لفريق الآلة التحليلية وكل من يهتم بتاريخ الحوسبة",
    "解析機関の計画について話し合うための会議とその歴史についての長い長い題名の会議",
)
# What came over the network, compressed, by the browser's own count.
LOADED = """
    () => Object.fromEntries(performance.getEntriesByType('resource')
        .filter(one => one.name.endsWith('.js')).map(one => [one.name, one.encodedBodySize]))
"""
# Once what measures itself has been drawn.
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
MAX_SCRIPT_BYTES = 300_000


def look(page: Page, name: str, seen: Locator | None = None) -> None:
    """Check a page at every width and in both schemes, and take its screenshots, in which `seen` is in view."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, (across, down) in WIDTHS.items():
            page.set_viewport_size({"width": across, "height": down})
            page.evaluate(SETTLED)
            overflow = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{name} is {overflow} px too wide ({width})"
            assert page.evaluate(CUT_OFF) == [], f"{name}, {width}"
            if seen is not None:
                seen.scroll_into_view_if_needed()
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
        page.evaluate(AXE.read_text("utf-8"))
        found = [one for one in page.evaluate(RUN_AXE) if one["impact"] in SERIOUS]
        assert found == [], f"{name}, {scheme}"


def show(page: Page, name: str) -> None:
    """Take a screenshot for the README; `make screens` puts it there."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size(SHOWN)
    page.screenshot(path=PICTURES / "readme" / f"{name}.png")


@pytest.fixture(autouse=True, scope="module")
def folder() -> Path:
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


def test_the_way_into_a_meeting(person: People) -> None:
    ada = person("Ada Lovelace").with_a_face()
    page = ada.page
    page.goto("/j/somelink")
    expect(page.get_by_role("heading", name="You are invited to a meeting")).to_be_visible()
    look(page, "1-invited")
    page.goto("/")
    ada.press("Continue")
    expect(page.get_by_text("Enter a name")).to_be_visible()
    look(page, "1-sign-in")
    ada.sign_in()
    expect(page.get_by_role("heading", name="No meetings yet")).to_be_visible()
    look(page, "2-home-empty")
    ada.press("Plan for later")
    look(page, "2-plan")
    ada.press("Not now")
    next_week = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
    for title in LONG_TITLES:
        page.goto("/")
        ada.plan(title, next_week, "09:30")
        expect(page.get_by_role("button", name="Start the meeting")).to_be_visible()
    ada.link()
    look(page, "3-planned")
    page.goto("/")
    ada.meet("Weekly planning")
    page.wait_for_timeout(500)
    look(page, "3-lobby")
    show(page, "lobby")
    page.goto("/")
    expect(page.get_by_role("listitem")).to_have_count(1 + len(LONG_TITLES))
    ada.press("Copy invitation link of Weekly planning")
    expect(page.get_by_role("textbox", name="Invitation link of Weekly planning")).to_have_value(re.compile("/j/"))
    look(page, "2-home")
    ada.press("Account of")
    look(page, "2-account")


def test_fingers_hit_their_targets(person: People) -> None:
    ada = person("Ada Lovelace", **PHONE)
    page = ada.page

    def reachable() -> None:
        assert page.evaluate(TOO_SMALL, MIN_TARGET_PX) == []

    page.goto("/")
    expect(page.get_by_label("Your name")).to_be_visible()
    reachable()
    ada.sign_in()
    ada.meet()
    reachable()
    ada.join()
    for panel in ("Chat", "People"):
        reachable()
        ada.press(panel)
    ada.choose("More", "Notes")
    expect(page.get_by_role("toolbar", name="Format")).to_be_visible()
    reachable()
    ada.choose("More", "Connection quality")
    reachable()
    ada.end()
    expect(page.get_by_role("heading", name="The meeting is over")).to_be_visible()
    reachable()
    page.goto("/")
    ada.plan("Weekly planning", f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}", "09:30")
    page.goto("/")
    ada.press("More for Weekly planning")
    expect(page.get_by_role("menuitem", name="Save as calendar file")).to_be_visible()
    reachable()
    page.keyboard.press("Escape")
    ada.press("Account of")
    reachable()
    page.goto("/diagnostics")
    expect(page.get_by_role("button", name="Check again")).to_be_enabled(timeout=20_000)
    reachable()


def test_the_theme_is_the_system_s_until_a_person_chooses(person: People) -> None:
    ada = person("Ada", color_scheme="light").sign_in()
    page = ada.page
    ada.press("Account of")
    light = page.evaluate(BACKGROUND)
    page.get_by_role("menuitemradio", name="Dark").click()
    dark = page.evaluate(BACKGROUND)
    assert dark != light
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.reload()
    ada.press("Account of")
    expect(page.get_by_role("menuitemradio", name="Dark")).to_be_checked()
    assert page.evaluate(BACKGROUND) == dark
    page.get_by_role("menuitemradio", name="Same as the system").click()
    assert page.evaluate(BACKGROUND) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BACKGROUND) == dark


def test_a_call_of_up_to_four(person: People) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    page = ada.page
    link = ada.meet("Weekly planning")
    ada.join()
    look(page, "4-room-1")
    charles, *others = [person(name).with_a_face().sign_in(link) for name in GUESTS]
    charles.join()
    ada.sees("Charles Babbage")
    look(page, "4-room-2")
    for guest in others:
        guest.join()
    ada.sees(*GUESTS)
    charles.press("Mute")
    others[0].press("Camera off")
    expect(page.locator(".tile[data-speaking]")).not_to_have_count(0)
    expect(page.locator(".bars")).to_have_count(4, timeout=20_000)
    look(page, "4-room-4")
    charles.press("Chat")
    charles.write("Shall we begin with the mill?")
    ada.press("Chat")
    ada.write("Yes. My notes are at https://example.org/notes#g, and there are seven of them.")
    expect(page.locator(".log .text")).to_have_count(2)
    expect(page.locator(".news")).to_be_empty(timeout=20_000)
    show(page, "room")


def test_the_panels_beside_the_call_and_the_pages_after_it(person: People) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    page = ada.page
    link = ada.meet("Weekly planning")
    ada.join()
    charles = person("Charles Babbage").with_a_face().sign_in(link)
    charles.join()
    ada.sees("Charles Babbage")
    charles.press("Chat")
    charles.write("Shall we begin with the mill?")
    expect(page.get_by_role("button", name="Chat 1 unread")).to_be_visible()
    look(page, "4-room-unread")
    ada.press("Chat")
    ada.write("Yes. My notes are at https://example.org/notes#g, and there are seven of them.")
    charles.write("\n".join(f"{number}. Turn the handle {number} times" for number in range(1, 21)))
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    look(page, "5-chat")
    page.set_viewport_size(SIDEWAYS)
    page.screenshot(path=PICTURES / "5-chat-sideways.png")
    ada.invitation()
    look(page, "5-people")
    ada.press("Options for Charles Babbage")
    look(page, "5-person")
    page.get_by_role("menuitem", name="Remove").click()
    look(page, "5-confirm")
    ada.confirm("Cancel")
    ada.act_on("Charles Babbage", "Ask to mute")
    expect(charles.page.get_by_role("button", name="Mute me")).to_be_visible()
    look(charles.page, "5-asked-to-mute")
    notes = Writer(ada)
    ada.press("Notes")
    look(page, "5-notes-empty")
    notes.type(MINUTES)
    Writer(charles).write_beside("Charles: the mill is oiled.")
    expect(page.locator(".who-caret")).to_have_count(1)
    look(page, "5-notes")
    show(page, "notes")
    ada.press("Read")
    look(page, "5-notes-read")
    ada.choose("Options for the notes", "Earlier versions")
    look(page, "5-notes-versions")
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    page.get_by_text("Numbers").click()
    expect(page.locator(".curve polyline").first).to_have_attribute("points", re.compile(" "))
    look(page, "5-quality")
    page.keyboard.press("Escape")
    ada.press("More")
    look(page, "5-more")
    page.keyboard.press("Escape")
    ada.choose("More", "End for all")
    look(page, "5-end")
    ada.confirm("Cancel")
    page.keyboard.press("?")
    look(page, "5-keys")
    page.keyboard.press("Escape")
    ada.press("Leave")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    look(page, "6-left")
    charles.press("Leave")
    ada.press("Come back")
    ada.join()
    ada.end()
    expect(page.get_by_role("heading", name="The meeting is over")).to_be_visible()
    look(page, "6-after")


def test_each_page_has_a_text_for_when_it_is_empty(person: People) -> None:
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
    assert sum(loaded.values()) < MAX_SCRIPT_BYTES, loaded
