"""Quiet, silence, presence and leaving."""

from typing import Any

import pytest

from connvo.transport.sync import close_codes
from tests.support.sync_house import Person, SyncHarness

PING = 10.0
GRACE = 30.0
LOOK = 5.0
SIGNALING = "meetings/webrtc/signaling"


class Call:
    """A host and a guest in an active meeting; the guest is connected and listens for signals on a socket."""

    def __init__(self, house: SyncHarness) -> None:
        self.house = house
        self.host, self.guest = house.person("hanna"), house.person("gustav")
        made = house.value(self.host.pipe, "meetings/lifecycle:createMeeting", title="Talk")
        self.meeting: str = made["meetingId"]
        self._of(self.host, "meetings/lifecycle:addParticipant", userId=self.guest.id, role="participant")
        self._of(self.host, "meetings/lifecycle:startMeeting")
        for person, session in ((self.host, "host-1"), (self.guest, "guest-1")):
            self._of(person, "meetings/lifecycle:joinMeeting")
            self._of(person, f"{SIGNALING}:createWebRTCSession", sessionId=session)
            self._of(person, f"{SIGNALING}:updateSessionState", sessionId=session, state="connected")
            house.watch(person.pipe, f"{SIGNALING}:getPendingSignals", meetingId=self.meeting)
        self._sessions = house.watch(self.host.pipe, f"{SIGNALING}:getActiveSessions", meetingId=self.meeting)

    def _of(self, person: Person, path: str, **args: Any) -> Any:
        return self.house.value(person.pipe, path, meetingId=self.meeting, **args)

    @property
    def guest_state(self) -> str | None:
        """The state of the guest's session as the host's live query shows it."""
        found: list[str] = [row["state"] for row in self._sessions() if row["sessionId"] == "guest-1"]
        return found[0] if found else None


@pytest.fixture
def call(house: SyncHarness) -> Call:
    return Call(house)


def test_a_socket_keeps_its_sessions_alive_without_a_word(call: Call) -> None:
    for _ in range(30):
        call.house.pass_time(PING)
        assert call.guest_state == "connected"


def test_a_closed_socket_disconnects_its_sessions_after_the_grace_and_not_at_once(call: Call) -> None:
    call.house.pass_time(PING)
    call.house.pass_time(PING - 1)
    call.guest.pipe.cut()
    call.house.settle()
    for _ in range(5):
        call.house.pass_time(LOOK)
        assert call.guest_state == "connected"
    call.house.pass_time(LOOK + 1)
    call.house.pass_time(LOOK)
    assert call.guest_state == "disconnected"
    call.house.open(call.guest.pipe.client, token=call.guest.token)
    assert call.guest_state == "connected"


def test_a_socket_that_resumes_in_time_is_as_if_nothing_had_happened(call: Call) -> None:
    shown = len(call.host.pipe.heard)
    pings = call.host.pipe.client.pings
    for _ in range(3):
        call.guest.pipe.cut()
        call.house.pass_time(GRACE - LOOK - 1)
        call.guest = call.guest._replace(pipe=call.house.open(call.guest.pipe.client, token=call.guest.token))
        call.house.pass_time(PING)
        assert call.guest_state == "connected"
    assert len(call.host.pipe.heard) - shown == call.host.pipe.client.pings - pings


def test_a_member_that_stops_watching_the_meeting_gives_no_heartbeat(call: Call) -> None:
    client = call.guest.pipe.client
    for number in list(client.queries):
        call.guest.pipe.say(client.unsubscribe(number))
    call.house.settle(call.guest.pipe)
    for _ in range(8):
        call.house.pass_time(LOOK)
    assert call.guest.pipe.open
    assert call.guest_state == "disconnected"


def test_a_quiet_client_hears_a_ping(house: SyncHarness) -> None:
    pipe = house.open()
    house.watch(pipe, "notes:count")
    before = len(pipe.heard)
    for n in range(1, 7):
        house.pass_time(PING)
        assert pipe.client.pings == n
    assert len(pipe.heard) == before + 6, "no traffic but pings"


def test_a_client_that_has_just_heard_something_hears_no_ping(house: SyncHarness) -> None:
    pipe = house.open()
    house.pass_time(PING * 0.75)
    house.do(pipe, "notes:add", text="x")
    house.pass_time(PING * 0.75)
    assert pipe.client.pings == 0
    house.pass_time(PING * 0.5)
    assert pipe.client.pings == 1


def test_pings_do_not_pile_up_for_a_client_that_does_not_read(house: SyncHarness) -> None:
    pipe = house.open()
    pipe.read(False)
    for _ in range(10):
        house.pass_time(PING)
    pipe.read(True)
    house.settle()
    assert pipe.client.pings <= 2


def test_a_client_without_a_hello_is_sent_away(house: SyncHarness) -> None:
    pipe = house.connect()
    house.settle()
    house.pass_time(PING)
    assert pipe.open
    house.pass_time(PING)
    assert pipe.closed == (close_codes.NORMAL, close_codes.NO_CONNECT)


def test_a_stop_sends_everybody_away_with_their_answers(house: SyncHarness) -> None:
    pipes = [house.open() for _ in range(20)]
    for pipe in pipes:
        pipe.say(pipe.client.mutate("notes:add", {"text": "last"})[1])
        pipe.deliver()
    house.step(2)
    house.backend.run(house.sockets.stop())
    house.settle()
    assert {pipe.closed for pipe in pipes} == {(close_codes.RESTART, close_codes.STOPPING)}
    assert len(house.sockets) == 0
    late = house.connect()
    house.settle(late)
    assert not late.accepted


def test_a_stop_does_not_wait_for_a_client_that_does_not_read(house: SyncHarness) -> None:
    slow, quick = house.open(), house.open()
    house.watch(slow, "notes:count")
    slow.read(False)
    house.do(quick, "notes:add", text="x")
    stopping = house.backend.runner.get_loop().create_task(house.sockets.stop())
    house.settle()
    house.pass_time(PING)
    house.pass_time(PING)
    assert stopping.done()
    assert quick.closed == (close_codes.RESTART, close_codes.STOPPING)
