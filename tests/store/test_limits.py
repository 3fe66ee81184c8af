"""What one call may cost: more is refused with LIMIT_EXCEEDED, and leaves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.kernel.errors import LimitExceeded
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.store import Store
from tests.support.tables import Item

MakeStore = Callable[..., Store]
MANY = 100


def fill(store: Store, count: int) -> None:
    store.write(lambda db: [db.insert(Item(owner="ann")) for _ in range(count)])


def refused(store: Store, work: Callable[[Any], object]) -> None:
    """Check that neither a query nor a mutation may do this, and that a mutation that tries leaves nothing."""
    seq = store.last_seq()
    with pytest.raises(LimitExceeded):
        store.read(work)

    def try_it(db: Transaction) -> None:
        db.insert(Item(owner="bob"))
        work(db)

    with pytest.raises(LimitExceeded):
        store.write(try_it)
    assert store.last_seq() == seq


def test_a_scan_may_read_as_many_documents_as_a_call_may(make_store: MakeStore) -> None:
    store = make_store(limits={"rows_read": MANY})
    fill(store, MANY)
    assert len(store.read(lambda db: db.scan(Item, "by_owner", "ann"))) == MANY
    fill(store, 1)
    refused(store, lambda db: db.scan(Item, "by_owner", "ann"))
    refused(store, lambda db: db.scan(Item, "by_owner", "ann", limit=MANY + 1))
    assert len(store.read(lambda db: db.scan(Item, "by_owner", "ann", limit=MANY))) == MANY


def test_all_reads_of_a_call_are_counted_together(make_store: MakeStore) -> None:
    store = make_store(limits={"rows_read": MANY})
    fill(store, MANY)

    def piecemeal(db: Snapshot) -> None:
        for _ in range(3):
            db.scan(Item, "by_owner", "ann", limit=MANY // 2)

    refused(store, piecemeal)
    refused(store, lambda db: [db.get(Item, f"nobody {n}") for n in range(MANY + 1)])


def test_a_mutation_may_write_so_many_documents(make_store: MakeStore) -> None:
    store = make_store(limits={"rows_written": MANY})
    fill(store, MANY)
    with pytest.raises(LimitExceeded):
        fill(store, MANY + 1)

    def patch_and_delete(db: Transaction) -> None:
        for number, item in enumerate(db.scan(Item, "by_owner", "ann")):
            db.patch(item, size=number + 1)
            db.delete(item)

    with pytest.raises(LimitExceeded):
        store.write(patch_and_delete)
    assert len(store.everything(Item)) == MANY
    assert store.last_seq() == 1


def test_a_call_may_run_so_long(make_store: MakeStore) -> None:
    store = make_store(limits={"run_seconds": 1e-9})
    refused(store, lambda db: db.get(Item, "x"))
    refused(store, lambda db: db.count(Item, "by_owner", limit=1))
    refused(store, lambda db: db.scan(Item, "by_owner"))


def test_one_call_that_costs_too_much_leaves_the_others_of_its_group(make_store: MakeStore) -> None:
    store = make_store(limits={"rows_written": MANY})

    def add(db: Transaction) -> str:
        return db.insert(Item()).id

    answers = store.together(add, lambda db: [add(db) for _ in range(MANY + 1)], add)
    assert [type(answer) for answer in answers] == [str, LimitExceeded, str]
    assert len(store.everything(Item)) == 2
