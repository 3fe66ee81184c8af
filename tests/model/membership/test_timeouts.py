"""Heartbeats, and what becomes of members who give none."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.model.membership.timeouts import close_silent, reset_heartbeats
from connvo.runtime.cluster.node_leases import register
from connvo.schema.heartbeats import NEVER, PresenceLease, SocketRegistration
from connvo.schema.meetings import MeetingId
from connvo.schema.sessions import WebrtcSession
from connvo.schema.users import UserId
from connvo.settings import SignalSettings
from connvo.store.transaction import Transaction
from tests.support.backend import Caller
from tests.support.call import GUEST, HOST, Call


def state(call: Call) -> tuple[str, bool]:
    session = call.stored(call.guest)
    return session.state, session.open


def keep_alive(call: Call, seconds: int, *people: Any) -> None:
    """Let time pass while these people poll."""
    for _ in range(seconds // 10):
        for person in people:
            call.pending(person)
        call.backend.advance(10)


def test_a_silent_session_is_disconnected_and_then_closed(call: Call) -> None:
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
    keep_alive(call, 20, call.host)
    assert state(call) == ("connected", True)
    keep_alive(call, 20, call.host)
    assert state(call) == ("disconnected", True)
    keep_alive(call, 40, call.host)
    assert state(call) == ("disconnected", True)
    keep_alive(call, 20, call.host)
    assert state(call) == ("closed", False)
    assert call.stored(call.guest).metadata == {"reason": "no_sign_of_life"}
    assert call.stored(call.host).state == "connecting"


def test_the_next_heartbeat_brings_a_session_back_as_it_was(call: Call) -> None:
    for before in ("connecting", "connected"):
        if before == "connected":
            call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
        call.backend.advance(35)
        assert state(call) == ("disconnected", True)
        call.pending(call.guest)
        assert state(call) == (before, True)
        keep_alive(call, 60, call.guest)
        assert state(call) == (before, True)


def test_a_session_that_a_client_reported_as_disconnected_stays_so(call: Call) -> None:
    for step in ("connected", "disconnected"):
        call.run(call.guest, "updateSessionState", sessionId=GUEST, state=step)
    call.backend.advance(35)
    call.pending(call.guest)
    assert state(call) == ("disconnected", True)
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")


CALLS: dict[str, Callable[[Call], object]] = {
    "getPendingSignals": lambda call: call.pending(call.guest),
    "getActiveSessions": lambda call: call.run(call.guest, "getActiveSessions"),
    "exchangeICECandidate": lambda call: call.trickle(call.guest, "c"),
    "exchangeSessionDescription": lambda call: call.describe(call.guest, "offer", "o"),
    "updateSessionState": lambda call: call.run(
        call.guest, "updateSessionState", sessionId=GUEST, state="connecting", metadata={"n": 1}
    ),
    "createWebRTCSession": lambda call: call.connect(call.guest, GUEST),
    "markSignalsProcessed": lambda call: call.process(call.guest, *call.pending(call.guest)),
    "monitorConnectionQuality": lambda call: call.run(
        call.guest,
        "monitorConnectionQuality",
        sessionId=GUEST,
        stats={"bitrate": 1e6, "packetLoss": 0, "latency": 1, "jitter": 1},
    ),
    "joinMeeting": lambda call: call.of(call.guest, "joinMeeting"),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_a_heartbeat(call: Call, name: str) -> None:
    call.trickle(call.host, "for the guest")
    before = call.stored(call.guest).id
    for _ in range(4):
        call.backend.advance(25)
        call.pending(call.host)
        CALLS[name](call)
    assert state(call) == ("connecting", True)
    call.backend.advance(35)
    assert state(call) == ("disconnected", True)
    CALLS[name](call)
    assert state(call) == ("connecting", True)
    assert call.stored(call.guest).id == before


def test_a_failed_call_is_none(call: Call) -> None:
    call.backend.advance(25)
    call.refused(call.guest, "updateSessionState", "VALIDATION_ERROR", sessionId=GUEST, state="disconnected")
    call.backend.advance(10)
    assert state(call) == ("disconnected", True)


def test_the_grace_counts_from_the_last_heartbeat(call: Call) -> None:
    keep_alive(call, 100, call.guest)
    call.backend.advance(10)
    assert state(call) == ("connecting", True)
    call.backend.advance(15)
    assert state(call) == ("disconnected", True)


def test_a_closed_session_takes_its_signals_along_and_its_member_out(call: Call) -> None:
    call.describe(call.guest, "offer", "stale")
    call.describe(call.host, "offer", "never fetched")
    keep_alive(call, 110, call.host)
    assert call.names(call.host) == []
    assert call.signal_count() == 0
    assert call.membership(call.guest).presence == "left"
    assert call.membership(call.host).presence == "joined"


def test_a_member_that_was_taken_out_comes_back_with_a_new_session(call: Call) -> None:
    keep_alive(call, 110, call.host)
    assert call.pending(call.guest) == []
    call.refused(call.guest, "exchangeICECandidate", "CONFLICT", sessionId=GUEST, candidate={"candidate": "c"})
    call.connect(call.guest, GUEST)
    assert call.membership(call.guest).presence == "joined"
    call.trickle(call.guest, "back")
    assert call.names(call.host) == ["back"]


def test_a_heartbeat_wakes_no_query_about_signals_or_sessions(call: Call) -> None:
    tables = set()
    before = call.backend.commit_count()
    call.backend.advance(15)
    call.pending(call.guest)
    for commit in call.backend.run(call.backend.engine.commits(0, 1_000_000)):
        if commit.seq > before:
            tables |= {place.split("/")[0] for place in commit.written.keys}
    assert "sightings" in tables
    assert not tables & {"webrtcSignals", "webrtcSessions", "meetings", "meetingParticipants"}


def test_heartbeats_are_written_rarely(call: Call) -> None:
    call.backend.advance(15)
    before = call.backend.commit_count()
    for _ in range(50):
        call.pending(call.guest)
    assert call.backend.commit_count() == before + 1


def watched(call: Call) -> set[str]:
    return {sighting.user_id for sighting in call.backend.read(lambda db: db.scan(PresenceLease, "by_creation"))}


def test_a_member_in_the_call_is_watched_with_a_session_or_without(call: Call) -> None:
    keep_alive(call, 80, call.host, call.watcher)
    assert call.membership(call.watcher).presence == "joined"
    keep_alive(call, 110, call.host)
    assert call.membership(call.watcher).presence == "left"
    assert call.membership(call.host).presence == "joined"
    assert watched(call) == {call.host.user_id}


def test_a_member_that_is_not_in_the_call_is_not_watched(call: Call) -> None:
    call.of(call.guest, "leaveMeeting")
    call.backend.now_ns += int(20e9)
    call.pending(call.guest)
    assert call.guest.user_id not in watched(call)


def test_when_the_meeting_is_over_nobody_is_watched(call: Call) -> None:
    call.end()
    assert watched(call) == set()
    call.backend.advance(200)
    assert call.stored(call.guest).metadata == {"reason": "meeting_over"}


def test_all_of_a_silent_members_sessions_go_together(call: Call) -> None:
    call.connect(call.guest, "second")
    keep_alive(call, 40, call.host)
    assert {call.stored(call.guest, s).state for s in (GUEST, "second")} == {"disconnected"}
    call.trickle(call.guest, "c", session="second")
    assert {call.stored(call.guest, s).state for s in (GUEST, "second")} == {"connecting"}


def test_when_everybody_is_silent_the_meeting_empties_and_ends(call: Call) -> None:
    call.of(call.watcher, "leaveMeeting")
    call.backend.advance(40)
    call.backend.advance(60)
    call.backend.advance(5)
    assert call.meeting().empty_since is not None
    call.backend.advance(301)
    assert call.meeting().state == "concluded"


def test_a_member_with_a_recent_heartbeat_is_not_taken_out(call: Call) -> None:
    runtime = call.backend.runtime
    call.backend.run(runtime.call(close_silent, meeting_id=call.meeting_id, user_id=call.guest.user_id))
    assert state(call) == ("connecting", True)
    assert call.membership(call.guest).presence == "joined"


def test_after_the_server_was_away_everybodys_grace_begins_again(call: Call) -> None:
    call.run(call.guest, "updateSessionState", sessionId=GUEST, state="connected")
    call.backend.now_ns += int(3600e9)
    call.backend.run(call.backend.runtime.call(reset_heartbeats))
    call.backend.advance(5)
    assert state(call) == ("connected", True)
    keep_alive(call, 20, call.host)
    call.backend.advance(10)
    assert state(call) == ("disconnected", True)
    assert call.stored(call.host).state == "connecting"


def hold(call: Call, *people: Caller, gone: bool = False) -> None:
    """Have people's first sockets of this node come, or their last ones go."""

    async def work() -> None:
        presence = call.backend.runtime.presence
        pairs = [(call.meeting_id, person.user_id) for person in people]
        presence.release(pairs) if gone else presence.hold(pairs)
        await call.backend.runtime.settle()

    call.backend.run(work())


def look_around(call: Call, seconds: float = 0.0) -> None:
    """Renew the node's lease, so that others who do not are found dead in the end."""
    call.backend.run(call.backend.runtime.lease.renew())
    call.backend.advance(seconds)


@pytest.fixture
def other_node(call: Call) -> str:
    """A node that registers the guest."""

    def begin(db: Transaction) -> str:
        node = register(db).id
        db.insert(
            SocketRegistration(node=node, meeting_id=MeetingId(call.meeting_id), user_id=UserId(call.guest.user_id))
        )
        sighting = db.first(PresenceLease, "by_member", call.meeting_id, call.guest.user_id)
        assert sighting is not None
        db.patch(sighting, due_at=NEVER)
        return node

    node: str = call.backend.run(call.backend.engine.write(begin)).value
    return node


def test_a_member_with_a_socket_is_there_without_calls_and_nothing_is_written(call: Call) -> None:
    hold(call, call.host, call.guest, call.watcher)
    call.backend.advance(40)
    before = len(call.backend.read(lambda db: db.scan(WebrtcSession, "by_creation")))
    sightings_before = call.backend.read(lambda db: db.scan(PresenceLease, "by_creation"))
    call.backend.advance(3000)
    assert state(call) == ("connecting", True)
    assert call.backend.read(lambda db: db.scan(PresenceLease, "by_creation")) == sightings_before
    assert len(call.backend.read(lambda db: db.scan(WebrtcSession, "by_creation"))) == before


def test_the_grace_of_a_closed_socket_counts_from_its_end(call: Call) -> None:
    hold(call, call.guest)
    keep_alive(call, 500, call.host)
    hold(call, call.guest, gone=True)
    keep_alive(call, 20, call.host)
    assert state(call) == ("connecting", True)
    keep_alive(call, 20, call.host)
    assert state(call) == ("disconnected", True)
    hold(call, call.guest)
    assert state(call) == ("connecting", True)


def test_a_socket_elsewhere_is_enough(call: Call, other_node: str) -> None:
    hold(call, call.guest)
    hold(call, call.guest, gone=True)
    keep_alive(call, 200, call.host)
    assert state(call) == ("connecting", True)


def test_when_a_node_dies_its_people_have_their_grace_and_are_disconnected_then(call: Call, other_node: str) -> None:
    keep_alive(call, 100, call.host)
    for _ in range(4):
        look_around(call, 5)
        call.pending(call.host)
        assert state(call) == ("connecting", True)
    assert call.backend.read(lambda db: db.scan(SocketRegistration, "by_node", other_node)) == []
    call.backend.advance(5)
    assert state(call) == ("connecting", True)
    call.backend.advance(10)
    assert state(call) == ("disconnected", True)


def test_a_member_that_comes_back_at_another_node_in_time_never_left(call: Call, other_node: str) -> None:
    before = call.stored(call.guest)
    for _ in range(3):
        look_around(call, 5)
    hold(call, call.guest)
    for _ in range(20):
        look_around(call, 5)
        call.pending(call.host)
    assert call.stored(call.guest) == before
    assert call.backend.read(lambda db: db.scan(SocketRegistration, "by_node", other_node)) == []


def test_a_member_with_a_socket_before_joining_is_there_from_joining_on(call: Call) -> None:
    call.of(call.guest, "leaveMeeting")
    hold(call, call.guest)
    assert call.guest.user_id not in watched(call)
    call.connect(call.guest, GUEST)
    keep_alive(call, 200, call.host)
    assert state(call) == ("connecting", True)


def test_a_call_over_http_does_not_replace_the_heartbeat_of_a_socket(call: Call) -> None:
    hold(call, call.guest)
    call.pending(call.guest)
    call.trickle(call.guest, "c")
    keep_alive(call, 200, call.host)
    assert state(call) == ("connecting", True)


def test_after_an_outage_a_user_with_a_socket_still_has_it(call: Call) -> None:
    hold(call, call.guest)
    call.backend.now_ns += int(3600e9)
    call.backend.run(call.backend.runtime.call(reset_heartbeats))
    keep_alive(call, 200, call.host)
    assert state(call) == ("connecting", True)


def test_a_member_with_a_socket_is_not_closed_by_a_late_job(call: Call) -> None:
    hold(call, call.guest)
    call.backend.advance(500)
    runtime = call.backend.runtime
    call.backend.run(runtime.call(close_silent, meeting_id=call.meeting_id, user_id=call.guest.user_id))
    assert state(call) == ("connecting", True)


def test_the_grace_is_a_setting(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(lost_after_seconds=100, closed_after_seconds=200))
    call.backend.advance(90)
    assert state(call) == ("connecting", True)
    call.backend.advance(15)
    assert state(call) == ("disconnected", True)
    call.backend.advance(100)
    call.backend.advance(5)
    assert state(call) == ("closed", False)
    assert call.stored(call.host, HOST).state == "closed"
