"""The write-ahead log of the embedded database stays small, whoever reads the past meanwhile."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from connvo.settings import StoreSettings
from connvo.store.engine_base import EngineBase
from connvo.store.transaction import Transaction
from tests.store.files import database
from tests.support.store import Store, sqlite
from tests.support.tables import Item

MIB = 1024 * 1024
PAGES = 64
TEXT = "x" * 100_000
ROUNDS = 120


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Store":
    """A store whose log begins again after a quarter of a megabyte, and gives pins up beyond one."""
    monkeypatch.setattr("connvo.store.sqlite.write_ahead_log.CHECKPOINT_PAGES", PAGES)
    monkeypatch.setattr("connvo.store.sqlite.write_ahead_log.KEPT_BYTES", PAGES * 4096)
    monkeypatch.setattr("connvo.store.sqlite.write_ahead_log.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("connvo.store.sqlite.write_ahead_log.RETRY_SECONDS", 0.0)
    return Store(sqlite, tmp_path, settings=StoreSettings(wal_bytes=MIB))


def log_bytes(store: Store) -> int:
    return database(store.folder).with_name("connvo.db-wal").stat().st_size


def write(db: Transaction) -> None:
    """Change one row, so that the database itself stays small."""
    item = db.first(Item, "by_owner", "ann")
    if item is None:
        db.insert(Item(owner="ann", note=TEXT))
    else:
        db.patch(item, note=TEXT + str(db.now))


def largest_log(store: Store, between: Callable[[], object]) -> int:
    largest = 0
    for _ in range(ROUNDS):
        between()
        store.write(write)
        largest = max(largest, log_bytes(store))
    return largest


def test_pins_that_never_leave_a_gap_leave_the_log_below_its_limit(store: Store) -> None:
    with closing(store):
        largest = largest_log(store, lambda: store.run(store.engine.pin("mallory")))
        assert MIB < largest < 2 * MIB


def test_after_a_log_became_too_large_snapshots_are_kept_again(store: Store) -> None:
    with closing(store):
        kept = []
        largest_log(store, lambda: kept.append(store.engine.pinned(store.run(store.engine.pin("ann")))))
        assert kept[0] and not all(kept)
        for _ in range(3):
            store.write(lambda db: None)
            store.write(write)
        assert store.engine.pinned(store.run(store.engine.pin("ann")))


def test_the_file_shrinks_when_the_log_begins_again_after_another_process_has_read(store: Store) -> None:
    with closing(store), closing(sqlite3.connect(database(store.folder), isolation_level=None)) as other:
        store.write(write)
        other.execute("BEGIN")
        other.execute("SELECT ts FROM _clock").fetchone()
        while log_bytes(store) < 3 * MIB:
            store.write(write)
        other.execute("ROLLBACK")
        for _ in range(4):
            store.write(write)
        assert log_bytes(store) < MIB


def test_a_checkpoint_that_fails_fails_no_commit(store: Store) -> None:
    with closing(store), closing(sqlite3.connect(database(store.folder), isolation_level=None)) as other:
        assert isinstance(store.engine, EngineBase)
        store.write(write)
        other.execute("BEGIN")
        other.execute("SELECT ts FROM _clock").fetchone()
        before = store.last_seq()
        for _ in range(30):
            store.write(write)
        assert store.last_seq() == before + 30
