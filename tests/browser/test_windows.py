"""One person in several windows, and pages that vanish: the list of people in the call stays true."""

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error, Page, expect

from .people import Person, wait_for

People = Callable[..., Person]
Pair = tuple[Person, Person]
TAKEN = "You are in this call in another window"
LEFT = "The other window has left the call"
GONE_MS = 3_000
LIVE = """
    () => window.opened.flatMap(stream => stream.getTracks()).filter(track => track.readyState === 'live').length
"""
# Every stream that the page opens stays within the test's reach.
OPENED = """
    window.opened = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async wishes => {
        const stream = await open(wishes);
        window.opened.push(stream);
        return stream;
    };
"""
THAW = """
    () => {
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    }
"""


def test_the_older_window_gives_its_devices_back_and_can_take_the_call_back(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben")
    ben.context.add_init_script(OPENED)
    ben.sign_in(link).join()
    first = ben.page
    ada.sees("Ben")
    second = _duplicate(ben)
    ben.join()
    ben.sees("Ada")
    ada.sees("Ben")
    expect(first.get_by_role("heading", name=TAKEN)).to_be_visible()
    wait_for(lambda: first.evaluate(LIVE) == 0, lambda: f"{first.evaluate(LIVE)} tracks are live")

    ben.page = first
    ben.press("Move the call here")
    expect(second.get_by_role("heading", name=TAKEN)).to_be_visible()
    ben.sees("Ada")
    ada.sees("Ben")

    ben.page = second
    first.close()
    expect(second.get_by_role("heading", name=LEFT)).to_be_visible()
    ada.sees()
    ben.press("Rejoin here")
    ben.sees("Ada")
    ada.sees("Ben")


def test_a_member_that_closes_the_tab_is_gone_at_once(pair: Pair) -> None:
    ada, ben = pair
    ada.press("People")
    ben.page.close()
    expect(ada.tile("Ben")).to_have_count(0, timeout=GONE_MS)
    expect(ada.page.get_by_role("region", name="Left").get_by_text("Ben")).to_be_visible()


def test_a_member_that_navigates_away_is_gone_at_once(pair: Pair) -> None:
    ada, ben = pair
    address = ben.page.url
    ben.page.goto("/diagnostics")
    expect(ada.tile("Ben")).to_have_count(0, timeout=GONE_MS)
    ben.page.goto(address)
    ben.join()
    ada.sees("Ben")
    ben.page.evaluate("() => { history.pushState(null, '', '/'); dispatchEvent(new PopStateEvent('popstate')); }")
    expect(ben.page.get_by_role("heading", name="My meetings")).to_be_visible()
    expect(ada.tile("Ben")).to_have_count(0, timeout=GONE_MS)
    ben.page.go_back()
    ben.join()
    ada.sees("Ben")


def test_a_page_that_the_browser_froze_comes_back_into_the_call(pair: Pair) -> None:
    ada, ben = pair
    ben.page.evaluate(THAW)
    ada.sees("Ben")
    ben.sees("Ada")


def _duplicate(person: Person) -> Page:
    """Open a copy of a page as browsers duplicate a tab: with what it keeps for the session."""
    with person.context.expect_page() as opened:
        person.page.evaluate("() => void window.open(location.href)")
    person.page = opened.value
    return opened.value


def test_a_member_that_crashed_and_came_back_leaves_for_good(pair: Pair) -> None:
    ada, ben = pair
    address, crashed = ben.page.url, ben.page
    ben.page = ben.context.new_page()
    with suppress(Error):
        crashed.goto("chrome://crash", timeout=GONE_MS)
    ben.page.goto(address)
    ben.join()
    ben.sees("Ada")
    ada.sees("Ben")
    ben.press("Leave")
    expect(ada.page.get_by_role("heading", name="You are the only one here")).to_be_visible(timeout=GONE_MS)


def test_a_window_that_crashes_is_out_of_the_call_though_an_older_one_is_open(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben").sign_in(link)
    ben.join()
    first, ben.page = ben.page, ben.context.new_page()
    ben.page.goto(first.url)
    ben.join()
    ada.sees("Ben")
    expect(first.get_by_role("heading", name=TAKEN)).to_be_visible()
    with ben.page.expect_event("crash"), suppress(Error):
        ben.page.goto("chrome://crash")
    ben.page = first
    expect(first.get_by_role("heading", name=LEFT)).to_be_visible()
    expect(ada.tile("Ben")).to_have_count(0)
