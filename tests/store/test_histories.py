"""Mutations and snapshots of several processes on one database are as good as one after the other, in commit order."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from connvo.kernel import clock
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.engine import Engine
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.anomalies import anomalies
from tests.support.history import Append, History, Read, Step
from tests.support.store import ENGINES
from tests.support.tables import Item

NODES = 3
CLIENTS = 6
TURNS = 40
KEYS = "abcd"
Work = Callable[[Transaction], list[Step]]


@pytest.fixture(params=ENGINES)
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> list[Engine]:
    """Engines of several processes on one database, not open yet."""
    make = ENGINES[request.param]
    return [make(tmp_path, LimitSettings(), StoreSettings(), clock.now_ns) for _ in range(NODES)]


def element(db: Snapshot, key: str) -> Item | None:
    return db.first(Item, "by_owner", key)


def in_documents(db: Snapshot, key: str) -> tuple[str, ...]:
    """Read a list that is one document."""
    held = element(db, key)
    return () if held is None else tuple(held.tags)


def into_document(db: Transaction, key: str, value: str) -> None:
    """Append to a list that is one document."""
    held = element(db, key)
    if held is None:
        db.insert(Item(owner=key, tags=[value]))
    else:
        db.patch(held, tags=[*held.tags, value])


def in_rows(db: Snapshot, key: str) -> tuple[str, ...]:
    """Read a list whose elements are documents, by a range."""
    return tuple(item.note for item in db.scan(Item, "by_owner", key))


def into_rows(db: Transaction, key: str, value: str) -> None:
    """Append to a list whose elements are documents: the rank comes from a range that was read."""
    rank = float(len(db.scan(Item, "by_owner", key)))
    db.insert(Item(owner=key, rank=rank, note=value))


SHAPES = {"documents": (in_documents, into_document), "rows": (in_rows, into_rows)}


@pytest.mark.parametrize("shape", SHAPES)
def test_all_observers_see_one_order(engines: list[Engine], shape: str) -> None:
    read, append = SHAPES[shape]
    history = History()

    def plan(chance: random.Random, names: Iterator[str]) -> Work:
        chosen = [(chance.random() < 0.5, chance.choice(KEYS)) for _ in range(chance.randint(1, 4))]
        values = [next(names) for _ in chosen]

        def work(db: Transaction) -> list[Step]:
            steps: list[Step] = []
            for (writes, key), value in zip(chosen, values, strict=True):
                if writes:
                    append(db, key, value)
                    steps.append(Append(key, value))
                else:
                    steps.append(Read(key, read(db, key)))
            return steps

        return work

    def snapshot(db: Snapshot) -> tuple[list[Step], int]:
        return [Read(key, read(db, key)) for key in KEYS], db.timestamp

    async def look(engine: Engine, client: str) -> None:
        begun = monotonic()
        steps, ts = await engine.read(snapshot)
        history.add(*steps, client=client, ts=ts, begun=begun, ended=monotonic())

    async def live(number: int) -> None:
        chance, client = random.Random(number), f"client {number}"
        names = (f"{number}.{n}" for n in range(1_000_000))
        for _ in range(TURNS):
            engine = chance.choice(engines)
            if chance.random() < 0.3:
                await look(engine, client)
                continue
            begun = monotonic()
            done = await engine.write(plan(chance, names))
            history.add(*done.value, client=client, ts=done.ts, begun=begun, ended=monotonic())
            await asyncio.sleep(0)

    async def everything() -> None:
        for engine in engines:
            await engine.open()
        try:
            await asyncio.gather(*map(live, range(CLIENTS)))
            for engine in engines:
                await look(engine, "afterwards")
        finally:
            for engine in engines:
                await engine.close()

    asyncio.run(everything())
    assert len(history.transactions) == CLIENTS * TURNS + NODES
    assert anomalies(history) == []
