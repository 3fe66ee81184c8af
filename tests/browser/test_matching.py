"""People from "Meet somebody" to the call, each in a browser of their own."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.support.live import serving

from .people import Person
from .test_looks import PHONE, PICTURES, look

People = Callable[..., Person]
# A cycle begins two seconds after an entry, and its process takes a while to start on a busy machine.
PAIRED_MS = 60_000


def open_form(person: Person) -> Page:
    """Go from the home page to the questions when and what for."""
    page = person.page
    page.get_by_role("link", name="Find someone").click()
    expect(page.get_by_role("heading", name="Meet somebody", level=1)).to_be_visible()
    expect(page.get_by_label("Another topic")).to_be_visible()
    return page


def ask_for(person: Person, topic: str) -> Page:
    """Go from the home page to the queue."""
    page = open_form(person)
    page.get_by_label("Another topic").fill(topic)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name=topic)).to_have_attribute("aria-pressed", "true")
    person.press("Find someone")
    expect(page.get_by_role("button", name="Find someone")).to_be_hidden()
    return page


def test_two_people_meet_while_a_third_waits(person: People) -> None:
    PICTURES.mkdir(exist_ok=True)
    ada = person("Ada Lovelace").with_a_face().sign_in()
    ben = person("Ben", **PHONE).sign_in()
    tag = uuid4().hex[:6]  # of a second try nobody is left who waits for the same
    first = ask_for(ada, f"Engines that compute {tag}")
    expect(first.get_by_role("heading", name="Looking for someone")).to_be_visible()
    look(first, "meet-waiting")
    second = ask_for(ben, f"engines that  compute {tag}")
    # A third person who looks for the same comes while the two decide: they wait, and are in nobody's way.
    cleo = person("Cleo").sign_in()
    expect(first.get_by_role("heading", name="You could meet Ben")).to_be_visible(timeout=PAIRED_MS)
    expect(second.get_by_role("heading", name="You could meet Ada Lovelace")).to_be_visible()
    third = ask_for(cleo, f"Engines that compute {tag}")
    expect(third.get_by_role("heading", name="Looking for someone")).to_be_visible()
    for page in (first, second):
        expect(page.get_by_text(f"You both want to talk about Engines that compute {tag}.")).to_be_visible()
        expect(page.get_by_text(re.compile(r"Time left to answer: \d:\d\d"))).to_be_visible()
    look(second, "meet-proposal")
    ada.press("Yes, let us meet")
    expect(first.get_by_text("Waiting for the other answer")).to_be_visible()
    ben.press("Yes, let us meet")
    for page in (first, second):
        expect(page.get_by_role("link", name="To the lobby")).to_be_visible()
        expect(page.get_by_text("You can start now.")).to_be_visible()
    look(second, "meet-confirmed")
    for page in (first, second):
        page.get_by_role("link", name="To the lobby").click()
    ada.press("Start the meeting")
    ada.join()
    ben.join()
    ada.sees("Ben")
    ben.sees("Ada Lovelace")
    expect(third.get_by_role("heading", name="Looking for someone")).to_be_visible()
    expect(third.get_by_text("Ada Lovelace")).to_have_count(0)
    cleo.press("Stop looking")
    expect(third.get_by_role("button", name="Find someone")).to_be_visible()
    ada.end()
    expect(first.get_by_text("You ended it for everyone.")).to_be_visible()
    expect(second.get_by_text("A host ended it for everyone.")).to_be_visible()
    for one, other in ((ada, "Ben"), (ben, "Ada Lovelace")):
        page = one.page
        expect(page.get_by_text(f"How was it with {other}?")).to_be_visible()
        page.get_by_label("Very good").check()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_text("Thank you.")).to_be_visible()
    first.goto("/meet")
    past = first.get_by_role("region", name="Your matches")
    expect(past.get_by_text("You met")).to_be_visible()
    expect(past.get_by_text(f"Engines that compute {tag}")).to_be_visible()
    look(first, "meet-history", past.get_by_role("link", name="Ben"))
    past.get_by_role("link", name="Ben").click()
    expect(first.get_by_text("Getting to know each other")).to_be_visible()


def test_the_questions_fit_every_width_and_refuse_a_time_that_has_passed(person: People) -> None:
    ada = person("Ada", **PHONE).sign_in()
    page = open_form(ada)
    expect(page.get_by_role("button", name="Find someone")).to_be_disabled()
    page.get_by_label("Another topic").fill("Chess")
    page.get_by_label("Later").check()
    page.get_by_label("Day").fill("2020-01-01")
    expect(page.get_by_text("This time has passed. Choose a later one.").first).to_be_visible()
    look(page, "meet-form")
    ada.press("Find someone")
    expect(page.get_by_role("heading", name="Looking for someone")).to_have_count(0)


def test_without_matching_nothing_on_the_page_leads_to_it(person: People, tmp_path: Path) -> None:
    with serving(tmp_path / "data", CONNVO_MATCHING_ENABLED="false") as server:
        ada = person("Ada", server.url).sign_in()
        expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
        expect(ada.page.get_by_role("heading", name="Start a meeting")).to_be_visible()
        expect(ada.page.get_by_text("Meet somebody")).to_have_count(0)
        ada.page.goto("/meet")
        expect(ada.page.get_by_role("heading", name="Not offered here")).to_be_visible()


def test_a_decline_leads_back_to_the_queue_and_tells_nothing(person: People) -> None:
    cy, di = person("Cy").sign_in(), person("Di").sign_in()
    topic = f"Clocks {uuid4().hex[:6]}"
    first, second = ask_for(cy, topic), ask_for(di, topic)
    expect(first.get_by_role("heading", name="You could meet Di")).to_be_visible(timeout=PAIRED_MS)
    di.press("Not this time")
    for page in (first, second):
        expect(page.get_by_role("heading", name="Looking for someone")).to_be_visible()
        expect(page.get_by_text("That meeting did not come about. We keep looking.")).to_be_visible()
    expect(first.get_by_text("declined")).to_have_count(0)
    cy.press("Stop looking")
    expect(first.get_by_role("button", name="Find someone")).to_be_visible()
