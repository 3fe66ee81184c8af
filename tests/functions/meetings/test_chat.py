"""What is written in a meeting reaches all its people, once, and stays with it."""

from typing import Any

import pytest

from connvo.functions.meetings.chat import NEWEST
from connvo.rules.chat import BURST, MESSAGE_LENGTH
from connvo.schema.activity import MeetingActivity
from connvo.schema.chat import ChatMessage
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene

SEND, LIST = "meetings/chat:sendMessage", "meetings/chat:listMessages"
CHANGES = "meetings/chat:changesSince"


@pytest.fixture
def call(scene: Scene) -> Scene:
    """A scene whose host and guest are in the active meeting."""
    scene.start()
    scene.join(scene.host, scene.guest)
    return scene


def send(scene: Scene, person: Caller, text: str, **more: Any) -> str:
    """Write a message; return its id."""
    sent = person.call(SEND, meetingId=scene.meeting_id, text=text, **more)
    assert sent.keys() == {"messageId"}
    message_id: str = sent["messageId"]
    return message_id


def page(scene: Scene, person: Caller, size: float = 50, cursor: str | None = None) -> dict[str, Any]:
    """Return a page as a person sees it."""
    options = {"numItems": size, "cursor": cursor}
    shown: dict[str, Any] = person.call(LIST, meetingId=scene.meeting_id, paginationOpts=options)
    return shown


def texts(scene: Scene, person: Caller) -> list[str]:
    """Return what a person reads, the newest first."""
    return [message["text"] for message in page(scene, person)["page"]]


def stored(scene: Scene) -> list[ChatMessage]:
    return scene.backend.read(lambda db: db.scan(ChatMessage, "by_meeting", scene.meeting_id))


def test_every_member_reads_all_messages(call: Scene) -> None:
    first = send(call, call.host, "Hello")
    send(call, call.guest, "  Hello Hanna,\nhow are you?  ")
    for person in (call.host, call.guest, call.watcher):
        assert texts(call, person) == ["Hello Hanna,\nhow are you?", "Hello"]
    oldest = page(call, call.watcher)["page"][-1]
    assert oldest.pop("_creationTime") > 0
    assert oldest.pop("createdAt") > 0
    assert oldest == {
        "_id": first,
        "senderId": call.host.user_id,
        "sender": {"_id": call.host.user_id, "displayName": "Hanna"},
        "text": "Hello",
    }


def test_a_long_chat_is_read_page_by_page(call: Scene) -> None:
    for number in range(7):
        send(call, call.host, str(number))
    first = page(call, call.guest, 3)
    second = page(call, call.guest, 3, first["continueCursor"])
    third = page(call, call.guest, 3, second["continueCursor"])
    assert [message["text"] for shown in (first, second, third) for message in shown["page"]] == list("6543210")
    assert [shown["isDone"] for shown in (first, second, third)] == [False, False, True]
    assert third["continueCursor"] is None


def test_a_late_member_reads_earlier_messages(call: Scene) -> None:
    send(call, call.host, "Before you came")
    late = call.backend.sign_in("lara")
    call.add(late)
    assert texts(call, late) == ["Before you came"]


def test_the_chat_stays_with_a_meeting_that_is_over(call: Scene) -> None:
    send(call, call.guest, "See you")
    call.end()
    assert texts(call, call.guest) == ["See you"]
    call.guest.fails(SEND, "MEETING_NOT_ACTIVE", meetingId=call.meeting_id, text="Too late")


def test_messages_of_a_removed_member_stay(call: Scene) -> None:
    send(call, call.guest, "I was here")
    call.of(call.host, "removeParticipant", userId=call.guest.user_id)
    assert page(call, call.host)["page"][0]["sender"]["displayName"] == "Gustav"


def test_a_user_that_is_not_in_the_meeting_does_not_write(call: Scene) -> None:
    call.of(call.guest, "leaveMeeting")
    error = call.guest.fails(SEND, "VALIDATION_ERROR", meetingId=call.meeting_id, text="From outside")
    assert error.metadata["field"] == "meetingId"


def test_nobody_writes_before_the_meeting_starts(scene: Scene) -> None:
    scene.host.fails(SEND, "MEETING_NOT_ACTIVE", meetingId=scene.meeting_id, text="Early")


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * (MESSAGE_LENGTH + 1), "\a"])
def test_an_unreadable_message_is_refused(call: Scene, text: str) -> None:
    error = call.guest.fails(SEND, "VALIDATION_ERROR", meetingId=call.meeting_id, text=text)
    assert error.metadata["field"] == "text"


def test_the_longest_message_is_taken_whole(call: Scene) -> None:
    send(call, call.guest, "ä" * MESSAGE_LENGTH)
    assert texts(call, call.host) == ["ä" * MESSAGE_LENGTH]


def test_a_message_sent_again_with_its_key_is_written_once(call: Scene) -> None:
    first = send(call, call.guest, "Hello", idempotencyKey="one")
    send(call, call.guest, "Between", idempotencyKey="two")
    commits = call.backend.commit_count()
    assert send(call, call.guest, " Hello ", idempotencyKey="one") == first
    assert call.backend.commit_count() == commits
    assert texts(call, call.host) == ["Between", "Hello"]


def test_a_retry_is_answered_when_the_meeting_has_ended_meanwhile(call: Scene) -> None:
    first = send(call, call.guest, "Hello", idempotencyKey="one")
    call.end()
    assert send(call, call.guest, "Hello", idempotencyKey="one") == first


def test_a_key_stands_for_one_text(call: Scene) -> None:
    send(call, call.guest, "Hello", idempotencyKey="one")
    call.guest.fails(SEND, "CONFLICT", meetingId=call.meeting_id, text="See you", idempotencyKey="one")


def test_a_key_belongs_to_its_sender(call: Scene) -> None:
    assert send(call, call.guest, "Hello", idempotencyKey="one") != send(call, call.host, "Hello", idempotencyKey="one")
    assert len(stored(call)) == 2


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_1_to_200_characters(call: Scene, key: str) -> None:
    error = call.guest.fails(SEND, "VALIDATION_ERROR", meetingId=call.meeting_id, text="x", idempotencyKey=key)
    assert error.metadata["field"] == "idempotencyKey"


def test_nobody_writes_faster_than_others_can_read(call: Scene) -> None:
    for number in range(int(BURST)):
        send(call, call.guest, str(number))
    error = call.guest.fails(SEND, "RATE_LIMIT_EXCEEDED", meetingId=call.meeting_id, text="Too fast")
    send(call, call.host, "Others are not held up")
    call.backend.advance(error.metadata["retryAfterSeconds"])
    send(call, call.guest, "Now")
    assert texts(call, call.host)[0] == "Now"


def test_writing_is_activity(call: Scene) -> None:
    send(call, call.guest, "Hello")
    row = call.backend.read(lambda db: db.first(MeetingActivity, "by_meeting", call.meeting_id))
    assert row is not None
    assert row.last_activity["message"] == row.last_activity_at


def test_chats_of_two_meetings_do_not_mix(backend: Backend) -> None:
    one, other = Scene(backend), Scene(backend)
    for scene in (one, other):
        scene.start()
        scene.join(scene.host)
    send(one, one.host, "Here")
    assert texts(other, other.host) == []


def test_a_client_follows_the_chat_by_its_changes(call: Scene) -> None:
    def changes(**question: Any) -> dict[str, Any]:
        answer: dict[str, Any] = call.watcher.call(CHANGES, meetingId=call.meeting_id, **question)
        return answer

    for number in range(NEWEST + 1):
        send(call, call.host if number % 2 else call.guest, f"{number}")
        call.backend.advance(2)
    whole = changes()
    assert (whole["complete"], whole["earlier"]) == (True, True)
    assert [one["text"] for one in whole["messages"]] == [f"{number}" for number in range(1, NEWEST + 1)]
    assert whole["messages"] == page(call, call.watcher, NEWEST)["page"][::-1]
    send(call, call.host, "new")
    newer = changes(since=whole["revision"])
    assert [one["text"] for one in newer["messages"]] == ["new"]
    assert "earlier" not in newer
    assert [one["text"] for one in changes(since=whole["milestone"])["messages"]][-1] == "new"
