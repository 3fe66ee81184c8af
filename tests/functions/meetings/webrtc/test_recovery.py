"""A failed connection: what is recorded, what becomes of the session, and the advice."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.schema.history import ConnectionFailure
from connvo.settings import IceSettings, RecoverySettings
from tests.support.backend import Caller
from tests.support.call import GUEST, Call

RETRY = {"success": True, "retryRecommended": True}
STOP = {"success": True, "retryRecommended": False}
GOOD = {"bitrate": 900_000.0, "packetLoss": 0.0, "latency": 20.0, "jitter": 2.0}
POOR = {**GOOD, "packetLoss": 60.0}
ICE = IceSettings(
    stun_urls="stun:stun.example.org:3478", turn_urls="turn:turn.example.org:3478", turn_secret="a shared secret"
)


@pytest.fixture
def relayed(make_call: Callable[..., Call]) -> Call:
    """A running call with a TURN server."""
    return make_call(ice=ICE)


def again(call: Call, person: Caller, error: str = "ice_failed", **args: Any) -> tuple[Any, dict[str, Any]]:
    """Fail a new session; return the advice and the metadata it left."""
    session = f"again-{call.backend.commit_count()}"
    call.connect(person, session)
    call.backend.now_ns += int(3e9)
    advice = call.fail(person, error, session, **args)
    return advice, call.stored(person, session).metadata or {}


def well(call: Call, person: Caller, session: str | None = None, stats: dict[str, float] = GOOD) -> None:
    """Have a session be connected, and say with a sample how well."""
    own = session or call.session_of(person)
    if call.stored(person, own).state == "connecting":
        call.run(person, "updateSessionState", sessionId=own, state="connected")
    call.run(person, "monitorConnectionQuality", sessionId=own, stats=stats)


def fails_beside(call: Call, other: Caller, session: str | None = None) -> Any:
    """Fail a new session of the guest beside somebody who is well; return the advice."""
    well(call, other, session)
    return again(call, call.guest)[0]


def failures(call: Call) -> list[ConnectionFailure]:
    return call.backend.read(lambda db: db.scan(ConnectionFailure, "by_creation"))


def test_the_first_failure_is_worth_another_try(call: Call) -> None:
    assert call.fail(call.guest, errorDetails="no route") == RETRY
    session = call.stored(call.guest)
    metadata = session.metadata or {}
    assert (session.state, session.open) == ("failed", False)
    assert metadata["errorType"] == "ice_failed"
    assert metadata["errorDetails"] == "no route"
    assert metadata["rung"] == "restart"
    assert metadata["failedAt"] == session.updated_at
    assert "retryAfterMs" not in metadata


def test_from_the_sixth_failure_within_two_minutes_on_it_is_not(relayed: Call) -> None:
    taken = [again(relayed, relayed.guest) for _ in range(7)]
    assert [advice for advice, _ in taken] == [RETRY] * 5 + [STOP] * 2
    assert [metadata["rung"] for _, metadata in taken] == ["restart", *["relay"] * 4, "stop", "stop"]
    assert [metadata.get("retryAfterMs") for _, metadata in taken] == [None, None, 2000, 4000, 8000, None, None]
    assert [metadata.get("iceTransportPolicy") for _, metadata in taken] == [None, *["relay"] * 6]
    assert all(metadata["reason"] for _, metadata in taken)


def test_failures_are_forgotten_after_two_minutes(relayed: Call) -> None:
    for _ in range(6):
        again(relayed, relayed.guest)
    assert again(relayed, relayed.guest)[0] == STOP
    relayed.backend.now_ns += int(120e9)
    advice, metadata = again(relayed, relayed.guest)
    assert (advice, metadata["rung"]) == (RETRY, "restart")


def test_failures_count_per_member_and_meeting(relayed: Call) -> None:
    for _ in range(6):
        again(relayed, relayed.guest)
    assert again(relayed, relayed.host)[1]["rung"] == "restart"
    other = relayed.create(relayed.guest)
    relayed.guest.call("meetings/lifecycle:startMeeting", meetingId=other)
    path = "meetings/webrtc/"
    relayed.guest.call(f"{path}signaling:createWebRTCSession", meetingId=other, sessionId="x")
    args = {"meetingId": other, "sessionId": "x", "errorType": "ice_failed"}
    assert relayed.guest.call(f"{path}rooms:handleConnectionFailure", **args) == RETRY


def test_leaving_and_coming_back_does_not_wipe_the_history(relayed: Call) -> None:
    for _ in range(5):
        again(relayed, relayed.guest)
        relayed.of(relayed.guest, "leaveMeeting")
    assert again(relayed, relayed.guest)[0] == STOP


@pytest.mark.parametrize("error", ["ice_failed", "connection_timeout", "media_failed", "signaling_failed"])
def test_the_same_failure_reported_again_counts_once_and_gets_the_same_answer(call: Call, error: str) -> None:
    first = call.fail(call.guest, error)
    before, commits = call.stored(call.guest), call.backend.commit_count()
    for other in (error, "connection_timeout"):
        assert call.fail(call.guest, other, errorDetails="again") == first
    assert call.stored(call.guest) == before
    assert call.backend.commit_count() == commits
    assert len(failures(call)) == 1


def test_a_late_report_of_a_session_that_failed_long_ago_is_still_a_repetition(call: Call) -> None:
    call.fail(call.guest)
    call.backend.now_ns += int(600e9)
    assert call.fail(call.guest) == RETRY
    assert len(failures(call)) == 1


def test_a_report_that_overtakes_the_reuse_of_its_id_leaves_the_new_session_alone(call: Call) -> None:
    call.fail(call.guest)
    call.connect(call.guest, GUEST)
    assert call.fail(call.guest) == RETRY
    assert call.stored(call.guest).state == "connecting"
    assert len(failures(call)) == 1
    call.backend.now_ns += int(2.1e9)
    call.fail(call.guest)
    assert call.stored(call.guest).state == "failed"
    assert len(failures(call)) == 2


@pytest.mark.parametrize("sign", ["offer", "state"])
def test_a_session_that_did_something_fails_alone_however_soon(call: Call, sign: str) -> None:
    call.fail(call.guest)
    call.connect(call.guest, GUEST)
    if sign == "offer":
        call.describe(call.guest, "offer", "o", "aaaa")
    else:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
    call.fail(call.guest)
    assert call.stored(call.guest).state == "failed"
    assert len(failures(call)) == 2


def test_a_session_the_client_called_failed_itself_is_reported_once(call: Call) -> None:
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="failed", metadata={"ice": "failed"})
    for _ in range(2):
        assert call.fail(call.guest) == RETRY
    metadata = call.stored(call.guest).metadata or {}
    assert (metadata["ice"], metadata["rung"]) == ("failed", "restart")
    assert len(failures(call)) == 1


def test_a_closed_session_stays_closed_but_its_failure_counts(call: Call) -> None:
    call.run(call.guest, "closeSession", sessionId=GUEST)
    assert call.fail(call.guest) == RETRY
    assert call.stored(call.guest).state == "closed"
    assert len(failures(call)) == 1


def test_signals_of_a_failed_session_are_dropped(call: Call) -> None:
    call.describe(call.guest, "offer", "stale", "aaaa")
    call.describe(call.host, "offer", "to the guest", "bbbb")
    call.fail(call.guest)
    assert call.names(call.host) == []
    assert call.names(call.guest) == ["to the guest"]


@pytest.mark.parametrize("error", ["signaling_failed", "media_failed"])
def test_when_it_is_to_rejoin_its_signals_stay(call: Call, error: str) -> None:
    call.describe(call.guest, "offer", "still good", "aaaa")
    assert call.fail(call.guest, error) == RETRY
    assert (call.stored(call.guest).metadata or {})["rung"] == "rejoin"
    assert call.names(call.host) == ["still good"]


def test_no_network_repairs_a_camera_that_is_not_allowed(call: Call) -> None:
    details = "NotAllowedError: Permission denied by system"
    assert call.fail(call.guest, "media_failed", errorDetails=details) == STOP
    metadata = call.stored(call.guest).metadata or {}
    assert metadata["rung"] == "stop"
    assert "allow" in str(metadata["reason"])


def test_long_details_are_cut(call: Call) -> None:
    call.fail(call.guest, errorDetails="x" * 5000)
    assert (call.stored(call.guest).metadata or {})["errorDetails"] == "x" * 1000


def test_an_unknown_error_type_is_refused(call: Call) -> None:
    args = {"sessionId": GUEST, "errorType": "sunspots"}
    call.refused(call.guest, "handleConnectionFailure", "VALIDATION_ERROR", **args)


def test_a_failure_after_a_failure_needs_a_new_session_and_works_with_one(call: Call) -> None:
    call.fail(call.guest)
    args = {"sessionId": GUEST, "candidate": {"candidate": "c"}}
    call.refused(call.guest, "exchangeICECandidate", "CONFLICT", **args)
    call.connect(call.guest, GUEST)
    call.describe(call.guest, "offer", "again", "cccc")
    assert call.names(call.host) == ["again"]


def test_without_a_relay_nobody_is_told_to_use_one(call: Call) -> None:
    for _ in range(3):
        _, metadata = again(call, call.guest)
        assert metadata["rung"] == "restart"
        assert "iceTransportPolicy" not in metadata
    assert call.of(call.guest, "getMeetingConnectionInfo")["connectionInfo"]["iceServers"] == []


def test_on_the_relay_rung_connection_info_and_the_next_session_say_so(relayed: Call) -> None:
    def servers(person: Caller) -> list[set[str]]:
        info = relayed.of(person, "getMeetingConnectionInfo")["connectionInfo"]
        return [set(server) for server in info["iceServers"]]

    everything = [{"urls"}, {"urls", "username", "credential"}]
    again(relayed, relayed.guest)
    assert servers(relayed.guest) == everything
    again(relayed, relayed.guest)
    assert servers(relayed.guest) == everything[1:]
    assert servers(relayed.host) == everything
    relayed.connect(relayed.guest, "next")
    assert relayed.stored(relayed.guest, "next").metadata == {"iceTransportPolicy": "relay"}
    relayed.backend.now_ns += int(121e9)
    assert servers(relayed.guest) == everything


def test_the_ladder_is_as_long_as_the_settings_say(make_call: Callable[..., Call]) -> None:
    call = make_call(recovery=RecoverySettings(window_seconds=10, stop_after=2, duplicate_window_seconds=0))
    assert call.fail(call.guest) == RETRY
    call.connect(call.guest, GUEST)
    assert call.fail(call.guest) == STOP
    call.backend.now_ns += int(10e9)
    call.connect(call.guest, GUEST)
    assert call.fail(call.guest) == RETRY


class TestMove:
    """Where there is another provider, the room moves."""

    def test_the_third_failure_moves_the_room_for_everybody(self, served: Call) -> None:
        room = served.run(served.host, "initializeWebRTCRoom")
        taken = [again(served, served.guest) for _ in range(3)]
        assert taken[-1][0] == {**RETRY, "fallbackProvider": "janus"}
        assert taken[-1][1]["fallbackProvider"] == "janus"
        moved = served.run(served.guest, "initializeWebRTCRoom")
        assert (moved["provider"], moved["roomId"]) == ("janus", f"janus_{served.meeting_id}_1")
        assert moved["features"] == room["features"]
        info = served.of(served.host, "getMeetingConnectionInfo")
        assert (info["videoProvider"], info["connectionInfo"]["roomId"]) == ("janus", moved["roomId"])

    def test_both_ends_of_a_broken_connection_try_again_before_the_room_moves(self, served: Call) -> None:
        for _ in range(2):
            for person in (served.guest, served.host):
                assert again(served, person)[0] == RETRY
        assert served.meeting().generation == 0

    def test_three_members_not_helped_by_trying_again_move_the_room(self, served: Call) -> None:
        third = served.backend.sign_in("tina")
        served.add(third)
        people = (served.guest, served.host, third)
        for person in people:
            assert again(served, person)[0] == RETRY
        advice = [again(served, person)[0] for person in people]
        assert advice == [RETRY, RETRY, {**RETRY, "fallbackProvider": "janus"}]

    def test_a_member_failing_alone_does_not_move_those_that_are_well(self, served: Call) -> None:
        well(served, served.host)
        assert [fails_beside(served, served.host) for _ in range(6)] == [RETRY] * 5 + [STOP]
        assert served.meeting().generation == 0

    def test_nor_does_it_move_them_back(self, served: Call) -> None:
        served.fail_thrice(served.guest)
        assert served.meeting().generation == 1
        served.connect(served.host, "at janus")
        served.backend.now_ns += int(121e9)
        served.connect(served.host, "at janus still")
        assert [fails_beside(served, served.host, "at janus still") for _ in range(6)] == [RETRY] * 5 + [STOP]
        assert served.meeting().generation == 1

    @pytest.mark.parametrize("sign", ["a poor sample", "an old sample", "no sample", "a failure", "not connected yet"])
    def test_it_does_where_the_connections_of_the_others_say_so_too(self, served: Call, sign: str) -> None:
        third = served.backend.sign_in("tina")
        served.add(third)
        well(served, served.host)
        served.connect(third, "third")
        if sign == "no sample":
            served.run(third, "updateSessionState", sessionId="third", state="connected")
        elif sign != "not connected yet":
            well(served, third, "third", POOR if sign == "a poor sample" else GOOD)
        if sign == "an old sample":
            served.backend.now_ns += int(13e9)
        if sign == "a failure":
            served.fail(third, session="third")
            served.connect(third, "third again")
            well(served, third, "third again")
        advice = [fails_beside(served, served.host) for _ in range(3)]
        assert advice[-1] == {**RETRY, "fallbackProvider": "janus"}

    def test_two_members_reporting_at_once_get_one_decision(self, served: Call) -> None:
        assert served.fail_thrice(served.guest) == {**RETRY, "fallbackProvider": "janus"}
        assert served.fail(served.host) == {**RETRY, "fallbackProvider": "janus"}
        assert served.meeting().generation == 1
        third = served.backend.sign_in("tina")
        served.add(third)
        served.connect(third, "newcomer")
        assert served.fail(third, session="newcomer") == RETRY
        assert served.meeting().generation == 1

    def test_a_session_from_before_the_move_is_told_where_the_room_is(self, served: Call) -> None:
        served.connect(served.host, "second")
        served.fail_thrice(served.guest)
        assert served.fail(served.host, session="second") == {**RETRY, "fallbackProvider": "janus"}
        assert served.meeting().generation == 1

    def test_in_the_new_room_everybody_begins_at_the_bottom(self, served: Call) -> None:
        served.fail_thrice(served.host)
        served.connect(served.host, "after the move")
        assert served.fail(served.host, session="after the move") == RETRY
        assert (served.stored(served.host, "after the move").metadata or {})["rung"] == "restart"
