"""Who is refused by every function of a call, before anything else is looked at; and on both of its paths."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.runtime.registry import Registry
from tests.support.call import GUEST, HOST, ROOMS, SIGNALING, TURN, Call, sdp
from tests.support.contract import UNDOCUMENTED

LEAVE = "meetings/webrtc/leaving:leaveCall"
STATS = {"bitrate": 1_000_000, "packetLoss": 0, "latency": 10, "jitter": 1}
# Arguments for the guest, beside the meeting's id.
ABOUT_A_MEETING: dict[str, dict[str, Any]] = {
    f"{SIGNALING}:createWebRTCSession": {"sessionId": GUEST},
    f"{SIGNALING}:exchangeSessionDescription": {
        "sessionId": GUEST,
        "description": {"type": "offer", "sdp": sdp("x")},
    },
    f"{SIGNALING}:exchangeICECandidate": {"sessionId": GUEST, "candidate": {"candidate": "x"}},
    f"{SIGNALING}:getPendingSignals": {},
    f"{SIGNALING}:updateSessionState": {"sessionId": GUEST, "state": "connected"},
    f"{SIGNALING}:getActiveSessions": {},
    f"{SIGNALING}:closeSession": {"sessionId": GUEST},
    f"{ROOMS}:initializeWebRTCRoom": {},
    f"{ROOMS}:generateParticipantAccessToken": {},
    f"{ROOMS}:handleConnectionFailure": {"sessionId": GUEST, "errorType": "ice_failed"},
    f"{ROOMS}:monitorConnectionQuality": {"sessionId": GUEST, "stats": STATS},
    f"{TURN}:getICEServers": {"sessionId": GUEST},
    LEAVE: {"sessionIds": [GUEST]},
}
MARK = f"{SIGNALING}:markSignalsProcessed"
ALL = [*ABOUT_A_MEETING, MARK]
WAYS_OUT = {f"{SIGNALING}:closeSession", LEAVE}
READS = {f"{SIGNALING}:getPendingSignals", f"{SIGNALING}:getActiveSessions"}
OF_OWN_SESSION = [path for path, args in ABOUT_A_MEETING.items() if "sessionId" in args and "create" not in path]


def arguments(call: Call, path: str) -> dict[str, Any]:
    if path == MARK:
        return {"signalIds": []}
    return {"meetingId": call.meeting_id, **ABOUT_A_MEETING[path]}


@pytest.mark.parametrize("path", ALL)
def test_nobody_gets_in_without_a_token(call: Call, path: str) -> None:
    call.backend.anonymous.fails(path, "UNAUTHORIZED", **arguments(call, path))


@pytest.mark.parametrize("path", ALL)
def test_a_person_without_an_account_is_refused(call: Call, path: str) -> None:
    call.backend.sign_in("sam", provision=False).fails(path, "UNAUTHORIZED", **arguments(call, path))


@pytest.mark.parametrize("path", ALL)
def test_a_deactivated_account_is_refused(call: Call, path: str) -> None:
    call.guest.call("users/mutations:deactivateUser", userId=call.guest.user_id)
    call.guest.fails(path, "FORBIDDEN", **arguments(call, path))


def test_a_sign_in_that_was_ended_is_refused_by_each(call: Call) -> None:
    call.guest.call("users/sessions:endSession")
    for path in ALL:
        error = call.guest.fails(path, "UNAUTHORIZED", **arguments(call, path))
        assert error.metadata == {"reason": "session_ended"}


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_outsider_is_refused(call: Call, path: str) -> None:
    error = call.outsider.fails(path, "FORBIDDEN", **arguments(call, path))
    assert error.metadata == {"meetingId": call.meeting_id, "userId": call.outsider.user_id}


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_unknown_meeting_looks_like_a_foreign_one(call: Call, path: str) -> None:
    unknown = encode_id(10006, bytes(16))
    call.guest.fails(path, "FORBIDDEN", **{**arguments(call, path), "meetingId": unknown})


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_a_removed_member_is_refused_at_once(call: Call, path: str) -> None:
    call.of(call.host, "removeParticipant", userId=call.guest.user_id)
    call.guest.fails(path, "FORBIDDEN", **arguments(call, path))


@pytest.mark.parametrize("path", sorted(set(ABOUT_A_MEETING) - READS - WAYS_OUT))
def test_an_observer_only_reads(call: Call, path: str) -> None:
    error = call.watcher.fails(path, "INSUFFICIENT_PERMISSIONS", **arguments(call, path))
    assert error.metadata["currentRole"] == "observer"


def test_an_observer_reads(call: Call) -> None:
    assert call.pending(call.watcher) == []
    assert len(call.run(call.watcher, "getActiveSessions")) == 2


@pytest.mark.parametrize("path", sorted(set(ABOUT_A_MEETING) - READS - WAYS_OUT))
def test_nothing_goes_on_in_a_meeting_that_is_over(call: Call, path: str) -> None:
    call.end()
    error = call.guest.fails(path, **arguments(call, path))
    assert error.status in (400, 403)
    assert error.code in ("MEETING_NOT_ACTIVE", "VALIDATION_ERROR", "INSUFFICIENT_PERMISSIONS")


def test_reading_or_closing_finds_nothing_in_a_meeting_that_is_over(call: Call) -> None:
    call.describe(call.host, "offer", "one")
    call.end()
    assert call.pending(call.guest) == []
    assert call.run(call.guest, "getActiveSessions") == []
    assert call.run(call.guest, "closeSession", sessionId=GUEST) is None
    assert call.run(call.guest, LEAVE, sessionIds=[GUEST]) is None


@pytest.mark.parametrize("path", OF_OWN_SESSION)
def test_a_session_that_nobody_has_is_not_found(call: Call, path: str) -> None:
    args = {**arguments(call, path), "sessionId": "nobody's"}
    assert call.guest.fails(path, "NOT_FOUND", **args).metadata["id"] == "nobody's"


@pytest.mark.parametrize("path", OF_OWN_SESSION)
def test_the_session_of_another_user_is_not_found_either(call: Call, path: str) -> None:
    call.guest.fails(path, "NOT_FOUND", **{**arguments(call, path), "sessionId": HOST})


@pytest.mark.parametrize("path", OF_OWN_SESSION)
@pytest.mark.parametrize("bad", ["", "x" * 129, "line\nbreak", "bell\a"])
def test_an_invalid_session_id_is_refused(call: Call, path: str, bad: str) -> None:
    error = call.guest.fails(path, "VALIDATION_ERROR", **{**arguments(call, path), "sessionId": bad})
    assert error.metadata["field"] == "sessionId"


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_the_id_of_another_table_is_refused(call: Call, path: str) -> None:
    error = call.guest.fails(path, "VALIDATION_ERROR", **{**arguments(call, path), "meetingId": call.guest.user_id})
    assert error.metadata["field"] == "meetingId"


def test_every_documented_function_is_served_as_index_too() -> None:
    served = {entry.path: entry.alias_of for entry in Registry("connvo.functions").functions()}
    for path in set(ALL) - UNDOCUMENTED:
        assert served[f"meetings/webrtc/index:{path.split(':')[1]}"] == path


def test_the_alias_does_the_same(call: Call) -> None:
    call.describe(call.host, "offer", "one")
    found = call.guest.call("meetings/webrtc/index:getPendingSignals", meetingId=call.meeting_id)
    assert found == call.pending(call.guest)
