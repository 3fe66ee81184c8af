"""A batch is one client's operations in a row: each is made on the text after the one before."""

from typing import Any

import pytest

from tests.support.notes.scene import BATCH, NoteScene, delete, insert


def batch(notes: NoteScene, *items: tuple[dict[str, Any], float], **more: Any) -> Any:
    operations = [{"operation": operation, "clientSequence": known} for operation, known in items]
    return notes.on(notes.guest, BATCH, operations=operations, **more)


@pytest.mark.parametrize("known", [[0, 0, 0], [0, 1, 2]])
def test_text_typed_in_a_row_is_written_in_a_row(stored_notes: NoteScene, known: list[float]) -> None:
    notes = stored_notes
    done = batch(notes, *zip([insert(0, "h"), insert(1, "i"), insert(2, "!")], known, strict=True))
    assert notes.text() == "hi!"
    assert [result["serverSequence"] for result in done["results"]] == [1, 2, 3]
    assert (done["success"], done["processed"], done["failed"], done["newVersion"]) == (True, 3, 0, 1)


@pytest.mark.parametrize("known", [[1, 1], [1, 2]])
def test_both_ways_of_counting_meet_foreign_operations(notes: NoteScene, known: list[float]) -> None:
    notes.fill("abc")
    notes.write(notes.host, insert(0, "___"), known=1)
    batch(notes, (insert(3, "x"), known[0]), (insert(4, "y"), known[1]))
    assert notes.text() == "___abcxy"


def test_an_operation_that_does_not_continue_begins_again(notes: NoteScene) -> None:
    notes.fill("abc")
    done = batch(notes, (insert(3, "1"), 1), (insert(4, "2"), 1), (insert(0, "_"), 3), (delete(0, 1), 4))
    assert notes.text() == "abc12"
    assert done["processed"] == 4


def test_the_first_misfit_ends_a_batch(notes: NoteScene) -> None:
    notes.fill("abc")
    done = batch(notes, (insert(3, "d"), 1), (delete(9, 1), 1), (insert(0, "x"), 1))
    assert (done["success"], done["processed"], done["failed"], done["newVersion"]) == (True, 1, 2, 2)
    assert len(done["results"]) == 1
    assert notes.text() == "abcd"


@pytest.mark.parametrize("bad", [insert(-1, "x"), insert(0.5, "x"), insert(0, ""), delete(0, 0), insert(9, "x")])
def test_a_batch_of_which_nothing_fits_changes_nothing(notes: NoteScene, bad: dict[str, Any]) -> None:
    notes.fill("abc")
    commits = notes.backend.commit_count()
    done = batch(notes, (bad, 1), (insert(0, "x"), 1))
    assert (done["success"], done["processed"], done["failed"], done["newVersion"]) == (False, 0, 2, 1)
    assert notes.head().version == 1
    assert notes.text() == "abc"
    assert notes.backend.commit_count() <= commits + 1  # the rate of calls is counted


def test_an_empty_batch_changes_nothing(notes: NoteScene) -> None:
    done = batch(notes)
    assert (done["success"], done["processed"], done["failed"], done["newVersion"]) == (True, 0, 0, 0)


def test_a_batch_has_at_most_a_hundred_operations(notes: NoteScene) -> None:
    typed = {"operation": insert(0, "x"), "clientSequence": 0}
    notes.fails(notes.guest, BATCH, "VALIDATION_ERROR", operations=[typed] * 101)
    assert notes.on(notes.guest, BATCH, operations=[typed] * 100)["processed"] == 100


def test_a_batch_expects_a_version_once(notes: NoteScene) -> None:
    notes.fill("a")
    typed = [{"operation": insert(0, "x"), "clientSequence": 1}] * 2
    notes.fails(notes.guest, BATCH, "CONFLICT", operations=typed, expectedVersion=0)
    assert notes.on(notes.guest, BATCH, operations=typed, expectedVersion=1)["newVersion"] == 2


def test_an_operation_of_a_batch_names_the_foreign_ones_that_changed_it(notes: NoteScene) -> None:
    notes.fill("abc")
    notes.write(notes.host, insert(0, "_"), known=1)
    foreign = notes.log()[-1].id
    done = batch(notes, (insert(3, "x"), 1), (insert(4, "y"), 1))
    assert [result["conflicts"] for result in done["results"]] == [[foreign], [foreign]]
