"""Live queries of those who have no right to what they watch, or lose it."""

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest

from .scene import CHAT, LIFECYCLE, QUERIES, SECRET, SIGNALING, Person, Scene
from .wire import OPEN, hello, identity, message, watching

PAGE = {"numItems": 5, "cursor": None}
WATCHED: dict[str, Callable[[Scene], tuple[str, dict[str, Any]]]] = {
    "the meeting": lambda scene: (f"{QUERIES}:getMeeting", {"meetingId": scene.meeting}),
    "its members": lambda scene: (f"{QUERIES}:listMeetingParticipants", {"meetingId": scene.meeting}),
    "its messages": lambda scene: (f"{CHAT}:listMessages", {"meetingId": scene.meeting, "paginationOpts": PAGE}),
    "its sessions": lambda scene: (f"{SIGNALING}:getActiveSessions", {"meetingId": scene.meeting}),
    "signals": lambda scene: (f"{SIGNALING}:getPendingSignals", {"meetingId": scene.meeting}),
    "its room": lambda scene: ("meetings/webrtc/recovery:getRoomState", {"meetingId": scene.meeting}),
    "its recordings": lambda scene: ("meetings/stream/index:getRecordings", {"meetingId": scene.meeting}),
    "an account": lambda scene: ("users/queries:getUserById", {"userId": scene.guest.user}),
    "a private profile": lambda scene: ("profiles/queries:getProfileByUserIdPublic", {"userId": scene.guest.user}),
}


@pytest.mark.parametrize("who", ["anonymous", "unprovisioned", "outsider", "removed", "deactivated"])
@pytest.mark.parametrize("make", WATCHED.values(), ids=WATCHED)
def test_a_stranger_is_shown_nothing(
    scene: Scene, make: Callable[[Scene], tuple[str, dict[str, Any]]], who: str
) -> None:
    path, args = make(scene)
    token = getattr(scene, who).token
    heard = scene.wire.frames([hello(), *([identity(token)] if token else []), watching(path, args)], wait=False)
    assert SECRET not in str(heard.messages)
    changes = [change for one in heard.of("Transition") for change in one["modifications"]]
    # The socket of a deactivated account ends before its first results.
    assert changes or (who == "deactivated" and heard.of("AuthError"))
    assert all(change["type"] == "QueryFailed" or change["value"] is None for change in changes), changes


def test_shown_answers_go_with_the_token(scene: Scene) -> None:
    """A socket signs out, or becomes somebody else: nothing of before is shown any more."""
    watch = watching(f"{QUERIES}:getMeeting", {"meetingId": scene.meeting})
    out = message("Authenticate", baseVersion=1, tokenType="None")
    for after in (out, identity(str(scene.outsider.token), 1)):
        heard = scene.wire.frames([hello(), identity(str(scene.host.token)), watch, after], wait=False)
        last = [change for one in heard.of("Transition") for change in one["modifications"]][-1]
        assert last["type"] == "QueryFailed"


def test_a_removed_member_is_shown_nothing_more(scene: Scene) -> None:
    host, guest = scene.someone(), scene.someone()
    meeting = scene.call(host, f"{LIFECYCLE}:createMeeting", title="A title")["meetingId"]
    code = scene.call(host, "meetings/links:createLink", meetingId=meeting)["code"]
    scene.call(guest, "meetings/links:acceptLink", code=code)
    with scene.watching(guest) as line:
        number = line.watch(f"{QUERIES}:getMeeting", meetingId=meeting)
        assert line.client.results[number]["title"] == "A title"
        scene.call(host, f"{LIFECYCLE}:removeParticipant", meetingId=meeting, userId=guest.user)
        line.until(lambda: "failed" in line.client.results[number])


def test_a_user_that_closes_the_account_is_shown_nothing_more(scene: Scene) -> None:
    person = scene.someone()
    scene.call(person, f"{LIFECYCLE}:createMeeting", title="A title")
    with scene.watching(person) as line:
        number = line.watch(f"{QUERIES}:listUserMeetings")
        assert len(line.client.results[number]) == 1
        scene.call(person, "users/mutations:deactivateUser", userId=person.user)
        line.until(lambda: "failed" in line.client.results[number])


FOREIGN_CURSORS = ("x", "e30", "A" * 5000, "null", "../x", "\u202e")


@pytest.mark.parametrize("cursor", FOREIGN_CURSORS)
def test_a_cursor_that_is_no_cursor_is_refused(scene: Scene, cursor: str) -> None:
    page = {"numItems": 5, "cursor": cursor}
    for person, path, more in (
        (scene.host, f"{CHAT}:listMessages", {"meetingId": scene.meeting}),
        (scene.outsider, f"{QUERIES}:listPastMeetings", {}),
    ):
        answer = scene.tries(person, path, paginationOpts=page, **more)
        assert answer.json["status"] == "error", answer


@pytest.mark.parametrize("items", [-1, 0, 101, 10**9, 1e300, 0.5])
def test_a_page_has_a_size(scene: Scene, items: float) -> None:
    answer = scene.tries(
        scene.host,
        f"{CHAT}:listMessages",
        meetingId=scene.meeting,
        paginationOpts={"numItems": items, "cursor": None},
    )
    assert answer.json["status"] == "error" or len(answer.json["value"]["page"]) <= 100


def test_a_cursor_of_another_person_shows_nothing_of_theirs(scene: Scene) -> None:
    owner = scene.someone()
    for number in range(3):
        made = scene.call(owner, f"{LIFECYCLE}:createMeeting", title=f"{SECRET} {number}")["meetingId"]
        scene.call(owner, f"{LIFECYCLE}:cancelMeeting", meetingId=made)
    args = {"state": "cancelled"}
    page = scene.call(owner, f"{QUERIES}:listPastMeetings", paginationOpts={"numItems": 1, "cursor": None}, **args)
    borrowed = {"numItems": 5, "cursor": page["continueCursor"]}
    answer = scene.tries(scene.outsider, f"{QUERIES}:listPastMeetings", paginationOpts=borrowed, **args)
    assert SECRET.encode() not in answer.body


def test_a_journal_of_another_shows_nothing_of_theirs(scene: Scene) -> None:
    args = {"meetingId": scene.meeting, "paginationOpts": PAGE}
    first = scene.wire.frames(
        [hello(), identity(str(scene.host.token)), watching(f"{CHAT}:listMessages", args)], wait=False
    )
    (shown,) = [change for one in first.of("Transition") for change in one["modifications"]]
    assert SECRET in str(shown["value"])
    stolen = watching(f"{CHAT}:listMessages", args, journal=shown["journal"])
    second = scene.wire.frames([hello(), identity(str(scene.outsider.token)), stolen], wait=False)
    assert SECRET not in str(second.messages)


@pytest.mark.parametrize("journal", ["", "x", "null", "A" * 50_000, '{"endCursor":"x"}'])
def test_a_journal_that_is_none_does_no_harm(scene: Scene, journal: str) -> None:
    args = {"meetingId": scene.meeting, "paginationOpts": PAGE}
    watch = watching(f"{CHAT}:listMessages", args, journal=journal)
    heard = scene.wire.frames([hello(), identity(str(scene.host.token)), watch], wait=False)
    assert heard.state in (OPEN, "1000")


def test_a_connection_has_so_many_live_queries_and_no_more(scene: Scene) -> None:
    watch = watching("users/queries:getCurrentUser", *({} for _ in range(1100)))
    heard = scene.wire.frames([hello(), identity(str(scene.outsider.token)), watch], wait=False)
    changes = [change for one in heard.of("Transition") for change in one["modifications"]]
    failed = [change for change in changes if change["type"] == "QueryFailed"]
    assert heard.state != OPEN or len(failed) == 100, len(failed)


# Time.

STAMPS: tuple[Any, ...] = (
    "",
    "x",
    "AAAAAAAAAAA=",
    "//////////8=",
    "////////fw==",
    "AAAA",
    5,
    None,
    [],
    {"$integer": "AAAAAAAAAAA="},
)


@pytest.mark.parametrize("stamp", STAMPS)
def test_a_timestamp_that_nobody_was_given_shows_nothing(scene: Scene, stamp: Any) -> None:
    body = {"path": f"{QUERIES}:getMeeting", "args": {"meetingId": scene.meeting}, "ts": stamp}
    answer = scene.post("/api/query_at_ts", body, scene.host)
    assert answer.code in ("BadTimestamp", "SnapshotGone"), answer


@pytest.mark.parametrize("ahead", [1, 60, 3600])
def test_a_timestamp_of_the_future_is_refused(scene: Scene, ahead: int) -> None:
    stamp = base64.b64encode((time.time_ns() + ahead * 10**9).to_bytes(8, "little")).decode()
    answer = scene.post(
        "/api/query_at_ts", {"path": f"{QUERIES}:listUserMeetings", "args": {}, "ts": stamp}, scene.host
    )
    assert answer.code == "BadTimestamp", answer


def test_a_removed_member_does_not_read_in_the_past(scene: Scene) -> None:
    host, guest = scene.someone(), scene.someone()
    meeting = scene.call(host, f"{LIFECYCLE}:createMeeting", title=SECRET)["meetingId"]
    code = scene.call(host, "meetings/links:createLink", meetingId=meeting)["code"]
    scene.call(guest, "meetings/links:acceptLink", code=code)
    assert _as_of(scene, guest, meeting, "now") is not None
    stamp = scene.post("/api/query_ts", {}, guest).json["ts"]
    scene.call(host, f"{LIFECYCLE}:removeParticipant", meetingId=meeting, userId=guest.user)
    assert _as_of(scene, guest, meeting, stamp) is None


def _as_of(scene: Scene, person: Person, meeting: str, stamp: str) -> Any:
    """Return a meeting as a person may read it at a timestamp, None when they may not."""
    ts = scene.post("/api/query_ts", {}, person).json["ts"] if stamp == "now" else stamp
    body = {"path": f"{QUERIES}:getMeeting", "args": {"meetingId": meeting}, "ts": ts}
    return scene.post("/api/query_at_ts", body, person).json.get("value")
