"""Where a room is, how it is entered at a real Janus, and that only those who are in the meeting can."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.settings import MeetingSettings
from tests.support.backend import Caller
from tests.support.call import GUEST, HOST, SECONDS_BETWEEN_TRIES, Call
from tests.support.janus import JanusServer

RECOVERY = "meetings/webrtc/recovery"


def state(call: Call, person: Caller | None = None) -> dict[str, Any]:
    """Return where the room is, as somebody sees it."""
    found: dict[str, Any] = call.run(person or call.guest, f"{RECOVERY}:getRoomState")
    return found


def enter(call: Call, person: Caller, session: str) -> dict[str, Any]:
    """Return what an entry into the room takes."""
    found: dict[str, Any] = call.run(person, f"{RECOVERY}:enterMediaRoom", sessionId=session)
    return found


def move(call: Call) -> None:
    """Have the room moved, as trying again does not help the host, and open new sessions there."""
    call.fail(call.guest)
    call.fail_thrice(call.host)
    call.backend.advance(0)
    for person in (call.guest, call.host):
        call.connect(person, call.session_of(person))


def test_a_mesh_is_ready_as_soon_as_the_meeting_has_started(call: Call) -> None:
    assert state(call) == {
        "provider": "webrtc",
        "generation": 0,
        "state": "ready",
        "since": call.meeting().started_at,
    }
    entry = enter(call, call.guest, GUEST)
    assert entry == {
        "provider": "webrtc",
        "roomId": f"webrtc_{call.meeting_id}",
        "generation": 0,
        "iceServers": [],
    }


def test_before_and_after_the_meeting_its_room_is_closed(call: Call) -> None:
    other = call.create(call.host)
    path = f"{RECOVERY}:getRoomState"
    assert call.host.call(path, meetingId=other)["state"] == "closed"
    call.end()
    ended = state(call)
    assert (ended["state"], ended["reason"], ended["since"]) == (
        "closed",
        "The meeting is over",
        call.meeting().ended_at,
    )


def test_everybody_sees_the_move_and_why(served: Call, janus: JanusServer) -> None:
    served.fail_thrice(served.guest)
    for person in (served.guest, served.host, served.watcher):
        seen = state(served, person)
        assert (seen["provider"], seen["generation"], seen["state"]) == ("janus", 1, "opening")
        assert "3 failures in a row" in seen["reason"]
    served.backend.advance(0)
    assert state(served)["state"] == "ready"
    assert f"janus_{served.meeting_id}_1" in janus.rooms()


def test_entering_gives_the_data_that_janus_requires(served: Call, janus: JanusServer) -> None:
    move(served)
    entry = enter(served, served.guest, GUEST)
    assert (entry["provider"], entry["roomId"], entry["generation"]) == ("janus", f"janus_{served.meeting_id}_1", 1)
    assert entry["url"] == janus.settings.ws_url
    assert entry["feedId"].startswith(f"{served.guest.user_id}.")
    assert entry["apiToken"] in janus.tokens()
    assert enter(served, served.guest, GUEST) == entry
    assert enter(served, served.host, HOST)["token"] != entry["token"]


def test_the_first_member_to_enter_opens_the_room(served: Call, janus: JanusServer) -> None:
    served.fail(served.guest)
    served.fail_thrice(served.host)
    served.connect(served.guest, GUEST)
    room = enter(served, served.guest, GUEST)["roomId"]
    assert state(served)["state"] == "ready"
    assert room in janus.rooms()


def test_each_device_of_a_member_has_a_feed_of_its_own(served: Call, janus: JanusServer) -> None:
    move(served)
    served.connect(served.guest, "tablet")
    laptop, tablet = enter(served, served.guest, GUEST), enter(served, served.guest, "tablet")
    assert laptop["feedId"] != tablet["feedId"]
    assert laptop["token"] == tablet["token"]


def test_a_session_from_before_the_move_enters_nothing(served: Call, janus: JanusServer) -> None:
    served.connect(served.guest, "tablet")
    move(served)
    path = f"{RECOVERY}:enterMediaRoom"
    refused = served.refused(served.guest, path, "VALIDATION_ERROR", sessionId="tablet")
    assert refused.metadata == {"field": "sessionId", "generation": 1}


class TestRefusals:
    """Who gets no way in, and no news."""

    @pytest.mark.parametrize(("who", "code"), [("outsider", "FORBIDDEN"), ("watcher", "INSUFFICIENT_PERMISSIONS")])
    def test_outsiders_and_observers_do_not_enter(self, call: Call, who: str, code: str) -> None:
        call.refused(getattr(call, who), f"{RECOVERY}:enterMediaRoom", code, sessionId=GUEST)

    def test_outsiders_hear_nothing(self, call: Call) -> None:
        for name in ("getRoomState", "getTimeline"):
            call.refused(call.outsider, f"{RECOVERY}:{name}", "FORBIDDEN")

    def test_nobody_enters_with_anothers_session_or_one_that_is_over(self, call: Call) -> None:
        path = f"{RECOVERY}:enterMediaRoom"
        call.refused(call.guest, path, "NOT_FOUND", sessionId=HOST)
        call.run(call.guest, "closeSession", sessionId=GUEST)
        call.refused(call.guest, path, "CONFLICT", sessionId=GUEST)

    def test_a_departed_removed_or_deactivated_member_does_not_enter(self, call: Call) -> None:
        path = f"{RECOVERY}:enterMediaRoom"
        call.of(call.guest, "leaveMeeting")
        call.refused(call.guest, path, "VALIDATION_ERROR", sessionId=GUEST)
        call.of(call.host, "removeParticipant", userId=call.guest.user_id)
        call.refused(call.guest, path, "FORBIDDEN", sessionId=GUEST)
        other = call.backend.sign_in("tina")
        call.add(other)
        call.connect(other, "tina's")
        other.call("users/mutations:deactivateUser", userId=other.user_id)
        call.refused(other, path, "FORBIDDEN", sessionId="tina's")

    def test_when_the_meeting_is_over_nobody_does(self, call: Call) -> None:
        call.end()
        call.refused(call.guest, f"{RECOVERY}:enterMediaRoom", "MEETING_NOT_ACTIVE", sessionId=GUEST)

    def test_entering_over_and_over_is_slowed_down(self, call: Call) -> None:
        for _ in range(20):
            enter(call, call.guest, GUEST)
        call.refused(call.guest, f"{RECOVERY}:enterMediaRoom", "RATE_LIMIT_EXCEEDED", sessionId=GUEST)


class TestModeration:
    """Whoever is out of the meeting is out of its room at Janus, and their token is worth nothing."""

    @pytest.fixture
    def token(self, served: Call, janus: JanusServer) -> str:
        move(served)
        enter(served, served.host, HOST)
        return str(enter(served, served.guest, GUEST)["token"])

    @pytest.mark.parametrize("how", ["removed", "left", "deactivated"])
    def test_the_token_goes_with_the_seat(self, served: Call, janus: JanusServer, token: str, how: str) -> None:
        assert token in janus.tokens()
        match how:
            case "removed":
                served.of(served.host, "removeParticipant", userId=served.guest.user_id)
            case "left":
                served.of(served.guest, "leaveMeeting")
            case "deactivated":
                served.guest.call("users/mutations:deactivateUser", userId=served.guest.user_id)
        served.backend.advance(0)
        assert token not in janus.tokens()
        assert any(kept.startswith(f"janus_{served.meeting_id}_1.{served.host.user_id}") for kept in janus.tokens())

    def test_with_the_meeting_the_room_ends_and_every_token_for_it(
        self, served: Call, janus: JanusServer, token: str
    ) -> None:
        served.end()
        served.backend.advance(0)
        assert f"janus_{served.meeting_id}_1" not in janus.rooms()
        assert not [kept for kept in janus.tokens() if served.meeting_id in kept]

    def test_a_member_that_comes_back_at_once_keeps_the_seat(
        self, served: Call, janus: JanusServer, token: str
    ) -> None:
        served.of(served.guest, "leaveMeeting")
        served.of(served.guest, "joinMeeting")
        served.backend.advance(0)
        assert token in janus.tokens()

    def test_the_seat_is_taken_when_janus_answers_again(self, served: Call, janus: JanusServer, token: str) -> None:
        janus.freeze()
        served.of(served.host, "removeParticipant", userId=served.guest.user_id)
        served.backend.advance(0)
        janus.thaw()
        served.backend.advance(2)
        assert token not in janus.tokens()


class TestTimeline:
    """What happened to whose connection."""

    def timeline(self, call: Call, person: Caller, of: Caller | None = None) -> list[dict[str, Any]]:
        asked = {} if of is None else {"userId": of.user_id}
        found: list[dict[str, Any]] = call.run(person, f"{RECOVERY}:getTimeline", **asked)
        return found

    def test_it_tells_the_whole_story_in_order(self, served: Call, janus: JanusServer) -> None:
        connected = {"state": "connected", "metadata": {"candidateType": "relay"}}
        served.run(served.guest, "updateSessionState", sessionId=GUEST, state="connected")
        move(served)
        served.backend.now_ns += int(3e9)
        served.run(served.guest, "updateSessionState", sessionId=GUEST, **connected)
        served.of(served.guest, "leaveMeeting")
        events = self.timeline(served, served.guest)
        assert [event["kind"] for event in events] == ["joined", "connected", "failed", "moved", "connected", "left"]
        _, first, failed, moved, again, _ = events
        assert "secondsToRecover" not in first
        assert (failed["errorType"], failed["rung"], failed["provider"]) == ("ice_failed", "restart", "webrtc")
        assert (moved["provider"], moved["generation"]) == ("janus", 1)
        tried = 2 * SECONDS_BETWEEN_TRIES
        assert tried + 3 <= again["secondsToRecover"] < tried + 4
        assert (again["rung"], again["candidateType"]) == ("restart", "relay")
        assert [event["at"] for event in events] == sorted(event["at"] for event in events)

    def test_a_host_reads_the_timelines_of_all_members_removed_ones_too(self, call: Call) -> None:
        call.of(call.host, "removeParticipant", userId=call.guest.user_id)
        assert [event["kind"] for event in self.timeline(call, call.host, call.guest)] == ["joined", "removed"]

    def test_others_read_their_own(self, call: Call) -> None:
        path = f"{RECOVERY}:getTimeline"
        assert self.timeline(call, call.guest, call.guest) == self.timeline(call, call.guest)
        args = {"userId": call.host.user_id}
        call.refused(call.guest, path, "INSUFFICIENT_PERMISSIONS", **args)

    def test_the_end_of_the_meeting_is_the_last_that_happens(self, call: Call) -> None:
        call.end()
        assert self.timeline(call, call.guest)[-1]["kind"] == "left"

    def test_the_oldest_go_when_there_are_very_many(self, call: Call) -> None:
        for _ in range(201):
            call.of(call.guest, "leaveMeeting")
            call.of(call.guest, "joinMeeting")
        assert len(self.timeline(call, call.guest)) == 200


class TestSize:
    """A mesh that has grown too large moves to the media server, announced."""

    @pytest.fixture
    def small(self, make_call: Callable[..., Call], janus: JanusServer) -> Call:
        """A call with three people in it, on a mesh for no more."""
        return make_call(janus=janus.settings, meetings=MeetingSettings(mesh_participants=3))

    def more(self, call: Call, *names: str) -> None:
        for name in names:
            person = call.backend.sign_in(name)
            call.add(person)
            call.connect(person, name)

    def test_one_more_is_let_in_and_the_move_announced_then_made(self, small: Call, janus: JanusServer) -> None:
        self.more(small, "tina")
        seen = state(small)
        assert (seen["provider"], seen["state"], seen["announced"]["provider"]) == ("webrtc", "ready", "janus")
        assert seen["announced"]["at"] > small.backend.now_ms
        assert "4 people" in seen["announced"]["reason"]
        small.backend.advance(0)
        assert f"janus_{small.meeting_id}_1" in janus.rooms()
        assert state(small)["provider"] == "webrtc"
        small.backend.advance(2)
        seen = state(small)
        assert (seen["provider"], seen["generation"], seen["state"]) == ("janus", 1, "ready")
        assert "announced" not in seen

    def test_it_stays_there_when_it_shrinks(self, small: Call) -> None:
        self.more(small, "tina")
        small.backend.advance(0)
        small.backend.advance(2)
        small.of(small.guest, "leaveMeeting")
        small.backend.advance(60)
        assert (state(small, small.host)["provider"], small.meeting().generation) == ("janus", 1)

    def test_more_than_one_more_is_one_move(self, small: Call) -> None:
        self.more(small, "tina", "tom", "ted")
        for _ in range(3):
            small.backend.advance(2)
        assert small.meeting().generation == 1

    def test_while_janus_is_away_the_mesh_goes_on_and_moves_later(self, small: Call, janus: JanusServer) -> None:
        janus.stop()
        self.more(small, "tina")
        small.backend.advance(0)
        seen = state(small)
        assert (seen["provider"], seen["state"]) == ("webrtc", "ready")
        assert "announced" not in seen
        janus.start()
        small.backend.advance(15)
        small.backend.advance(2)
        assert state(small)["provider"] == "janus"

    def test_the_cap_is_the_limit_of_the_media_server(self, served: Call, call: Call) -> None:
        for organised, cap in ((served, 10), (call, 4)):
            path = "meetings/lifecycle:createMeeting"
            made = organised.host.call(path, title="Of unknown size")
            assert (made["videoProvider"], made["features"]["maxParticipants"]) == ("webrtc", cap)
        large = served.host.call("meetings/lifecycle:createMeeting", title="Large", maxParticipants=20)
        assert (large["videoProvider"], large["features"]["maxParticipants"]) == ("janus", 20)
