"""Members see where the others are in the notes, and what they may do with them."""

from typing import Any

from tests.support.backend import Caller
from tests.support.notes.scene import NoteScene

SET, LEAVE, LIST = (f"notes/presence:{name}" for name in ("setCursor", "leave", "listCursors"))


def put(notes: NoteScene, person: Caller, client: str = "tab", **more: Any) -> None:
    notes.on(person, SET, **{"clientId": client, "sequence": 3, "anchor": 1, "head": 2, **more})


def clients(notes: NoteScene) -> list[tuple[str, str]]:
    return sorted((one["user"]["displayName"], one["clientId"]) for one in notes.on(notes.watcher, LIST))


def test_a_cursor_is_shown_to_all_members(notes: NoteScene) -> None:
    put(notes, notes.guest)
    (shown,) = notes.on(notes.watcher, LIST)
    assert shown.pop("at") > 0
    card = {"_id": notes.guest.user_id, "displayName": "Gustav"}
    assert shown == {"clientId": "tab", "user": card, "sequence": 3, "anchor": 1, "head": 2}
    put(notes, notes.guest, sequence=4, anchor=9, head=9)
    assert [one["anchor"] for one in notes.on(notes.host, LIST)] == [9]


def test_each_client_of_a_user_has_its_own(notes: NoteScene) -> None:
    put(notes, notes.guest, "one")
    put(notes, notes.guest, "two")
    put(notes, notes.watcher, "one")
    assert clients(notes) == [("Gustav", "one"), ("Gustav", "two"), ("Wanda", "one")]
    notes.on(notes.guest, LEAVE, clientId="one")
    notes.on(notes.guest, LEAVE, clientId="one")
    assert clients(notes) == [("Gustav", "two"), ("Wanda", "one")]


def test_a_user_fills_no_list_with_cursors(notes: NoteScene) -> None:
    put(notes, notes.host)
    for number in range(10):
        put(notes, notes.guest, str(number))
        notes.rest(1)
    assert clients(notes) == [("Gustav", str(number)) for number in range(2, 10)] + [("Hanna", "tab")]


def test_a_cursor_that_is_not_renewed_goes_after_a_minute(notes: NoteScene) -> None:
    put(notes, notes.guest, "renewed")
    put(notes, notes.guest, "forgotten")
    notes.rest(30)
    put(notes, notes.guest, "renewed")
    notes.rest(31)
    notes.rest(15)
    assert clients(notes) == [("Gustav", "renewed")]


def test_a_cursor_goes_with_the_membership(notes: NoteScene) -> None:
    put(notes, notes.guest)
    notes.scene.of(notes.host, "removeParticipant", userId=notes.guest.user_id)
    assert clients(notes) == []


def test_cursors_have_whole_numbers_and_a_rate(notes: NoteScene) -> None:
    for name in ("sequence", "anchor", "head"):
        args = {"clientId": "tab", "sequence": 0, "anchor": 0, "head": 0, name: -1}
        notes.fails(notes.guest, SET, "VALIDATION_ERROR", **args)
    for number in range(20):
        put(notes, notes.guest, head=number)
    args = {"clientId": "tab", "sequence": 0, "anchor": 0, "head": 0}
    assert 0 < notes.fails(notes.guest, SET, "RATE_LIMIT_EXCEEDED", **args)["retryAfterSeconds"] <= 0.25


def test_access_states_the_right_to_write(notes: NoteScene) -> None:
    def seen(person: Caller) -> tuple[bool, bool, bool]:
        told = notes.on(person, "notes/sync:access")
        return told["canWrite"], told["canManage"], told["locked"]

    people = (notes.host, notes.guest, notes.watcher)
    assert [seen(person) for person in people] == [(True, True, False), (True, False, False), (False, False, False)]
    for locked in (True, True):
        notes.on(notes.host, "notes/sync:setLocked", locked=locked)
    assert [seen(person) for person in people] == [(True, True, True), (False, False, True), (False, False, True)]
    notes.on(notes.host, "notes/sync:setLocked", locked=False)
    assert seen(notes.guest) == (True, False, False)
