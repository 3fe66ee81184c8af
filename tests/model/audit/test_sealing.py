"""The seals of the audit trail form one chain over every row, and show each later change."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from connvo.maintenance.audit_check import AuditFault, Head
from connvo.model.audit import sealing
from connvo.model.audit.sealing import seal_rows
from connvo.model.audit.upkeep import adopt_rows
from connvo.runtime.call_request import CallRequest
from connvo.schema.audit import AuditLog, AuditSeal
from connvo.settings import AuditSettings
from connvo.store.archive import dump, load
from connvo.store.transaction import Transaction
from tests.support.audit import all_rows, all_seals, checked, remove, seal_now, write
from tests.support.backend import Backend
from tests.support.store import ENGINES

KEY = "ab" * 32


@pytest.fixture(params=ENGINES)
def trail(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Backend:
    """A backend with three rows in a first seal, and one in a second."""
    backend = make_backend(ENGINES[request.param])
    return filled(backend)


@pytest.fixture
def local(make_backend: Callable[..., Backend]) -> Backend:
    """The same on SQLite alone."""
    return filled(make_backend())


def filled(backend: Backend) -> Backend:
    for name in ("ada", "bob", "cleo"):
        backend.sign_in(name)
    seal_now(backend)
    backend.sign_in("dora")
    seal_now(backend)
    return backend


def forged(row: AuditLog, **changes: Any) -> AuditLog:
    return msgspec.structs.replace(row, id="", **changes)


def test_every_row_is_in_exactly_one_seal_of_one_chain(trail: Backend) -> None:
    seals = all_seals(trail)
    assert [seal.number for seal in seals] == [1, 2]
    assert [seal.prev for seal in seals] == ["0" * 64, seals[0].hash]
    assert [id for seal in seals for id in seal.ids] == [row.id for row in all_rows(trail)]
    found = checked(trail, head=Head(1, seals[0].hash))
    assert (found.rows, found.seals, found.unsealed, found.strays) == (4, 2, 0, [])
    assert found.head == f"2:{seals[1].hash}"


def test_young_rows_wait_for_their_seal(local: Backend) -> None:
    local.sign_in("eve")
    local.run(local.runtime.call(seal_rows))
    assert len(all_seals(local)) == 2
    assert checked(local).unsealed == 1
    assert len(seal_now(local)) == 3
    assert checked(local).unsealed == 0


def test_nothing_is_sealed_where_nothing_happens(local: Backend) -> None:
    local.advance(3600)
    before = local.commit_count()
    local.run(local.runtime.call(seal_rows))
    assert len(all_seals(local)) == 2
    assert local.commit_count() == before


FAULTS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "a row was changed": (lambda db, b: db.patch(all_rows(b)[1], action="user.update"), "a row of seal 1 was changed"),
    "metadata were changed": (lambda db, b: db.patch(all_rows(b)[3], metadata={"x": 1.0}), "a row of seal 2 was"),
    "a row has another time": (lambda db, b: db.patch(all_rows(b)[0], timestamp=1.0), "a row of seal 1 was changed"),
    "a row has another actor": (lambda db, b: db.patch(all_rows(b)[0], actor_user_id=None), "a row of seal 1 was"),
    "a row is missing": (lambda db, b: db.delete(all_rows(b)[2]), "of seal 1 is missing"),
    "a seal is missing": (lambda db, b: db.delete(all_seals(b)[0]), "seal 1 is missing"),
    "a seal was changed": (lambda db, b: db.patch(all_seals(b)[0], count=2), "seal 1 was changed"),
    "a hash was changed": (lambda db, b: db.patch(all_seals(b)[0], hash="0" * 64), "seal 1 was changed"),
    "a total was changed": (lambda db, b: db.patch(all_seals(b)[1], total=3), "seal 2 was changed"),
    "ids were reordered": (
        lambda db, b: db.patch(all_seals(b)[0], ids=all_seals(b)[0].ids[::-1]),
        "a row of seal 1 was changed",
    ),
    "a seal lost a row": (
        lambda db, b: db.patch(all_seals(b)[0], ids=all_seals(b)[0].ids[:2]),
        "a row of seal 1 was changed",
    ),
    "a row is in two seals": (
        lambda db, b: db.patch(all_seals(b)[1], ids=all_seals(b)[0].ids[:1]),
        "of seal 2 is missing",
    ),
    "rows go as if pruned": (lambda db, b: db.patch(all_seals(b)[0], pruned_at=1.0), "without a record of pruning"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_change_by_hand_is_found(local: Backend, fault: str) -> None:
    tamper, told = FAULTS[fault]
    rows, seals = all_rows(local), all_seals(local)
    assert rows
    assert seals
    prepared = Prepared(rows, seals)
    write(local, lambda db: tamper(db, prepared))
    with pytest.raises(AuditFault, match=told):
        checked(local)


class Prepared:
    """Rows and seals read before the transaction that changes them, in the place of the backend."""

    def __init__(self, rows: list[AuditLog], seals: list[AuditSeal]) -> None:
        self.rows, self.seals = rows, seals

    def read(self, work: Callable[[Any], Any]) -> Any:
        return work(self)

    def scan(self, kind: type, index: str) -> Any:
        return self.rows if kind is AuditLog else self.seals


def test_a_row_that_is_hidden_from_an_index_is_found(trail: Backend) -> None:
    row = all_rows(trail)[1]
    mark = trail.read(lambda db: db.rows.dialect.placeholder)
    hidden = f'UPDATE "auditLogs" SET c_actor_user_id = NULL WHERE id = {mark}'

    def hide(db: Transaction) -> None:
        db.rows.run(hidden, (row.id,))
        db.written.add(["by hand"], [(1,)])

    write(trail, hide)
    with pytest.raises(AuditFault, match=f"{row.id} is not where its index has it"):
        checked(trail)


def test_newest_seals_that_are_gone_show_against_a_known_head(trail: Backend) -> None:
    newest = all_seals(trail)[1]
    dropped = all_rows(trail)[3]
    remove(trail, newest, dropped)
    assert checked(trail).seals == 1
    with pytest.raises(AuditFault, match="the chain ends before seal 2"):
        checked(trail, head=Head(2, newest.hash))


def test_another_chain_shows_against_a_known_head(local: Backend) -> None:
    with pytest.raises(AuditFault, match="seal 2 is another one"):
        checked(local, head=Head(2, "0" * 64))


def test_a_row_that_was_slipped_in_is_a_stray_until_it_is_adopted(trail: Backend) -> None:
    old = all_rows(trail)[0]
    trail.advance(600)
    trail.sign_in("eve")
    seal_now(trail)
    write(trail, lambda db: insert_at(db, forged(old, action="user.erase"), old.creation_time + 0.5))
    found = checked(trail)
    assert len(found.strays) == 1
    trail.run(trail.runtime.call(adopt_rows, ids=found.strays))
    seal_now(trail)
    assert checked(trail).strays == []
    assert [row.action for row in all_rows(trail)].count("audit.adopt") == 1
    assert any(seal.adopted for seal in all_seals(trail))


def insert_at(db: Any, row: AuditLog, when: float) -> AuditLog:
    """Insert a row as if at another time."""
    now, db.now, last = db.now, when, db._last_creation
    db._last_creation = float("-inf")
    try:
        made: AuditLog = db.insert(row)
        return made
    finally:
        db.now, db._last_creation = now, last


def test_a_row_that_appears_late_is_sealed_with_the_next(trail: Backend) -> None:
    newest = all_seals(trail)[-1]
    old = all_rows(trail)[0]
    late = write(trail, lambda db: insert_at(db, forged(old, action="late"), newest.until - 5_000))
    trail.sign_in("eve")
    seals = seal_now(trail)
    assert late.id in seals[-1].ids
    found = checked(trail)
    assert (found.strays, found.unsealed, found.rows) == ([], 0, len(all_rows(trail)))


def test_rows_of_a_clock_that_was_set_back_are_sealed(trail: Backend) -> None:
    trail.now_ns -= 1800 * 1_000_000_000
    for name in ("eve", "fay"):
        trail.sign_in(name)
        seal_now(trail)
    found = checked(trail)
    assert (found.strays, found.rows) == ([], len(all_rows(trail)))
    trail.now_ns += 3600 * 1_000_000_000
    trail.sign_in("gil")
    seal_now(trail)
    assert checked(trail).rows == len(all_rows(trail))


def test_many_rows_are_sealed_in_batches_at_once(local: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    for number in range(7):
        local.sign_in(f"more{number}")
    seals = seal_now(local)
    assert [seal.count for seal in seals[2:]] == [2, 2, 2, 1]
    assert checked(local).rows == len(all_rows(local))


def test_nodes_that_write_and_seal_at_once_make_one_chain(trail: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 8)
    nodes = [trail.runtime, trail.add_node()]

    async def storm() -> None:
        people = [trail.sign_in(f"p{number}", provision=False) for number in range(64)]
        calls = [
            nodes[number % 2].run(
                CallRequest(
                    "users/mutations:upsertUser",
                    {"workosUserId": f"p{number}", "email": f"p{number}@example.org"},
                    person.identity,
                    None,
                    "test",
                )
            )
            for number, person in enumerate(people)
        ]
        assert all(outcome.error is None for outcome in await asyncio.gather(*calls))
        trail.now_ns += 20 * 1_000_000_000
        await asyncio.gather(*(node.call(seal_rows) for node in nodes for _ in range(4)))

    trail.run(storm())
    for node in nodes:
        trail.run(node.scheduler.settle())
    found = checked(trail)
    rows = all_rows(trail)
    assert (found.rows, found.strays, found.unsealed) == (len(rows), [], 0)
    sealed = [id for seal in all_seals(trail) for id in seal.ids]
    assert sorted(sealed) == sorted(row.id for row in rows)


@pytest.mark.parametrize("target", ENGINES)
def test_the_seals_hold_after_an_export_and_import(
    trail: Backend, make_backend: Callable[..., Backend], target: str
) -> None:
    lines = trail.read(lambda db: list(dump(db, "test")))
    copy = make_backend(ENGINES[target])
    write(copy, lambda db: load(db, lines, replace=True))
    assert checked(copy, head=Head(2, all_seals(trail)[1].hash)).rows == 4


def test_with_a_key_the_seals_are_signed(make_backend: Callable[..., Backend]) -> None:
    backend = filled(make_backend(audit=AuditSettings(key=KEY)))
    key = bytes.fromhex(KEY)
    assert checked(backend, key).unsigned == 0
    assert all(KEY not in msgspec.json.encode(seal).decode() for seal in all_seals(backend))
    first, second = all_seals(backend)
    write(backend, lambda db: db.patch(second, mac="00" * 32))
    with pytest.raises(AuditFault, match="seal 2 has a wrong signature"):
        checked(backend, key)
    write(backend, lambda db: db.patch(second, mac=None, key_id=None))
    with pytest.raises(AuditFault, match="seal 2 is not signed with the key, and an earlier one is"):
        checked(backend, key)
    write(backend, lambda db: db.patch(first, mac=None, key_id=None))
    assert checked(backend, key).unsigned == 2
