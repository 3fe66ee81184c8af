"""A backup of the embedded database: whole, checked, made while others write, and never half under its name."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from connvo.store.engine import StoreUnavailable
from connvo.store.sqlite.backup import back_up
from tests.support.store import Store, sqlite
from tests.support.tables import Box

WRITES = 300


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(sqlite, tmp_path / "data")
    yield store
    store.close()


def restored(backup: Path, folder: Path) -> Store:
    """Return a store on a backup that was put in a data folder."""
    folder.mkdir()
    shutil.copy(backup, folder / "connvo.db")
    return Store(sqlite, folder)


def test_answered_mutations_are_in_it_and_the_clock_goes_on(store: Store, tmp_path: Path) -> None:
    for n in range(5):
        store.write(lambda db, n=n: db.insert(Box(count=n)))  # type: ignore[misc]
    size = back_up(store.folder / "connvo.db", tmp_path / "backup.db")
    store.write(lambda db: db.insert(Box(count=99)))
    again = restored(tmp_path / "backup.db", tmp_path / "restored")
    try:
        assert [box.count for box in again.everything(Box)] == [0, 1, 2, 3, 4]
        assert again.read(lambda db: db.timestamp) < again.commit(lambda db: db.insert(Box(count=5))).ts
        assert size > 0
    finally:
        again.close()


def test_it_is_one_snapshot_while_others_write(store: Store, tmp_path: Path) -> None:
    async def race() -> None:
        async def write() -> None:
            for n in range(WRITES):
                await store.engine.write(lambda db, n=n: db.insert(Box(count=n)))  # type: ignore[misc]

        writing = asyncio.create_task(write())
        for number in count():
            if writing.done():
                break
            await asyncio.to_thread(back_up, store.folder / "connvo.db", tmp_path / f"backup-{number}.db")
        await writing

    store.run(race())
    backups = sorted(tmp_path.glob("backup-*.db"))
    assert backups
    for number, backup in enumerate(backups):
        again = restored(backup, tmp_path / f"restored-{number}")
        try:
            counts = [box.count for box in again.everything(Box)]
            assert counts == list(range(len(counts)))
            assert again.last_seq() == len(counts)
        finally:
            again.close()


def test_it_never_replaces_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("precious")
    with pytest.raises(StoreUnavailable, match="exists"):
        back_up(store.folder / "connvo.db", target)
    assert target.read_text() == "precious"


def test_a_damaged_database_gives_no_backup(store: Store, tmp_path: Path) -> None:
    for n in range(500):
        store.write(lambda db, n=n: db.insert(Box(count=n)))  # type: ignore[misc]
    database = tmp_path / "damaged.db"
    back_up(store.folder / "connvo.db", database)
    with database.open("r+b") as file:
        file.seek(database.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    with pytest.raises(StoreUnavailable, match="cannot back up"):
        back_up(database, tmp_path / "backup.db")
    assert not list(tmp_path.glob("backup.db*"))


@pytest.mark.parametrize("target", ["missing/backup.db", "connvo.db/backup.db"])
def test_a_place_that_cannot_be_written_is_told(store: Store, target: str) -> None:
    with pytest.raises(StoreUnavailable, match="cannot back up"):
        back_up(store.folder / "connvo.db", store.folder / target)


def test_no_database_is_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no database"):
        back_up(tmp_path / "none.db", tmp_path / "backup.db")
    assert not list(tmp_path.iterdir())


def test_the_backup_is_one_file(store: Store, tmp_path: Path) -> None:
    store.write(lambda db: db.insert(Box(count=1)))
    folder = tmp_path / "alone"
    folder.mkdir()
    back_up(store.folder / "connvo.db", folder / "backup.db")
    with closing(sqlite3.connect(folder / "backup.db")) as backup:
        assert backup.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert [path.name for path in folder.iterdir()] == ["backup.db"]
