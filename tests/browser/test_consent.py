"""Consent in the browser: invitations from strangers, blocking and reporting, and admission by hosts."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.support.live import LiveServer

from .people import Person
from .test_looks import look

People = Callable[..., Person]
# What a message of the call lies on, among what must be seen and pressed.
COVERED = """
    () => {
        const box = one => one.getBoundingClientRect();
        const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        const messages = [...document.querySelectorAll('.toast:not(:empty), .wish')].map(box);
        if (messages.length === 0) return ['there is no message'];
        return [...document.querySelectorAll('.tile, .tile button, .controls button, .call-header, .panel, .alone')]
            .filter(one => one.checkVisibility() && messages.some(message => meet(message, box(one))))
            .map(one => one.outerHTML.slice(0, 80));
    }
"""


class Stranger:
    """A user without a page, who calls the server directly."""

    def __init__(self, person: Person, name: str, subject: str | None = None) -> None:
        self.request = person.context.request
        body = {"subject": subject or str(uuid4()), "name": name}
        answer = self.request.post("/api/auth/local", data=body).json()
        self.token, self.subject = answer["token"], answer["subject"]

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call."""
        module, function = path.split(":")
        url = f"/api/run/{module}/{function}"
        answer = self.request.post(url, headers={"Authorization": f"Bearer {self.token}"}, data={"args": args}).json()
        assert answer["status"] == "success", answer
        return answer["value"]


def id_of(person: Person) -> str:
    """Return the id of a person who is signed in by name."""
    account = person.page.evaluate("() => JSON.parse(localStorage.getItem('connvo.account'))")
    found: str = Stranger(person, person.name, account["secret"]).call("users/queries:getCurrentUser")["_id"]
    return found


@pytest.fixture
def spammed(person: People) -> Person:
    """Return a person with two invitations from a stranger."""
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
    expect(ben.page.get_by_role("heading", name="A host has removed you")).to_be_visible()
    ben.problems.clear()  # the refusal is logged
    door.select_option(label="Anyone with the link can join")
    dora = person("Dora").sign_in(link)
    expect(dora.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    door.select_option(label="Nobody new can join")
    dora.page.goto(ada.link())
    expect(dora.page.get_by_role("heading", name="This meeting is closed to newcomers")).to_be_visible()
    dora.problems.clear()  # so are these


def test_a_user_that_was_kept_out_comes_in_once_a_host_wants_it(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ada.press("People")
    ada.page.get_by_label("Door").select_option(label="Newcomers wait for a host")
    ben, carl = person("Ben").sign_in(link), person("Carl").sign_in(link)
    waiting = ada.page.get_by_role("region", name="Waiting to be let in")
    waiting.get_by_role("button", name="Let Ben in").click()
    ben.join()
    ada.page.get_by_label("Door").select_option(label="Nobody new can join")
    expect(carl.page.get_by_text("They still see that you are waiting")).to_be_visible()
    waiting.get_by_role("button", name="Turn Carl away").click()
    expect(carl.page.get_by_role("heading", name="A host has not let you in")).to_be_visible()
    carl.page.goto("/")
    carl.page.goto(link)  # from the link it looks the same
    expect(carl.page.get_by_text("in the list “Removed or turned away”")).to_be_visible()
    ada.act_on("Ben", "Remove")
    ada.confirm("Remove")
    expect(ben.page.get_by_role("heading", name="A host has removed you")).to_be_visible()
    kept_out = ada.page.get_by_role("region", name="Removed or turned away")
    expect(kept_out.get_by_role("listitem")).to_contain_text(["Removed", "Turned away"])
    for one in (ben, carl):
        ada.press(f"Let {one.name} in again")
        one.join()
    ada.sees("Ben", "Carl")
    expect(kept_out).to_have_count(0)
    ada.end()
    for one in (ada, ben, carl):
        expect(one.page.locator(".attendees li")).to_have_count(3)
        one.problems.clear()  # the refusals are logged, and are what this test is about


def test_a_newcomer_at_a_closed_door_tries_again(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.page.get_by_label("Door").select_option(label="Nobody new can join")
    ben = person("Ben").sign_in(link)
    expect(ben.page.get_by_role("heading", name="This meeting is closed to newcomers")).to_be_visible()
    ada.page.get_by_label("Door").select_option(label="Anyone with the link can join")
    ben.press("Try again")
    ben.join()
    ben.problems.clear()  # the refusal is logged


def test_a_host_invites_by_address(person: People, server: LiveServer) -> None:
    ada, otto = with_address(person("Ada"), server), with_address(person("Otto"), server)
    ada.sign_in()
    ada.meet("Planning of the bridge")
    field = ada.page.get_by_label("Invite by e-mail")
    field.fill("nonsense")
    ada.press("Invite$")
    expect(ada.page.get_by_text("This is not an e-mail address")).to_be_visible()
    field.fill("Otto@example.org")
    ada.press("Invite$")
    expect(ada.page.get_by_text("No e-mail is sent")).to_be_visible()
    expect(ada.page.get_by_role("list", name="Invited by e-mail")).to_contain_text("otto@example.org")
    otto.sign_in()
    sections = otto.page.locator("main > section, main > .start")
    expect(sections.first).to_contain_text("Planning of the bridge")  # before what else can be done
    otto.press("Accept")
    expect(otto.page.get_by_role("heading", name="Planning of the bridge")).to_be_visible()


def with_address(person: Person, server: LiveServer) -> Person:
    """Let a person's tokens carry an e-mail address, as those of a provider do."""
    subject = person.name.lower()
    answer = {"token": server.token(subject), "subject": subject}
    person.context.route("**/api/auth/local", lambda route: route.fulfill(json=answer))
    return person


def test_on_a_phone_messages_cover_neither_pictures_nor_controls(person: People) -> None:
    ada = person("Ada", viewport={"width": 360, "height": 740}).sign_in()
    link = ada.meet()
    ada.page.get_by_label("Door").select_option(label="Newcomers wait for a host")
    ada.join()
    ben = person("Ben").sign_in(link)
    wish = ada.page.get_by_text("Ben is waiting to be let in")
    expect(wish).to_be_visible()
    assert ada.page.evaluate(COVERED) == []
    ada.page.set_viewport_size({"width": 740, "height": 360})
    expect(wish).to_be_visible()
    assert ada.page.evaluate(COVERED) == []
    ada.page.set_viewport_size({"width": 360, "height": 740})
    ada.press("Let Ben in")
    ben.join()
    ada.sees("Ben")
    expect(ada.page.locator(".news")).to_have_text("Ben has joined.")
    assert ada.page.evaluate(COVERED) == []
    expect(ada.page.locator(".news")).to_be_empty(timeout=20_000)
    assert ada.page.locator(".toasts").evaluate("one => one.clientHeight") == 0


def test_messages_of_a_blocked_member_are_hidden(pair: tuple[Person, Person]) -> None:
    ada, ben = pair
    ben.press("People")
    ben.act_on("Ada", "Block")
    dialog = ben.page.get_by_role("dialog", name="Block Ada?")
    expect(dialog.get_by_text("you still see and hear each other")).to_be_visible()
    ben.page.keyboard.press("Escape")
    expect(ben.page.get_by_text("Ada is blocked")).to_have_count(0)
    ben.act_on("Ada", "Block")
    ben.confirm("Block")
    expect(ben.page.get_by_text("Ada is blocked")).to_be_visible()
    ada.press("Chat")
    ada.write("Buy this")
    ben.press("Chat")
    expect(ben.page.get_by_text("A message from someone you blocked")).to_be_visible()
    expect(ben.page.get_by_text("Buy this")).to_have_count(0)
    ben.press("Show")
    expect(ben.page.get_by_text("Buy this")).to_be_visible()
