"""Consent in the browser: invitations of strangers, blocking and reporting, and a door that hosts open."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from .people import Person
from .test_looks import look

People = Callable[..., Person]


class Stranger:
    """Somebody without a page, who calls the server."""

    def __init__(self, person: Person, name: str, subject: str | None = None) -> None:
        self.request = person.context.request
        body = {"subject": subject or str(uuid4()), "name": name}
        answer = self.request.post("/api/auth/local", data=body).json()
        self.token, self.subject = answer["token"], answer["subject"]

    def call(self, path: str, **args: Any) -> Any:
        """Returns the value of a call."""
        module, function = path.split(":")
        url = f"/api/run/{module}/{function}"
        answer = self.request.post(url, headers={"Authorization": f"Bearer {self.token}"}, data={"args": args}).json()
        assert answer["status"] == "success", answer
        return answer["value"]


def id_of(person: Person) -> str:
    """Returns the id of a person who is signed in by name."""
    account = person.page.evaluate("() => JSON.parse(localStorage.getItem('connvo.account'))")
    found: str = Stranger(person, person.name, account["secret"]).call("users/queries:getCurrentUser")["_id"]
    return found


@pytest.fixture
def spammed(person: People) -> Person:
    """Somebody with two invitations of a stranger."""
    ada = person("Ada").sign_in()
    expect(ada.page.get_by_role("heading", name="My meetings")).to_be_visible()
    mallory = Stranger(ada, "Mallory")
    mallory.call("users/mutations:upsertUser", workosUserId=mallory.subject, email="mallory@example.org")
    for title in ("Win a prize", "Planning of the bridge over the river"):
        made = mallory.call("meetings/lifecycle:createMeeting", title=title)
        about = {"meetingId": made["meetingId"], "userId": id_of(ada), "role": "participant"}
        mallory.call("meetings/lifecycle:addParticipant", **about)
    return ada


def test_an_invitation_is_accepted_declined_or_blocked(spammed: Person) -> None:
    ada = spammed
    invitations = ada.page.get_by_role("region", name="Invitations")
    expect(invitations.get_by_role("listitem")).to_have_count(2)
    expect(ada.page.get_by_role("heading", name="No meetings yet")).to_be_visible()
    look(ada.page, "2-home-invitations")
    ada.press("Decline .*Win a prize")
    expect(invitations.get_by_role("listitem")).to_have_count(1)
    ada.choose("More for .*Planning", "Report")
    ada.page.get_by_label("What happened?").fill("I do not know them")
    look(ada.page, "2-report")
    ada.confirm("Send the report")
    expect(ada.page.get_by_text("Your report has been sent.")).to_be_visible()
    ada.press("More for .*Planning")
    ada.page.get_by_role("menuitem", name="Block").click()
    ada.confirm("Block")
    expect(invitations).to_have_count(0)
    ada.page.get_by_text("Blocked people (1)").click()
    look(ada.page, "2-home-blocked")
    ada.press("Unblock")
    expect(invitations.get_by_role("listitem")).to_have_count(1)
    ada.press("Accept")
    expect(ada.page.get_by_role("heading", name="Planning of the bridge")).to_be_visible()


def test_newcomers_wait_at_the_door_until_a_host_answers(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ada.press("People")
    door = ada.page.get_by_label("Door")
    door.select_option(label="Newcomers wait for a host")
    ben, carl = person("Ben").sign_in(link), person("Carl").sign_in(link)
    for one in (ben, carl):
        expect(one.page.get_by_role("heading", name="Waiting for a host to let you in")).to_be_visible()
    look(ben.page, "3-waiting")
    waiting = ada.page.get_by_role("region", name="Waiting to be let in")
    expect(waiting.get_by_role("listitem")).to_have_count(2)
    look(ada.page, "4-door")
    waiting.get_by_role("button", name=re.compile("Turn .*Carl.* away")).click()
    expect(carl.page.get_by_role("heading", name="A host has not let you in")).to_be_visible()
    waiting.get_by_role("button", name=re.compile("Let .*Ben.* in")).click()
    ben.join()
    ada.sees("Ben")
    ada.act_on("Ben", "Remove")
    ada.confirm("Remove")
    expect(ada.page.get_by_text("The old invitation link no longer works")).to_be_visible()
    door.select_option(label="Everybody with the link comes in")
    dora = person("Dora").sign_in(link)
    expect(dora.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    door.select_option(label="Nobody new comes in")
    dora.page.goto(ada.link())
    expect(dora.page.get_by_role("heading", name="This meeting is closed to newcomers")).to_be_visible()


def test_what_a_blocked_person_writes_is_hidden(pair: tuple[Person, Person]) -> None:
    ada, ben = pair
    ben.press("People")
    ben.act_on("Ada", "Block")
    expect(ben.page.get_by_text("Ada is blocked")).to_be_visible()
    ada.press("Chat")
    ada.write("Buy this")
    ben.press("Chat")
    expect(ben.page.get_by_text("A message of a person you blocked")).to_be_visible()
    expect(ben.page.get_by_text("Buy this")).to_have_count(0)
    ben.press("Show")
    expect(ben.page.get_by_text("Buy this")).to_be_visible()
