"""The adapter to GetStream, with its SDK unmodified, against a stand-in for its API.

Each call does what the protocol promises, and each fault of the service ends in the protocol's error in time.
"""

import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import jwt
import pytest

from connvo.providers.rooms.base import MediaRoom, RoomMember, RoomProvider
from connvo.providers.rooms.factory import available_providers, room_provider
from connvo.rules.recording_states import RecordingConfig
from connvo.settings import GetStreamSettings, RoomSettings, Settings
from tests.support.getstream_double import KEY, SECRET, GetStreamDouble, getstream_double

from .asking import refusal, run

ROOM = MediaRoom(meeting_id="m", room_id="getstream_m_2", people=12, owner_id="una", recording=True)
CID = "default:getstream_m_2"
ANA = RoomMember(user_id="ana", session_id="s", name="Ana")
SHORT = 0.3
CALLS: dict[str, Callable[[RoomProvider], Awaitable[Any]]] = {
    "open": lambda rooms: rooms.open(ROOM),
    "enter": lambda rooms: rooms.enter(ROOM, ANA),
    "remove": lambda rooms: rooms.remove(ROOM, "ana"),
    "set_host": lambda rooms: rooms.set_host(ROOM, "ana", True),
    "end": lambda rooms: rooms.end(ROOM),
    "start_recording": lambda rooms: rooms.start_recording(ROOM, RecordingConfig()),
    "stop_recording": lambda rooms: rooms.stop_recording(ROOM),
    "is_recording": lambda rooms: rooms.is_recording(ROOM),
    "recordings": lambda rooms: rooms.recordings(ROOM),
    "probe": lambda rooms: rooms.probe(),
}


@pytest.fixture
def double() -> Iterator[GetStreamDouble]:
    with getstream_double() as running:
        yield running


def settings_for(url: str, secret: str = SECRET, timeout: float = 2.5) -> Settings:
    return Settings(
        getstream=GetStreamSettings(
            api_key=KEY, api_secret=secret, base_url=url, timeout_seconds=timeout, connect_timeout_seconds=timeout
        ),
        rooms=RoomSettings(token_ttl_seconds=90),
    )


def at(url: str, **more: Any) -> RoomProvider:
    return room_provider(settings_for(url, **more), "getstream")


def test_it_is_there_exactly_where_it_is_configured(double: GetStreamDouble) -> None:
    assert available_providers(settings_for(double.url)) == {"webrtc", "getstream"}
    assert at(double.url) is at(double.url), "its client is made once"
    run(at(double.url).probe())


def test_a_call_has_the_meetings_cap_and_belongs_to_the_server(double: GetStreamDouble) -> None:
    run(at(double.url).open(ROOM))
    made = double.call(ROOM.room_id)
    assert made["settings"]["limits"] == {"max_participants": 12}
    assert made["settings"]["recording"]["mode"] == "available"
    assert set(double.users) == {"connvo"}


def test_opening_again_changes_nothing(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    run(rooms.open(MediaRoom(meeting_id="m", room_id=ROOM.room_id, people=2, owner_id="una")))
    assert double.call(ROOM.room_id)["settings"]["limits"] == {"max_participants": 12}


@pytest.mark.parametrize(("host", "role"), [(False, "call_member"), (True, "admin")])
def test_a_token_opens_one_call_to_one_person_for_a_while(double: GetStreamDouble, host: bool, role: str) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    access = run(rooms.enter(ROOM, RoomMember(user_id="ana", session_id="s", name="Ana", host=host)))
    claims = jwt.decode(access.token, SECRET, ["HS256"])
    assert (claims["user_id"], claims["call_cids"]) == ("ana", [CID])
    assert 80 < claims["exp"] - time.time() <= 90
    assert access.expires_at == claims["exp"] * 1000
    assert double.users["ana"] == {"id": "ana", "name": "Ana", "role": "user"}
    assert double.call(ROOM.room_id)["members"] == {"ana": role}


def test_a_member_that_was_removed_is_blocked_until_let_in_again(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    run(rooms.enter(ROOM, ANA))
    run(rooms.remove(ROOM, "ana"))
    call = double.call(ROOM.room_id)
    assert (call["blocked"], call["kicked"]) == ({"ana"}, ["ana"])
    run(rooms.remove(ROOM, "ana"))
    run(rooms.enter(ROOM, ANA))
    assert call["blocked"] == set()


def test_a_role_changes_in_the_call_where_there_is_one(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.set_host(ROOM, "ana", True))
    run(rooms.open(ROOM))
    run(rooms.enter(ROOM, ANA))
    for host, role in ((True, "admin"), (False, "call_member")):
        run(rooms.set_host(ROOM, "ana", host))
        assert double.call(ROOM.room_id)["members"] == {"ana": role}


def test_ending_closes_the_call_and_may_be_repeated(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    run(rooms.end(ROOM))
    run(rooms.end(ROOM))
    assert double.call(ROOM.room_id)["ended"]


@pytest.mark.parametrize("call", ["remove", "end"])
def test_a_call_that_never_was_is_no_error(double: GetStreamDouble, call: str) -> None:
    run(CALLS[call](at(double.url)))
    assert run(at(double.url).is_recording(ROOM)) is False


def test_a_recording_starts_as_wished_stops_and_is_listed(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    run(rooms.start_recording(ROOM, RecordingConfig(audio_only=True, quality="1080p", layout="spotlight")))
    wished = double.call(ROOM.room_id)["settings"]["recording"]
    assert wished == {
        "mode": "available", "audio_only": True, "quality": "1080p", "layout": {"name": "spotlight"},
    }  # fmt: skip
    assert run(rooms.is_recording(ROOM))
    run(rooms.stop_recording(ROOM))
    assert not run(rooms.is_recording(ROOM))
    assert run(rooms.recordings(ROOM)) == []
    double.file(ROOM.room_id)
    [recording] = run(rooms.recordings(ROOM))
    assert (recording.id, recording.url) == ("rec_0.mp4", "https://files.example/rec_0.mp4?signed")
    assert abs(recording.started_at - time.time() * 1000) < 60_000
    assert recording.ended_at - recording.started_at == pytest.approx(60_000, abs=1)


def test_starting_and_stopping_twice_is_the_same_as_once(double: GetStreamDouble) -> None:
    rooms = at(double.url)
    run(rooms.open(ROOM))
    for _ in range(2):
        run(rooms.start_recording(ROOM, RecordingConfig()))
    assert run(rooms.is_recording(ROOM))
    for _ in range(2):
        run(rooms.stop_recording(ROOM))
    assert not run(rooms.is_recording(ROOM))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("status", "reason"), [(401, "refused"), (429, "rate_limited"), (500, "broken")])
def test_an_error_of_the_service_is_ours(double: GetStreamDouble, call: str, status: int, reason: str) -> None:
    double.fail(status)
    assert refusal(CALLS[call](at(double.url))).reason == reason


@pytest.mark.parametrize("call", CALLS)
def test_nothing_waits_for_a_service_that_does_not_answer(double: GetStreamDouble, call: str) -> None:
    double.fail("slow")
    assert refusal(CALLS[call](at(double.url, timeout=SHORT))).reason == "slow"


def test_a_call_of_several_requests_has_one_deadline(double: GetStreamDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.providers.rooms.getstream.OPEN_SECONDS", SHORT)
    double.fail("slow")
    error = refusal(CALLS["open"](at(double.url, timeout=30)))
    assert (error.reason, error.message) == ("slow", "GetStream did not answer within 0.3 s")


@pytest.mark.parametrize("call", CALLS)
def test_a_service_that_is_not_there_is_unreachable(call: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert refusal(CALLS[call](at(f"http://127.0.0.1:{taken.getsockname()[1]}"))).reason == "unreachable"


def test_a_wrong_secret_is_refused(double: GetStreamDouble) -> None:
    error = refusal(CALLS["probe"](at(double.url, secret="another-secret-of-thirty-two-bytes")))
    assert (error.reason, error.code) == ("refused", "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("call", ["probe", "recordings"])
def test_an_answer_that_makes_no_sense_is_broken(double: GetStreamDouble, call: str) -> None:
    double.fail("garbled")
    assert refusal(CALLS[call](at(double.url))).reason == "broken"
