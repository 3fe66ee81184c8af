"""Snapshots held beside each other: each stays what it was, and the log of SQLite can begin again in between."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from connvo.store.sqlite import readers as module
from connvo.store.sqlite.readers import Readers
from tests.support.store import Store
from tests.support.tables import Item


def test_a_held_snapshot_shows_nothing_of_later_commits(store: Store) -> None:
    def notes(db: object) -> list[str]:
        return [item.note for item in db.scan(Item, "by_creation")]  # type: ignore[attr-defined]

    async def main() -> list[list[str]]:
        found = []
        async with store.engine.snapshot() as first:
            found.append(await first.run(notes))
            await store.engine.write(lambda db: db.insert(Item(note="a")))
            async with store.engine.snapshot() as second:
                found.append(await second.run(notes))
                await store.engine.write(lambda db: db.insert(Item(note="b")))
                found += [await first.run(notes), await second.run(notes), await store.engine.read(notes)]
        return found

    assert store.run(main()) == [[], ["a"], [], ["a"], ["a", "b"]]


def readers(folder: Path, most: int = 2) -> Readers:
    return Readers(lambda: sqlite3.connect(folder / "some.db", isolation_level=None), most)


def test_no_more_read_at_once_than_may_and_connections_are_used_again(tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        pool, most, reading, used = readers(tmp_path), 0, 0, set()

        async def read() -> None:
            nonlocal most, reading
            async with pool.taken() as connection:
                assert not connection.in_transaction, "what the one before began has ended"
                connection.execute("BEGIN")
                reading += 1
                most = max(most, reading)
                used.add(connection)
                await asyncio.sleep(0)
                reading -= 1

        await asyncio.gather(*(read() for _ in range(10)))
        pool.close()
        return most, len(used)

    assert asyncio.run(main()) == (2, 2)


def test_now_and_then_nobody_reads_however_many_want_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", -1.0)
    monkeypatch.setattr(module, "REST_SECONDS", 0.0)

    async def main() -> list[str]:
        pool, told = readers(tmp_path), list[str]()
        first_may_end = asyncio.Event()

        async def read(name: str, until: asyncio.Event | None = None) -> None:
            async with pool.taken():
                told.append(f"{name} begins")
                if until is not None:
                    await until.wait()
                told.append(f"{name} ends")

        tasks = [asyncio.create_task(read("first", first_may_end))]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(read(name)) for name in ("second", "third")]
        for _ in range(5):
            await asyncio.sleep(0)
        told.append("first may end")
        first_may_end.set()
        await asyncio.gather(*tasks)
        pool.close()
        return told

    told = asyncio.run(main())
    assert told[:3] == ["first begins", "first may end", "first ends"]
    assert len(told) == 7
