"""A clock that jumps an hour, or by minutes, locks nobody out for longer than a moment, and opens nothing."""

import pytest

from connvo.kernel.clock import ClockWatch, within
from connvo.kernel.errors import Unauthorized
from connvo.providers import room_token
from connvo.providers.room_token import RoomGrant
from connvo.rules import breaker
from connvo.rules.breaker import FAILURES, HEALTHY, MAX_PAUSE_MS
from connvo.runtime.cluster.heartbeat_throttle import HeartbeatThrottle
from connvo.runtime.jobs.tables import Cron, Job
from connvo.schema.history import ConnectionFailure
from connvo.schema.meetings import Participant
from tests.support.backend import Backend, Caller, CallFailed

HOUR, MINUTES = 3600.0, 120.0
JUMPS = [HOUR, -HOUR, MINUTES, -MINUTES]
MOMENT = 10.0
SECRET = b"s" * 32


class Call:
    """Two people in a call, and a clock that can be set."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.host, self.guest = backend.sign_in("host"), backend.sign_in("guest")
        self.meeting: str = self.host.call("meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
        self.host.call(
            "meetings/lifecycle:addParticipant", meetingId=self.meeting, userId=self.guest.user_id, role="participant"
        )
        self.host.call("meetings/lifecycle:startMeeting", meetingId=self.meeting)
        for person in (self.host, self.guest):
            person.call("meetings/lifecycle:joinMeeting", meetingId=self.meeting)
            self.open_session(person)

    def open_session(self, person: Caller) -> None:
        person.call("meetings/webrtc/signaling:createWebRTCSession", meetingId=self.meeting, sessionId=person.user_id)

    def say(self) -> None:
        self.host.call("meetings/chat:sendMessage", meetingId=self.meeting, text="Hello")

    def say_much(self) -> None:
        for _ in range(100):
            self.say()

    def set_clock(self, jump: float, restart: bool) -> None:
        """Set the clock as an operator does, or the machine itself, with the server running or not."""
        self.backend.now_ns += int(jump * 1e9)
        if restart:
            self.backend.runtime = self.backend.add_node()
        else:
            self.backend.run(self.backend.runtime.scheduler.follow_clock())
        self.backend.run(self.backend.runtime.scheduler.settle())

    def presences(self) -> set[str]:
        return {one.presence for one in self.backend.read(lambda db: db.scan(Participant, "by_meeting", self.meeting))}


@pytest.fixture
def call(backend: Backend) -> Call:
    return Call(backend)


anyhow = pytest.mark.parametrize(("jump", "restart"), [(jump, restart) for jump in JUMPS for restart in (False, True)])


@anyhow
def test_a_used_up_rate_fills_again(call: Call, jump: float, restart: bool) -> None:
    with pytest.raises(CallFailed, match="RATE_LIMIT_EXCEEDED"):
        call.say_much()
    call.set_clock(jump, restart)
    call.backend.now_ns += int(MOMENT * 1e9)
    call.say()


@anyhow
def test_a_member_in_a_call_stays_in_it(call: Call, jump: float, restart: bool) -> None:
    call.set_clock(jump, restart)
    assert call.presences() == {"joined"}
    for person in (call.host, call.guest):
        call.open_session(person)


@anyhow
def test_a_member_that_falls_silent_afterwards_is_noticed_in_time(call: Call, jump: float, restart: bool) -> None:
    call.set_clock(jump, restart)
    for _ in range(12):
        call.backend.advance(MOMENT)
    assert call.presences() == {"left"}


@anyhow
def test_periodic_work_goes_on(call: Call, jump: float, restart: bool) -> None:
    call.set_clock(jump, restart)
    now = call.backend.now_ms
    for cron in call.backend.read(lambda db: db.scan(Cron, "by_path")):
        entry = call.backend.runtime.registry.find(cron.path)
        assert entry is not None
        assert cron.next_at <= now + (entry.function.every or 0) * 1000.0 + 1, cron.path


@anyhow
def test_a_delayed_job_runs_after_its_delay(call: Call, jump: float, restart: bool) -> None:
    delay_ms = 5_000.0

    def put_off(now: float) -> str:
        job = Job(path="signalling/jobs:sweep", arguments="{}", state="pending", run_at=now + delay_ms)
        return str(call.backend.run(call.backend.engine.write(lambda db: db.insert(job).id)).value)

    job = put_off(call.backend.now_ms)
    call.set_clock(jump, restart)
    call.backend.advance(MOMENT)
    assert call.backend.read(lambda db: db.get(Job, job)) is None


@anyhow
def test_a_timestamp_seen_by_a_client_is_reached(call: Call, jump: float, restart: bool) -> None:
    seen = call.backend.read(lambda db: db.timestamp)
    call.set_clock(jump, restart)
    commits = call.backend.commit_count()
    assert call.backend.run(call.backend.runtime.advance_clock(seen))
    assert call.backend.commit_count() == commits, "nothing is written for what was reached"


def test_a_client_moves_the_clock_by_seconds_at_most(call: Call) -> None:
    now = call.backend.now_ns
    assert not call.backend.run(call.backend.runtime.advance_clock(now + 10_000_000_000))
    assert call.backend.read(lambda db: db.timestamp) <= call.backend.now_ns
    assert call.backend.run(call.backend.runtime.advance_clock(now + 2_000_000_000))
    assert call.backend.read(lambda db: db.timestamp) < now + 3_000_000_000


@pytest.mark.parametrize("jump", JUMPS)
def test_failures_of_before_do_not_stop_a_recovery(call: Call, jump: float) -> None:
    report = {"meetingId": call.meeting, "sessionId": call.host.user_id, "errorType": "ice_failed"}
    for _ in range(call.backend.settings.recovery.stop_after - 1):
        call.host.call("meetings/webrtc/rooms:handleConnectionFailure", **report)
        call.backend.now_ns += int(MOMENT * 1e9)
        call.open_session(call.host)
    assert call.backend.read(lambda db: db.scan(ConnectionFailure, "by_age"))
    call.set_clock(jump, False)
    call.open_session(call.host)
    answer = call.host.call("meetings/webrtc/rooms:handleConnectionFailure", **report)
    assert answer["retryRecommended"]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_breaker_lets_a_try_through(jump: float) -> None:
    broken = HEALTHY
    for _ in range(FAILURES):
        broken = breaker.failed(broken, 0.0)
    assert breaker.state(broken, 0.0) == "open"
    assert breaker.state(broken, jump * 1000.0 + MAX_PAUSE_MS * (jump > 0)) == "half_open"


@pytest.mark.parametrize("jump", JUMPS)
def test_heartbeats_are_written(jump: float) -> None:
    async def write(meeting: str, member: str) -> None: ...

    heartbeats, pair = HeartbeatThrottle(write), ("m", "a")
    assert heartbeats.due({pair}, 0.0, 10_000.0) == [pair]
    assert heartbeats.due({pair}, 9_000.0, 10_000.0) == []
    assert heartbeats.due({pair}, jump * 1000.0, 10_000.0) == [pair]


@pytest.mark.parametrize("back", [HOUR, 2 * HOUR])
def test_a_room_token_is_not_valid_for_longer_than_it_says(back: float) -> None:
    grant = RoomGrant(meeting_id="m", room_id="r", provider="mesh", user_id="a", role="participant")
    now = 2e12
    token = room_token.sign(SECRET, grant, now, 600.0)
    assert room_token.verify(SECRET, token, now + 500_000.0, "m") == grant
    assert room_token.verify(SECRET, token, now - MINUTES * 1000.0, "m") == grant, "a node two minutes behind takes it"
    with pytest.raises(Unauthorized):
        room_token.verify(SECRET, token, now - back * 1000.0, "m")
    with pytest.raises(Unauthorized):
        room_token.verify(SECRET, token, now + 600_000.0, "m")


def test_a_clock_that_is_set_is_noticed_once() -> None:
    wall, passed = [0.0], [0.0]
    watch = ClockWatch(lambda: wall[0], lambda: passed[0])

    def go_on(wall_ms: float, seconds: float) -> float:
        wall[0] += wall_ms
        passed[0] += seconds
        return watch.take()

    assert go_on(60_000.0, 60.0) == 0.0
    assert go_on(3_660_000.0, 60.0) == 3_600_000.0
    assert go_on(60_000.0, 60.0) == 0.0
    assert go_on(-3_540_000.0, 60.0) == -3_600_000.0


def test_a_span_does_not_hold_times_before_its_start() -> None:
    assert [within(now, 100.0, 50.0) for now in (99.0, 100.0, 149.0, 150.0)] == [False, True, True, False]
