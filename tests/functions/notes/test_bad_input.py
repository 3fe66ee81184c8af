"""What no client should send is refused with its code, and changes nothing."""

import math
from pathlib import Path
from typing import Any

import pytest

from connvo.rules.notes.limits import MAX_CHANGES, MAX_INSERT, MAX_TEXT
from connvo.settings import NoteSettings
from tests.support.backend import Caller
from tests.support.notes.scene import APPLY, BATCH, COMMIT, NoteScene, change, delete, insert, retain

EMOJI = "\U0001f600"
NUMBERS = [-1, 0.5, math.nan, math.inf, -math.inf, 1e300]


def commit_fails(notes: NoteScene, code: str, *changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    args = {"clientId": "tab", "number": 1, "sequence": 1, **more}
    return notes.fails(notes.guest, COMMIT, code, changes=list(changes), **args)


def apply_fails(notes: NoteScene, code: str, operation: dict[str, Any], known: float = 1) -> dict[str, Any]:
    return notes.fails(notes.guest, APPLY, code, operation=operation, clientSequence=known)


@pytest.fixture
def filled(notes: NoteScene) -> NoteScene:
    """Notes of three units."""
    notes.fill("abc")
    return notes


@pytest.mark.parametrize("number", NUMBERS)
def test_a_position_is_a_whole_number(filled: NoteScene, number: float) -> None:
    commit_fails(filled, "VALIDATION_ERROR", change(number, 0, "x"))
    for operation in (insert(number, "x"), delete(number, 1), retain(number, 1)):
        assert apply_fails(filled, "VALIDATION_ERROR", operation)["field"] == "operation.position"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_length_is_a_whole_number(filled: NoteScene, number: float) -> None:
    commit_fails(filled, "VALIDATION_ERROR", change(0, number))
    for operation in (delete(0, number), retain(0, number)):
        assert apply_fails(filled, "VALIDATION_ERROR", operation)["field"] == "operation.length"


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_and_sequences_are_whole(filled: NoteScene, number: float) -> None:
    commit_fails(filled, "VALIDATION_ERROR", number=number)
    commit_fails(filled, "VALIDATION_ERROR", sequence=number)
    apply_fails(filled, "VALIDATION_ERROR", insert(0, "x"), known=number)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_the_time_of_a_checkpoint_is_a_number(notes: NoteScene, number: float) -> None:
    data = {"sequence": 0, "version": 0, "contentHash": "any", "timestamp": number}
    path = "notes/offline:createOfflineCheckpoint"
    told = notes.fails(notes.guest, path, "VALIDATION_ERROR", clientId="tab", checkpointData=data)
    assert told["field"] == "checkpointData.timestamp"


def test_positions_beyond_the_text_are_refused(filled: NoteScene) -> None:
    commit_fails(filled, "VALIDATION_ERROR", change(4, 0, "x"))
    commit_fails(filled, "VALIDATION_ERROR", change(2, 2))
    apply_fails(filled, "VALIDATION_ERROR", delete(3, 1))


@pytest.mark.parametrize("changes", [[change(2, 0, "x"), change(1, 0, "y")], [change(0, 2), change(1, 1)]])
def test_changes_ascend_and_do_not_overlap(filled: NoteScene, changes: list[dict[str, Any]]) -> None:
    assert commit_fails(filled, "VALIDATION_ERROR", *changes)["field"] == "changes"


@pytest.mark.parametrize("changes", [[change(1, 0, "x")], [change(0, 1)], [change(1, 1)], [change(2, 2)]])
def test_no_position_is_inside_a_pair(notes: NoteScene, changes: list[dict[str, Any]]) -> None:
    notes.fill(f"{EMOJI}a{EMOJI}")
    if changes == [change(2, 2)]:
        commit_fails(notes, "VALIDATION_ERROR", *changes)
        return
    assert "above U+FFFF" in str(
        notes.guest.fails(
            COMMIT,
            "VALIDATION_ERROR",
            meetingId=notes.scene.meeting_id,
            clientId="tab",
            number=1,
            sequence=1,
            changes=changes,
        )
    )


def test_a_pair_is_found_in_the_snapshot_and_in_the_operations_after_it(notes: NoteScene) -> None:
    notes.fill(f"a{EMOJI}b")
    notes.rest(301.0)
    assert notes.on(notes.host, "notes/sync:snapshot")["sequence"] == 1
    notes.write(notes.host, insert(0, "__"))
    apply_fails(notes, "VALIDATION_ERROR", insert(4, "x"), known=2)
    apply_fails(notes, "VALIDATION_ERROR", insert(2, "x"), known=1)
    notes.write(notes.host, insert(2, EMOJI))
    apply_fails(notes, "VALIDATION_ERROR", delete(3, 1), known=3)
    assert notes.write(notes.host, delete(2, 2))["serverSequence"] == 4
    assert notes.text() == f"__a{EMOJI}b"


def test_many_changes_are_checked_for_pairs_as_well(notes: NoteScene) -> None:
    notes.fill(EMOJI * 40)
    changes = [change(2 * at, 0, "x") for at in range(30)]
    commit_fails(notes, "VALIDATION_ERROR", *changes[:-1], change(59, 0, "x"))
    notes.on(notes.guest, COMMIT, clientId="tab", number=1, sequence=1, changes=changes)
    assert notes.text() == f"x{EMOJI}" * 30 + EMOJI * 10


def test_each_operation_of_a_batch_is_checked_for_pairs(stored_notes: NoteScene) -> None:
    notes = stored_notes
    notes.fill("abc")
    typed = [insert(3, EMOJI), insert(0, "_"), insert(4, "x"), delete(6, 1), insert(0, "never")]
    operations = [{"operation": one, "clientSequence": 1} for one in typed]
    done = notes.on(notes.guest, BATCH, operations=operations)
    assert (done["processed"], done["failed"]) == (3, 2)
    assert notes.text() == f"_abcx{EMOJI}"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\udc00", "\udc00\ud800"])
def test_text_is_whole_characters_without_nul(filled: NoteScene, text: str) -> None:
    commit_fails(filled, "VALIDATION_ERROR", change(0, 0, text))
    apply_fails(filled, "VALIDATION_ERROR", insert(0, text))


def test_carriage_returns_and_other_strange_characters_are_kept(notes: NoteScene) -> None:
    text = "one\r\ntwo\rthree\u2028\ufeff\u202e\x07"
    notes.fill(text)
    assert notes.text() == text


@pytest.mark.parametrize("length", [MAX_INSERT + 1, 900_000])
def test_one_insert_has_a_limit(filled: NoteScene, length: int) -> None:
    assert commit_fails(filled, "VALIDATION_ERROR", change(0, 0, "x" * length))["maximum"] == MAX_INSERT
    assert apply_fails(filled, "VALIDATION_ERROR", insert(0, "x" * length))["maximum"] == MAX_INSERT
    half = EMOJI * (MAX_INSERT // 2)
    assert filled.write(filled.guest, insert(0, half))["serverSequence"] == 2
    apply_fails(filled, "VALIDATION_ERROR", insert(0, half + EMOJI), known=2)


def test_an_operation_has_at_most_a_thousand_changes(notes: NoteScene) -> None:
    notes.fill("." * (MAX_CHANGES + 1))
    changes = [change(at, 0, "x") for at in range(MAX_CHANGES + 1)]
    assert commit_fails(notes, "VALIDATION_ERROR", *changes)["maximum"] == MAX_CHANGES
    notes.on(notes.guest, COMMIT, clientId="tab", number=1, sequence=1, changes=changes[:MAX_CHANGES])
    assert len(notes.text()) == 2 * MAX_CHANGES + 1


def test_a_text_has_a_limit_up_to_which_it_can_still_shrink(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.rules.notes.limits.MAX_TEXT", 10)
    assert MAX_TEXT == 1_000_000
    notes.fill("x" * 10)
    assert apply_fails(notes, "LIMIT_EXCEEDED", insert(0, "y"))["limit"] == 10
    commit_fails(notes, "LIMIT_EXCEEDED", change(0, 1, "yy"))
    notes.write(notes.guest, delete(0, 1))
    assert notes.write(notes.guest, insert(0, "y"))["serverSequence"] == 3


def test_the_page_knows_how_long_a_text_may_be() -> None:
    page = Path(__file__).parents[3] / "web" / "notes" / "src" / "limits.ts"
    assert f"MAX_TEXT = {MAX_TEXT:_};" in page.read_text("utf-8")


@pytest.mark.parametrize("client", ["", " ", "\u200b", "x" * 65])
def test_a_client_has_a_name(filled: NoteScene, client: str) -> None:
    assert commit_fails(filled, "VALIDATION_ERROR", clientId=client)["field"] == "clientId"


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (insert(0, ""), "operation.content"),
        ({"type": "insert", "position": 0}, "operation.content"),
        ({"type": "delete", "position": 0}, "operation.length"),
        ({"type": "retain", "position": 0}, "operation.length"),
        (delete(0, 0), "operation.length"),
    ],
)
def test_an_operation_states_its_effect(filled: NoteScene, operation: dict[str, Any], field: str) -> None:
    assert apply_fails(filled, "VALIDATION_ERROR", operation)["field"] == field


def test_a_member_that_writes_too_often_is_told_when_to_go_on(notes: NoteScene) -> None:
    burst = NoteSettings().burst
    for number in range(burst):
        notes.write(notes.guest, insert(0, str(number % 10)))
    told = apply_fails(notes, "RATE_LIMIT_EXCEEDED", insert(0, "x"), known=burst)
    assert 0 < told["retryAfterSeconds"] <= 0.1
    told = commit_fails(notes, "RATE_LIMIT_EXCEEDED", change(0, 0, "x"), sequence=burst)
    assert told["action"] == "noteOperation"
    notes.write(notes.host, insert(0, "the host is another person"))
    notes.rest(told["retryAfterSeconds"])
    notes.write(notes.guest, insert(0, "y"))


def lock(notes: NoteScene) -> Caller:
    notes.on(notes.host, "notes/sync:setLocked", locked=True)
    return notes.guest


def remove(notes: NoteScene) -> Caller:
    notes.scene.of(notes.host, "removeParticipant", userId=notes.guest.user_id)
    return notes.guest


def demote(notes: NoteScene) -> Caller:
    for role in ("host", "participant"):
        lock(notes)
        notes.scene.of(notes.host, "updateParticipantRole", userId=notes.guest.user_id, newRole=role)
    return notes.guest


def watch(notes: NoteScene) -> Caller:
    return notes.watcher


@pytest.mark.parametrize(
    ("shut", "code"),
    [
        (lock, "FORBIDDEN"),
        (remove, "FORBIDDEN"),
        (demote, "FORBIDDEN"),
        (watch, "INSUFFICIENT_PERMISSIONS"),
    ],
)
def test_a_member_that_may_not_write_is_refused_in_the_middle_of_a_word(
    filled: NoteScene, shut: Any, code: str
) -> None:
    filled.on(filled.guest, COMMIT, clientId="tab", number=1, sequence=1, changes=[change(3, 0, "wo")])
    person = shut(filled)
    filled.fails(person, COMMIT, code, clientId="tab", number=2, sequence=2, changes=[change(5, 0, "rd")])
    filled.fails(person, APPLY, code, operation=insert(5, "rd"), clientSequence=2)
    filled.fails(
        person,
        "realtime/batchedOperations:batchApplyNoteOperation",
        code,
        operation=insert(5, "rd"),
        clientSequence=2,
        expectedVersion=2,
    )
    assert filled.text() == "abcwo"
    filled.write(filled.host, insert(5, "rd"))
    assert filled.text() == "abcword"
