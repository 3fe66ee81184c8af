"""The work of one call is bounded: far behind, with many changes, or in many parts."""

from typing import Any

import pytest

from connvo.model.notes import effort
from connvo.rules.notes.limits import MAX_NUMBER
from connvo.settings import NoteSettings
from tests.support.notes.scene import APPLY, BATCH, COMMIT, ROLLBACK, NoteScene, change, insert

from .test_offline import parked, queue, sync

OTHERS = 20


@pytest.fixture
def behind(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> NoteScene:
    """Notes with twenty operations of another client; a call has 250 steps."""
    monkeypatch.setattr(effort, "MAX_STEPS", 250)
    notes.fill("." * 100)
    for number in range(1, OTHERS + 1):
        sent = {"clientId": "other", "number": number, "sequence": number, "changes": [change(0, 0, "o")]}
        notes.on(notes.host, COMMIT, **sent)
        notes.rest(1)
    return notes


def scattered(count: int) -> list[dict[str, Any]]:
    """Returns so many changes that do not touch."""
    return [change(2 * at, 0, "x") for at in range(count)]


def test_the_more_an_operation_changes_the_less_it_may_be_behind(behind: NoteScene) -> None:
    sent = {"clientId": "tab", "number": 1, "changes": scattered(9)}
    assert behind.fails(behind.guest, COMMIT, "CONFLICT", **sent, sequence=1)["reason"] == "behind"
    behind.on(behind.guest, COMMIT, **sent, sequence=OTHERS - 8)
    behind.on(behind.guest, COMMIT, clientId="tab", number=2, sequence=1, changes=scattered(1))
    assert behind.text().count("x") == 10


def test_the_parts_of_a_batch_are_bounded_together(behind: NoteScene) -> None:
    operations = [{"operation": insert(0, "x"), "clientSequence": 1 + at % 2} for at in range(10)]
    done = behind.on(behind.guest, BATCH, operations=operations)
    assert 0 < done["processed"] < 10
    assert done["processed"] + done["failed"] == 10
    assert behind.text().count("x") == done["processed"]


def test_a_queue_that_is_too_much_for_one_call_is_written_by_several(behind: NoteScene) -> None:
    for at in range(6):
        queue(behind, parked(f"id{at}", insert(0, "x"), 1))
    done = []
    for _ in range(6):
        done.append(sync(behind))
        behind.rest(60)
    assert [one["failed"] for one in done] == [0] * 6
    assert done[0]["synced"] < 6
    assert behind.text().count("x") == 6


def test_much_work_counts_as_several_calls(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.fill("." * 100)
    for number in range(OTHERS):
        notes.write(notes.host, insert(0, str(number % 10)))
        notes.rest(1)
    monkeypatch.setattr(effort, "STEPS_PER_CALL", 5)
    notes.rest(600)
    notes.write(notes.guest, insert(0, "x"), known=1)
    late = insert(0, "y")
    refused = notes.fails(notes.guest, APPLY, "RATE_LIMIT_EXCEEDED", operation=late, clientSequence=1)
    assert refused["retryAfterSeconds"] > 0
    notes.write(notes.guest, insert(0, "z"))
    notes.rest(600)
    notes.write(notes.guest, late, known=1)
    assert {"x", "y", "z"} <= set(notes.text())


def test_a_batch_counts_as_a_call_for_each_25_operations(notes: NoteScene) -> None:
    operations = [{"operation": insert(0, "x"), "clientSequence": MAX_NUMBER}] * 100
    for _ in range(NoteSettings().burst // 4):
        notes.on(notes.guest, BATCH, operations=operations)
    told = notes.fails(notes.guest, BATCH, "RATE_LIMIT_EXCEEDED", operations=operations)
    assert 0.3 < told["retryAfterSeconds"] <= 0.4


def test_a_rollback_of_a_long_text_counts_as_many_calls(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "UNITS_PER_CALL", 10)
    notes.fill("." * 10)
    notes.fill("." * 290)
    notes.rest(600)
    for _ in range(2):
        notes.on(notes.host, ROLLBACK, targetSequence=2)
    told = notes.fails(notes.host, ROLLBACK, "RATE_LIMIT_EXCEEDED", targetSequence=2)
    assert 2.9 < told["retryAfterSeconds"] <= 3.0
    notes.write(notes.guest, insert(0, "." * 700))  # now it counts as more calls than may be made at once
    notes.rest(600)
    assert notes.on(notes.host, ROLLBACK, targetSequence=1)["success"]
