"""Signals wait in order for each addressee, until they are processed, superseded or expired."""

from typing import Any

import pytest

from connvo.functions.meetings.webrtc.signaling import get_pending_signals
from connvo.kernel.ids import decode_id, encode_id
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.settings import SignalSettings
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot
from tests.support.backend import ISSUER, Caller
from tests.support.call import GUEST, HOST, SIGNALING, Call, name_of, sdp


def send(call: Call, person: Caller, count: int, start: int = 0, session: str | None = None) -> list[str]:
    """Send candidates; return their names."""
    names = [f"c{number}" for number in range(start, start + count)]
    for name in names:
        call.trickle(person, name, session=session)
    return names


def test_a_targeted_signal_reaches_its_target_alone(call: Call) -> None:
    call.describe(call.host, "offer", "hello")
    (signal,) = call.pending(call.guest)
    assert signal["data"] == {"type": "offer", "sdp": sdp("hello")}
    assert (signal["type"], signal["sessionId"], signal["fromUserId"]) == ("sdp", HOST, call.host.user_id)
    assert signal["timestamp"] <= call.backend.now_ms
    assert call.pending(call.host) == call.pending(call.watcher) == []


def test_a_signal_without_a_target_reaches_everybody_in_the_call(call: Call) -> None:
    third, absent = call.backend.sign_in("tina"), call.backend.sign_in("adam")
    call.of(call.host, "removeParticipant", userId=call.watcher.user_id)
    call.add(third)
    call.add(absent)
    call.connect(third, "third")
    call.describe(call.guest, "offer", "all", targetUserId=None)
    call.trickle(call.guest, "c", targetUserId=None)
    assert call.names(call.host) == call.names(third) == ["all", "c"]
    assert call.names(call.guest) == call.names(absent) == []
    call.process(call.host)
    assert call.names(third) == ["all", "c"]


def test_an_observer_gets_no_signals(call: Call) -> None:
    call.describe(call.host, "offer", "all", targetUserId=None)
    assert call.pending(call.watcher) == []


def test_with_nobody_else_there_a_signal_is_for_nobody(call: Call) -> None:
    call.of(call.guest, "leaveMeeting")
    call.describe(call.host, "offer", "all", targetUserId=None)
    assert call.signal_count() == 0


def test_a_joined_member_gets_signals_without_a_session(call: Call) -> None:
    call.run(call.guest, "closeSession", sessionId=GUEST)
    call.describe(call.host, "offer", "hello")
    assert call.names(call.guest) == ["hello"]


@pytest.mark.parametrize(
    ("who", "code", "reason"),
    [
        ("host", "VALIDATION_ERROR", None),
        ("outsider", "NOT_FOUND", "not_a_member"),
        ("watcher", "NOT_FOUND", "observer"),
        ("gone", "NOT_FOUND", "not_joined"),
        ("nobody", "NOT_FOUND", "not_a_member"),
    ],
)
@pytest.mark.parametrize("function", ["exchangeSessionDescription", "exchangeICECandidate"])
def test_the_target_is_another_member_in_the_call(
    call: Call, who: str, code: str, reason: str | None, function: str
) -> None:
    call.of(call.guest, "leaveMeeting")
    ids = {"gone": call.guest.user_id, "nobody": encode_id(10001, bytes(16))}
    target = ids.get(who) or getattr(call, who).user_id
    content: dict[str, Any] = {"description": {"type": "offer", "sdp": sdp("x")}, "candidate": {"candidate": "x"}}
    name = "description" if "Description" in function else "candidate"
    args = {"sessionId": HOST, "targetUserId": target, name: content[name]}
    error = call.refused(call.host, function, code, **args)
    assert error.metadata["field"] == "targetUserId"
    assert error.metadata.get("reason") == reason


@pytest.mark.parametrize("end", ["closed", "failed"])
def test_a_session_that_is_over_sends_nothing(call: Call, end: str) -> None:
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state=end)
    args = {"sessionId": GUEST, "candidate": {"candidate": "x"}}
    assert call.refused(call.guest, "exchangeICECandidate", "CONFLICT", **args).metadata["state"] == end


@pytest.mark.parametrize("steps", [[], ["connected"], ["connected", "disconnected"]])
def test_an_open_session_sends_in_every_state(call: Call, steps: list[str]) -> None:
    for step in steps:
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state=step)
    call.trickle(call.guest, "c")
    assert call.names(call.host) == ["c"]


def test_signals_come_in_the_order_of_sending_from_any_sender(call: Call) -> None:
    third = call.backend.sign_in("tina")
    call.add(third)
    call.connect(third, "third")
    for number in range(10):
        sender, session = (call.guest, GUEST) if number % 2 else (third, "third")
        call.trickle(sender, f"c{number}", session=session, targetUserId=call.host.user_id)
    assert call.names(call.host) == [f"c{n}" for n in range(10)]


def test_a_signal_comes_back_until_it_is_processed(call: Call) -> None:
    send(call, call.host, 3)
    first = call.pending(call.guest)
    assert call.pending(call.guest) == first
    call.process(call.guest, first[1])
    assert call.names(call.guest) == ["c0", "c2"]
    call.process(call.guest)
    assert call.pending(call.guest) == []


def test_data_comes_back_exactly_as_it_was_sent(call: Call) -> None:
    sent: list[dict[str, Any]] = [
        {"candidate": "candidate:1 1 udp 2 10.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0},
        {"candidate": "c", "sdpMid": "", "sdpMLineIndex": 3, "usernameFragment": "abcd"},
        {"candidate": ""},
        {"candidate": "ünï-🦆\u0007"},
    ]
    for candidate in sent:
        args = {"sessionId": HOST, "targetUserId": call.guest.user_id, "candidate": candidate}
        call.run(call.host, "exchangeICECandidate", **args)
    found = [signal["data"] for signal in call.pending(call.guest)]
    assert found == sent
    assert [type(data.get("sdpMLineIndex")) for data in found[:2]] == [int, int]


def test_null_sent_by_a_browser_is_absent(call: Call) -> None:
    nulls = {"candidate": "c", "sdpMid": None, "sdpMLineIndex": None, "usernameFragment": None}
    call.run(call.host, "exchangeICECandidate", sessionId=HOST, candidate=nulls, targetUserId=None)
    assert [signal["data"] for signal in call.pending(call.guest)] == [{"candidate": "c"}]


# The cursor


def test_a_page_has_fifty_signals_and_the_cursor_leads_to_the_next(call: Call) -> None:
    names = send(call, call.host, 120)
    seen: list[dict[str, Any]] = []
    sizes = []
    while page := call.pending(call.guest, **({"lastSignalId": seen[-1]["_id"]} if seen else {})):
        seen += page
        sizes.append(len(page))
    assert sizes == [50, 50, 20]
    assert [name_of(signal) for signal in seen] == names


def test_the_cursor_is_exclusive(call: Call) -> None:
    send(call, call.host, 3)
    page = call.pending(call.guest)
    assert call.names(call.guest, lastSignalId=page[0]["_id"]) == ["c1", "c2"]
    assert call.names(call.guest, lastSignalId=page[2]["_id"]) == []


def test_the_id_of_a_signal_that_is_gone_is_a_cursor_still(make_call: Any) -> None:
    call = make_call(signals=SignalSettings(lost_after_seconds=1e6, closed_after_seconds=1e6))
    send(call, call.host, 4)
    page = call.pending(call.guest)
    call.process(call.guest, page[1])
    assert call.names(call.guest, lastSignalId=page[1]["_id"]) == ["c2", "c3"]
    call.backend.advance(121)
    call.trickle(call.host, "late")
    for signal in page:
        assert call.names(call.guest, lastSignalId=signal["_id"]) == ["late"]


def test_a_position_is_never_given_twice_even_to_a_member_that_was_away(call: Call) -> None:
    send(call, call.host, 3)
    last = call.pending(call.guest)[-1]["_id"]
    call.of(call.guest, "leaveMeeting")
    call.connect(call.guest, "back")
    call.trickle(call.host, "new")
    assert call.names(call.guest, lastSignalId=last) == ["new"]


def test_a_removed_and_invited_member_goes_on_at_the_same_position(call: Call) -> None:
    send(call, call.host, 3)
    last = call.pending(call.guest)[-1]["_id"]
    call.of(call.host, "removeParticipant", userId=call.guest.user_id)
    call.add(call.guest)
    call.join(call.guest)
    assert call.pending(call.guest) == []
    call.trickle(call.host, "new")
    assert call.names(call.guest, lastSignalId=last) == ["new"]


def test_a_cursor_of_another_queue_is_refused_and_skips_nothing(call: Call) -> None:
    call.trickle(call.host, "to the guest")
    call.trickle(call.guest, "to the host")
    foreign = call.pending(call.host)[0]["_id"]
    error = call.refused(call.guest, "getPendingSignals", "VALIDATION_ERROR", lastSignalId=foreign)
    assert error.metadata["field"] == "lastSignalId"


@pytest.mark.parametrize("bad", ["", "abc", "kd70000000000002w29scx6365bnj34x"])
def test_an_invalid_signal_id_is_refused(call: Call, bad: str) -> None:
    call.refused(call.guest, "getPendingSignals", "VALIDATION_ERROR", lastSignalId=bad)
    call.guest.fails(f"{SIGNALING}:markSignalsProcessed", "VALIDATION_ERROR", signalIds=[bad])


def test_ids_sort_as_their_signals_and_tell_nothing_else(call: Call) -> None:
    send(call, call.host, 5)
    ids = [signal["_id"] for signal in call.pending(call.guest)]
    assert ids == sorted(ids)
    payloads = [decoded[1] for i in ids if (decoded := decode_id(i))]
    assert [int.from_bytes(p[:8], "big") for p in payloads] == [1, 2, 3, 4, 5]
    assert len({p[8:] for p in payloads}) == 1


# The session filter


def test_the_session_filter_comes_before_the_limit(call: Call) -> None:
    third = call.backend.sign_in("tina")
    call.add(third)
    call.connect(third, "third")
    for number in range(70):
        call.trickle(third, f"noise{number}", session="third", targetUserId=call.host.user_id)
    call.trickle(call.guest, "wanted")
    assert call.names(call.host, sessionId=GUEST) == ["wanted"]
    assert len(call.pending(call.host, sessionId="third")) == 50


def test_filter_and_cursor_work_together(call: Call) -> None:
    call.connect(call.guest, "second")
    for number in range(6):
        call.trickle(call.guest, f"c{number}", session=GUEST if number % 2 else "second")
    cursor = call.pending(call.host)[1]["_id"]
    assert call.names(call.host, sessionId=GUEST, lastSignalId=cursor) == ["c3", "c5"]
    assert call.names(call.host, sessionId="second", lastSignalId=cursor) == ["c2", "c4"]


def test_the_session_of_nobody_has_sent_nothing(call: Call) -> None:
    send(call, call.host, 1)
    assert call.pending(call.guest, sessionId="nobody's") == []


# Processing


def test_only_the_addressee_processes_a_signal(call: Call) -> None:
    send(call, call.host, 2)
    ids = [signal["_id"] for signal in call.pending(call.guest)]
    for person in (call.host, call.watcher, call.outsider):
        assert person.call(f"{SIGNALING}:markSignalsProcessed", signalIds=ids) is None
    assert len(call.pending(call.guest)) == 2


def test_processing_again_or_an_unknown_id_changes_nothing(call: Call) -> None:
    send(call, call.host, 2)
    first = call.pending(call.guest)[0]["_id"]
    unknown = encode_id(10011, bytes(16))
    for ids in ([first, unknown, first], [first], []):
        call.guest.call(f"{SIGNALING}:markSignalsProcessed", signalIds=ids)
    assert call.names(call.guest) == ["c1"]
    assert call.signal_count() == 1


def test_processing_takes_at_most_a_thousand_at_once(call: Call) -> None:
    ids = [encode_id(10011, number.to_bytes(16, "big")) for number in range(1001)]
    path = f"{SIGNALING}:markSignalsProcessed"
    assert call.guest.fails(path, "VALIDATION_ERROR", signalIds=ids).metadata["field"] == "signalIds"
    call.guest.call(path, signalIds=ids[:1000])


def test_signals_of_several_meetings_are_processed_together(call: Call) -> None:
    other = call.create(call.guest)
    call.guest.call("meetings/lifecycle:addParticipant", meetingId=other, userId=call.host.user_id, role="participant")
    call.guest.call("meetings/lifecycle:startMeeting", meetingId=other)
    for person, session in ((call.host, "h2"), (call.guest, "g2")):
        person.call(f"{SIGNALING}:createWebRTCSession", meetingId=other, sessionId=session)
    call.trickle(call.host, "here")
    call.host.call(
        f"{SIGNALING}:exchangeICECandidate", meetingId=other, sessionId="h2", candidate={"candidate": "there"}
    )
    there = call.guest.call(f"{SIGNALING}:getPendingSignals", meetingId=other)
    assert [name_of(s) for s in there] == ["there"]
    call.process(call.guest, *call.pending(call.guest), *there)
    assert call.signal_count() == 0


# Expiry


def test_a_signal_nobody_fetched_expires(call: Call) -> None:
    send(call, call.host, 1)
    call.backend.now_ns += int(119 * 1e9)
    assert call.names(call.guest) == ["c0"]
    call.backend.now_ns += int(1 * 1e9)
    assert call.names(call.guest) == []
    assert call.signal_count() == 1
    call.backend.advance(5)
    assert call.signal_count() == 0


def test_expired_signals_do_not_shorten_a_page(make_call: Any) -> None:
    call = make_call(signals=SignalSettings(page=5, ttl_seconds=60, lost_after_seconds=1e6, closed_after_seconds=1e6))
    send(call, call.host, 23)
    call.backend.now_ns += int(61 * 1e9)
    fresh = send(call, call.host, 7, start=100)
    assert call.names(call.guest) == fresh[:5]
    assert call.names(call.guest, sessionId=HOST) == fresh[:5]


# What it looks at


@pytest.mark.parametrize("filtered", [False, True])
def test_fetching_looks_at_the_callers_own_queue_membership_and_meeting_only(call: Call, filtered: bool) -> None:
    send(call, call.host, 2)
    reads = ReadSet()

    def fetch(db: Snapshot) -> object:
        settings = call.backend.settings
        fork = db.fork(reads, Budget.of(settings.limits))
        ctx = QueryCtx(fork, call.guest.identity, call.backend.now_ms, settings)
        return get_pending_signals(ctx, meeting_id=MeetingId(call.meeting_id), session_id=HOST if filtered else None)

    call.backend.read(fetch)
    assert {place: list(prefixes) for place, prefixes in reads.ranges.items()} == {
        ("users", "by_token"): [(f"{ISSUER}|gustav",)],
        ("meetingParticipants", "by_meeting_user"): [(call.meeting_id, call.guest.user_id)],
        ("meetings", "by_id"): [(call.meeting_id,)],
        ("webrtcSignals", "by_addressee"): [(call.meeting_id, call.guest.user_id)],
    }
