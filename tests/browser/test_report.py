"""The report after a call: made by rules from the words of its members, edited by both of two, and taken along."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.live import LiveServer

from .people import Person
from .test_looks import PICTURES, look
from .words import Speaker

People = Callable[..., Person]
MADE_MS = 45_000
TALK = (
    ("Bea", "Good morning everyone. Today we talk about the analytical engine and its punched cards."),
    ("Cy", "The punched cards for the analytical engine are nearly ready, but the printer is late."),
    ("Bea", "We decided to ship the analytical engine in May, whatever happens with the printer."),
    ("Cy", "I will order the punched cards from the printer by Friday."),
    ("Bea", "Cy, can you send the drawings of the mill to the workshop tomorrow?"),
    ("Cy", "Yes, I will send the drawings of the mill to the workshop tomorrow."),
    ("Bea", "Who is going to pay for the brass wheels of the engine?"),
)


@pytest.fixture(autouse=True, scope="module")
def folder() -> None:
    PICTURES.mkdir(exist_ok=True)


@pytest.fixture
def pair(person: People, server: LiveServer) -> tuple[Person, Person]:
    """Return two members on the page after a call in which two others spoke, the first one its host."""
    ada = person("Ada Lovelace").with_a_face().sign_in()
    link = ada.meet("Weekly <planning>")
    ada.join()
    ben = person("Ben").sign_in(link)
    ben.join()
    speakers = {name: Speaker(server, link, name).join() for name in ("Bea", "Cy")}
    for name, text in TALK:
        speakers[name].say(text)
    ada.end()
    for one in (ada, ben):
        expect(report(one.page)).to_contain_text("Made by rules", timeout=MADE_MS)
    return ada, ben


def report(page: Page) -> Locator:
    """Return the report on the page after a call."""
    return page.get_by_role("region", name="Report")


def items(page: Page, part: str) -> Locator:
    """Return the statements of one kind."""
    return report(page).get_by_role("region", name=part).get_by_role("listitem")


def test_two_members_edit_one_report(pair: tuple[Person, Person]) -> None:
    ada, ben = pair
    expect(items(ada.page, "Decisions").first).to_contain_text("ship the analytical engine in May")
    expect(items(ada.page, "Speaking time")).to_have_count(2)
    expect(report(ada.page)).to_contain_text("With a language model of your own")
    look(ada.page, "6-report")
    action = items(ada.page, "Actions").filter(has_text="order the punched cards")
    expect(action).to_contain_text("Cy")
    action.get_by_role("checkbox").click()
    theirs = items(ben.page, "Actions").filter(has_text="order the punched cards")
    expect(theirs.get_by_role("checkbox")).to_be_checked()
    theirs.get_by_role("button", name="Options for").click()
    ben.page.get_by_role("menuitem", name="Edit").click()
    ben.page.get_by_label("Owner").select_option("Ada Lovelace")
    ben.page.get_by_label("By", exact=True).fill("2026-12-24")
    look(ben.page, "6-report-editing")
    ben.press("Save")
    expect(action).to_contain_text("Ada Lovelace")
    expect(action).to_contain_text("Dec 24, 2026")
    decision = items(ben.page, "Decisions").first
    decision.get_by_role("button", name="Options for").click()
    ben.page.get_by_role("menuitem", name="Edit").click()
    ben.page.get_by_label("Text").fill("The engine ships in May.")
    ben.press("Save")
    expect(items(ada.page, "Decisions").first).to_contain_text("The engine ships in May.")
    expect(items(ada.page, "Decisions").first).to_contain_text("edited")
    question = items(ada.page, "Open questions").first
    question.get_by_role("button", name="Wrong").click()
    expect(question.get_by_role("button", name="Wrong")).to_have_attribute("aria-pressed", "true")
    expect(items(ben.page, "Open questions").first.get_by_role("button", name="Wrong")).to_have_attribute(
        "aria-pressed", "false"
    )
    question.get_by_role("button", name="Options for").click()
    ada.page.get_by_role("menuitem", name="Remove").click()
    expect(report(ben.page).get_by_role("region", name="Open questions")).to_have_count(0)
    ada.choose("Options for the report", "Make it again")
    expect(report(ada.page)).to_contain_text("The report was made again.", timeout=MADE_MS)
    expect(items(ada.page, "Decisions").first).to_contain_text("The engine ships in May.")
    expect(report(ada.page).get_by_role("region", name="Open questions")).to_have_count(0)


def test_a_report_is_taken_along_as_markdown(pair: tuple[Person, Person], tmp_path: Path) -> None:
    ada, _ = pair
    with ada.page.expect_download() as download:
        ada.choose("Options for the report", "Save as Markdown")
    file = tmp_path / "report.md"
    download.value.save_as(file)
    text = file.read_text("utf-8")
    assert download.value.suggested_filename == "Weekly planning – report.md"
    assert text.startswith("# Weekly \\<planning\\>\n\nMade by rules")
    assert "## Decisions\n\n- We decided to ship the analytical engine in May" in text
    assert "- [ ] I will order the punched cards" in text
    assert "## Speaking time" in text


def test_a_statement_leads_to_its_moment(pair: tuple[Person, Person]) -> None:
    ada, _ = pair
    moment = items(ada.page, "Decisions").first.get_by_role("link")
    address = moment.get_attribute("href")
    assert address is not None and address.startswith("#at-")
    moment.click()
    assert ada.page.url.endswith(address)
    words = ada.page.locator(".transcript .chunk-text").get_by_text("We decided to ship")
    expect(words).to_be_in_viewport()
    ada.page.reload()
    expect(words).to_be_in_viewport()


def test_a_host_turns_the_report_off_for_all(pair: tuple[Person, Person]) -> None:
    ada, ben = pair
    ada.choose("Options for the report", "Turn the report off, and delete it")
    for one in (ada, ben):
        expect(report(one.page)).to_contain_text("A host has turned the report of this meeting off.")
    expect(ben.page.get_by_role("button", name="Options for the report")).to_have_count(0)
    ada.choose("Options for the report", "Turn the report on")
    expect(report(ben.page)).to_contain_text("Made by rules", timeout=MADE_MS)
