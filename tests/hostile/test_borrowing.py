"""A member of the call who means ill: sessions, signals, seats and roles of others are not theirs."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.kernel.ids import decode_id, encode_id
from connvo.schema.meetings import Meeting
from connvo.store.schema import table_of

from .scene import CHAT, LIFECYCLE, QUERIES, SECRET, SIGNALING, Scene
from .wire import Answer

RECOVERY, ROOMS, TURN = "meetings/webrtc/recovery", "meetings/webrtc/rooms", "meetings/webrtc/turn"
STREAM, STATE, MODERATION = "meetings/stream/index", "meetings/stateTracking", "meetings/moderation"
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}
OFFER = {"type": "offer", "sdp": "v=0\r\n"}
SAMPLE = {"bitrate": 1, "packetLoss": 1, "latency": 1, "jitter": 1}
REFUSALS = {
    "FORBIDDEN", "INSUFFICIENT_PERMISSIONS", "NOT_FOUND", "VALIDATION_ERROR", "CONFLICT", "MEETING_NOT_ACTIVE",
    "UNSUPPORTED_BY_PROVIDER", "SERVICE_UNAVAILABLE",
}  # fmt: skip
Try = Callable[[Scene], tuple[str, dict[str, Any]]]

WITH_A_SESSION_OF_ANOTHER: dict[str, Try] = {
    "send a description": lambda scene: (f"{SIGNALING}:exchangeSessionDescription", {"description": OFFER}),
    "send a candidate": lambda scene: (f"{SIGNALING}:exchangeICECandidate", {"candidate": CANDIDATE}),
    "send to the host alone": lambda scene: (
        f"{SIGNALING}:exchangeSessionDescription",
        {"description": OFFER, "targetUserId": scene.host.user},
    ),
    "say that it failed": lambda scene: (f"{SIGNALING}:updateSessionState", {"state": "failed"}),
    "say that it is closed": lambda scene: (f"{SIGNALING}:updateSessionState", {"state": "closed"}),
    "write into it": lambda scene: (
        f"{SIGNALING}:updateSessionState",
        {"state": "connected", "metadata": {"x": "y"}},
    ),
    "open it": lambda scene: (f"{SIGNALING}:createWebRTCSession", {}),
    "report a failure": lambda scene: (f"{ROOMS}:handleConnectionFailure", {"errorType": "ice_failed"}),
    "report its quality": lambda scene: (f"{ROOMS}:monitorConnectionQuality", {"stats": SAMPLE}),
    "have a token for it": lambda scene: (f"{ROOMS}:generateParticipantAccessToken", {}),
    "enter the room by it": lambda scene: (f"{RECOVERY}:enterMediaRoom", {}),
    "have relays for it": lambda scene: (f"{TURN}:getICEServers", {}),
}


@pytest.mark.parametrize("whose", ["host", "guest"])
@pytest.mark.parametrize("make", WITH_A_SESSION_OF_ANOTHER.values(), ids=WITH_A_SESSION_OF_ANOTHER)
def test_a_session_of_another_is_of_no_use(scene: Scene, make: Try, whose: str) -> None:
    path, args = make(scene)
    session = scene.session(getattr(scene, whose))
    refused(scene.tries(scene.insider, path, meetingId=scene.meeting, sessionId=session, **args))


def test_a_session_of_another_cannot_be_ended(scene: Scene) -> None:
    session = scene.session(scene.host)
    scene.tries(scene.insider, f"{SIGNALING}:closeSession", meetingId=scene.meeting, sessionId=session)
    leaving = {"meetingId": scene.meeting, "sessionIds": [session, scene.session(scene.guest)]}
    scene.tries(scene.insider, "meetings/webrtc/leaving:leaveCall", **leaving)
    open_now = scene.call(scene.host, f"{SIGNALING}:getActiveSessions", meetingId=scene.meeting)
    assert {session, scene.session(scene.guest)} <= {one["sessionId"] for one in open_now}


def test_signals_to_another_can_neither_be_read_nor_removed(scene: Scene) -> None:
    about = {"meetingId": scene.meeting}
    scene.call(
        scene.host,
        f"{SIGNALING}:exchangeICECandidate",
        sessionId=scene.session(scene.host),
        targetUserId=scene.guest.user,
        candidate={**CANDIDATE, "usernameFragment": "frag"},
        **about,
    )
    waiting = scene.call(scene.guest, f"{SIGNALING}:getPendingSignals", **about)
    ids = [signal["_id"] for signal in waiting]
    assert ids
    scene.call(scene.insider, f"{SIGNALING}:markSignalsProcessed", signalIds=ids)
    assert scene.call(scene.guest, f"{SIGNALING}:getPendingSignals", **about) == waiting
    shown = scene.call(scene.insider, f"{SIGNALING}:getPendingSignals", **about)
    assert not {signal["_id"] for signal in shown} & set(ids)
    refused(scene.tries(scene.insider, f"{SIGNALING}:getPendingSignals", lastSignalId=ids[0], **about))
    scene.call(scene.guest, f"{SIGNALING}:markSignalsProcessed", signalIds=ids)


BEYOND_A_ROLE: dict[str, Try] = {
    "become a host": lambda scene: (
        f"{LIFECYCLE}:updateParticipantRole",
        {"userId": scene.insider.user, "newRole": "host"},
    ),
    "make the host a participant": lambda scene: (
        f"{LIFECYCLE}:updateParticipantRole",
        {"userId": scene.host.user, "newRole": "participant"},
    ),
    "remove the host": lambda scene: (f"{LIFECYCLE}:removeParticipant", {"userId": scene.host.user}),
    "speak for another": lambda scene: (
        f"{STATE}:updateSpeakingStats",
        {"userId": scene.guest.user, "speakingDurationMs": 1000},
    ),
    "be active for another": lambda scene: (
        f"{STATE}:recordActivity",
        {"userId": scene.guest.user, "activityType": "speaking"},
    ),
    "mute another": lambda scene: (f"{MODERATION}:requestMute", {"userId": scene.guest.user}),
    "see another's course": lambda scene: (f"{RECOVERY}:getTimeline", {"userId": scene.guest.user}),
    "see the host's course": lambda scene: (f"{RECOVERY}:getTimeline", {"userId": scene.host.user}),
    "record": lambda scene: (f"{STREAM}:startRecording", {}),
    "stop a recording": lambda scene: (f"{STREAM}:stopRecording", {}),
    "end the meeting": lambda scene: (f"{LIFECYCLE}:endMeeting", {}),
    "make a link": lambda scene: ("meetings/links:createLink", {}),
}


@pytest.mark.parametrize("make", BEYOND_A_ROLE.values(), ids=BEYOND_A_ROLE)
def test_a_participant_stays_one(scene: Scene, make: Try) -> None:
    path, args = make(scene)
    refused(scene.tries(scene.insider, path, meetingId=scene.meeting, **args))


FOR_THOSE_WHO_TAKE_PART: dict[str, Try] = {
    "open a session": lambda scene: (f"{SIGNALING}:createWebRTCSession", {"sessionId": "olga"}),
    "send": lambda scene: (f"{SIGNALING}:exchangeICECandidate", {"sessionId": "olga", "candidate": CANDIDATE}),
    "write": lambda scene: (f"{CHAT}:sendMessage", {"text": "Hello"}),
    "have a token for the room": lambda scene: (f"{ROOMS}:generateParticipantAccessToken", {}),
    "have relays": lambda scene: (f"{TURN}:getICEServers", {}),
    "have a token of GetStream": lambda scene: (f"{STREAM}:generateParticipantTokenPublic", {}),
    "enter the room": lambda scene: (f"{RECOVERY}:enterMediaRoom", {"sessionId": "olga"}),
    "be active": lambda scene: (f"{STATE}:recordActivity", {"activityType": "speaking"}),
}


@pytest.mark.parametrize("make", FOR_THOSE_WHO_TAKE_PART.values(), ids=FOR_THOSE_WHO_TAKE_PART)
def test_an_observer_only_observes(scene: Scene, make: Try) -> None:
    path, args = make(scene)
    refused(scene.tries(scene.observer, path, meetingId=scene.meeting, **args))


ODD_IDS = ("", "x", "j" * 31, "0" * 32, "' OR 1=1", "../x", "\u0000", "j57" + "0" * 5000)


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_invalid_id_opens_nothing(scene: Scene, odd: str) -> None:
    for path in (f"{QUERIES}:getMeeting", f"{CHAT}:sendMessage", f"{LIFECYCLE}:endMeeting"):
        args = {"text": "x"} if path.endswith("sendMessage") else {}
        refused(scene.tries(scene.host, path, meetingId=odd, **args))


def test_ids_of_another_table_and_of_neighbours_open_nothing(scene: Scene) -> None:
    known = decode_id(scene.meeting)
    assert known is not None
    number, raw = known
    near = [encode_id(number, bytes([raw[0] ^ bit, *raw[1:]])) for bit in (1, 2, 128)]
    for other in [scene.host.user, encode_id(table_of(Meeting).number, bytes(16)), *near]:
        refused(scene.tries(scene.insider, f"{QUERIES}:getMeeting", meetingId=other))


ODD_CANDIDATES: dict[str, dict[str, Any]] = {
    "5,000 letters": {"candidate": "candidate:" + "x" * 5000},
    "line ends": {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=evil"},
    "no candidate": {"candidate": "x"},
    "an index of a fraction": {**CANDIDATE, "sdpMLineIndex": 0.5},
    "an index of 10^300": {**CANDIDATE, "sdpMLineIndex": 1e300},
    "a long id": {**CANDIDATE, "sdpMid": "x" * 5000},
    "a long fragment": {**CANDIDATE, "usernameFragment": "x" * 5000},
    "fields of ours": {**CANDIDATE, "toJSON": "x"},
}


@pytest.mark.parametrize("odd", ODD_CANDIDATES.values(), ids=ODD_CANDIDATES)
def test_an_odd_candidate_harms_nobody(scene: Scene, odd: dict[str, Any]) -> None:
    answer = scene.tries(
        scene.insider,
        f"{SIGNALING}:exchangeICECandidate",
        meetingId=scene.meeting,
        sessionId=scene.session(scene.insider),
        targetUserId=scene.guest.user,
        candidate=odd,
    )
    assert answer.status == 200
    assert answer.json["status"] == "success" or answer.code in REFUSALS


ODD_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "no kind": {"sdp": "v=0\r\n"},
    "an unknown kind": {"type": "evil", "sdp": "v=0\r\n"},
    "100,000 letters": {"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 20_000},
    "no SDP": {"type": "offer", "sdp": "<html>"},
    "nothing": {"type": "offer", "sdp": ""},
    "20,000 fragments": {"type": "offer", "sdp": "v=0\r\n" + "a=ice-ufrag:x\r\n" * 3000},
    "a rollback with text": {"type": "rollback", "sdp": "v=0\r\n"},
    "controls": {"type": "offer", "sdp": "v=0\x00\x1b\r\n"},
}


@pytest.mark.parametrize("odd", ODD_DESCRIPTIONS.values(), ids=ODD_DESCRIPTIONS)
def test_an_odd_description_harms_nobody(scene: Scene, odd: dict[str, Any]) -> None:
    answer = scene.tries(
        scene.insider,
        f"{SIGNALING}:exchangeSessionDescription",
        meetingId=scene.meeting,
        sessionId=scene.session(scene.insider),
        targetUserId=scene.observer.user,
        description=odd,
    )
    assert answer.status == 200
    assert answer.json["status"] == "success" or answer.code in REFUSALS


def refused(answer: Answer) -> None:
    """See that a call was refused, and says nothing of what it was about."""
    assert answer.status == 200, answer
    assert answer.json["status"] == "error", answer
    assert answer.code in REFUSALS, answer
    assert SECRET.encode() not in answer.body
