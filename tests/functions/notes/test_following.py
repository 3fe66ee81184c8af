"""A client that follows the log writes each operation once, and ends with the text of the server."""

from random import Random
from typing import Any

import pytest

from connvo.functions.notes import sync
from tests.support.notes.edits import random_operation
from tests.support.notes.scene import COMMIT, SINCE, SNAPSHOT, NoteScene, Tab, change, delete, insert
from tests.support.outside import examples


def commit(notes: NoteScene, number: float, sequence: float, *changes: dict[str, Any], client: str = "tab") -> Any:
    return notes.on(notes.guest, COMMIT, clientId=client, number=number, sequence=sequence, changes=list(changes))


def refused(notes: NoteScene, code: str, number: float, sequence: float, *changes: dict[str, Any]) -> dict[str, Any]:
    return notes.fails(
        notes.guest, COMMIT, code, clientId="tab", number=number, sequence=sequence, changes=list(changes)
    )


def test_an_operation_is_answered_with_its_transformed_form(stored_notes: NoteScene) -> None:
    notes = stored_notes
    assert commit(notes, 1, 0, change(0, 0, "ab")) == {
        "sequence": 1,
        "version": 1,
        "changes": [{"position": 0, "content": "ab"}],
    }
    notes.write(notes.host, insert(0, "_"))
    done = commit(notes, 2, 1, change(0, 1), change(2, 0, "c"))
    assert done["changes"] == [{"position": 1, "length": 1}, {"position": 3, "content": "c"}]
    assert notes.text() == "_bc"


def test_the_later_text_goes_left(notes: NoteScene) -> None:
    commit(notes, 1, 0, change(0, 0, "one"), client="a")
    commit(notes, 1, 0, change(0, 0, "two"), client="b")
    assert notes.text() == "twoone"


def test_an_operation_sent_again_is_written_once(stored_notes: NoteScene) -> None:
    notes = stored_notes
    first = commit(notes, 1, 0, change(0, 0, "once"))
    notes.write(notes.host, insert(0, "_"))
    commits = notes.backend.commit_count()
    assert commit(notes, 1, 0, change(0, 0, "once")) == first
    assert commit(notes, 1, 2, change(1, 0, "once")) == first  # as its client transformed it meanwhile
    assert notes.backend.commit_count() == commits
    assert notes.text() == "_once"


def test_a_known_operation_is_answered_though_the_notes_are_locked(notes: NoteScene) -> None:
    first = commit(notes, 1, 0, change(0, 0, "once"))
    notes.on(notes.host, "notes/sync:setLocked", locked=True)
    assert commit(notes, 1, 0, change(0, 0, "once")) == first
    assert refused(notes, "FORBIDDEN", 2, 1, change(0, 0, "x"))["reason"] == "locked"


def test_a_number_belongs_to_a_user_and_a_client(notes: NoteScene) -> None:
    commit(notes, 1, 0, change(0, 0, "a"), client="one")
    commit(notes, 1, 0, change(0, 0, "b"), client="two")
    notes.on(notes.host, COMMIT, clientId="one", number=1, sequence=0, changes=[change(0, 0, "c")])
    assert sorted(notes.text()) == ["a", "b", "c"]


def test_numbers_leave_none_out(notes: NoteScene) -> None:
    assert refused(notes, "CONFLICT", 2, 0, change(0, 0, "x"))["reason"] == "gap"
    commit(notes, 1, 0, change(0, 0, "a"))
    assert refused(notes, "CONFLICT", 3, 1, change(0, 0, "x"))["reason"] == "gap"
    commit(notes, 2, 1, change(0, 0, "b"))
    assert notes.text() == "ba"


def test_an_answer_says_when_the_operation_before_it_was_committed(stored_notes: NoteScene) -> None:
    notes = stored_notes
    for number in (1, 2, 3):
        commit(notes, number, number - 1, change(0, 0, "a"))
    first, second, third = (one["at"] for one in notes.on(notes.guest, SINCE, sequence=0)["operations"])
    assert "at" not in notes.on(notes.guest, SINCE, sequence=0)
    for sequence, at in ((1, first), (2, second), (3, third)):
        answer = notes.on(notes.guest, SINCE, sequence=sequence)
        assert (answer["at"], len(answer["operations"])) == (at, 3 - sequence)


def test_an_operation_on_a_text_that_a_restored_backup_lacks_is_refused(stored_notes: NoteScene) -> None:
    notes = stored_notes
    commit(notes, 1, 0, change(0, 0, "a"))
    commit(notes, 2, 1, change(1, 0, "b"))
    first, second = (one["at"] for one in notes.on(notes.guest, SINCE, sequence=0)["operations"])
    for sequence, at in ((2, second + 1), (2, first - 1), (1, first + 1)):
        sent = {"clientId": "tab", "number": 3, "sequence": sequence, "sequenceAt": at, "changes": [change(0, 0, "x")]}
        assert notes.fails(notes.guest, COMMIT, "CONFLICT", **sent)["reason"] == "restored"
    notes.on(notes.guest, COMMIT, clientId="tab", number=3, sequence=2, sequenceAt=second, changes=[change(2, 0, "c")])
    notes.on(notes.guest, COMMIT, clientId="tab", number=4, sequence=1, sequenceAt=first, changes=[change(1, 0, "d")])
    notes.on(notes.host, COMMIT, clientId="tab", number=1, sequence=0, sequenceAt=first, changes=[change(0, 0, "e")])
    assert notes.text() == "eadbc"


def test_a_number_is_not_used_for_another_text(notes: NoteScene) -> None:
    commit(notes, 1, 0, change(0, 0, "a"))
    assert refused(notes, "CONFLICT", 1, 1, change(0, 0, "b"))["reason"] == "reused"


def test_a_base_that_the_server_does_not_have_is_refused(notes: NoteScene) -> None:
    commit(notes, 1, 0, change(0, 0, "a"))
    assert refused(notes, "CONFLICT", 2, 2, change(0, 0, "b")) == {"reason": "ahead", "sequence": 1}


def test_the_log_is_read_in_pages(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE", 3)
    for number in range(7):
        notes.write(notes.guest, insert(number, str(number)))
    pages = [notes.on(notes.watcher, SINCE, sequence=sequence) for sequence in (0, 3, 6, 7)]
    assert [[one["sequence"] for one in page["operations"]] for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert [(page["more"], page["reset"]) for page in pages] == [
        (True, False),
        (True, False),
        (False, False),
        (False, False),
    ]


def test_a_page_of_long_texts_is_short(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE_UNITS", 100)
    for _ in range(3):
        notes.write(notes.guest, insert(0, "x" * 90))
    page = notes.on(notes.watcher, SINCE, sequence=0)
    assert (len(page["operations"]), page["more"]) == (1, True)


def test_an_operation_states_its_author_and_kind(notes: NoteScene) -> None:
    commit(notes, 1, 0, change(0, 0, "typed"))
    notes.write(notes.host, delete(0, 1))
    notes.on(notes.host, "notes/mutations:rollbackToSequence", targetSequence=1)
    typed, deleted, back = notes.on(notes.watcher, SINCE, sequence=0)["operations"]
    assert typed.pop("at") > 0
    assert typed == {
        "sequence": 1,
        "kind": "edit",
        "userId": notes.guest.user_id,
        "clientId": "tab",
        "number": 1,
        "changes": [{"position": 0, "content": "typed"}],
    }
    assert (deleted["userId"], "clientId" in deleted, "number" in deleted) == (notes.host.user_id, False, False)
    assert (back["kind"], back["changes"]) == ("rollback", [{"position": 0, "content": "t"}])


def test_a_sequence_above_the_newest_says_that_the_client_has_to_load_again(notes: NoteScene) -> None:
    notes.fill("a")
    assert notes.on(notes.guest, SINCE, sequence=2) == {"operations": [], "more": False, "reset": True}


def test_the_first_snapshot_is_the_empty_text(notes: NoteScene) -> None:
    notes.fill("a")
    assert notes.on(notes.watcher, SNAPSHOT) == {"sequence": 0, "content": ""}


def test_clients_of_both_ways_and_a_rollback_end_with_one_text(stored_notes: NoteScene) -> None:
    notes = stored_notes
    random = Random("both")
    tabs = [Tab(notes, person, name) for person, name in ((notes.host, "one"), (notes.guest, "two"))]
    for step in range(examples(120)):
        notes.rest(1.0)
        tab = random.choice(tabs)
        match random.randrange(8):
            case 0 | 1 | 2:
                tab.client.edit(random_operation(random, tab.client.text, 2))
            case 3 | 4:
                if (sent := tab.client.outgoing()) is not None:
                    for _ in range(random.choice([1, 1, 2])):
                        tab.commit(sent)
            case 5:
                tab.follow()
            case 6:
                length = len(notes.text().encode("utf-16-le")) // 2
                notes.write(notes.guest, insert(length, f"<{step}>"), known=99_999)
            case _ if random.randrange(4) == 0:
                target = random.randrange(notes.head().sequence + 1)
                notes.on(notes.host, "notes/mutations:rollbackToSequence", targetSequence=target)
            case _:
                pass
    for tab in tabs:
        notes.rest(10.0)
        tab.follow()
        tab.save()
    for tab in tabs:
        tab.follow()
    assert {tab.client.text for tab in tabs} == {notes.text()}
    assert not any(tab.client.pending for tab in tabs)


def test_a_client_of_the_documented_functions_alone_converges_with_one_that_follows(notes: NoteScene) -> None:
    """It knows only the whole text and its sequence, as `getMeetingNotes` shows them."""
    random = Random("documented")
    tab = Tab(notes, notes.host, "tab")
    for _ in range(examples(100)):
        notes.rest(1.0)
        read = notes.on(notes.guest, "notes/queries:getMeetingNotes")
        if random.random() < 0.5:
            tab.follow()
            tab.client.edit(random_operation(random, tab.client.text, 1))
            tab.save()
        for one in random_operation(random, read["content"], 1):
            if one.length:
                notes.write(notes.guest, delete(one.position, one.length), known=read["sequence"])
            elif one.content:
                notes.write(notes.guest, insert(one.position, one.content), known=read["sequence"])
    tab.follow()
    subscribed = notes.on(notes.watcher, "realtime/subscriptions:subscribeMeetingNotes")["content"]
    assert tab.client.text == notes.text() == subscribed
