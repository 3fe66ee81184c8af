"""An answer to an invitation holds for all of that person to that meeting, by account and by address."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.schema.invitations import DeclinedInvitation, Invitation
from tests.support.backend import Backend, Caller
from tests.support.people import claiming
from tests.support.scene import LIFECYCLE
from tests.support.store import ENGINES

INVITATIONS, BLOCKS = "meetings/invitations", "users/blocks"
LISTS = (f"{INVITATIONS}:listInvitations", "meetings/queries:listUserMeetings", "meetings/queries:listUpcomingMeetings")
ADDRESS = "vic.tim@example.org"


class House:
    """A meeting to which a host has invited an address, and the person whose it is."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.host, self.second = backend.sign_in("hanna"), backend.sign_in("henry")
        self.victim, self.other = backend.sign_in("vic", email=ADDRESS), backend.sign_in("otto")
        made = self.host.call(f"{LIFECYCLE}:createMeeting", title="Planning", participantEmails=[ADDRESS])
        self.meeting: str = made["meetingId"]

    def add(self, person: Caller, role: str = "participant", by: Caller | None = None) -> Any:
        about = {"meetingId": self.meeting, "userId": person.user_id, "role": role}
        return (by or self.host).call(f"{LIFECYCLE}:addParticipant", **about)

    def answer(self, what: str, person: Caller | None = None) -> None:
        (person or self.victim).call(f"{INVITATIONS}:{what}Invitation", meetingId=self.meeting)

    def open(self, person: Caller | None = None) -> list[str]:
        """Return the meetings that any list shows to the victim."""
        found = [one for path in LISTS for one in (person or self.victim).call(path)]
        return [one.get("meetingId") or one["_id"] for one in found]

    def of_address(self) -> list[dict[str, Any]]:
        """Return what the host sees of the invited addresses."""
        listed: list[dict[str, Any]] = self.host.call(f"{INVITATIONS}:listInvitedAddresses", meetingId=self.meeting)
        return listed

    def must_be_shut(self) -> None:
        """See the victim refused, who can neither look nor accept any more."""
        self.victim.fails("meetings/queries:getMeeting", code="FORBIDDEN", meetingId=self.meeting)
        self.victim.fails(f"{INVITATIONS}:acceptInvitation", code="FORBIDDEN", meetingId=self.meeting)


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> House:
    return House(make_backend(ENGINES[request.param]))


def test_a_user_that_declined_by_address_is_not_asked_again_by_account_and_nobody_is_told(house: House) -> None:
    assert house.open() == [house.meeting] * 2
    house.answer("decline")
    assert house.open() == []
    house.must_be_shut()
    assert house.add(house.victim).keys() == house.add(house.other).keys(), "as for somebody who owns another address"
    assert house.open() == []
    assert house.open(house.other) == [house.meeting] * 2
    assert [one["email"] for one in house.of_address()] == [ADDRESS]


@pytest.mark.parametrize("answer", ["declineInvitation", "leaveMeeting"])
def test_declining_one_of_two_turns_down_both(house: House, answer: str) -> None:
    house.add(house.victim)
    assert house.open() == [house.meeting] * 2
    module = INVITATIONS if answer.startswith("decline") else LIFECYCLE
    house.victim.call(f"{module}:{answer}", meetingId=house.meeting)
    assert house.open() == []
    house.must_be_shut()
    about = {"meetingId": house.meeting, "userId": house.victim.user_id, "role": "participant"}
    house.host.fails(f"{LIFECYCLE}:addParticipant", code="CONFLICT", **about)


def test_accepting_one_of_two_leaves_none_open_and_tells_nobody_whose_the_address_is(house: House) -> None:
    house.add(house.victim)
    house.answer("accept")
    assert set(house.open()) == {house.meeting}
    assert house.victim.call(LISTS[0]) == []
    [invitation] = house.backend.read(lambda db: db.scan(Invitation, "by_creation"))
    assert invitation.declined_by == house.victim.user_id
    assert [one["email"] for one in house.of_address()] == [ADDRESS]


def test_an_invitation_that_the_person_wants_after_all_is_accepted(house: House) -> None:
    house.answer("decline")
    code = house.host.call("meetings/links:createLink", meetingId=house.meeting)["code"]
    house.victim.call("meetings/links:acceptLink", code=code)
    assert set(house.open()) == {house.meeting}
    assert house.backend.read(lambda db: db.scan(DeclinedInvitation, "by_creation")) == []


@pytest.mark.parametrize("blocked", ["host", "second"])
def test_blocking_either_inviter_hides_the_meeting(house: House, blocked: str) -> None:
    house.add(house.second, "host")
    house.answer("accept", house.second)
    house.add(house.victim, by=house.second)
    assert house.open() == [house.meeting] * 2
    house.victim.call(f"{BLOCKS}:blockUser", userId=getattr(house, blocked).user_id)
    assert house.open() == []


def test_an_address_that_becomes_ones_own_later_opens_nothing_that_was_answered(house: House) -> None:
    unproven = house.backend.sign_in("nina", email="nina@example.org")
    house.add(unproven)
    house.answer("decline", unproven)
    claiming(unproven, email=ADDRESS).call("users/mutations:upsertUser", workosUserId="nina", email=ADDRESS)
    assert house.open(unproven) == []


def test_a_mere_claim_to_an_address_turns_down_nothing_of_its_owner(house: House) -> None:
    eve = house.backend.sign_in("eve")
    liar = claiming(eve, email=None)
    liar.call("users/mutations:upsertUser", workosUserId="eve", email=ADDRESS)
    house.add(eve)
    house.answer("accept", liar)
    house.answer("decline", liar)
    assert house.open() == [house.meeting] * 2
    house.answer("accept")
    assert house.open() != []


def test_an_erasure_forgets_the_user_that_declined(house: House) -> None:
    house.answer("decline")
    house.backend.run(erase(house.backend.runtime, house.victim.user_id))
    assert house.backend.read(lambda db: db.scan(DeclinedInvitation, "by_creation")) == []
