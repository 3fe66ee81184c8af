"""How large signals may be, how many may wait, and how fast they may come."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.schema.signals import Signal
from connvo.settings import SignalSettings
from connvo.store.snapshot import Snapshot
from tests.support.call import GUEST, HOST, Call, sdp

DESCRIPTION, CANDIDATE = "exchangeSessionDescription", "exchangeICECandidate"


def described(text: str, kind: str = "offer") -> dict[str, Any]:
    return {"sessionId": HOST, "description": {"type": kind, "sdp": text}}


def trickled(**candidate: Any) -> dict[str, Any]:
    return {"sessionId": HOST, "candidate": {"candidate": "c", **candidate}}


def offer_of(size: int) -> dict[str, str]:
    """Return an offer of so many bytes."""
    return {"type": "offer", "sdp": sdp("large").ljust(size, "x")}


def test_a_description_has_at_most_64_kilobytes(call: Call) -> None:
    call.run(call.host, DESCRIPTION, **described("x" * 65_536))
    error = call.refused(call.host, DESCRIPTION, "VALIDATION_ERROR", **described("x" * 65_537))
    assert error.metadata == {"field": "description.sdp", "limit": 65_536}
    assert len(call.pending(call.guest)) == 1


def test_bytes_count_not_characters(call: Call) -> None:
    call.refused(call.host, DESCRIPTION, "VALIDATION_ERROR", **described("ä" * 32_769))
    call.refused(call.host, CANDIDATE, "VALIDATION_ERROR", **trickled(candidate="ä" * 2_049))


def test_a_candidate_has_at_most_4_kilobytes_in_all(call: Call) -> None:
    call.run(call.host, CANDIDATE, **trickled(candidate="x" * 4_000, sdpMid="m" * 90, usernameFragment="abcdef"))
    too_long = trickled(candidate="x" * 4_000, sdpMid="m" * 90, usernameFragment="abcdefg")
    error = call.refused(call.host, CANDIDATE, "VALIDATION_ERROR", **too_long)
    assert error.metadata == {"field": "candidate.candidate", "limit": 4_096}


@pytest.mark.parametrize("kind", ["offer", "answer", "pranswer"])
def test_only_a_rollback_is_empty(call: Call, kind: str) -> None:
    error = call.refused(call.host, DESCRIPTION, "VALIDATION_ERROR", **described("", kind))
    assert error.metadata["field"] == "description.sdp"
    call.run(call.host, DESCRIPTION, **described("", "rollback"))


@pytest.mark.parametrize("line", [-1, 0.5, 65_536, float("nan"), float("inf"), "0", True])
def test_a_line_index_is_the_number_of_a_line(call: Call, line: Any) -> None:
    error = call.refused(call.host, CANDIDATE, "VALIDATION_ERROR", **trickled(sdpMLineIndex=line))
    assert error.metadata["field"] == "candidate.sdpMLineIndex"


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (DESCRIPTION, {"sessionId": HOST, "description": {"type": "proposal", "sdp": "x"}}),
        (DESCRIPTION, {"sessionId": HOST, "description": {"type": "offer"}}),
        (DESCRIPTION, {"sessionId": HOST, "description": {"type": "offer", "sdp": None}}),
        (DESCRIPTION, {"sessionId": HOST, "description": {"type": "offer", "sdp": "x", "extra": 1}}),
        (DESCRIPTION, {"sessionId": HOST, "description": "v=0"}),
        (DESCRIPTION, {"sessionId": HOST}),
        (CANDIDATE, {"sessionId": HOST, "candidate": {}}),
        (CANDIDATE, {"sessionId": HOST, "candidate": {"candidate": None}}),
        (CANDIDATE, {"sessionId": HOST, "candidate": {"candidate": "c", "foundation": "1"}}),
        (CANDIDATE, {"sessionId": HOST, "candidate": None}),
        (CANDIDATE, {"sessionId": 7, "candidate": {"candidate": "c"}}),
    ],
)
def test_an_invalid_signal_is_refused(call: Call, function: str, args: dict[str, Any]) -> None:
    call.refused(call.host, function, "VALIDATION_ERROR", **args)


# How many may wait


def full_call(make_call: Callable[..., Call], **more: Any) -> Call:
    """Return a call in which five signals wait for the guest, who can take no more."""
    call = make_call(signals=SignalSettings(queue_cap=5, lost_after_seconds=1e6, closed_after_seconds=1e6, **more))
    for number in range(5):
        call.trickle(call.host, f"c{number}")
    return call


def test_a_full_queue_refuses_and_says_when_to_try_again(make_call: Callable[..., Call]) -> None:
    call = full_call(make_call)
    args = {**trickled(), "targetUserId": call.guest.user_id}
    error = call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **args)
    assert error.metadata["reason"] == "queue_full"
    assert error.metadata["targetUserId"] == call.guest.user_id
    assert error.metadata["retryAfterSeconds"] > 0
    assert error.metadata["limit"] == 5
    assert len(call.pending(call.guest)) == 5


def test_processing_makes_room(make_call: Callable[..., Call]) -> None:
    call = full_call(make_call)
    call.process(call.guest, call.pending(call.guest)[0])
    call.trickle(call.host, "fits")
    assert call.names(call.guest)[-1] == "fits"


def test_expired_signals_do_not_count(make_call: Callable[..., Call]) -> None:
    call = full_call(make_call, ttl_seconds=60)
    call.backend.now_ns += int(60 * 1e9)
    call.trickle(call.host, "fits")
    assert call.names(call.guest) == ["fits"]
    assert call.signal_count() == 1


def test_a_broadcast_reaches_everybody_or_nobody(make_call: Callable[..., Call]) -> None:
    call = full_call(make_call)
    third = call.backend.sign_in("tina")
    call.add(third)
    call.connect(third, "third")
    error = call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **trickled())
    assert error.metadata["targetUserId"] == call.guest.user_id
    assert call.pending(third) == []
    call.run(call.host, CANDIDATE, **trickled(), targetUserId=third.user_id)


def test_signals_superseded_by_an_offer_make_room_for_it(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(queue_cap=3))
    call.describe(call.host, "offer", "o1", "aaaa")
    call.trickle(call.host, "c1", "aaaa")
    call.trickle(call.host, "c2", "aaaa")
    call.describe(call.host, "offer", "o2", "aaaa")
    assert call.names(call.guest) == ["o2", "c1", "c2"]
    call.trickle(call.guest, "to the host")
    args = {**described("answer", "answer"), "targetUserId": call.guest.user_id}
    call.refused(call.host, DESCRIPTION, "RATE_LIMIT_EXCEEDED", **args)


def test_a_thousand_wait_by_default(call: Call) -> None:
    assert call.backend.settings.signals.queue_cap == 1000


# How fast


def test_a_member_sends_a_burst_and_then_at_the_rate(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(burst=10, per_second=2))
    args = {**trickled(), "targetUserId": call.guest.user_id}
    for _ in range(10):
        call.run(call.host, CANDIDATE, **args)
    error = call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **args)
    assert error.metadata["action"] == "signals"
    assert 0.49 < error.metadata["retryAfterSeconds"] <= 0.5
    assert "reason" not in error.metadata
    call.backend.now_ns += int(error.metadata["retryAfterSeconds"] * 1e9)
    call.run(call.host, CANDIDATE, **args)
    call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **args)


def test_a_refused_call_does_not_keep_its_caller_out_longer(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(burst=1, per_second=1))
    call.trickle(call.host, "c")
    waits = [
        call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **trickled()).metadata["retryAfterSeconds"]
        for _ in range(3)
    ]
    assert max(waits) <= 1


def test_rates_are_each_members_own_and_each_meetings(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(burst=1, per_second=0.1))
    call.trickle(call.host, "c")
    call.refused(call.host, CANDIDATE, "RATE_LIMIT_EXCEEDED", **trickled())
    call.trickle(call.guest, "c")
    other = call.create(call.host)
    call.host.call("meetings/lifecycle:startMeeting", meetingId=other)
    path = "meetings/webrtc/signaling:"
    call.host.call(f"{path}createWebRTCSession", meetingId=other, sessionId="elsewhere")
    sent = {"meetingId": other, "sessionId": "elsewhere", "candidate": {"candidate": "c"}}
    call.host.call(f"{path}exchangeICECandidate", **sent)


def test_a_second_session_does_not_double_the_rate(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(burst=2, per_second=0.1))
    call.connect(call.guest, "second")
    call.trickle(call.guest, "c1")
    call.trickle(call.guest, "c2", session="second")
    args = {"sessionId": GUEST, "candidate": {"candidate": "c3"}}
    call.refused(call.guest, CANDIDATE, "RATE_LIMIT_EXCEEDED", **args)


def test_the_default_rate_is_600_at_once_and_then_60_a_second(call: Call) -> None:
    limits = call.backend.settings.signals
    assert (limits.burst, limits.per_second) == (600, 60)


def test_large_signals_count_as_several(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(burst=10, per_second=1, bytes_per_call=1000))
    call.run(call.host, "exchangeSessionDescription", sessionId=HOST, description=offer_of(6_000))
    error = call.refused(
        call.host, "exchangeSessionDescription", "RATE_LIMIT_EXCEEDED", sessionId=HOST, description=offer_of(6_000)
    )
    assert error.metadata["retryAfterSeconds"] == pytest.approx(2)
    call.trickle(call.host, "a candidate still fits")
    call.backend.now_ns += int(10e9)
    for person in (call.host, call.guest):
        call.run(person, "exchangeSessionDescription", sessionId=call.session_of(person), description=offer_of(60_000))


def test_a_page_ends_by_bytes_and_loses_nothing(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(page_bytes=10_000))
    sessions = [f"page {number}" for number in range(5)]
    for session in sessions:
        call.connect(call.host, session)
        call.run(call.host, "exchangeSessionDescription", sessionId=session, description=offer_of(4_000))
        for number in range(9):
            call.trickle(call.host, f"candidate {number}", session=session)
    whole = [signal.id for signal in call.backend.read(lambda db: db.scan(Signal, "by_addressee", call.meeting_id))]
    assert len(whole) == 50
    by_cursor: list[str] = []
    while found := call.pending(call.guest, **({"lastSignalId": by_cursor[-1]} if by_cursor else {})):
        assert len(str(found)) < 20_000
        by_cursor += [signal["_id"] for signal in found]
    assert by_cursor == whole
    by_marking: list[str] = []
    while found := call.pending(call.guest):
        by_marking += [signal["_id"] for signal in found]
        call.process(call.guest, *found)
    assert by_marking == whole


def test_a_page_of_small_signals_takes_two_reads_and_of_large_ones_no_more_than_it_holds(
    make_call: Callable[..., Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_call(signals=SignalSettings(page_bytes=40_000))
    read: list[int] = []
    scan = Snapshot.scan

    def counted(db: Snapshot, document: Any, *args: Any, **options: Any) -> Any:
        found = scan(db, document, *args, **options)
        if document is Signal:
            read.append(len(found))
        return found

    monkeypatch.setattr(Snapshot, "scan", counted)
    for number in range(60):
        call.trickle(call.host, f"candidate {number}")
    read.clear()
    small = call.pending(call.guest)
    assert len(small) == 50
    assert read == [16, 34]
    call.process(call.guest, *small)
    call.process(call.guest, *call.pending(call.guest))
    for number in range(40):
        call.trickle(call.host, "x" * 2_000 + str(number))
    read.clear()
    assert len(call.pending(call.guest)) < 20
    assert sum(read) <= 32


def test_a_signal_larger_than_a_page_is_a_page(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(page_bytes=1024))
    call.run(call.host, "exchangeSessionDescription", sessionId=HOST, description=offer_of(9_000))
    call.trickle(call.host, "after it")
    [large] = call.pending(call.guest)
    assert len(large["data"]["sdp"]) == 9_000
    call.process(call.guest, large)
    assert call.names(call.guest) == ["after it"]
