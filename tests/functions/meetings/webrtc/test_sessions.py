"""Sessions: whose they are, how they live, and how they end."""

from typing import Any

import pytest

from connvo.schema.sessions import WebrtcSession
from connvo.settings import SignalSettings
from tests.support.call import GUEST, HOST, Call


def states(call: Call) -> dict[str, str]:
    return {s["sessionId"]: s["state"] for s in call.run(call.host, "getActiveSessions")}


def test_a_session_begins_connecting(call: Call) -> None:
    assert call.run(call.guest, "createWebRTCSession", sessionId="new") == {"sessionId": "new", "success": True}
    assert states(call)["new"] == "connecting"


def test_creating_an_open_session_again_is_the_same_success(call: Call) -> None:
    before = call.stored(call.guest)
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
    assert call.run(call.guest, "createWebRTCSession", sessionId=GUEST)["success"]
    after = call.stored(call.guest)
    assert (after.id, after.state) == (before.id, "connected")


def test_an_id_that_another_user_holds_is_a_conflict(call: Call) -> None:
    call.refused(call.guest, "createWebRTCSession", "CONFLICT", sessionId=HOST)
    call.run(call.host, "closeSession", sessionId=HOST)
    call.refused(call.guest, "createWebRTCSession", "CONFLICT", sessionId=HOST)


def test_the_same_id_in_another_meeting_is_another_session(call: Call) -> None:
    other = call.create(call.guest)
    call.guest.call("meetings/lifecycle:startMeeting", meetingId=other)
    created = call.guest.call("meetings/webrtc/signaling:createWebRTCSession", meetingId=other, sessionId=HOST)
    assert created["success"]


@pytest.mark.parametrize("end", ["closed", "failed"])
def test_the_id_of_a_session_that_is_over_begins_a_new_one(call: Call, end: str) -> None:
    before = call.stored(call.guest)
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state=end, metadata={"old": True})
    call.run(call.guest, "createWebRTCSession", sessionId=GUEST)
    after = call.stored(call.guest)
    assert after.id != before.id
    assert (after.state, after.open, after.metadata) == ("connecting", True, None)


def test_creating_a_session_brings_a_member_into_the_meeting(call: Call) -> None:
    call.of(call.guest, "leaveMeeting")
    assert call.membership(call.guest).presence == "left"
    call.run(call.guest, "createWebRTCSession", sessionId="back")
    assert call.membership(call.guest).presence == "joined"


def test_before_and_after_the_meeting_there_are_no_sessions(call: Call) -> None:
    planned = call.create(call.host)
    path = "meetings/webrtc/signaling:createWebRTCSession"
    error = call.host.fails(path, "VALIDATION_ERROR", meetingId=planned, sessionId="x")
    assert error.metadata["state"] == "scheduled"
    call.end()
    error = call.refused(call.guest, "createWebRTCSession", "VALIDATION_ERROR", sessionId="x")
    assert error.metadata["state"] == "concluded"


@pytest.mark.parametrize("bad", ["", "x" * 129, "line\nbreak", "bell\a", "\u200b"])
def test_an_invalid_session_id_is_refused(call: Call, bad: str) -> None:
    error = call.refused(call.guest, "createWebRTCSession", "VALIDATION_ERROR", sessionId=bad)
    assert error.metadata["field"] == "sessionId"


@pytest.mark.parametrize("good", ["x", "x" * 128, "a b", "sitzung-ä", "🦆"])
def test_any_printable_text_is_a_session_id(call: Call, good: str) -> None:
    call.connect(call.guest, good)
    assert good in call.sessions()


def test_a_member_has_so_many_open_sessions_and_no_more(call: Call) -> None:
    for number in range(7):
        call.connect(call.guest, f"more-{number}")
    error = call.refused(call.guest, "createWebRTCSession", "CONFLICT", sessionId="one-too-many")
    assert error.metadata["limit"] == 8
    call.run(call.guest, "closeSession", sessionId="more-0")
    call.connect(call.guest, "one-more")


def test_sessions_that_are_over_do_not_pile_up(call: Call) -> None:
    for number in range(30):
        call.connect(call.guest, f"s{number}")
        call.run(call.guest, "closeSession", sessionId=f"s{number}")
    kept = call.backend.read(lambda db: db.scan(WebrtcSession, "by_member", call.meeting_id, call.guest.user_id, False))
    assert [s.session_id for s in kept] == [f"s{n}" for n in range(14, 30)]


STEPS = [
    (["connected"], "connected"),
    (["connected", "disconnected", "connected"], "connected"),
    (["connected", "disconnected"], "disconnected"),
]


@pytest.mark.parametrize(("steps", "state"), STEPS)
def test_a_session_connects_and_finds_its_way_back(call: Call, steps: list[str], state: str) -> None:
    for step in steps:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state=step)
    assert states(call)[GUEST] == state


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([], "disconnected"),
        (["connected"], "connecting"),
        (["connected", "disconnected"], "connecting"),
        (["closed"], "connected"),
        (["failed"], "connecting"),
        (["failed"], "closed"),
        (["closed"], "failed"),
    ],
)
def test_any_other_step_is_refused(call: Call, steps: list[str], wanted: str) -> None:
    for step in steps:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state=step)
    error = call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", sessionId=GUEST, state=wanted)
    assert error.metadata == {"field": "state", "currentState": steps[-1] if steps else "connecting"}


def test_an_unknown_state_is_refused(call: Call) -> None:
    call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", sessionId=GUEST, state="happy")


def test_metadata_is_merged(call: Call) -> None:
    for metadata in ({"device": "phone", "muted": True}, {"muted": False, "lines": 2}):
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected", metadata=metadata)
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="disconnected")
    (mine,) = [s for s in call.run(call.host, "getActiveSessions") if s["sessionId"] == GUEST]
    assert mine["metadata"] == {"device": "phone", "muted": False, "lines": 2}


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({f"k{n}": 1 for n in range(21)}, "metadata"),
        ({"k" * 65: 1}, "metadata"),
        ({"": 1}, "metadata"),
        ({"$type": 1}, "metadata"),
        ({"schlüssel": 1}, "metadata"),
        ({"k": "v" * 1001}, "metadata.k"),
        ({"k": float("nan")}, "metadata.k"),
        ({"k": float("inf")}, "metadata.k"),
    ],
)
def test_metadata_has_bounds(call: Call, metadata: dict[str, Any], field: str) -> None:
    args = {"sessionId": GUEST, "state": "connected", "metadata": metadata}
    assert call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", **args).metadata["field"] == field


def test_metadata_has_bounds_in_total(call: Call) -> None:
    first = {f"a{n}": n for n in range(15)}
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected", metadata=first)
    more = {f"b{n}": n for n in range(6)}
    args = {"sessionId": GUEST, "state": "connected", "metadata": more}
    assert call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", **args).metadata["entries"] == 21


@pytest.mark.parametrize("value", [None, {"nested": {}}, {"list": []}, {"null": None}, "text"])
def test_metadata_holds_plain_values(call: Call, value: Any) -> None:
    if value is None:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected", metadata=None)
        return
    args = {"sessionId": GUEST, "state": "connected", "metadata": value}
    call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", **args)


def test_closing_is_for_good_and_may_be_repeated(call: Call) -> None:
    for _ in range(2):
        assert call.run(call.guest, "closeSession", sessionId=GUEST) is None
    assert call.sessions() == [HOST]
    assert call.stored(call.guest).state == "closed"


@pytest.mark.parametrize("state", ["closed", "failed"])
def test_closing_a_session_that_is_over_changes_nothing(call: Call, state: str) -> None:
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state=state)
    before = call.stored(call.guest)
    call.backend.advance(1)
    call.run(call.guest, "closeSession", sessionId=GUEST)
    assert call.stored(call.guest) == before


@pytest.mark.parametrize("state", ["closed", "failed"])
def test_signals_of_a_session_go_when_it_ends(call: Call, state: str) -> None:
    call.connect(call.guest, "second")
    call.describe(call.guest, "offer", "first's")
    call.describe(call.guest, "offer", "second's", session="second")
    call.describe(call.host, "answer", "to the guest")
    if state == "closed":
        call.run(call.guest, "closeSession", sessionId=GUEST)
    else:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state=state)
    assert call.names(call.host) == ["second's"]
    assert call.names(call.guest) == ["to the guest"]
    assert call.signal_count() == 2


def test_leaving_closes_sessions_and_drops_signals_both_ways(call: Call) -> None:
    call.describe(call.guest, "offer", "from")
    call.describe(call.host, "offer", "to")
    call.of(call.guest, "leaveMeeting")
    assert call.sessions() == [HOST]
    assert call.stored(call.guest).metadata == {"reason": "left_meeting"}
    assert call.names(call.host) == call.names(call.guest) == []
    assert call.signal_count() == 0


def test_ending_the_meeting_closes_everything(call: Call) -> None:
    call.describe(call.guest, "offer", "from")
    call.describe(call.host, "offer", "to")
    call.end()
    for person in (call.host, call.guest):
        session = call.stored(person)
        assert (session.state, session.metadata) == ("closed", {"reason": "meeting_over"})
    assert call.signal_count() == 0


def test_active_sessions_show_whose_they_are(call: Call) -> None:
    (host, guest) = call.run(call.watcher, "getActiveSessions")
    assert (host["sessionId"], guest["sessionId"]) == (HOST, GUEST)
    assert guest["userId"] == call.guest.user_id
    assert guest["user"] == {"_id": call.guest.user_id, "displayName": "Gustav"}
    assert guest["meetingId"] == call.meeting_id
    assert guest["createdAt"] == guest["updatedAt"]
    assert "connectionQuality" not in guest
    assert "metadata" not in guest


def test_sessions_are_counted_apart_from_signals(make_call: Any) -> None:
    call = make_call(signals=SignalSettings(burst=3, per_second=1))
    for _ in range(2):
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
    error = call.refused(call.guest, "updateSessionState", "RATE_LIMIT_EXCEEDED", sessionId=GUEST, state="connected")
    assert error.metadata["action"] == "sessions"
    call.trickle(call.guest, "still free")
