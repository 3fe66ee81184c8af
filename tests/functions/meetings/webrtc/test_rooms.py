"""Rooms and the tokens that open them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from connvo.providers.room_token import verify
from connvo.schema.rooms import VideoRoom
from connvo.settings import IceSettings, RoomSettings
from tests.support.backend import Backend
from tests.support.call import GUEST, HOST, ROOMS, Call

INITIALIZE, TOKEN = "initializeWebRTCRoom", "generateParticipantAccessToken"
ICE = IceSettings(
    stun_urls="stun:stun.example.org:3478", turn_urls="turn:turn.example.org:3478", turn_secret="a shared secret"
)


def test_a_host_sets_up_the_room(call: Call) -> None:
    room = call.run(call.host, INITIALIZE)
    assert room == {
        "roomId": f"webrtc_{call.meeting_id}",
        "provider": "webrtc",
        "iceServers": [],
        "features": {
            "recording": False,
            "transcription": True,
            "maxParticipants": 4,
            "screenSharing": True,
            "chat": True,
        },
        "success": True,
    }


def test_it_is_the_room_that_connection_info_names(call: Call) -> None:
    info = call.of(call.guest, "getMeetingConnectionInfo")
    assert info["connectionInfo"]["roomId"] == call.run(call.host, INITIALIZE)["roomId"]


def test_setting_up_again_changes_nothing(call: Call) -> None:
    first = call.run(call.host, INITIALIZE)
    call.backend.advance(1)
    before = call.backend.commit_count()
    assert call.run(call.host, INITIALIZE, maxParticipants=3) == first
    assert call.backend.commit_count() == before
    assert len(call.backend.read(lambda db: db.scan(VideoRoom, "by_creation"))) == 1


def test_a_room_can_be_set_up_before_the_start(call: Call) -> None:
    planned = call.create(call.host)
    room = call.host.call(f"{ROOMS}:{INITIALIZE}", meetingId=planned)
    call.host.call("meetings/lifecycle:startMeeting", meetingId=planned)
    assert call.host.call(f"{ROOMS}:{INITIALIZE}", meetingId=planned) == room


@pytest.mark.parametrize("who", ["guest", "watcher"])
def test_only_a_host_sets_it_up_and_everybody_reads_it(call: Call, who: str) -> None:
    person = getattr(call, who)
    error = call.refused(person, INITIALIZE, "INSUFFICIENT_PERMISSIONS")
    assert error.metadata["requiredRole"] == "host"
    room = call.run(call.host, INITIALIZE)
    before = call.meeting()
    assert call.run(person, INITIALIZE, maxParticipants=1) == room
    assert call.meeting() == before


def test_the_cap_can_be_lowered_but_not_below_the_number_of_members(call: Call) -> None:
    assert call.run(call.host, INITIALIZE, maxParticipants=1)["features"]["maxParticipants"] == 3
    assert call.meeting().cap == 3
    fourth = call.backend.sign_in("frida")
    call.add(fourth)
    fourth.fails("meetings/lifecycle:joinMeeting", "CONFLICT", meetingId=call.meeting_id)


def test_the_cap_is_never_raised(call: Call) -> None:
    assert call.run(call.host, INITIALIZE, maxParticipants=50)["features"]["maxParticipants"] == 4
    assert call.meeting().cap == 4


@pytest.mark.parametrize("bad", [0, -1, 2.5, float("nan"), float("inf"), "4"])
def test_a_cap_is_a_whole_number(call: Call, bad: Any) -> None:
    error = call.refused(call.host, INITIALIZE, "VALIDATION_ERROR", maxParticipants=bad)
    assert error.metadata["field"] == "maxParticipants"


def test_a_meeting_that_is_over_has_no_room(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    call.end()
    error = call.refused(call.host, INITIALIZE, "VALIDATION_ERROR")
    assert error.metadata["state"] == "concluded"


# ICE servers


def test_relays_are_for_participants_of_an_active_meeting(make_call: Callable[..., Call]) -> None:
    call = make_call(ice=ICE)
    planned = call.create(call.host)
    before = call.host.call(f"{ROOMS}:{INITIALIZE}", meetingId=planned)
    assert before["iceServers"] == [{"urls": ["stun:stun.example.org:3478"]}]
    active = call.run(call.host, INITIALIZE)
    assert [set(server) for server in active["iceServers"]] == [{"urls"}, {"urls", "username", "credential"}]
    assert call.run(call.watcher, INITIALIZE)["iceServers"] == before["iceServers"]


def test_credentials_are_made_for_the_caller_and_stored_nowhere(make_call: Callable[..., Call]) -> None:
    call = make_call(ice=ICE)
    call.run(call.host, INITIALIZE)
    (_, relay) = call.run(call.guest, INITIALIZE)["iceServers"]
    expiry, user = relay["username"].split(":")
    assert user == call.guest.user_id
    assert 599 <= int(expiry) - call.backend.now_ms / 1000 <= 600
    digest = hmac.new(b"a shared secret", relay["username"].encode(), hashlib.sha1).digest()
    assert relay["credential"] == base64.b64encode(digest).decode()
    stored = str(call.backend.read(lambda db: db.scan(VideoRoom, "by_creation")))
    assert "turn:" not in stored
    assert relay["credential"] not in stored


# Tokens


def test_a_token_names_meeting_member_session_and_room(call: Call) -> None:
    room = call.run(call.host, INITIALIZE)
    access = call.run(call.guest, TOKEN, sessionId=GUEST)
    now, secret = call.backend.now_ms, call.backend.settings.secrets.room_token
    grant = verify(secret, access["token"], now, call.meeting_id)
    assert (grant.user_id, grant.session_id, grant.role) == (call.guest.user_id, GUEST, "participant")
    assert (grant.room_id, grant.provider) == (room["roomId"], "webrtc")
    assert (access["roomId"], access["participantId"], access["success"]) == (room["roomId"], GUEST, True)


def test_without_a_session_it_is_for_the_membership(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    access = call.run(call.guest, TOKEN)
    assert access["participantId"] == call.membership(call.guest).id
    grant = verify(call.backend.settings.secrets.room_token, access["token"], call.backend.now_ms, call.meeting_id)
    assert grant.session_id is None


def test_permissions_go_with_the_role(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    host, guest = (call.run(person, TOKEN)["permissions"] for person in (call.host, call.guest))
    assert host == {"canRecord": False, "canMute": True, "canKick": True, "canShare": True}
    assert guest == {"canRecord": False, "canMute": False, "canKick": False, "canShare": True}


def test_an_observer_gets_no_token(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    assert call.refused(call.watcher, TOKEN, "INSUFFICIENT_PERMISSIONS").status == 403


def test_a_token_is_for_a_joined_member(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    call.of(call.guest, "leaveMeeting")
    assert "Join" in call.refused(call.guest, TOKEN, "VALIDATION_ERROR").message


def test_there_is_no_token_before_there_is_a_room(call: Call) -> None:
    assert "no room yet" in call.refused(call.guest, TOKEN, "VALIDATION_ERROR").message


def test_there_is_no_token_outside_the_meetings_time(call: Call) -> None:
    planned = call.create(call.host)
    call.host.fails(f"{ROOMS}:{TOKEN}", "VALIDATION_ERROR", meetingId=planned)
    call.run(call.host, INITIALIZE)
    call.end()
    assert call.refused(call.guest, TOKEN, "VALIDATION_ERROR").metadata["state"] == "concluded"


def test_the_session_in_a_token_is_ones_own_and_open(call: Call) -> None:
    call.run(call.host, INITIALIZE)
    for session in (HOST, "nobody's"):
        call.refused(call.guest, TOKEN, "NOT_FOUND", sessionId=session)
    call.run(call.guest, "closeSession", sessionId=GUEST)
    call.refused(call.guest, TOKEN, "CONFLICT", sessionId=GUEST)


def test_how_long_a_token_lives_is_a_setting(make_backend: Callable[..., Backend]) -> None:
    call = Call(make_backend(rooms=RoomSettings(token_ttl_seconds=30)))
    call.run(call.host, INITIALIZE)
    token = call.run(call.guest, TOKEN)["token"]
    secret = call.backend.settings.secrets.room_token
    assert verify(secret, token, call.backend.now_ms + 29_000, call.meeting_id).role == "participant"
    with pytest.raises(Exception, match="expired"):
        verify(secret, token, call.backend.now_ms + 30_001, call.meeting_id)
