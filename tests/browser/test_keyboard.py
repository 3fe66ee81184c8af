"""Everything works without a mouse: every control can be reached, and the focus is visible."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from .people import Person

People = Callable[..., Person]
# What can be used on this page, by what it is called, but for what a modal dialog covers.
CONTROLS = """
    () => {
        const within = document.querySelector('dialog[open]') ?? document;
        return [...within.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')]
            .filter(one => !one.disabled && one.checkVisibility() && one.tabIndex >= 0)
            .map((one, place) => { one.dataset.place = place; return String(place); });
    }
"""
# Where the keyboard is, and whether that shows: an outline that is not there when it is elsewhere.
FOCUSED = """
    () => {
        const one = document.activeElement;
        const style = getComputedStyle(one);
        return [one.dataset.place ?? null, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
    }
"""


def reach_everything(page: Page) -> None:
    """Walk through a page with Tab. It raises AssertionError for what cannot be reached, or seen when it is."""
    wanted = set(page.evaluate(CONTROLS))
    assert wanted
    reached: set[str] = set()
    for _ in range(2 * len(wanted) + 2):
        page.keyboard.press("Tab")
        place, visible = page.evaluate(FOCUSED)
        if place is not None:
            assert visible, page.evaluate("() => document.activeElement.outerHTML")
            reached.add(place)
    left = [page.locator(f"[data-place='{place}']").first for place in wanted - reached]
    missed = [one.evaluate("one => one.outerHTML") for one in left]
    assert missed == []


def test_every_control_of_every_page_is_reached_with_tab(person: People) -> None:
    ada = person("Ada")
    page = ada.page
    page.goto("/")
    expect(page.get_by_label("Your name")).to_be_visible()
    reach_everything(page)
    ada.sign_in()
    expect(page.get_by_text("No meetings yet")).to_be_visible()
    reach_everything(page)
    ada.meet()
    reach_everything(page)
    ada.join()
    reach_everything(page)
    for panel, key in (("Chat", "c"), ("People", "p"), ("Connection quality", "q"), ("Notes", "n")):
        page.keyboard.press("Escape")
        page.keyboard.press(key)
        expect(page.get_by_role("complementary", name=panel)).to_be_visible()
        if panel == "Chat":
            ada.write("Somebody there?")
            expect(page.get_by_role("log")).to_be_visible()
        reach_everything(page)
    ada.choose("More", "Keyboard shortcuts")
    reach_everything(page)
    page.keyboard.press("Escape")
    ada.press("Leave")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    reach_everything(page)
    page.goto("/diagnostics")
    expect(page.get_by_role("button", name="Check again")).to_be_enabled(timeout=20_000)
    reach_everything(page)


def test_the_keys_of_a_call_are_listed_and_can_be_switched_off(alone: Person) -> None:
    page = alone.page
    status = page.get_by_role("status")
    page.keyboard.press("m")
    expect(status.filter(has_text="You are muted.")).to_be_attached()
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_dialog.get_by_text("Mute or unmute")).to_be_visible()
    page.keyboard.press("m")  # an open dialog has the keyboard for itself
    expect(page.get_by_role("button", name="Unmute")).to_have_count(1)
    help_dialog.get_by_label("Use single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(help_dialog).to_have_count(0)
    page.keyboard.press("p")
    page.keyboard.press("m")
    expect(page.get_by_role("complementary", name="People")).to_have_count(0)
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()


def test_the_keyboard_goes_into_a_panel_and_back_to_where_it_was(alone: Person) -> None:
    page = alone.page
    for label, opened in (("Chat", "textarea"), ("People", ".panel")):
        button = page.get_by_role("button", name=label)
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(page.locator(opened)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".panel")).to_have_count(0)
        expect(button).to_be_focused()
    more = page.get_by_role("button", name="More")
    for item, opened in (("Connection quality", ".panel"), ("Keyboard shortcuts", "dialog")):
        more.focus()
        page.keyboard.press("Enter")
        page.get_by_role("menuitem", name=item).focus()
        page.keyboard.press("Enter")
        expect(page.locator(opened)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(opened)).to_have_count(0)
        expect(more).to_be_focused()
