"""The text of notes is the meeting's: it stays when one of its authors is erased, without their name."""

from connvo.maintenance.erasure import erase
from connvo.schema.notes import NoteCursor, NoteOperation, OfflineOperation
from tests.support.notes.scene import COMMIT, NoteScene, change


def test_an_erased_author_leaves_the_text(notes: NoteScene) -> None:
    notes.fill("host ")
    notes.on(notes.guest, COMMIT, clientId="tab", number=1, sequence=1, changes=[change(5, 0, "guest")])
    notes.on(notes.guest, "notes/presence:setCursor", clientId="tab", sequence=2, anchor=0, head=0)
    parked = {
        "type": "insert",
        "position": 0,
        "content": "x",
        "id": "x",
        "authorId": "",
        "timestamp": 0,
        "sequence": 2,
        "clientId": "tab",
        "queuedAt": 0,
        "attempts": 0,
        "status": "pending",
    }
    notes.on(notes.guest, "notes/offline:queueOfflineOperations", clientId="tab", operations=[parked])
    notes.backend.run(erase(notes.backend.runtime, notes.guest.user_id))
    assert notes.text() == "host guest"
    assert [row.user_id for row in notes.log()] == [notes.host.user_id, None]
    assert notes.backend.read(lambda db: db.scan(NoteCursor, "by_creation")) == []
    assert notes.backend.read(lambda db: db.scan(OfflineOperation, "by_creation")) == []
    rows = notes.backend.read(lambda db: db.scan(NoteOperation, "by_creation"))
    assert notes.guest.user_id not in str(rows)
    (first, second) = notes.on(notes.host, "notes/sync:operationsSince", sequence=0)["operations"]
    assert ("userId" in first, "userId" in second) == (True, False)


def test_a_meeting_without_others_goes_with_its_notes(notes: NoteScene) -> None:
    alone = notes.scene.create(notes.scene.outsider)
    operation = {"type": "insert", "position": 0, "content": "secret"}
    apply = "notes/mutations:applyNoteOperation"
    notes.scene.outsider.call(apply, meetingId=alone, operation=operation, clientSequence=0)
    notes.rest(600)
    notes.backend.run(erase(notes.backend.runtime, notes.scene.outsider.user_id))
    assert notes.backend.read(lambda db: db.scan(NoteOperation, "by_creation")) == []
