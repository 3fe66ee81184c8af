"""Earlier texts of notes: snapshots are made, listed, read, and thinned out."""

import hashlib
from typing import Any

import pytest

from connvo.model.notes import jobs
from connvo.model.notes import revisions as kept_texts
from connvo.schema.audit import AuditLog
from connvo.schema.notes import NoteRevision, NoteRollback, NoteSnapshot
from tests.support.notes.scene import NoteScene, delete, insert

LIST, GET = "notes/history:listRevisions", "notes/history:getRevision"
ROLLBACK = "notes/mutations:rollbackToSequence"
MINUTE = 60.0
DAY = 86_400.0


def revisions(notes: NoteScene) -> list[dict[str, Any]]:
    """Return the list of revisions as a reader sees it, newest first."""
    page = notes.on(notes.watcher, LIST, paginationOpts={"numItems": 100, "cursor": None})
    assert page["isDone"]
    found: list[dict[str, Any]] = page["page"]
    return found


def sequences(notes: NoteScene) -> list[int]:
    return [revision["sequence"] for revision in revisions(notes)]


def type_on(notes: NoteScene, count: int) -> None:
    """Type letters at the end, one operation each."""
    for _ in range(count):
        head = notes.head()
        notes.write(notes.guest, insert(head.length, chr(ord("a") + head.sequence % 26)))


def test_a_revision_is_made_five_minutes_after_the_last_edit(notes: NoteScene) -> None:
    notes.fill("one")
    notes.rest(4 * MINUTE)
    notes.write(notes.guest, insert(3, " two"))
    notes.rest(4 * MINUTE)
    assert revisions(notes) == []
    notes.rest(MINUTE + 1)
    (made,) = revisions(notes)
    assert (made["sequence"], made["added"], made["removed"]) == (2, 7, 0)
    assert [author["_id"] for author in made["authors"]] == [notes.host.user_id, notes.guest.user_id]
    notes.rest(60 * MINUTE)
    assert len(revisions(notes)) == 1


def test_writing_again_after_a_pause_makes_another_one(notes: NoteScene) -> None:
    notes.fill("one")
    notes.rest(6 * MINUTE)
    notes.write(notes.guest, delete(0, 2))
    notes.rest(6 * MINUTE)
    assert [(made["sequence"], made["added"], made["removed"]) for made in revisions(notes)] == [(2, 0, 2), (1, 3, 0)]


def test_a_revision_is_made_every_two_hundred_operations(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jobs.SNAPSHOT_OPERATIONS == 200
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 5)
    for _ in range(13):
        type_on(notes, 1)
        notes.rest(1.0)
    assert sequences(notes) == [10, 5]
    snapshot = notes.on(notes.guest, "notes/sync:snapshot")
    assert snapshot == {"sequence": 10, "content": "abcdefghij"}


def test_a_long_text_has_fewer_of_them(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 2)
    monkeypatch.setattr(jobs, "SNAPSHOT_TEXT", 100)
    notes.fill("x" * 390)
    for _ in range(9):
        type_on(notes, 1)
        notes.rest(1.0)
    assert sequences(notes) == [8]


def test_the_end_of_the_meeting_makes_one(notes: NoteScene) -> None:
    notes.scene.start()
    notes.fill("said")
    notes.scene.end()
    notes.rest(1.0)
    assert sequences(notes) == [1]


def test_every_earlier_text_can_be_read(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 4)
    texts = [""]
    for _ in range(11):
        type_on(notes, 1)
        notes.rest(1.0)
        texts.append(notes.text())
    for sequence, text in enumerate(texts):
        assert notes.on(notes.watcher, GET, sequence=sequence)["content"] == text
    notes.fails(notes.watcher, GET, "NOT_FOUND", sequence=12)
    notes.fails(notes.watcher, GET, "VALIDATION_ERROR", sequence=-1)


def test_a_rollback_makes_an_earlier_text_by_a_new_operation(notes: NoteScene) -> None:
    type_on(notes, 5)
    back = notes.on(notes.host, ROLLBACK, targetSequence=2, reason="  Too much ")
    assert back == {"success": True, "operationsRemoved": 3, "newVersion": 6}
    assert notes.text() == "ab"
    assert (notes.head().sequence, notes.head().length) == (6, 2)
    assert sequences(notes) == [5]  # the text that was left can be made again
    notes.on(notes.host, ROLLBACK, targetSequence=5)
    assert notes.text() == "abcde"


def test_a_rollback_counts_the_operations_it_undoes(notes: NoteScene) -> None:
    type_on(notes, 10)
    removed = []
    for target in (5, 3, 8, 99, -5):
        removed.append(notes.on(notes.host, ROLLBACK, targetSequence=target)["operationsRemoved"])
    assert removed == [5, 2, 0, 0, 8]
    assert notes.text() == ""
    assert notes.head().sequence == 15


def test_a_rollback_to_the_present_text_is_an_empty_operation(notes: NoteScene) -> None:
    type_on(notes, 2)
    assert notes.on(notes.host, ROLLBACK, targetSequence=2)["newVersion"] == 3
    last = notes.log()[-1]
    assert (last.kind, last.changes, last.target, last.sequence) == ("rollback", (), 2, 3)


def test_old_revisions_are_thinned_out(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SETTLED_OPERATIONS", 10)
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 4)
    for _ in range(26):
        type_on(notes, 1)
        notes.rest(1.0)
    assert sequences(notes) == [24, 20, 16, 12, 8, 4]
    notes.rest(DAY - 15 * MINUTE)
    assert len(sequences(notes)) == 7  # and one after the last edit
    notes.rest(DAY)
    assert sequences(notes) == [26, 24, 12]
    stored = notes.backend.read(lambda db: db.scan(NoteSnapshot, "by_sequence", notes.scene.meeting_id))
    listed = notes.backend.read(lambda db: db.scan(NoteRevision, "by_sequence", notes.scene.meeting_id))
    assert [row.sequence for row in stored] == [row.sequence for row in listed]
    assert all(row.settled for row in listed)
    for sequence in range(27):
        assert len(notes.on(notes.watcher, GET, sequence=sequence)["content"]) == sequence


def test_thinning_out_that_dies_goes_on_where_it_was(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SETTLED_OPERATIONS", 10)
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 4)
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _ in range(26):
        type_on(notes, 1)
        notes.rest(1.0)
    drop = kept_texts.drop
    lives = iter([True, False, False, True, False])

    def dies(*args: Any) -> None:
        drop(*args)
        if not next(lives, True):
            raise RuntimeError("the process is gone")

    monkeypatch.setattr(kept_texts, "drop", dies)
    for _ in range(8):
        notes.rest(DAY)
        for sequence in range(27):
            assert len(notes.on(notes.watcher, GET, sequence=sequence)["content"]) == sequence
    assert next(lives, None) is None
    assert sequences(notes) == [26, 24, 12]


def test_a_checkpoint_holds_the_hash_of_its_text(notes: NoteScene) -> None:
    type_on(notes, 3)
    digest = hashlib.sha256(b"ab").hexdigest()
    path = "notes/offline:createOfflineCheckpoint"

    def data(**more: Any) -> dict[str, Any]:
        return {"sequence": 2, "version": 2, "contentHash": f"sha256:{digest}", "timestamp": 5.5, **more}

    made = notes.on(notes.guest, path, clientId="tab", checkpointData=data())
    restore = "notes/offline:restoreFromCheckpoint"
    found = notes.on(notes.guest, restore, clientId="tab", checkpointId=made["checkpointId"])
    assert found == {"success": True, "checkpoint": data()}
    for person, client in ((notes.host, "tab"), (notes.guest, "other")):
        asked = {"clientId": client, "checkpointId": made["checkpointId"]}
        assert notes.on(person, restore, **asked) == {"success": False}
    told = notes.fails(notes.guest, path, "CONFLICT", clientId="tab", checkpointData=data(sequence=4))
    assert told["reason"] == "ahead"
    told = notes.fails(notes.guest, path, "CONFLICT", clientId="tab", checkpointData=data(sequence=3))
    assert told["reason"] == "hash"
    kept = data(contentHash="any hash of its own", sequence=3)
    assert notes.on(notes.guest, path, clientId="tab", checkpointData=kept)["success"]


def test_a_rollback_and_a_lock_are_in_the_audit_trail(notes: NoteScene) -> None:
    type_on(notes, 3)
    notes.on(notes.host, ROLLBACK, targetSequence=1, reason="Too much")
    notes.on(notes.host, "notes/sync:setLocked", locked=True)
    rows = notes.backend.read(lambda db: db.scan(AuditLog, "by_creation"))
    about = {row.action: row for row in rows if row.resource_type == "meetingNotes"}
    assert {action: row.actor_user_id for action, row in about.items()} == {
        "notes.rollback": notes.host.user_id,
        "notes.lock": notes.host.user_id,
    }
    assert about["notes.rollback"].metadata == {"targetSequence": 1, "operationsRemoved": 2}
    (kept,) = notes.backend.read(lambda db: db.scan(NoteRollback, "by_sequence"))
    assert kept.reason == "Too much"
