"""The room of a call: its controls keep their place, and any number of tiles fits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.live import serving

from .crowd import SETTINGS, Crowd
from .people import Person, wait_for
from .test_looks import SETTLED, look

DESKTOP = (1440, 900)
SIZES = ((360, 740), (768, 1024), DESKTOP, (740, 360))
# At these sizes every width of a row and every number of pages comes about; all others are tried without a browser.
FEW = (1, 2, 3, 4, 5, 7, 9)
MANY = (12, 16, 25, 36, 49)
SEEN_MS = 15_000
# On a screen that is less wide, panels cover the pictures.
SHEET_WIDTH = 700
# What a keyboard leaves of the lowest screen.
MIN_HEIGHT = 200
SIX_TENTHS = 0.6
# What is wrong with the tiles that are shown: cut off, covered by others, or too small to see. `shown` counts them.
LAID_OUT = """
    () => {
        const box = one => one.getBoundingClientRect();
        const stage = box(document.querySelector('.stage'));
        const inside = ({ left, top, right, bottom }) => left >= stage.left - 1 && top >= stage.top - 1
            && right <= stage.right + 1 && bottom <= stage.bottom + 1;
        const apart = (one, other) => one.right <= other.left + 1 || other.right <= one.left + 1
            || one.bottom <= other.top + 1 || other.bottom <= one.top + 1;
        const tiles = [...document.querySelectorAll('.tile:not([data-away])')];
        const [corner] = tiles.filter(tile => 'corner' in tile.dataset);
        const pager = document.querySelector('.pager');
        const laid = [...tiles.filter(tile => tile !== corner), ...(pager ? [pager] : [])].map(box);
        const wrong = laid.filter((one, place) => !inside(one) || one.width < 80 || one.height < 40
            || laid.some((other, at) => at !== place && !apart(one, other)));
        if (corner && !inside(box(corner))) wrong.push(box(corner));
        const root = document.documentElement;
        const scrolls = root.scrollHeight > innerHeight || root.scrollWidth > innerWidth;
        return { shown: tiles.length, wrong: wrong.map(one => one.toJSON()), scrolls };
    }
"""
# Which part of the stage a tile takes.
SHARE = """
    tile => {
        const area = one => { const { width, height } = one.getBoundingClientRect(); return width * height; };
        return area(tile) / area(document.querySelector('.stage'));
    }
"""
BOXES = """
    () => [...document.querySelectorAll('nav button')].map(one => {
        const { left, top, width, height } = one.getBoundingClientRect();
        return [one.textContent, left, top, width, height].join(' ');
    })
"""


@pytest.fixture(scope="module")
def crowd(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Return a room that tests fill further and further; the page must not fail meanwhile."""
    with serving(tmp_path_factory.mktemp("crowd") / "data", **SETTINGS) as server:
        ada = Person(browser, server.url, "Ada Lovelace", reduced_motion="reduce")
        yield Crowd(server, ada)
        problems = ada.problems
        ada.close()
    assert problems == []


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(SETTLED)


def shown_on_all_pages(page: Page) -> int:
    """Turn every page of tiles.

    Raises:
        AssertionError: The tiles of a page do not fit.
    """
    total: int = 0
    following = page.get_by_role("button", name="Next page")
    while True:
        found = page.evaluate(LAID_OUT)
        assert (found["wrong"], found["scrolls"]) == ([], False), page.viewport_size
        total += found["shown"]
        if following.count() == 0 or following.is_disabled():
            break
        following.click()
    while (back := page.get_by_role("button", name="Previous page")).count() and back.is_enabled():
        back.click()
    return total


def all_fit(crowd: Crowd, sizes: tuple[int, ...]) -> None:
    """Add people.

    Raises:
        AssertionError: Their tiles do not fit, or some are on no page.
    """
    for size in sizes:
        crowd.grow(size)
        for screen in SIZES:
            resize(crowd.page, screen)
            assert shown_on_all_pages(crowd.page) == crowd.size, (crowd.size, screen)


def test_up_to_9_tiles_fit_on_every_screen(crowd: Crowd) -> None:
    all_fit(crowd, FEW)
    look(crowd.page, "4-room-9")


def test_a_shared_screen_is_large_and_the_newest_of_two(crowd: Crowd) -> None:
    crowd.grow(9)
    page = crowd.page
    first, second = crowd.name(1), crowd.name(5)
    for screen in SIZES:
        resize(page, screen)
        crowd.send(1, screen=True)
        large = page.locator("figure", has=page.get_by_label(f"Screen of {first}"))
        expect(large).to_be_visible(timeout=SEEN_MS)
        assert large.evaluate(SHARE) >= SIX_TENTHS, screen
        crowd.send(5, screen=True)
        newer = page.locator("figure", has=page.get_by_label(f"Screen of {second}"))
        expect(newer).to_be_visible(timeout=SEEN_MS)
        assert newer.evaluate(SHARE) >= SIX_TENTHS, screen
        expect(large).to_be_in_viewport()
        assert large.evaluate(SHARE) < 1 - SIX_TENTHS, screen
        assert page.evaluate(LAID_OUT)["wrong"] == []
        presenter = page.locator(".tile:not([data-screen])").filter(has=page.get_by_text(second, exact=True))
        expect(presenter).to_be_in_viewport()
        if screen == DESKTOP:
            look(page, "4-room-two-screens")
        crowd.send(1)
        crowd.send(5)
        expect(page.locator(".tile[data-screen]")).to_have_count(0, timeout=SEEN_MS)


def test_a_tile_is_pinned_by_keyboard_and_by_double_click(crowd: Crowd) -> None:
    crowd.grow(9)
    page = crowd.page
    resize(page, DESKTOP)
    first, second = (page.locator(".stage > .tile").nth(nth) for nth in (0, 2))
    pin = first.get_by_role("button", name="Pin")
    pin.focus()
    page.keyboard.press("Enter")
    expect(pin).to_have_attribute("aria-pressed", "true")
    assert first.evaluate(SHARE) >= SIX_TENTHS
    second.dblclick()
    expect(pin).to_have_attribute("aria-pressed", "false")
    assert second.evaluate(SHARE) >= SIX_TENTHS
    second.dblclick()
    assert second.evaluate(SHARE) < SIX_TENTHS


def test_speaking_members_come_to_the_first_page(crowd: Crowd) -> None:
    crowd.grow(25)
    resize(crowd.page, SIZES[0])
    away = crowd.page.locator(".tile[data-away]")
    last = crowd.page.locator(".tile").filter(has=crowd.page.get_by_text(crowd.name(23), exact=True)).and_(away).first
    last.evaluate("tile => { tile.dataset.watched = true; }")
    nth: int = last.evaluate("tile => [...tile.parentElement.querySelectorAll('.tile')].indexOf(tile)")
    crowd.speak(nth)
    watched = crowd.page.locator("[data-watched]")
    expect(watched).to_have_attribute("data-speaking", "true", timeout=SEEN_MS)
    expect(watched).to_be_in_viewport()
    crowd.speak(-1)


def test_up_to_49_tiles_fit_on_every_screen(crowd: Crowd) -> None:
    all_fit(crowd, MANY)
    look(crowd.page, "4-room-49")


def test_no_control_moves_while_a_panel_opens(alone: Person) -> None:
    page = alone.page
    for screen in SIZES:
        resize(page, screen)
        before = page.evaluate(BOXES)
        for key in "cpq":
            page.keyboard.press(key)
            panel = page.get_by_role("complementary")
            expect(panel).to_be_visible()
            assert page.evaluate(BOXES) == before, (screen, key)
            covered = screen[0] < SHEET_WIDTH  # what a panel covers is out of the keyboard's way
            assert page.locator(".stage").evaluate("stage => stage.inert") == covered, screen
            page.keyboard.press("Escape")
            expect(panel).to_have_count(0)


def test_messages_can_be_written_while_a_keyboard_covers_half_the_screen(alone: Person) -> None:
    page = alone.page
    for screen in SIZES:
        resize(page, screen)
        page.keyboard.press("c")
        alone.write(f"Written at {screen}")
        resize(page, (screen[0], max(screen[1] // 2, MIN_HEIGHT)))
        for wanted in (page.get_by_label("Message everyone"), page.get_by_text(f"Written at {screen}", exact=True)):
            expect(wanted).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")


def test_the_room_fills_the_screen_and_its_menus_with_it(alone: Person) -> None:
    page = alone.page
    page.keyboard.press("f")
    wait_for(lambda: page.evaluate("document.fullscreenElement?.tagName") == "MAIN", lambda: "not full screen")
    alone.choose("More", "Leave full screen")
    wait_for(lambda: page.evaluate("document.fullscreenElement") is None, lambda: "still full screen")


def test_a_warning_comes_before_the_longest_duration_ends_the_meeting(browser: Browser, tmp_path: Path) -> None:
    limits = {"CONNVO_MEETING_MAX_LENGTH_SECONDS": "600", "CONNVO_MEETING_END_WARNING_SECONDS": "600"}
    with serving(tmp_path / "data", **limits) as server:
        ada = Person(browser, server.url, "Ada").sign_in()
        ada.meet()
        ada.join()
        warning = ada.page.get_by_text("This meeting ends in 10 minutes, when it reaches its maximum length.")
        expect(warning).to_be_visible(timeout=SEEN_MS)
        ada.press("Extend it")
        expect(warning).to_have_count(0)
        assert ada.problems == []
        ada.close()


def test_nothing_leaves_or_ends_by_a_slip(alone: Person) -> None:
    page = alone.page
    call = page.get_by_role("navigation", name="Call")
    for screen in SIZES:
        resize(page, screen)
        for label in ("People", "Chat"):
            spot = page.get_by_role("button", name=label, exact=True).bounding_box()
            assert spot is not None
            middle = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
            page.mouse.dblclick(*middle)
            page.mouse.click(*middle)
            expect(page.get_by_role("complementary", name=label)).to_be_visible()
            page.keyboard.press("Escape")
        for _ in range(3):
            page.keyboard.press("Escape")
        expect(call).to_be_visible()
        expect(call.get_by_role("button", name="End")).to_have_count(0)
        boxes = {name: page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("More", "Leave")}
        assert boxes["More"] is not None and boxes["Leave"] is not None
        assert boxes["Leave"]["x"] - (boxes["More"]["x"] + boxes["More"]["width"]) >= 12
    alone.choose("More", "End for all")
    expect(page.get_by_role("dialog", name="End the meeting for all?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(call).to_be_visible()


def test_a_menu_is_gone_through_by_keyboard(alone: Person) -> None:
    page = alone.page
    more = page.get_by_role("button", name="More")
    more.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="More")
    items = menu.locator("[role^=menuitem]")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("m")  # no shortcut while a menu is open
    expect(page.get_by_role("button", name="Mute")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    menu.get_by_role("menuitemradio", name="Speaker").click()
    expect(menu.get_by_role("menuitemradio", name="Speaker")).to_be_checked()
    menu.get_by_role("menuitem", name="Connection quality").click()
    expect(page.get_by_role("complementary", name="Connection quality")).to_be_visible()
    expect(menu).to_be_hidden()
