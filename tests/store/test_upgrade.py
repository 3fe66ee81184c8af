"""Nodes are replaced one after another: an older program lives with a database that is one step ahead of it."""

import hashlib
import json
from functools import partial

import pytest

from connvo.app import FUNCTIONS
from connvo.runtime.registry import Registry
from connvo.store.engine import NewerDatabase
from connvo.store.migrations import SCHEMA_VERSION
from connvo.store.schema import BY_ID, tables
from connvo.store.transaction import Transaction
from tests.support.store import Store
from tests.support.tables import Item

# Who changes a table, column or index raises SCHEMA_VERSION and puts the new digest here.
DIGEST = "833c4636ec27d4b7"


def step(store: Store, version: int, *changes: str) -> None:
    """Do to the database what a newer program does when it starts."""

    def work(db: Transaction) -> None:
        for sql in (*changes, f"UPDATE _meta SET value = '{version}' WHERE key = 'schema_version'"):
            db.rows.run(sql, ())
        db.insert(Item(owner="newer"))

    store.write(work)


def versions(store: Store) -> list[tuple[object, ...]]:
    return store.read(lambda db: db.rows.all("SELECT value FROM _meta WHERE key = 'schema_version'", ()))


def test_an_older_program_leaves_the_schema_of_a_newer_one_alone(store: Store) -> None:
    step(
        store,
        SCHEMA_VERSION + 1,
        "CREATE TABLE newer (id TEXT)",
        'ALTER TABLE "testItems" ADD COLUMN c_newer TEXT',
        'CREATE INDEX "testItems__by_newer" ON "testItems" (c_newer)',
        'DROP INDEX "testItems__by_flag"',
    )
    store.reopen()
    assert store.run(store.engine.pending()) == []
    store.write(lambda db: db.insert(Item(owner="older")))
    assert [item.owner for item in store.everything(Item)] == ["newer", "older"]
    assert versions(store) == [(str(SCHEMA_VERSION + 1),)]
    assert store.read(lambda db: db.rows.all('SELECT c_newer FROM "testItems"', ())) == [(None,), (None,)]


def test_both_serve_at_the_same_time(store: Store) -> None:
    older = Store(store.make, store.folder)
    try:
        step(store, SCHEMA_VERSION + 1, "CREATE TABLE newer (id TEXT)")
        for here in (older, store):
            here.write(partial(Transaction.insert, document=Item(owner="both")))
        assert len(older.everything(Item)) == len(store.everything(Item)) == 3
    finally:
        older.close()


def test_two_steps_are_too_many(store: Store) -> None:
    step(store, SCHEMA_VERSION + 2)
    with pytest.raises(NewerDatabase, match=f"{SCHEMA_VERSION + 2}.* and {SCHEMA_VERSION + 1}: start"):
        store.run(store.engine.pending())


def test_every_change_of_the_schema_is_a_step() -> None:
    Registry(*FUNCTIONS)
    declared = {
        table.name: [list(table.columns), {name: index for name, index in table.indexes.items() if name != BY_ID}]
        for table in tables()
        if table.document.__module__.startswith("connvo.")
    }
    text = json.dumps([SCHEMA_VERSION, declared], sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == DIGEST
