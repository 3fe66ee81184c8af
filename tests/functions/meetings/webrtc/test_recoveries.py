"""Who is being reconnected, as everybody in the meeting sees it, and what operators count of it."""

from typing import Any, get_args

import pytest

from connvo.rules.recovery_ladder import ErrorType
from connvo.telemetry.instruments import CONNECT_SECONDS, RECOVER_SECONDS, ROOM_MOVES, RUNGS
from tests.support.backend import Caller
from tests.support.call import GUEST, HOST, Call

PATH = "meetings/webrtc/recovery:getRecoveries"
ERRORS: tuple[ErrorType, ...] = get_args(ErrorType)


def recoveries(call: Call, person: Caller | None = None) -> list[dict[str, Any]]:
    """Return what somebody sees, the watcher unless told otherwise."""
    found: list[dict[str, Any]] = call.run(person or call.watcher, PATH)
    return found


def connected(call: Call, person: Caller, session: str, **metadata: Any) -> None:
    """Say that a session is connected."""
    call.run(person, "updateSessionState", sessionId=session, state="connected", metadata=metadata)


def test_all_members_see_a_failure_and_the_response_to_it(call: Call) -> None:
    assert recoveries(call) == []
    call.fail(call.guest, errorDetails="no route")
    [seen] = recoveries(call)
    at = seen.pop("at")
    assert seen == {
        "userId": call.guest.user_id,
        "errorType": "ice_failed",
        "rung": "restart",
        "reason": "Try again with a new negotiation",
        "attempts": 1,
        "since": at,
        "retryRecommended": True,
    }
    assert recoveries(call, call.guest) == recoveries(call, call.host) == recoveries(call)


def test_from_the_third_failure_on_it_says_when_to_try_again(call: Call) -> None:
    seen = []
    for nth in range(6):
        call.connect(call.guest, f"try {nth}")
        call.fail(call.guest, session=f"try {nth}")
        seen += recoveries(call)
    pauses = [one["retryAt"] - one["at"] if "retryAt" in one else None for one in seen]
    assert pauses == [None, None, 2_000, 4_000, 8_000, None]
    assert [one["attempts"] for one in seen] == [1, 2, 3, 4, 5, 6]
    assert [one["retryRecommended"] for one in seen] == [True] * 5 + [False]
    assert seen[-1]["rung"] == "stop" and "nothing left to try" in seen[-1]["reason"]


@pytest.mark.parametrize("how", ["connected", "left", "removed", "forgotten"])
def test_nobody_stands_there_for_longer_than_it_is_so(call: Call, how: str) -> None:
    call.fail(call.guest)
    call.connect(call.guest, "again")
    assert len(recoveries(call)) == 1
    match how:
        case "connected":
            connected(call, call.guest, "again")
        case "left":
            call.of(call.guest, "leaveMeeting")
        case "removed":
            call.of(call.host, "removeParticipant", userId=call.guest.user_id)
        case "forgotten":
            call.backend.now_ns += int(121e9)
    assert recoveries(call) == []


def test_another_device_that_was_connected_before_says_nothing_about_the_one_that_failed(call: Call) -> None:
    call.connect(call.guest, "tablet")
    connected(call, call.guest, "tablet")
    call.fail(call.guest)
    assert len(recoveries(call)) == 1


def test_a_move_of_the_room_is_the_rooms_and_nobodys_own(served: Call) -> None:
    served.fail_thrice(served.guest)
    assert served.meeting().generation == 1
    assert recoveries(served) == []


def test_only_members_see_it(call: Call) -> None:
    call.refused(call.outsider, PATH, "FORBIDDEN")
    call.of(call.host, "removeParticipant", userId=call.guest.user_id)
    call.refused(call.guest, PATH, "FORBIDDEN")
    call.watcher.call("users/mutations:deactivateUser", userId=call.watcher.user_id)
    call.refused(call.watcher, PATH, "FORBIDDEN")


class TestFigures:
    """What operators count."""

    @pytest.mark.parametrize(
        ("error", "rung"),
        list(zip(ERRORS, ["restart", "restart", "rejoin", "rejoin"], strict=True)),
    )
    def test_every_answer_of_the_ladder_counts_once(self, call: Call, error: str, rung: str) -> None:
        for _ in range(2):
            call.fail(call.guest, error)
        assert call.backend.counted(RUNGS) == [("webrtc", error, rung)]

    def test_a_report_about_a_move_alone_does_not_count(self, served: Call) -> None:
        served.connect(served.host, "old")
        served.fail_thrice(served.guest)
        served.fail(served.host, session="old")
        assert [rung for _, _, rung in served.backend.counted(RUNGS)] == ["restart", "relay", "move"]
        assert served.backend.counted(ROOM_MOVES) == [("webrtc", "janus")]

    def test_connecting_counts_with_its_way_and_recovering_with_its_rung(self, call: Call) -> None:
        connected(call, call.host, HOST, candidateType="host")
        connected(call, call.guest, GUEST, candidateType="sunbeam")
        call.fail(call.guest)
        call.connect(call.guest, "again")
        call.backend.now_ns += int(3e9)
        connected(call, call.guest, "again", candidateType="relay")
        assert call.backend.counted(CONNECT_SECONDS) == [
            ("webrtc", "host"),
            ("webrtc", "unknown"),
            ("webrtc", "relay"),
        ]
        [recovered] = [one for one in call.backend.measures if one.instrument is RECOVER_SECONDS]
        assert recovered.labels == ("webrtc", "restart")
        assert 3 <= recovered.value < 4

    def test_being_called_connected_again_is_no_connecting(self, call: Call) -> None:
        connected(call, call.host, HOST)
        call.run(call.host, "updateSessionState", sessionId=HOST, state="disconnected")
        connected(call, call.host, HOST)
        assert len(call.backend.counted(CONNECT_SECONDS)) == 1
