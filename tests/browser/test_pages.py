"""The pages around the call: planning, joining by a link, passing it on, cancelling, reopening."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.live import serving

from .mortal import MortalServer
from .people import Person

People = Callable[..., Person]
# The server looks for meetings to end twice a minute.
SWEPT_MS = 60_000
# Clocks in Berlin are put forward over half past two on the last Sunday of March, and back to it in October.
BERLIN = {"timezone_id": "Europe/Berlin", "locale": "en-GB"}


@pytest.fixture(scope="module", autouse=True)
def emptied(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Return the last person to leave a meeting, before these tests began: the server ends it meanwhile."""
    with serving(tmp_path_factory.mktemp("emptied") / "data", CONNVO_MEETING_EMPTY_GRACE_SECONDS="1") as server:
        ada = Person(browser, server.url, "Ada").sign_in()
        ada.meet("Tea")
        ada.join()
        ada.press("Leave")
        expect(ada.page.get_by_role("button", name="Come back")).to_be_visible()
        yield ada
        ada.close()


def test_a_planned_meeting_is_saved_to_a_calendar_and_cancelled_after_a_question(person: People) -> None:
    ada = person("Ada", **BERLIN).sign_in()
    page = ada.page
    day = datetime.now(UTC) + timedelta(days=3)
    ada.plan("Tea; and cakes", f"{day:%Y-%m-%d}", "09:30")
    expect(page.get_by_text("Planned for")).to_be_visible()
    expect(page.get_by_role("button", name="Start the meeting now")).to_be_visible()
    expect(page.get_by_role("button", name="Save as calendar file")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    page.goto("/")
    row = page.get_by_role("listitem").filter(has_text="Tea; and cakes")
    expect(row).to_contain_text("09:30")
    with page.expect_download() as download:
        ada.choose("More for Tea", "Save as calendar file")
    assert download.value.suggested_filename == "Tea; and cakes.ics"
    text = Path(download.value.path()).read_bytes().decode()
    assert "SUMMARY:Tea\\; and cakes\r\n" in text
    starts = re.search(r"DTSTART:(\S+)", text)
    assert starts is not None and starts[1] in (f"{day:%Y%m%d}T073000Z", f"{day:%Y%m%d}T083000Z")
    assert re.search(rf"URL:{ada.url}/j/#\w{{26}}", text.replace("\r\n ", ""))
    ada.choose("More for Tea", "Cancel the meeting")
    ada.confirm("Keep it")
    expect(row.get_by_text("Cancelled")).to_have_count(0)
    ada.choose("More for Tea", "Cancel the meeting")
    ada.confirm("Cancel the meeting")
    expect(row.get_by_text("Cancelled")).to_be_visible()


def test_a_time_that_does_not_exist_or_exists_twice_is_told(person: People) -> None:
    ada = person("Ada", **BERLIN)
    page = ada.page
    page.clock.set_fixed_time(datetime(2026, 3, 1, 12, tzinfo=UTC))
    ada.sign_in()
    ada.press("Plan for later")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Central European Standard Time (GMT+1)")).to_be_visible()
    dialog.get_by_label("Day").fill("2026-03-29")
    dialog.get_by_label("Time").fill("02:30")
    expect(dialog.get_by_text("This time does not exist on that day")).to_be_visible()
    expect(dialog.get_by_role("button", name="Schedule")).to_be_disabled()
    dialog.get_by_role("button", name=re.compile("^Use 0?3:00")).click()
    expect(dialog.get_by_label("Time")).to_have_value("03:00")
    expect(dialog.get_by_role("button", name="Schedule")).to_be_enabled()
    dialog.get_by_label("Day").fill("2026-10-25")
    dialog.get_by_label("Time").fill("02:30")
    expect(dialog.get_by_role("radio", name="The first one, UTC+2")).to_be_checked()
    dialog.get_by_role("radio", name="The second one, UTC+1").check()
    expect(dialog.get_by_role("button", name="Schedule")).to_be_enabled()


def test_guests_join_by_pasting_a_link_and_pass_it_on(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet("Tea")
    ben = person("Ben").sign_in()
    field = ben.page.get_by_role("textbox", name="Link or code")
    field.fill("not a link")
    ben.press("Join")
    expect(ben.page.get_by_text("This is not a meeting link or code")).to_be_visible()
    field.fill(link.rpartition("#")[2])
    ben.press("Join")
    expect(ben.page.get_by_role("heading", name="Tea")).to_be_visible()
    expect(ben.page.get_by_text("Nobody is in the call yet.")).to_be_visible()
    assert ben.link() == link
    expect(ben.page.get_by_role("button", name="Revoke the link")).to_have_count(0)
    ada.join()
    expect(ben.page.get_by_text("Ada is in the call.")).to_be_visible()


def test_a_page_whose_server_is_gone_says_so_until_it_is_back(person: People, mortal: MortalServer) -> None:
    ada = person("Ada", mortal.url).sign_in()
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    mortal.kill()
    expect(ada.page.get_by_text("The server is not responding")).to_be_visible(timeout=15_000)
    mortal.start()
    expect(ada.page.get_by_text("The server is not responding")).to_be_hidden(timeout=30_000)
    ada.problems.clear()  # a browser logs that a server is gone, and that is what this test is about


def test_a_meeting_that_everybody_left_is_opened_again(emptied: Person) -> None:
    page = emptied.page
    expect(page.get_by_text("It ended because everyone had left.")).to_be_visible(timeout=SWEPT_MS)
    expect(page.get_by_role("heading", name="The meeting is over")).to_be_visible()
    address = page.url
    page.goto("/")
    row = page.get_by_role("listitem").filter(has_text="Tea")
    expect(row.get_by_text("Everybody left")).to_be_visible()
    expect(row.get_by_role("button", name="Open Tea again")).to_be_visible()
    page.goto(address)
    emptied.press("Open it again")
    expect(page.get_by_text("Nobody is in the call yet.")).to_be_visible()
    emptied.join()
    assert emptied.problems == []
