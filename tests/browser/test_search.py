"""A member searches their meetings on the page, and opens the moment at which something was said."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.live import LiveServer

from .people import Person
from .test_looks import PICTURES, look
from .words import Speaker

People = Callable[..., Person]
# Texts are made findable some seconds after they were said or written.
MADE_MS = 45_000
TALK = (
    ("Bea", "Today we talk about the analytical engine and its punched cards."),
    ("Cy", "The printer for the brass plates is late, as it was last year."),
    ("Bea", "Then we ship the engine in May, and the plates will follow."),
    ("Cy", "My aunt has planted forty tulips in front of the workshop."),
)


@pytest.fixture
def ada(person: People, server: LiveServer) -> Person:
    """Return a host on the home page, after a call in which two others spoke and she wrote."""
    PICTURES.mkdir(exist_ok=True)
    ada = person("Ada Lovelace").sign_in()
    link = ada.meet("Workshop <planning>")
    ada.join()
    speakers = {name: Speaker(server, link, name).join() for name in ("Bea", "Cy")}
    for name, text in TALK:
        speakers[name].say(text)
    ada.press("Chat")
    ada.write("Lunch is at the harbour, with smoked herring")
    ada.end()
    ada.page.get_by_role("link", name="My meetings").first.click()
    return ada


def search(page: Page, text: str) -> None:
    """Search for a text."""
    field = page.get_by_role("searchbox", name="Search your meetings")
    field.fill(text)
    field.press("Enter")


def results(page: Page) -> Locator:
    """Return the results."""
    return page.get_by_role("region", name="Search results").get_by_role("listitem")


def found(page: Page, text: str) -> Locator:
    """Search until a text is findable; return the results."""
    for _ in range(MADE_MS // 1_500):
        search(page, text)
        expect(page.locator(".found")).to_have_attribute("aria-busy", "false")
        if results(page).count():
            return results(page)
        page.wait_for_timeout(1_500)
    raise AssertionError(f"{text!r} is not found:\n{page.inner_text('main')}")


def test_a_result_opens_the_moment_at_which_it_was_said(ada: Person) -> None:
    page = ada.page
    hits = found(page, "forty tulips")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("Workshop <planning>")
    expect(hits).to_contain_text("My aunt has planted forty tulips")
    assert hits.locator("mark").all_inner_texts() == ["forty", "tulips"]
    expect(hits).to_contain_text("Transcript · Cy")
    hits.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/m/\w+#at-\d+$"))
    expect(page.get_by_role("region", name="Transcript", exact=True).first).to_be_visible()
    said = page.locator(".transcript .chunk-text").get_by_text("My aunt has planted forty tulips")
    expect(said).to_be_in_viewport()
    page.go_back()
    expect(results(page)).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search your meetings")).to_have_value("forty tulips")


def test_filters_and_empty_results(ada: Person) -> None:
    page = ada.page
    expect(found(page, "smoked herring").first).to_contain_text("Chat · Ada Lovelace")
    hits = found(page, "engine")
    expect(hits.first).to_be_visible()
    page.get_by_label("By whom").select_option(label="Bea")
    expect(page.locator(".found")).to_have_attribute("aria-busy", "false")
    for text in results(page).all_inner_texts():
        assert "Bea" in text
    page.get_by_label("Where").select_option("note")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page.get_by_text("Search everywhere, by anyone")).to_be_visible()
    look(page, "8-search-nothing")
    page.get_by_label("Where").select_option("")
    page.get_by_label("By whom").select_option("")
    expect(results(page).first).to_be_visible()
    look(page, "8-search")
    page.get_by_role("searchbox", name="Search your meetings").press("Escape")
    expect(page.get_by_role("heading", name="Past")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/$"))


def test_others_find_nothing_of_it(ada: Person, person: People) -> None:
    found(ada.page, "forty tulips")
    ben = person("Ben").sign_in()
    search(ben.page, "forty tulips")
    expect(ben.page.get_by_role("heading", name="Nothing found")).to_be_visible()
