"""An operation of the documented functions changes the text as its author meant it."""

import pytest

from connvo.rules.notes.limits import MAX_BEHIND
from tests.support.notes.scene import APPLY, NoteScene, change, delete, insert, retain


def test_a_new_meeting_has_empty_notes(notes: NoteScene) -> None:
    read = notes.on(notes.watcher, "notes/queries:getMeetingNotes")
    assert (read["content"], read["version"], read["sequence"]) == ("", 0, 0)
    assert read["meetingId"] == notes.scene.meeting_id


def test_an_operation_is_written_and_numbered(stored_notes: NoteScene) -> None:
    notes = stored_notes
    applied = notes.write(notes.guest, insert(0, "Hello"))
    assert applied == {
        "success": True,
        "serverSequence": 1,
        "transformedOperation": {"type": "insert", "position": 0, "content": "Hello"},
        "newVersion": 1,
        "conflicts": [],
    }
    notes.write(notes.host, delete(0, 1))
    notes.write(notes.host, insert(0, "J"))
    assert notes.text() == "Jello"
    assert (notes.head().sequence, notes.head().version, notes.head().length) == (3, 3, 5)


def test_notes_are_written_before_during_and_after_the_meeting(notes: NoteScene) -> None:
    notes.fill("before")
    notes.scene.start()
    notes.write(notes.guest, insert(6, ", during"))
    notes.scene.join(notes.host)
    notes.scene.end()
    notes.write(notes.guest, insert(14, ", after"))
    assert notes.text(notes.watcher) == "before, during, after"


def test_operations_on_one_text_are_transformed(notes: NoteScene) -> None:
    notes.fill("abc")
    first = notes.write(notes.guest, insert(1, "X"), known=1)
    second = notes.write(notes.host, insert(2, "Y"), known=1)
    assert notes.text() == "aXbYc"
    assert second["transformedOperation"] == {"type": "insert", "position": 3, "content": "Y"}
    assert second["conflicts"] == [notes.log()[1].id]
    assert first["conflicts"] == []


def test_an_operation_that_others_did_not_change_has_no_conflicts(notes: NoteScene) -> None:
    notes.fill("abc")
    notes.write(notes.guest, insert(3, "!"), known=1)
    assert notes.write(notes.host, insert(0, "_"), known=1)["conflicts"] == []


@pytest.mark.parametrize(("later", "text"), [("a", "ab"), ("c", "bc"), ("b", "bb")])
def test_of_two_texts_at_one_place_the_smaller_is_left(notes: NoteScene, later: str, text: str) -> None:
    notes.write(notes.guest, insert(0, "b"), known=0)
    notes.write(notes.host, insert(0, later), known=0)
    assert notes.text() == text


def test_an_insert_inside_a_deleted_range_survives(notes: NoteScene) -> None:
    notes.fill("abcdef")
    notes.write(notes.guest, insert(3, "X"), known=1)
    split = notes.write(notes.host, delete(1, 4), known=1)
    assert notes.text() == "aXf"
    assert split["transformedOperation"] == {"type": "delete", "position": 1, "length": 2}
    assert len(notes.log()[-1].changes) == 2


def test_a_delete_of_removed_text_becomes_a_retain_at_its_position(notes: NoteScene) -> None:
    notes.fill("abcdef")
    notes.write(notes.guest, delete(2, 2), known=1)
    notes.write(notes.guest, insert(0, "__"), known=2)
    gone = notes.write(notes.host, delete(2, 2), known=1)
    assert gone["transformedOperation"] == {"type": "retain", "position": 4, "length": 0}
    assert gone["serverSequence"] == 4
    assert len(gone["conflicts"]) == 2
    assert notes.text() == "__abef"


def test_two_deletes_with_one_start_leave_the_rest_of_the_longer(notes: NoteScene) -> None:
    notes.fill("abcdefgh")
    notes.write(notes.guest, delete(2, 2), known=1)
    rest = notes.write(notes.host, delete(2, 4), known=1)
    assert rest["transformedOperation"] == {"type": "delete", "position": 2, "length": 2}
    assert notes.text() == "abgh"


def test_a_retain_takes_a_number_and_moves_with_its_text(notes: NoteScene) -> None:
    notes.fill("abcdef")
    notes.write(notes.guest, insert(1, "XY"), known=1)
    kept = notes.write(notes.host, retain(2, 3), known=1)
    assert kept["transformedOperation"] == {"type": "retain", "position": 4, "length": 3}
    assert (kept["serverSequence"], kept["newVersion"]) == (3, 3)


def test_a_sequence_above_the_head_means_the_head(notes: NoteScene) -> None:
    notes.fill("ab")
    assert notes.write(notes.guest, insert(2, "c"), known=99)["serverSequence"] == 2
    assert notes.text() == "abc"


def test_an_expected_version_has_to_be_the_version(notes: NoteScene) -> None:
    notes.fill("ab")
    operation = insert(0, "x")
    for version in (0, 2, 99):
        told = notes.fails(
            notes.guest, APPLY, "CONFLICT", operation=operation, clientSequence=1, expectedVersion=version
        )
        assert (told["version"], told["sequence"]) == (1, 1)
    assert notes.write(notes.guest, operation, expectedVersion=1)["newVersion"] == 2


def test_a_client_that_is_too_far_behind_loads_the_notes_again(
    notes: NoteScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connvo.model.notes.log.MAX_BEHIND", 3)
    assert MAX_BEHIND == 5_000
    for number in range(5):
        notes.write(notes.guest, insert(0, str(number)))
    told = notes.fails(notes.host, APPLY, "CONFLICT", operation=insert(0, "x"), clientSequence=1)
    assert told == {"reason": "behind", "sequence": 5}
    assert notes.write(notes.host, insert(0, "x"), known=2)["serverSequence"] == 6


def test_an_operation_has_to_fit_the_text_it_was_made_on(notes: NoteScene) -> None:
    notes.fill("abc")
    notes.write(notes.guest, insert(3, "defgh"), known=1)
    for operation in (insert(4, "x"), delete(2, 2), delete(3, 1), retain(0, 4)):
        told = notes.fails(notes.host, APPLY, "VALIDATION_ERROR", operation=operation, clientSequence=1)
        assert told == {"field": "operation", "length": 3}
    assert notes.write(notes.host, delete(7, 1), known=2)["serverSequence"] == 3


def test_a_write_in_batches_is_written_at_once(notes: NoteScene) -> None:
    path = "realtime/batchedOperations:batchApplyNoteOperation"
    written = notes.on(notes.guest, path, operation=insert(0, "now"), clientSequence=0, expectedVersion=0)
    assert written == {"queued": True, "batchSize": 1, "serverSequence": 1}
    assert notes.text() == "now"
    notes.fails(notes.guest, path, "CONFLICT", operation=insert(0, "x"), clientSequence=1, expectedVersion=0)


def test_both_ways_of_writing_share_one_text(notes: NoteScene) -> None:
    notes.fill("shared")
    notes.on(
        notes.guest,
        "notes/sync:apply",
        clientId="tab",
        number=1,
        sequence=1,
        changes=[change(0, 0, "We "), change(6, 0, "!")],
    )
    assert notes.write(notes.host, delete(0, 1), known=1)["transformedOperation"]["position"] == 3
    assert notes.text() == "We hared!"
