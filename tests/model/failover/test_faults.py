"""A provider that is away, slow, refuses or answers nonsense: the room goes elsewhere or waits, and is never stuck."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connvo.model.rooms import placement
from connvo.model.rooms.placement import OVERDUE_SECONDS
from connvo.rules.breaker import FIRST_PAUSE_MS
from connvo.rules.providers import JANUS, MESH
from connvo.runtime.call_request import CallRequest
from connvo.runtime.jobs.tables import Job
from connvo.schema.provider_health import ProviderHealth
from connvo.settings import GetStreamSettings, JanusSettings, MeetingSettings
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import PROVIDER_FAILURES, ROOM_CLOSINGS, ROOM_MOVES
from tests.support.backend import Caller
from tests.support.call import GUEST, HOST, Call
from tests.support.getstream_double import KEY, SECRET, GetStreamDouble, getstream_double
from tests.support.janus import JanusServer
from tests.support.ports import own_port

STATE, ENTER = "meetings/webrtc/recovery:getRoomState", "meetings/webrtc/recovery:enterMediaRoom"
SMALL = MeetingSettings(mesh_participants=2)
ELSEWHERE = {"success": True, "retryRecommended": True, "fallbackProvider": "webrtc"}
RETRY = {"success": True, "retryRecommended": True}
FIRST_PAUSE = FIRST_PAUSE_MS / 1000


def managed(call: Call, *, open_it: bool = True, guests: int = 0) -> Call:
    """Return the call, held again in a meeting that a media server carries from its beginning."""
    call.meeting_id = call.create(call.host, maxParticipants=8)
    call.add(call.guest)
    call.start()
    if open_it:
        call.backend.advance(0)
    call.join(call.host, call.guest)
    call.connect(call.host, HOST)
    call.connect(call.guest, GUEST)
    for nth in range(guests):
        one = call.backend.sign_in(f"more{nth}")
        call.add(one)
        call.connect(one, f"more {nth}")
    return call


def state(call: Call, person: Caller | None = None) -> dict[str, Any]:
    """Return where the room is, as somebody sees it."""
    found: dict[str, Any] = call.run(person or call.guest, STATE)
    return found


def where(call: Call) -> tuple[str, float, str]:
    """Return the provider of the room, its generation and whether it is open."""
    seen = state(call)
    return seen["provider"], seen["generation"], seen["state"]


@pytest.fixture
def at_janus(make_call: Callable[..., Call], janus: JanusServer) -> Call:
    """Two people in a room at Janus, small enough for a mesh."""
    call = managed(make_call(janus=janus.settings))
    assert where(call) == ("janus", 0, "ready")
    return call


@pytest.fixture
def crowd(make_call: Callable[..., Call], janus: JanusServer) -> Call:
    """Three people in a room at Janus, too many for a mesh here."""
    call = managed(make_call(janus=janus.settings, meetings=SMALL), guests=1)
    assert where(call) == ("janus", 0, "ready")
    return call


class TestWhenJanusFails:
    """In the middle of a call."""

    @pytest.mark.parametrize("error", ["ice_failed", "connection_timeout", "media_failed", "signaling_failed"])
    def test_the_first_member_to_report_it_moves_a_small_room_to_the_mesh(
        self, at_janus: Call, janus: JanusServer, error: str
    ) -> None:
        janus.kill()
        assert at_janus.fail(at_janus.guest, error) == ELSEWHERE
        assert where(at_janus) == ("webrtc", 1, "ready")
        assert "janus does not answer" in state(at_janus, at_janus.host)["reason"]
        assert at_janus.fail(at_janus.host, error) == ELSEWHERE
        assert where(at_janus) == ("webrtc", 1, "ready")
        assert at_janus.backend.counted(PROVIDER_FAILURES) == [("janus", "unreachable")]

    @pytest.mark.parametrize("error", ["ice_failed", "connection_timeout", "media_failed", "signaling_failed"])
    def test_the_third_failure_of_one_moves_the_room_back_though_janus_answers(
        self, at_janus: Call, error: str
    ) -> None:
        assert at_janus.fail_thrice(at_janus.guest) == ELSEWHERE
        assert where(at_janus) == ("webrtc", 1, "ready")

    def test_all_that_report_at_once_get_one_decision(self, at_janus: Call, janus: JanusServer) -> None:
        janus.kill()

        async def report(person: Caller) -> Any:
            args = {"meetingId": at_janus.meeting_id, "sessionId": at_janus.session_of(person)}
            path = "meetings/webrtc/rooms:handleConnectionFailure"
            runtime = at_janus.backend.runtime
            return await runtime.run(
                CallRequest(path, {**args, "errorType": "ice_failed"}, person.identity, None, "test")
            )

        async def together() -> list[Any]:
            return list(await asyncio.gather(report(at_janus.guest), report(at_janus.host)))

        outcomes = at_janus.backend.run(together())
        assert [outcome.value for outcome in outcomes] == [ELSEWHERE, ELSEWHERE]
        assert where(at_janus) == ("webrtc", 1, "ready")
        assert at_janus.backend.counted(ROOM_MOVES) == [("janus", "webrtc")]

    def test_one_that_hangs_is_left_like_one_that_is_gone(self, at_janus: Call, janus: JanusServer) -> None:
        janus.freeze()
        assert at_janus.fail(at_janus.guest) == ELSEWHERE
        assert at_janus.backend.counted(PROVIDER_FAILURES) == [("janus", "slow")]

    def test_the_mesh_that_came_of_it_does_not_move_there_again_before_janus_has_answered(
        self, at_janus: Call, janus: JanusServer
    ) -> None:
        janus.kill()
        at_janus.fail(at_janus.guest)
        at_janus.connect(at_janus.guest, GUEST)
        assert at_janus.fail_thrice(at_janus.guest) == RETRY
        assert where(at_janus) == ("webrtc", 1, "ready")
        janus.start()
        at_janus.backend.advance(3)
        at_janus.connect(at_janus.guest, "after")
        assert at_janus.fail(at_janus.guest, session="after")["fallbackProvider"] == "janus"

    def test_a_room_too_large_for_the_mesh_is_closed_for_everybody_and_comes_back(
        self, crowd: Call, janus: JanusServer
    ) -> None:
        janus.kill()
        assert crowd.fail(crowd.guest) == RETRY
        assert where(crowd) == ("janus", 0, "closed")
        assert state(crowd, crowd.host)["reason"] == "janus does not answer"
        crowd.connect(crowd.guest, "again")
        refused = crowd.refused(crowd.guest, ENTER, "SERVICE_UNAVAILABLE", sessionId="again")
        assert refused.metadata["reason"] == "janus does not answer"
        since = state(crowd)["since"]
        crowd.backend.advance(2)
        assert where(crowd) == ("janus", 0, "closed")
        assert state(crowd)["since"] == since, "tried without success, it is closed as it was"
        janus.start()
        crowd.backend.advance(4)
        assert where(crowd) == ("janus", 0, "ready")
        assert crowd.run(crowd.guest, ENTER, sessionId="again")["roomId"] in janus.rooms()
        assert crowd.backend.counted(ROOM_CLOSINGS) == [("janus",)]

    def test_a_closed_room_is_tried_again_ever_more_rarely_and_never_twice_at_once(
        self, crowd: Call, janus: JanusServer
    ) -> None:
        janus.kill()
        crowd.fail(crowd.guest)
        waiting = []
        for _ in range(4):
            waiting.append(next_tries(crowd))
            crowd.backend.advance(waiting[-1][0])
        assert [[round(pause) for pause in pauses] for pauses in waiting] == [[2], [4], [8], [16]]

    def test_a_closed_room_from_which_people_leave_opens_as_a_mesh(self, crowd: Call, janus: JanusServer) -> None:
        janus.kill()
        crowd.fail(crowd.guest)
        crowd.of(crowd.guest, "leaveMeeting")
        crowd.backend.advance(2)
        assert state(crowd, crowd.host)["provider"] == "webrtc"
        assert state(crowd, crowd.host)["state"] == "ready"

    def test_a_restarted_server_gets_its_room_again_when_the_first_member_enters(
        self, at_janus: Call, janus: JanusServer
    ) -> None:
        janus.kill()
        janus.start()
        assert janus.rooms() == []
        assert at_janus.fail(at_janus.guest, "signaling_failed") == RETRY
        at_janus.connect(at_janus.guest, "again")
        room = at_janus.run(at_janus.guest, ENTER, sessionId="again")["roomId"]
        assert janus.rooms() == [room]


class TestWhenJanusDoesNotOpenARoom:
    """At the beginning of a meeting."""

    def test_a_small_meeting_begins_on_the_mesh(self, make_call: Callable[..., Call], janus: JanusServer) -> None:
        janus.stop()
        call = managed(make_call(janus=janus.settings))
        assert where(call) == ("webrtc", 1, "ready")
        assert "janus cannot be used" in state(call)["reason"]

    def test_the_room_is_opening_until_that_is_decided(
        self, make_call: Callable[..., Call], janus: JanusServer
    ) -> None:
        call = managed(make_call(janus=janus.settings), open_it=False)
        assert where(call) == ("janus", 0, "opening")
        call.backend.advance(0)
        assert where(call) == ("janus", 0, "ready")

    def test_a_key_that_is_refused_is_not_tried_three_times(
        self, make_call: Callable[..., Call], janus: JanusServer
    ) -> None:
        wrong = JanusSettings(**{**janus.settings.model_dump(), "admin_secret": "not this one"})
        call = managed(make_call(janus=wrong))
        assert where(call) == ("webrtc", 1, "ready")
        assert breaker(call).opened_at is not None

    def test_an_opening_of_which_nobody_hears_is_sent_again_and_then_decided(
        self, make_call: Callable[..., Call], janus: JanusServer
    ) -> None:
        call = managed(make_call(janus=janus.settings), open_it=False)
        lose_jobs(call, placement.open_room.path)
        call.backend.advance(OVERDUE_SECONDS)
        assert where(call) == ("janus", 0, "ready"), "sent again"
        call = managed(make_call(janus=janus.settings), open_it=False)
        lose_jobs(call, placement.open_room.path)
        call.backend.now_ns += int(OVERDUE_SECONDS * 1e9)
        call.backend.run(call.backend.runtime.scheduler.run_due())
        lose_jobs(call, placement.open_room.path)
        call.backend.advance(OVERDUE_SECONDS)
        assert where(call) == ("webrtc", 1, "ready"), "decided"
        assert placement.NOT_IN_TIME in state(call)["reason"]


def lose_jobs(call: Call, path: str) -> None:
    """Lose what a node was about to do, as its death does."""

    def work(db: Transaction) -> int:
        lost = [job for job in db.scan(Job, "by_creation") if job.path == path]
        for job in lost:
            db.delete(job)
        return len(lost)

    assert call.backend.run(call.backend.engine.write(work)).value == 1


def next_tries(call: Call) -> list[float]:
    """Return in how many seconds the room is to be opened again, for each time that is planned."""
    jobs = call.backend.read(lambda db: db.scan(Job, "by_creation"))
    return [(job.run_at - call.backend.now_ms) / 1000 for job in jobs if job.path == placement.reopen.path]


def breaker(call: Call) -> Any:
    """Return Janus's circuit breaker."""
    found = call.backend.read(lambda db: db.first(ProviderHealth, "by_provider", JANUS))
    assert found is not None
    return found.breaker


class TestTheBreaker:
    """Of a provider that fails three times in a row."""

    @pytest.fixture
    def broken(self, make_call: Callable[..., Call], janus: JanusServer) -> Call:
        """A call on the mesh, where Janus has failed three meetings."""
        janus.stop()
        call = make_call(janus=janus.settings)
        for _ in range(3):
            managed(call)
        assert breaker(call).opened_at is not None
        return call

    def failures(self, call: Call) -> int:
        return len(call.backend.counted(PROVIDER_FAILURES))

    def test_while_it_is_open_nobody_asks(self, broken: Call) -> None:
        before = self.failures(broken)
        broken.backend.advance(FIRST_PAUSE - 1)
        assert self.failures(broken) == before

    def test_then_one_call_asks_and_with_each_failure_the_pause_doubles(self, broken: Call) -> None:
        asked = []
        for _ in range(40):
            before = self.failures(broken)
            broken.backend.advance(1)
            asked.append(self.failures(broken) - before)
        assert set(asked) == {0, 1}
        times = [second for second, calls in enumerate(asked, start=1) if calls]
        first, second, third = times
        assert FIRST_PAUSE <= first <= FIRST_PAUSE + 2
        assert 2 * FIRST_PAUSE <= second - first <= 2 * FIRST_PAUSE + 2
        assert 4 * FIRST_PAUSE <= third - second <= 4 * FIRST_PAUSE + 2

    def test_an_answer_closes_it_and_rooms_go_there_again(self, broken: Call, janus: JanusServer) -> None:
        janus.start()
        broken.backend.advance(FIRST_PAUSE + 2)
        assert breaker(broken).opened_at is None
        assert where(managed(broken)) == ("janus", 0, "ready")


class TestWhenGetStreamFails:
    """As its stand-in does, in every way that a service fails."""

    @pytest.fixture
    def double(self) -> Iterator[GetStreamDouble]:
        with getstream_double() as running:
            yield running

    @pytest.fixture
    def settings(self, double: GetStreamDouble) -> GetStreamSettings:
        return GetStreamSettings(api_key=KEY, api_secret=SECRET, base_url=double.url, timeout_seconds=1)

    @pytest.fixture
    def at_getstream(self, make_call: Callable[..., Call], settings: GetStreamSettings) -> Call:
        call = managed(make_call(getstream=settings))
        assert where(call) == ("getstream", 0, "ready")
        return call

    @pytest.mark.parametrize(
        ("mode", "reason"),
        [("slow", "slow"), (401, "refused"), (429, "rate_limited"), (500, "broken"), ("garbled", "broken")],
    )
    def test_the_first_member_to_report_it_moves_the_room(
        self, at_getstream: Call, double: GetStreamDouble, mode: str | int, reason: str
    ) -> None:
        double.fail(mode)
        assert at_getstream.fail(at_getstream.guest) == ELSEWHERE
        assert where(at_getstream) == ("webrtc", 1, "ready")
        assert at_getstream.backend.counted(PROVIDER_FAILURES) == [("getstream", reason)]
        double.fail("ok")

    def test_one_that_is_not_there_lets_a_meeting_begin_elsewhere(self, make_call: Callable[..., Call]) -> None:
        away = f"http://127.0.0.1:{own_port()}/"
        call = managed(
            make_call(getstream=GetStreamSettings(api_key=KEY, api_secret=SECRET, base_url=away, timeout_seconds=1))
        )
        assert where(call) == ("webrtc", 1, "ready")

    def test_where_there_is_a_janus_too_the_room_goes_there(
        self, make_call: Callable[..., Call], settings: GetStreamSettings, double: GetStreamDouble, janus: JanusServer
    ) -> None:
        call = managed(make_call(getstream=settings, janus=janus.settings, meetings=SMALL), guests=1)
        double.fail(500)
        assert call.fail(call.guest)["fallbackProvider"] == "janus"
        call.backend.advance(0)
        assert where(call) == ("janus", 1, "ready")
        double.fail("ok")

    def test_with_both_away_a_large_room_is_closed_and_opens_where_it_can_first(
        self, make_call: Callable[..., Call], settings: GetStreamSettings, double: GetStreamDouble, janus: JanusServer
    ) -> None:
        call = managed(make_call(getstream=settings, janus=janus.settings, meetings=SMALL), guests=1)
        double.fail(500)
        janus.stop()
        call.fail(call.guest)
        call.backend.advance(0)
        provider, _, open_state = where(call)
        assert (provider == MESH, open_state) == (False, "closed")
        janus.start()
        for _ in range(5):
            call.backend.advance(4)
        assert where(call)[0::2] == ("janus", "ready")
        double.fail("ok")
