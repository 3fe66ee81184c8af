"""Operations written offline are parked, committed once and in their order, and belong to one client of one user."""

from typing import Any

import pytest

from tests.support.backend import Caller
from tests.support.notes.scene import NoteScene, delete, insert

OFFLINE = "notes/offline"
QUEUE, SYNC, STATUS, RETRY, CLEAR = (
    f"{OFFLINE}:{name}"
    for name in (
        "queueOfflineOperations",
        "syncOfflineOperations",
        "getOfflineQueueStatus",
        "retryFailedOperations",
        "clearSyncedOperations",
    )
)


def parked(id: str, operation: dict[str, Any], sequence: float = 0, **more: Any) -> dict[str, Any]:
    """Return an operation as a client parks it; it says much of itself that the server does not believe."""
    return {
        **operation,
        "id": id,
        "authorId": "somebody else",
        "timestamp": 1,
        "sequence": sequence,
        "clientId": "another",
        "queuedAt": 1,
        "attempts": 7,
        "status": "synced",
        **more,
    }


def queue(notes: NoteScene, *operations: dict[str, Any], client: str = "tab", person: Caller | None = None) -> Any:
    return notes.on(person or notes.guest, QUEUE, operations=list(operations), clientId=client)


def sync(notes: NoteScene, client: str = "tab", person: Caller | None = None, **more: Any) -> Any:
    return notes.on(person or notes.guest, SYNC, clientId=client, **more)


def status(notes: NoteScene, client: str = "tab", person: Caller | None = None) -> Any:
    return notes.on(person or notes.guest, STATUS, clientId=client)


def typed(text: str, sequence: float = 0, at: int = 0) -> list[dict[str, Any]]:
    """Return what typing a text letter by letter parks."""
    return [parked(f"{letter}{place}", insert(at + place, letter), sequence) for place, letter in enumerate(text)]


def test_text_typed_offline_is_written_in_a_row(stored_notes: NoteScene) -> None:
    notes = stored_notes
    notes.fill("online ")
    assert queue(notes, *typed("offline", 1, 7))["queued"] == 7
    notes.write(notes.host, insert(0, "> "), known=1)
    done = sync(notes)
    assert notes.text() == "> online offline"
    assert done == {
        "success": True,
        "synced": 7,
        "failed": 0,
        "conflicts": 7,
        "newVersion": 3,
        "errors": [],
        "remainingInQueue": 0,
    }


def test_a_long_queue_is_written_in_parts_and_others_write_between(stored_notes: NoteScene) -> None:
    notes = stored_notes
    queue(notes, *typed("abcdefghij"))
    remaining = []
    for number in range(4):
        remaining.append(sync(notes, maxOperations=3)["remainingInQueue"])
        notes.write(notes.host, insert(0, str(number)), known=0)
    assert remaining == [7, 4, 1, 0]
    assert [one for one in notes.text() if one.isalpha()] == list("abcdefghij")


def test_an_operation_is_parked_and_written_once(notes: NoteScene) -> None:
    first = queue(notes, *typed("abc"))
    again = queue(notes, *typed("abcd"))
    assert (first["queued"], again["queued"]) == (3, 1)
    assert again["queueId"] == first["queueId"]
    sync(notes)
    assert queue(notes, *typed("abcd"))["queued"] == 0
    assert sync(notes)["synced"] == 0
    notes.rest(2 * 3600)
    notes.on(notes.guest, CLEAR, clientId="tab")
    assert queue(notes, *typed("abcd"))["queued"] == 0  # the notes know them
    assert notes.text() == "abcd"
    twice = parked("x", insert(4, "x"), 4)
    assert queue(notes, twice, twice)["queued"] == 1


def test_an_idle_synchronisation_tells_the_version(notes: NoteScene) -> None:
    notes.fill("text")
    done = sync(notes)
    assert (done["success"], done["synced"], done["newVersion"]) == (True, 0, 1)


def test_the_first_failure_stops_the_rest(notes: NoteScene) -> None:
    queue(notes, parked("a", insert(0, "a")), parked("b", delete(7, 1)), parked("c", insert(1, "c")))
    done = sync(notes)
    assert (done["success"], done["synced"], done["failed"], done["remainingInQueue"]) == (True, 1, 1, 2)
    assert done["errors"][0].startswith("b: ")
    assert notes.text() == "a"
    seen = status(notes)
    assert (seen["totalQueued"], seen["pending"], seen["synced"], seen["failed"]) == (3, 1, 1, 1)


def test_one_that_fails_three_times_is_given_up_and_holds_up_nobody(notes: NoteScene) -> None:
    queue(notes, parked("bad", delete(7, 1)), parked("good", insert(0, "good")))
    for _ in range(3):
        assert sync(notes)["synced"] == 0
    assert sync(notes)["synced"] == 1
    assert notes.text() == "good"
    assert (status(notes)["failed"], sync(notes)["remainingInQueue"]) == (1, 0)


def test_failed_operations_are_tried_again(notes: NoteScene) -> None:
    queue(notes, parked("late", insert(3, "!"), 1))
    assert sync(notes)["failed"] == 1
    assert notes.on(notes.guest, RETRY, clientId="tab") == {"retriedCount": 1, "successCount": 0}
    notes.fill("abc")
    assert notes.on(notes.guest, RETRY, clientId="tab", maxRetries=2) == {"retriedCount": 0, "successCount": 0}
    assert notes.on(notes.guest, RETRY, clientId="tab") == {"retriedCount": 1, "successCount": 1}
    assert notes.text() == "abc!"


def test_queues_are_synchronised_one_by_one(notes: NoteScene) -> None:
    first = queue(notes, *typed("ab"))["queueId"]
    second = queue(notes, parked("x", insert(0, "x")), parked("y", insert(1, "y")))["queueId"]
    assert first != second
    assert sync(notes, queueId=second)["synced"] == 2
    assert notes.text() == "xy"
    assert sync(notes, queueId=first)["synced"] == 2
    assert sync(notes, queueId="another")["synced"] == 0


def test_a_queue_belongs_to_one_user_meeting_and_client(notes: NoteScene) -> None:
    queue_id = queue(notes, *typed("mine"))["queueId"]
    for person, client in ((notes.host, "tab"), (notes.guest, "other")):
        assert sync(notes, client, person, queueId=queue_id)["synced"] == 0
        assert status(notes, client, person)["totalQueued"] == 0
        assert notes.on(person, RETRY, clientId=client)["retriedCount"] == 0
        assert notes.on(person, CLEAR, clientId=client, olderThanMs=0)["cleared"] == 0
    elsewhere = notes.scene.create(notes.guest)
    assert notes.guest.call(SYNC, meetingId=elsewhere, clientId="tab", queueId=queue_id)["synced"] == 0
    assert sync(notes)["synced"] == 4


def test_all_operations_are_checked_before_any_is_parked(notes: NoteScene) -> None:
    for bad in (
        parked("x", insert(-1, "x")),
        parked("x", insert(0, "")),
        parked("", insert(0, "x")),
        parked("x" * 201, insert(0, "x")),
        parked("x", insert(0, "x"), 0.5),
    ):
        args = {"operations": [*typed("ab"), bad], "clientId": "tab"}
        notes.fails(notes.guest, QUEUE, "VALIDATION_ERROR", **args)
    assert status(notes)["totalQueued"] == 0


def test_no_more_text_waits_than_notes_can_have(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.model.notes.offline.MAX_TEXT", 10)
    queue(notes, parked("a", insert(0, "\U0001f4cb" * 4)), client="one")
    for operation in (parked("b", insert(0, "123")), parked("c", insert(0, "\U0001f4cb\U0001f4cb"))):
        refused = {"operations": [operation], "clientId": "two"}
        assert notes.fails(notes.guest, QUEUE, "LIMIT_EXCEEDED", **refused) == {"limit": 10}
    queue(notes, parked("a", insert(0, "\U0001f4cb" * 4)), parked("b", insert(0, "12")), client="one")
    queue(notes, parked("d", insert(0, "\U0001f4cb" * 4)), client="one", person=notes.host)


def test_a_thousand_operations_can_wait(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.model.notes.offline.MAX_WAITING", 5)
    queue(notes, *typed("abc"))
    queue(notes, *typed("de"), client="other")
    args = {"operations": typed("abcd"), "clientId": "tab"}
    assert notes.fails(notes.guest, QUEUE, "LIMIT_EXCEEDED", **args)["limit"] == 5
    sync(notes)
    assert queue(notes, *typed("abcd"))["queued"] == 1


@pytest.mark.parametrize(("seconds", "health"), [(0, "healthy"), (61, "warning"), (301, "critical")])
def test_a_queue_that_waits_long_is_not_healthy(notes: NoteScene, seconds: float, health: str) -> None:
    queue(notes, *typed("ab"))
    notes.rest(seconds)
    seen = status(notes)
    assert (seen["queueHealth"], seen["pending"], seen["syncing"]) == (health, 2, 0)
    assert seen["oldestPending"] == seen["newestPending"]


def test_committed_operations_are_cleared_but_for_those_that_others_need(notes: NoteScene) -> None:
    queue(notes, *typed("abcd"))
    sync(notes, maxOperations=2)
    notes.rest(2 * 3600)
    assert notes.on(notes.guest, CLEAR, clientId="tab")["cleared"] == 0
    sync(notes)
    assert notes.on(notes.guest, CLEAR, clientId="tab", olderThanMs=10**9)["cleared"] == 0
    assert notes.on(notes.guest, CLEAR, clientId="tab")["cleared"] == 4
    assert notes.text() == "abcd"


def test_a_job_clears_queues_after_a_week(notes: NoteScene) -> None:
    queue(notes, *typed("ab"))
    notes.rest(6 * 86_400)
    assert status(notes)["totalQueued"] == 2
    notes.rest(2 * 86_400)
    assert status(notes)["totalQueued"] == 0


def test_locked_notes_keep_the_queue(notes: NoteScene) -> None:
    notes.on(notes.host, "notes/sync:setLocked", locked=True)
    queue(notes, *typed("ab"))
    notes.fails(notes.guest, SYNC, "FORBIDDEN", clientId="tab")
    notes.fails(notes.guest, RETRY, "FORBIDDEN", clientId="tab")
    notes.on(notes.host, "notes/sync:setLocked", locked=False)
    assert sync(notes)["synced"] == 2


def test_a_client_keeps_fifty_checkpoints(notes: NoteScene) -> None:
    data = {"sequence": 0, "version": 0, "contentHash": "any", "timestamp": 1}
    made = []
    for _ in range(52):
        answer = notes.on(notes.guest, f"{OFFLINE}:createOfflineCheckpoint", checkpointData=data, clientId="tab")
        made.append(answer["checkpointId"])
        notes.rest(1)
    held = [
        notes.on(notes.guest, f"{OFFLINE}:restoreFromCheckpoint", checkpointId=one, clientId="tab")["success"]
        for one in made
    ]
    assert held == [False] * 2 + [True] * 50
