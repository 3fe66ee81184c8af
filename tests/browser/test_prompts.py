"""Prompts on the page: ideas in the lobby, one quiet hint in the call, and none that takes the focus."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.live import LiveServer

from .people import Person
from .test_looks import PHONE, PICTURES, look
from .words import Speaker

People = Callable[..., Person]
# A lull is noticed within twenty seconds, and a busy machine takes longer.
NOTICED_MS = 45_000
AT_THE_CONTROLS = "() => document.activeElement.closest('.controls') !== null"


@pytest.fixture(autouse=True, scope="module")
def folder() -> None:
    PICTURES.mkdir(exist_ok=True)


def cards(page: Page) -> Locator:
    """Return the ideas in the lobby."""
    return page.get_by_role("region", name="Ideas to begin with").get_by_role("listitem")


def hint(page: Page) -> Locator:
    """Return the hint above the controls."""
    return page.get_by_role("status").filter(has=page.get_by_role("button", name="Used"))


def test_ideas_come_from_public_profiles_and_a_dismissed_one_is_gone(person: People, server: LiveServer) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    link = ada.meet("Weekly planning")
    page = ada.page
    expect(cards(page).first).to_contain_text("“Weekly planning”")
    for name, field in (("Bea", "Mathematics"), ("Cy", "Clockmaking")):
        Speaker(server, link, name).introduce(["music"], field=field, goals="Learn.")
    ben = person("Ben").sign_in(link)
    expect(cards(ben.page).first).to_contain_text("Some of you share an interest in “Music”")
    expect(cards(page).first).to_contain_text("Some of you share an interest in “Music”")
    expect(cards(page)).to_have_count(3)
    ada.press("Show all 5")
    expect(cards(page)).to_have_count(5)
    look(page, "3-ideas")
    cards(page).first.get_by_role("button", name="Good idea").click()
    expect(cards(page).first.get_by_role("button", name="Good idea")).to_have_attribute("aria-pressed", "true")
    expect(cards(ben.page).first.get_by_role("button", name="Good idea")).to_have_attribute("aria-pressed", "false")
    cards(page).first.get_by_role("button", name="Dismiss").click()
    expect(cards(page)).to_have_count(4)
    expect(cards(page).first).to_contain_text("different fields")
    page.reload()
    expect(cards(page).first).to_contain_text("different fields")
    expect(cards(ben.page).first).to_contain_text("Music")
    ada.press("New ideas")
    expect(cards(page).first).to_contain_text("different fields")


def test_a_hint_is_quiet_and_gone_when_it_was_dismissed(person: People, server: LiveServer) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    link = ada.meet("Weekly planning")
    ada.join()
    page = ada.page
    ada.press("Mute")
    speaker = Speaker(server, link, "Bea").join()
    speaker.say("Good morning, I am glad to be here.")
    ada.press("Chat")
    field = page.get_by_label("Message everyone")
    field.fill("Half a sen")
    expect(hint(page)).to_contain_text("It has gone quiet", timeout=NOTICED_MS)
    expect(field).to_be_focused()
    page.keyboard.type("tence")
    expect(field).to_have_value("Half a sentence")
    page.keyboard.press("Escape")
    hint(page).get_by_role("button", name="Helpful").click()
    expect(hint(page).get_by_role("button", name="Helpful")).to_have_attribute("aria-pressed", "true")
    hint(page).get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(hint(page)).to_have_count(0)
    assert page.evaluate(AT_THE_CONTROLS), "the keyboard goes on there"


def test_a_hint_fits_every_window(person: People, server: LiveServer) -> None:
    ada = person("Ada Lovelace").with_a_face().sign_in()
    link = ada.meet("Weekly planning")
    ada.join()
    ada.press("Mute")
    Speaker(server, link, "Bea").join().say("Good morning, I am glad to be here.")
    expect(hint(ada.page)).to_be_visible(timeout=NOTICED_MS)
    look(ada.page, "4-room-hint")


def test_a_hint_fits_a_phone(person: People, server: LiveServer) -> None:
    ada = person("Ada Lovelace", **PHONE).with_a_face().sign_in()
    link = ada.meet("Weekly planning")
    ada.join()
    ada.press("Mute")
    Speaker(server, link, "Bea").join().say("Good morning, I am glad to be here.")
    expect(hint(ada.page)).to_be_visible(timeout=NOTICED_MS)
    ada.page.screenshot(path=PICTURES / "4-room-hint-touch.png")
    hint(ada.page).get_by_role("button", name="Used").click()
    expect(hint(ada.page)).to_have_count(0)
