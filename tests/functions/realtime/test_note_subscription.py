"""The subscription to notes shows the whole text as it is, and what its reader may do."""

from typing import Any

import pytest

from connvo.schema.notes import MeetingNotes
from connvo.store.transaction import Transaction
from tests.support.backend import Caller
from tests.support.notes.scene import NoteScene, insert

PATH = "realtime/subscriptions:subscribeMeetingNotes"


def subscribed(notes: NoteScene, person: Caller, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = notes.on(person, PATH, **more)
    return found


def test_a_reader_sees_the_newest_text_and_version(notes: NoteScene) -> None:
    for number in range(15):
        notes.write(notes.guest, insert(number, "x"))
        seen = subscribed(notes, notes.watcher, cursor="0_0")
        assert (seen["content"], seen["version"]) == ("x" * (number + 1), number + 1)
        assert (seen["subscriptionValid"], seen["rateLimited"]) == (True, False)
        assert seen["cursor"] == f"{number + 1}_{int(seen['lastUpdated'])}"


@pytest.mark.parametrize(
    ("name", "locked", "permissions"),
    [
        ("host", False, ["read", "write", "manage", "export"]),
        ("host", True, ["read", "write", "manage", "export"]),
        ("guest", False, ["read", "write"]),
        ("guest", True, ["read"]),
        ("watcher", False, ["read"]),
    ],
)
def test_it_states_the_rights_of_the_reader(notes: NoteScene, name: str, locked: bool, permissions: list[str]) -> None:
    notes.on(notes.host, "notes/sync:setLocked", locked=locked)
    assert subscribed(notes, getattr(notes, name))["permissions"] == permissions


def test_a_meeting_without_notes_has_none(notes: NoteScene) -> None:
    """Meetings of earlier versions have none until somebody writes."""

    head = notes.head()

    def forget(db: Transaction) -> None:
        db.delete(head)

    notes.backend.run(notes.backend.engine.write(forget))
    assert notes.on(notes.guest, PATH) is None
    assert notes.on(notes.guest, "notes/queries:getMeetingNotes") is None
    assert notes.on(notes.guest, "notes/sync:operationsSince", sequence=0) == {
        "operations": [],
        "more": False,
        "reset": False,
    }
    notes.on(
        notes.guest,
        "notes/mutations:applyNoteOperation",
        operation=insert(0, "first"),
        clientSequence=0,
    )
    assert notes.text() == "first"
    assert len(notes.backend.read(lambda db: db.scan(MeetingNotes, "by_meeting", notes.scene.meeting_id))) == 1
