"""Inviting by e-mail address after a meeting was made: its owner sees the invitation, and the host learns nothing."""

from typing import Any

import pytest

from connvo.settings import MeetingSettings
from tests.support.backend import Caller
from tests.support.people import audit_rows
from tests.support.scene import Scene
from tests.support.store import ENGINES

INVITATIONS = "meetings/invitations"
INVITE = f"{INVITATIONS}:inviteAddress"


def invite(scene: Scene, email: str) -> None:
    assert scene.host.call(INVITE, meetingId=scene.meeting_id, email=email) is None


def sent(scene: Scene) -> list[tuple[str, str]]:
    found = scene.host.call(f"{INVITATIONS}:listInvitedAddresses", meetingId=scene.meeting_id)
    return [(one["email"], one["status"]) for one in found]


def waiting(person: Caller) -> list[str]:
    return [one["meetingId"] for one in person.call(f"{INVITATIONS}:listInvitations")]


def refused(scene: Scene, email: str, code: str) -> Any:
    return scene.host.fails(INVITE, code=code, meetingId=scene.meeting_id, email=email)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_owner_of_the_address_is_invited(make_backend: Any, engine: str) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    scene.start()
    invite(scene, " Otto@Example.org ")
    assert sent(scene) == [("otto@example.org", "invited")]
    assert waiting(scene.outsider) == [scene.meeting_id]
    scene.outsider.call(f"{INVITATIONS}:acceptInvitation", meetingId=scene.meeting_id)
    scene.join(scene.outsider)
    assert (sent(scene), waiting(scene.outsider)) == ([], [])
    [row] = audit_rows(scene.backend, "meeting.invite_address")
    assert not row.metadata  # whom it was sent to is nobody else's business


def test_addresses_with_and_without_an_account_look_the_same(scene: Scene) -> None:
    for address in ("otto@example.org", "gustav@example.org", "nobody@example.org"):
        invite(scene, address)
        assert refused(scene, address, "CONFLICT").metadata["reason"] == "invited"
    scene.outsider.call(f"{INVITATIONS}:declineInvitation", meetingId=scene.meeting_id)
    assert [status for _, status in sent(scene)] == ["invited"] * 3
    assert refused(scene, "otto@example.org", "CONFLICT").metadata["reason"] == "invited"
    assert waiting(scene.outsider) == []
    assert waiting(scene.guest) == []  # a member already


@pytest.mark.parametrize("bad", ["", "otto", "otto @example.org", "x@guest.invalid", "hanna@example.org", "a" * 2000])
def test_an_address_that_cannot_be_invited_is_named(scene: Scene, bad: str) -> None:
    assert refused(scene, bad, "VALIDATION_ERROR").metadata["field"] == "email"
    assert sent(scene) == []


def test_no_more_are_invited_than_can_belong_to_a_meeting(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(max_members=4)))
    invite(scene, "one@example.org")
    assert refused(scene, "two@example.org", "CONFLICT").metadata["maxMembers"] == 4


def test_nobody_is_flooded_with_invitations(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(unanswered_invitations=1)))
    invite(scene, "otto@example.org")
    other = scene.create(scene.host)
    error = scene.host.fails(INVITE, code="CONFLICT", meetingId=other, email="otto@example.org")
    assert error.metadata["reason"] == "unanswered"


def test_a_host_invites_only_so_many_at_once(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(invite_burst=4)))
    for number in range(2):  # adding the guest and the watcher were the first two
        invite(scene, f"{number}@example.org")
    refused(scene, "late@example.org", "RATE_LIMIT_EXCEEDED")


def test_inviting_is_for_hosts_of_a_meeting_that_is_not_over(scene: Scene) -> None:
    about = {"meetingId": scene.meeting_id, "email": "otto@example.org"}
    scene.guest.fails(INVITE, code="INSUFFICIENT_PERMISSIONS", **about)
    scene.outsider.fails(INVITE, code="FORBIDDEN", **about)
    scene.of(scene.host, "cancelMeeting")
    scene.host.fails(INVITE, code="VALIDATION_ERROR", **about)
