"""Old operations are packed, and nothing that a client may still ask for is lost by that, wherever it stops."""

from itertools import islice
from typing import Any

import pytest

from connvo.model.notes import jobs, packs
from connvo.schema.notes import NoteClient, NotePack
from tests.support.notes.scene import COMMIT, SINCE, NoteScene, Tab, change, insert, wire
from tests.support.notes.traces import flat

HOUR = 3_600.0
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs of four operations, of which the newest six stay, and snapshots after five."""
    assert (packs.PACK, packs.KEPT_ROWS, packs.MIN_AGE_MS) == (500, 1_000, HOUR * 1000)
    monkeypatch.setattr(packs, "PACK", 4)
    monkeypatch.setattr(packs, "KEPT_ROWS", 6)
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 5)


def commit(notes: NoteScene, number: int, **more: Any) -> Any:
    args = {"clientId": "tab", "number": number, "sequence": number - 1, "changes": [change(0, 0, str(number % 10))]}
    return notes.on(notes.guest, COMMIT, **{**args, **more})


def type_on(notes: NoteScene, first: int, last: int) -> list[Any]:
    done = []
    for number in range(first, last + 1):
        done.append(commit(notes, number))
        notes.rest(1.0)
    return done


def packed(notes: NoteScene) -> list[tuple[int, int]]:
    found = notes.backend.read(lambda db: db.scan(NotePack, "by_last", notes.scene.meeting_id))
    return [(pack.first, pack.last) for pack in found]


def test_operations_are_packed_an_hour_later_but_for_the_newest(notes: NoteScene) -> None:
    type_on(notes, 1, 20)
    notes.rest(HOUR / 2)
    assert packed(notes) == []
    notes.rest(HOUR)
    assert packed(notes) == [(1, 4), (5, 8), (9, 12)]
    assert [row.sequence for row in notes.log()] == list(range(13, 21))
    assert notes.text() == "".join(str(number % 10) for number in range(20, 0, -1))


def test_texts_of_packed_operations_can_be_read_for_90_days(notes: NoteScene) -> None:
    type_on(notes, 1, 20)
    texts = [notes.on(notes.host, "notes/history:getRevision", sequence=at)["content"] for at in range(21)]
    notes.rest(2 * HOUR)
    assert packed(notes)
    for sequence, text in enumerate(texts):
        assert notes.on(notes.watcher, "notes/history:getRevision", sequence=sequence)["content"] == text
    notes.rest(91 * DAY)
    assert packed(notes) == []
    told = notes.fails(notes.host, "notes/history:getRevision", "CONFLICT", sequence=2)
    nearest = told["nearestSequence"]
    assert told["reason"] == "notKept"
    assert notes.on(notes.host, "notes/history:getRevision", sequence=nearest)["content"] == texts[int(nearest)]
    rollback = "notes/mutations:rollbackToSequence"
    assert notes.fails(notes.host, rollback, "CONFLICT", targetSequence=2)["nearestSequence"] == nearest
    assert notes.on(notes.host, rollback, targetSequence=nearest)["success"]
    assert notes.text() == texts[int(nearest)]


def test_a_client_that_is_behind_the_rows_loads_the_snapshot(notes: NoteScene) -> None:
    tab = Tab(notes, notes.host, "late")
    type_on(notes, 1, 20)
    notes.rest(2 * HOUR)
    assert notes.on(notes.host, SINCE, sequence=11) == {"operations": [], "more": False, "reset": True}
    assert len(notes.on(notes.host, SINCE, sequence=12)["operations"]) == 8
    tab.type(0, "mine")
    sent = tab.client.outgoing()
    assert sent is not None
    told = notes.fails(
        notes.host, COMMIT, "CONFLICT", clientId="late", number=1, sequence=0, changes=[change(0, 0, "mine")]
    )
    assert told["reason"] == "behind"
    assert not tab.follow()
    tab.load()
    tab.save()
    assert tab.client.text == notes.text()
    assert notes.text().count("mine") == 1


def test_a_packed_number_is_still_known(notes: NoteScene) -> None:
    done = type_on(notes, 1, 8)
    for number in range(9, 21):
        notes.write(notes.host, insert(0, "h"), known=number - 1)
        notes.rest(1.0)
    notes.rest(2 * HOUR)
    assert packed(notes)[-1] == (9, 12)
    (known,) = notes.backend.read(lambda db: db.scan(NoteClient, "by_client", notes.scene.meeting_id))
    assert (known.number, known.sequence) == (8, 8)
    before = notes.text()
    assert commit(notes, 8) == done[7]
    args = {"clientId": "tab", "sequence": 20, "changes": [change(0, 0, "x")]}
    assert notes.fails(notes.guest, COMMIT, "CONFLICT", number=8, **args)["reason"] == "reused"
    assert notes.fails(notes.guest, COMMIT, "CONFLICT", number=3, **args)["reason"] == "known"
    assert notes.fails(notes.guest, COMMIT, "CONFLICT", number=10, **args)["reason"] == "gap"
    assert notes.text() == before
    assert commit(notes, 9, sequence=20)["sequence"] == 21


def test_packed_operations_take_a_few_bytes_each(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK", 250)
    monkeypatch.setattr(packs, "KEPT_ROWS", 0)
    for number, operation in enumerate(islice(flat(), 250), 1):
        commit(notes, number, changes=wire(operation))
        if number % 50 == 0:
            notes.rest(10.0)
    notes.rest(2 * HOUR)
    (pack,) = notes.backend.read(lambda db: db.scan(NotePack, "by_last", notes.scene.meeting_id))
    assert pack.last == 250
    assert len(pack.data) < 12 * pack.last
    assert notes.log() == []


def test_packing_waits_for_a_snapshot(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SNAPSHOT_OPERATIONS", 10**9)
    monkeypatch.setattr(jobs, "QUIET_SECONDS", 10**9)
    type_on(notes, 1, 20)
    notes.rest(2 * HOUR)
    assert packed(notes) == []
    assert len(notes.log()) == 20


def test_packing_that_dies_goes_on_where_it_was(notes: NoteScene, monkeypatch: pytest.MonkeyPatch) -> None:
    type_on(notes, 1, 30)
    written = packs.pack_oldest
    lives = iter([True, False, True, False, False, True])

    def dies(*args: Any) -> bool:
        done = written(*args)
        if not next(lives, True):
            raise RuntimeError("the process is gone")
        return done

    monkeypatch.setattr(packs, "pack_oldest", dies)
    for _ in range(8):
        notes.rest(2 * HOUR)
        rows = [row.sequence for row in notes.log()]
        held = [sequence for first, last in packed(notes) for sequence in range(first, last + 1)]
        assert sorted(held + rows) == list(range(1, 31))
    assert packed(notes)[-1] == (21, 24)
    assert notes.text() == "".join(str(number % 10) for number in range(30, 0, -1))
