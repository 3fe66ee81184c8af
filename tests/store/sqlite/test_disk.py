"""When the disk fails, every caller of the group hears it, nothing of it is visible, and the engine goes on afterwards.

The failures are real: the process may for a while write no file beyond a certain size, or no file at all.
"""

import asyncio
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from connvo.settings import StoreSettings
from connvo.store.engine import StoreUnavailable
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.transaction import Transaction
from tests.store.files import database
from tests.support.outside import needs
from tests.support.store import Store, sqlite
from tests.support.tables import Item

PAGE = 4096


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on a disk: those of other tests may be in memory, where no file can be made immutable."""
    with TemporaryDirectory(prefix="connvo-disk-") as folder:
        yield Path(folder)


@pytest.fixture
def store(disk: Path) -> Iterator[Store]:
    store = Store(sqlite, disk, settings=StoreSettings(group_seconds=60.0))
    yield store
    store.close()


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Let the log of writes grow no further, so that the next commit fails."""
    wal = database(store.folder).with_name("connvo.db-wal")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(wal.stat().st_size, PAGE), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def small_database(store: Store, spare_pages: int) -> Iterator[None]:
    """Let the database grow by so many pages only, so that some insert fails."""
    connection = connection_of(store)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (most,) = connection.execute("PRAGMA max_page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + spare_pages}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA max_page_count = {most}")


@contextmanager
def read_only_disk(store: Store) -> Iterator[None]:
    """Let nobody write to the database's files, open as they are, nor make any beside them.

    All but the one that SQLite shares between its connections as memory: on a file system that became read-only that
    can be written still, while writing to an immutable one ends the process.
    """
    needs("root")
    folder = database(store.folder).parent
    files = [str(path) for path in (*folder.iterdir(), folder) if not path.name.endswith("-shm")]
    frozen = subprocess.run(["chattr", "+i", *files], capture_output=True, text=True)
    try:
        if frozen.returncode:
            pytest.fail(f"this test makes files immutable, as root and on ext4, XFS or Btrfs: {frozen.stderr.strip()}")
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=frozen.returncode == 0)


def connection_of(store: Store) -> sqlite3.Connection:
    """Return the connection on which the engine writes."""
    assert isinstance(store.engine, SqliteEngine)
    return store.engine._writer.connection


def add(owner: str) -> Callable[[Transaction], str]:
    return lambda db: db.insert(Item(owner=owner)).id


def refuse(db: Transaction) -> None:
    raise ValueError("its own error")


def owners(store: Store) -> list[str]:
    return [item.owner for item in store.everything(Item)]


def test_a_commit_that_the_disk_refuses_fails_for_all_and_leaves_nothing(store: Store) -> None:
    store.write(add("before"))
    heard: list[Any] = []
    store.engine.on_local_commits(heard.append)
    with full_disk(store):
        answers = store.together(add("a"), refuse, add("b"), lambda db: db.count(Item, "by_creation", limit=9))
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 4
    assert owners(store) == ["before"]
    assert heard == []
    assert store.last_seq() == 1


def test_nothing_of_a_failed_commit_is_remembered(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item(owner="ann")))
    with full_disk(store):
        store.together(lambda db: db.patch(item, note="new"), lambda db: db.insert(Item(owner="bob", label="x")).id)
    seen = store.write(lambda db: (db.get(Item, item.id), db.first(Item, "by_label", "x")))
    assert seen == (item, None)


def test_the_engine_goes_on_when_there_is_room_again(store: Store) -> None:
    store.write(add("before"))
    with full_disk(store):
        for name in ("a", "b"):
            with pytest.raises(StoreUnavailable, match="cannot be written"):
                store.write(add(name))
        assert owners(store) == ["before"]
    store.together(add("after"), add("wards"))
    assert owners(store) == ["before", "after", "wards"]
    assert [commit.seq for commit in store.commits()] == [1, 2, 3]
    store.reopen()
    assert owners(store) == ["before", "after", "wards"]


def test_on_a_disk_that_became_read_only_all_documents_can_be_read_and_nothing_is_lost(store: Store) -> None:
    store.write(add("before"))
    heard: list[Any] = []
    store.engine.on_local_commits(heard.append)
    with read_only_disk(store):
        for name in ("a", "b"):
            with pytest.raises(StoreUnavailable, match="cannot be written"):
                store.write(add(name))
            assert owners(store) == ["before"]
    assert heard == []
    store.write(add("after"))
    assert owners(store) == ["before", "after"]
    store.reopen()
    assert owners(store) == ["before", "after"]
    assert store.read(lambda db: db.rows.all("PRAGMA integrity_check", ())) == [("ok",)]


def test_a_mutation_that_waits_behind_a_failing_commit_is_answered_too(store: Store) -> None:
    store.write(add("before"))

    async def call() -> list[Any]:
        with full_disk(store):
            first = asyncio.ensure_future(store.engine.write(add("a")))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            second = asyncio.ensure_future(store.engine.write(add("b")))
            return list(await asyncio.gather(first, second, return_exceptions=True))

    assert [type(answer) for answer in store.run(call())] == [StoreUnavailable] * 2
    assert owners(store) == ["before"]


def test_an_insert_for_which_there_is_no_room_fails_the_other_mutations_of_its_commit(store: Store) -> None:
    store.write(add("before"))
    with small_database(store, spare_pages=4):
        answers = store.together(add("a"), lambda db: db.insert(Item(note="x" * 64 * PAGE)), add("b"))
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    store.write(add("after"))
    assert owners(store) == ["before", "after"]


def test_a_database_locked_by_another_program_is_not_waited_for_endlessly(store: Store) -> None:
    connection_of(store).execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(database(store.folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = store.together(*map(add, "abc"))
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
        other.execute("ROLLBACK")
    store.write(add("after"))
    assert owners(store) == ["after"]


def test_a_read_that_the_database_refuses_is_one_clear_line(store: Store) -> None:
    store.write(add("ann"))
    ts = store.commit(add("bob")).ts
    connection_of(store).execute('DROP TABLE "testItems"')
    for at in (None, ts, ts - 1):
        with pytest.raises(StoreUnavailable, match="cannot be read"):
            store.read(lambda db: db.scan(Item, "by_creation"), at=at)
    store.reopen()


def test_everything_that_was_answered_is_on_disk_and_not_only_on_its_way(store: Store) -> None:
    connection = connection_of(store)
    full = 2
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (full,)


def test_a_snapshot_for_which_nobody_comes_back_does_not_let_the_log_of_writes_grow(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr("connvo.store.snapshot_pool.monotonic", lambda: passed[0])
    store.run(store.engine.pin("ann"))
    store.write(add("a"))
    passed[0] += 3600
    store.write(add("b"))
    connection = connection_of(store)
    connection.execute("PRAGMA busy_timeout = 10")
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy
