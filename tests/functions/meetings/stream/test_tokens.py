"""The way in to a call at GetStream: for members who have joined, in their own role, for a while."""

from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import pytest

from connvo.model.rooms.getstream_access import BURST
from connvo.providers.rooms.base import Access, MediaRoom, RoomMember
from connvo.providers.rooms.getstream import GetStream
from connvo.runtime.call_request import CallRequest
from tests.support.backend import CallFailed
from tests.support.getstream_double import SECRET
from tests.support.hall import STREAM, Hall
from tests.support.scene import Scene

TOKEN = f"{STREAM}:generateParticipantTokenPublic"


@pytest.mark.parametrize(("who", "role"), [("host", "admin"), ("guest", "call_member")])
def test_a_member_gets_a_token_for_this_call(hall: Hall, who: str, role: str) -> None:
    person: Any = getattr(hall, who)
    given = hall.stream(person, "generateParticipantTokenPublic", role="admin")
    claims = jwt.decode(given["token"], SECRET, ["HS256"])
    assert (claims["user_id"], claims["call_cids"]) == (person.user_id, [f"default:{hall.room}"])
    assert given["expiresAt"] == claims["exp"]
    assert given["userId"] == given["user"]["id"] == person.user_id
    assert given["user"]["name"] == {"host": "Hanna", "guest": "Gustav"}[who]
    assert hall.call["members"] == {person.user_id: role}, "the role asked for has no effect"
    assert hall.call["settings"]["limits"] == {"max_participants": 12}


def test_a_token_can_be_had_again(hall: Hall) -> None:
    tokens = {hall.stream(hall.guest, "generateParticipantTokenPublic")["success"] for _ in range(2)}
    assert tokens == {True}


def test_a_member_that_has_not_joined_gets_none(hall: Hall) -> None:
    hall.of(hall.guest, "leaveMeeting")
    hall.guest.fails(TOKEN, "VALIDATION_ERROR", meetingId=hall.meeting_id)


def test_a_removed_member_gets_none(hall: Hall) -> None:
    hall.of(hall.host, "removeParticipant", userId=hall.guest.user_id)
    hall.guest.fails(TOKEN, "FORBIDDEN", meetingId=hall.meeting_id)


def test_there_is_none_after_the_end(hall: Hall) -> None:
    hall.end()
    hall.guest.fails(TOKEN, "MEETING_NOT_ACTIVE", meetingId=hall.meeting_id)


def test_for_a_room_elsewhere_the_code_says_so(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    failed = scene.guest.fails(TOKEN, "UNSUPPORTED_BY_PROVIDER", meetingId=scene.meeting_id)
    assert failed.metadata == {"provider": "webrtc"}


@pytest.mark.parametrize(
    ("mode", "reason"), [("slow", "slow"), (401, "refused"), (429, "rate_limited"), (500, "broken")]
)
def test_a_fault_of_the_provider_is_told_as_such(hall: Hall, mode: str | int, reason: str) -> None:
    hall.double.fail(mode)
    with pytest.raises(CallFailed, match="SERVICE_UNAVAILABLE") as caught:
        hall.stream(hall.guest, "generateParticipantTokenPublic")
    assert caught.value.metadata == {"reason": reason}


def test_a_member_removed_while_the_provider_is_asked_gets_none(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.stream(hall.guest, "generateParticipantTokenPublic")
    remove = remove_participant(hall)
    enter = GetStream.enter

    async def enter_late(self: GetStream, room: MediaRoom, seat: RoomMember) -> Access:
        await remove()
        return await enter(self, room, seat)

    monkeypatch.setattr(GetStream, "enter", enter_late)
    with pytest.raises(CallFailed, match="FORBIDDEN"):
        hall.stream(hall.guest, "generateParticipantTokenPublic")
    assert hall.call["blocked"] == {hall.guest.user_id}


def test_a_change_of_role_holds_in_the_call_at_once(hall: Hall) -> None:
    hall.stream(hall.guest, "generateParticipantTokenPublic")
    for role, there in (("host", "admin"), ("participant", "call_member")):
        hall.of(hall.host, "updateParticipantRole", userId=hall.guest.user_id, newRole=role)
        hall.backend.advance(0)
        assert hall.call["members"][hall.guest.user_id] == there


def test_a_role_that_the_provider_could_not_be_told_is_told_again(hall: Hall) -> None:
    hall.stream(hall.guest, "generateParticipantTokenPublic")
    hall.of(hall.host, "updateParticipantRole", userId=hall.guest.user_id, newRole="host")
    hall.backend.advance(0)
    hall.double.fail(500)
    hall.of(hall.host, "updateParticipantRole", userId=hall.guest.user_id, newRole="participant")
    hall.backend.advance(0)
    assert hall.call["members"][hall.guest.user_id] == "admin"
    hall.double.fail("ok")
    hall.backend.advance(30)
    assert hall.call["members"][hall.guest.user_id] == "call_member"


def test_the_role_of_a_member_that_left_is_not_disclosed(hall: Hall) -> None:
    hall.stream(hall.guest, "generateParticipantTokenPublic")
    hall.of(hall.guest, "leaveMeeting")
    hall.of(hall.host, "updateParticipantRole", userId=hall.guest.user_id, newRole="host")
    hall.backend.advance(0)
    assert hall.call["members"][hall.guest.user_id] == "call_member"


def test_a_member_demoted_while_the_provider_is_asked_enters_as_a_participant(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.of(hall.host, "updateParticipantRole", userId=hall.guest.user_id, newRole="host")
    args = {"meetingId": hall.meeting_id, "userId": hall.guest.user_id, "newRole": "participant"}
    enter = GetStream.enter

    async def enter_late(self: GetStream, room: MediaRoom, seat: RoomMember) -> Access:
        path = "meetings/lifecycle:updateParticipantRole"
        await hall.backend.runtime.run(CallRequest(path, args, hall.host.identity, None, "test"))
        return await enter(self, room, seat)

    monkeypatch.setattr(GetStream, "enter", enter_late)
    hall.stream(hall.guest, "generateParticipantTokenPublic")
    assert hall.call["members"][hall.guest.user_id] == "call_member"


def remove_participant(hall: Hall) -> Callable[[], Awaitable[Any]]:
    """Return the host's removal of the guest, to be awaited while another call runs."""
    args = {"meetingId": hall.meeting_id, "userId": hall.guest.user_id}
    path = "meetings/lifecycle:removeParticipant"
    return lambda: hall.backend.runtime.run(CallRequest(path, args, hall.host.identity, None, "test"))


def test_nobody_asks_for_tokens_without_end(hall: Hall) -> None:
    for _ in range(int(BURST)):
        hall.stream(hall.guest, "generateParticipantTokenPublic")
    with pytest.raises(CallFailed, match="RATE_LIMIT_EXCEEDED"):
        hall.stream(hall.guest, "generateParticipantTokenPublic")
