"""The adapter to a real Janus: each call does what the protocol promises, and each fault ends in its error in time."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from connvo.providers.rooms import janus as adapter
from connvo.providers.rooms.base import MediaRoom, RoomMember
from connvo.providers.rooms.janus import Janus
from connvo.providers.rooms.janus_names import JanusNames
from connvo.rules.recording_states import RecordingConfig
from connvo.settings import JanusSettings
from tests.support.janus import JanusServer
from tests.support.janus_client import JanusClient
from tests.support.ports import own_port

from .asking import refusal, run

ROOM = MediaRoom(meeting_id="m", room_id="janus_m_1", people=5, owner_id="una")
ANA, BEN = (RoomMember(user_id=name.lower(), session_id=f"{name}'s", name=name) for name in ("Ana", "Ben"))
SECRET = b"a secret of the server"
SHORT = 0.3
CALLS: dict[str, Callable[[Janus], Awaitable[Any]]] = {
    "open": lambda rooms: rooms.open(ROOM),
    "enter": lambda rooms: rooms.enter(ROOM, ANA),
    "remove": lambda rooms: rooms.remove(ROOM, "ana"),
    "end": lambda rooms: rooms.end(ROOM),
    "start_recording": lambda rooms: rooms.start_recording(ROOM, RecordingConfig()),
    "stop_recording": lambda rooms: rooms.stop_recording(ROOM),
    "is_recording": lambda rooms: rooms.is_recording(ROOM),
    "probe": lambda rooms: rooms.probe(),
}
DEADLINES = ("OPEN_SECONDS", "ENTER_SECONDS", "REMOVE_SECONDS", "END_SECONDS", "RECORD_SECONDS", "PROBE_SECONDS")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JanusServer]:
    with JanusServer(tmp_path_factory.mktemp("janus"), record=True) as running:
        yield running


@pytest.fixture
def rooms(server: JanusServer) -> Iterator[Janus]:
    """The adapter, to a Janus without any room of ours."""
    found = Janus(server.settings, SECRET)
    yield found
    server.thaw()
    run(found.end(ROOM))


def changed(server: JanusServer, **changes: Any) -> Janus:
    return Janus(JanusSettings(**{**server.settings.model_dump(), **changes}), SECRET)


def allowed(server: JanusServer, rooms: Janus) -> list[str]:
    """Return the tokens that Janus lets in."""
    return [token for token in server.tokens() if token.startswith(f"{ROOM.room_id}.")]


def test_a_room_is_made_once_and_shown_to_nobody_without_the_key(server: JanusServer, rooms: Janus) -> None:
    for _ in range(2):
        run(rooms.open(ROOM))
    [made] = [one for one in server.room("list")["list"] if one["room"] == ROOM.room_id]
    assert (made["max_publishers"], made["require_pvtid"], made["record"]) == (10, True, False)
    assert made["is_private"] and made["pin_required"] is False


def test_each_member_has_a_token_of_their_own_which_is_the_same_every_time(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    first, again, other = (run(rooms.enter(ROOM, seat)) for seat in (ANA, ANA, BEN))
    assert first == again
    assert first.token == first.api_token != other.token
    assert sorted(allowed(server, rooms)) == sorted([first.token, other.token])
    assert first.feed_id.startswith("ana.") and other.feed_id.startswith("ben.")
    assert first.url == server.settings.ws_url


def feeds(server: JanusServer, rooms: Janus) -> list[str]:
    """Return the names under which somebody is in the room."""
    secret = JanusNames(SECRET).room_secret(ROOM)
    found = server.room("listparticipants", room=ROOM.room_id, secret=secret)["participants"]
    return [str(one["id"]) for one in found]


def test_a_name_that_this_server_has_not_given_is_put_out_when_the_next_member_comes(
    server: JanusServer, rooms: Janus
) -> None:
    run(rooms.open(ROOM))
    ana = run(rooms.enter(ROOM, ANA))
    half = ana.feed_id.split(".")[1][:32]
    forged = ["ben.deadbeef", f"ben.{half}{half}", "ben." + ana.feed_id.split(".")[1], "dora", "."]
    with JanusClient(ana, ROOM.room_id) as client:
        for name in (ana.feed_id, *forged):
            assert client.join(name)["videoroom"] == "joined"
        ben = run(rooms.enter(ROOM, BEN))
        assert feeds(server, rooms) == [ana.feed_id]
        assert ben.feed_id.startswith("ben.") and ben.feed_id not in forged


def test_a_member_holds_no_more_places_than_two_devices_need(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    seats = [RoomMember(user_id="ana", session_id=f"session {number}", name="Ana") for number in range(9)]
    ways = [run(rooms.enter(ROOM, seat)) for seat in seats]
    with JanusClient(ways[0], ROOM.room_id) as client:
        for way in ways:
            assert client.join(way.feed_id)["videoroom"] == "joined"
        run(rooms.enter(ROOM, BEN))
        held = feeds(server, rooms)
    assert len(held) == 4 and all(feed.startswith("ana.") for feed in held)


def test_the_name_of_a_session_says_nothing_about_that_of_another() -> None:
    ours, others = JanusNames(SECRET), JanusNames(b"another server's secret")
    elsewhere = MediaRoom(meeting_id="m", room_id="janus_m_2", people=5, owner_id="una")
    feeds = [
        ours.feed(ROOM, ANA),
        ours.feed(ROOM, RoomMember(user_id="ana", session_id="another", name="Ana")),
        ours.feed(elsewhere, ANA),
        ours.feed(ROOM, BEN),
        others.feed(ROOM, ANA),
    ]
    halves = [half for name in feeds for half in (name.split(".")[1][:32], name.split(".")[1][32:])]
    assert len(set(halves)) == 2 * len(feeds)
    assert [ours.is_ours(ROOM, name) for name in feeds] == [True, True, False, True, False]


def test_a_member_entering_a_room_that_a_restart_has_lost_makes_it_again(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    server.kill()
    server.start()
    assert run(rooms.enter(ROOM, ANA)).token in server.tokens()
    assert server.rooms() == [ROOM.room_id]


def test_a_removed_member_loses_the_token_and_nobody_else_does(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    ana, ben = (run(rooms.enter(ROOM, seat)) for seat in (ANA, BEN))
    for _ in range(2):
        run(rooms.remove(ROOM, "ana"))
    assert allowed(server, rooms) == [ben.token]
    assert run(rooms.enter(ROOM, ANA)) == ana, "let in again by whoever may"


def test_ending_a_room_takes_every_token_for_it_and_may_be_repeated(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    run(rooms.enter(ROOM, ANA))
    for _ in range(2):
        run(rooms.end(ROOM))
    assert ROOM.room_id not in server.rooms()
    assert allowed(server, rooms) == []


def test_recording_is_on_until_it_is_off(server: JanusServer, rooms: Janus) -> None:
    run(rooms.open(ROOM))
    seen = [run(rooms.is_recording(ROOM))]
    for call in ("start_recording", "start_recording", "stop_recording", "stop_recording"):
        run(CALLS[call](rooms))
        seen.append(run(rooms.is_recording(ROOM)))
    assert seen == [False, True, True, False, False]
    assert run(rooms.recordings(ROOM)) == []


def test_without_a_folder_nothing_is_recorded_nor_listed(server: JanusServer) -> None:
    rooms = changed(server, recordings=None)
    assert not rooms.records
    assert refusal(CALLS["start_recording"](rooms)).reason == "refused"
    assert run(rooms.recordings(ROOM)) == []


@pytest.mark.parametrize("call", CALLS)
def test_nothing_waits_for_a_janus_that_does_not_answer(
    server: JanusServer, rooms: Janus, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for name in DEADLINES:
        monkeypatch.setattr(adapter, name, SHORT)
    run(rooms.open(ROOM))
    server.freeze()
    error = refusal(CALLS[call](rooms))
    assert (error.reason, error.message) == ("slow", "Janus did not answer within 0.3 s")
    server.thaw()


@pytest.mark.parametrize("call", CALLS)
def test_a_janus_that_is_not_there_is_unreachable(server: JanusServer, call: str) -> None:
    away = changed(server, admin_url=f"http://127.0.0.1:{own_port()}/admin")
    assert refusal(CALLS[call](away)).reason == "unreachable"


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_secret_is_refused(server: JanusServer, call: str) -> None:
    error = refusal(CALLS[call](changed(server, admin_secret="another")))
    assert (error.reason, error.code) == ("refused", "SERVICE_UNAVAILABLE")


def test_a_wrong_key_of_the_plugin_is_refused(server: JanusServer) -> None:
    assert refusal(CALLS["open"](changed(server, admin_key="another"))).reason in ("refused", "broken")


@pytest.mark.parametrize("call", ["open", "probe"])
def test_something_else_at_its_address_is_broken(server: JanusServer, call: str) -> None:
    elsewhere = str(server.settings.admin_url).replace("/admin", "/elsewhere")
    assert refusal(CALLS[call](changed(server, admin_url=elsewhere))).reason == "broken"
