"""Two nodes that want the same at once: both get it, one after the other, and neither is blamed for the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connvo.kernel.clock import now_ns
from connvo.kernel.ids import encode_id
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.engine import Engine
from connvo.store.schema import table_of
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.postgres import database_of
from tests.support.store import ENGINES, Store, postgres
from tests.support.tables import Item, ItemId

NODES, ROUNDS = 3, 30


@asynccontextmanager
async def nodes(kind: str, folder: Path) -> AsyncIterator[list[Engine]]:
    """Yield engines on one database."""
    async with AsyncExitStack() as stack:
        found = [ENGINES[kind](folder, LimitSettings(), StoreSettings(), now_ns) for _ in range(NODES)]
        for engine in found:
            await engine.open()
            stack.push_async_callback(engine.close)
        yield found


def count_up(ids: list[ItemId], early: bool) -> Callable[[Transaction], None]:
    """Return a mutation that raises numbers in this order; `early`: each is written before the next is read."""

    def work(db: Transaction) -> None:
        for id in ids:
            item = db.get(Item, id)
            assert item
            db.patch(item, size=item.size + 1)
            if early:
                db.scan(Item, "by_owner", "nobody")

    return work


@pytest.mark.parametrize("engine", ENGINES)
def test_nodes_that_take_the_same_documents_in_opposite_orders_do_not_wait_for_each_other(
    engine: str, tmp_path: Path
) -> None:
    async def many() -> list[int]:
        async with nodes(engine, tmp_path) as found:
            made = await found[0].write(lambda db: [db.insert(Item()).id for _ in range(2)])
            works = [count_up(ids, early) for ids in (made.value, made.value[::-1]) for early in (True, False)]

            async def caller(node: Engine, work: Callable[[Transaction], None]) -> None:
                for _ in range(ROUNDS):
                    await node.write(work)

            await asyncio.gather(*(caller(node, work) for node in found for work in works))
            return [item.size for item in await found[0].read(lambda db: db.scan(Item, "by_creation"))]

    assert asyncio.run(many()) == [4 * NODES * ROUNDS] * 2
    if engine == "postgres":
        with psycopg.connect(database_of(tmp_path)) as connection:
            row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            assert row.fetchone() == (0,)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_document_that_may_exist_once_is_made_once_and_found_by_all(engine: str, tmp_path: Path) -> None:
    def make_one(number: int) -> Callable[[Transaction], bool]:
        payload = number.to_bytes(16, "big")

        def work(db: Transaction) -> bool:
            if db.get(Item, encode_id(table_of(Item).number, payload)) is not None:
                return False
            db.insert(Item(), payload)
            db.scan(Item, "by_owner", "nobody")
            return True

        return work

    async def many() -> None:
        async with nodes(engine, tmp_path) as found:
            for number in range(ROUNDS):
                answers = await asyncio.gather(*(node.write(make_one(number)) for node in found for _ in range(2)))
                assert sorted(answer.value for answer in answers) == [False] * (2 * NODES - 1) + [True]

    asyncio.run(many())


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = Store(postgres, tmp_path)
    yield store
    store.close()


def backend_of(db: Snapshot) -> int:
    """Return which connection reads."""
    return int(db.rows.all("SELECT pg_backend_pid()", ())[0][0])


def test_a_function_that_hides_a_fault_of_the_database_fails_alone(store: Store) -> None:
    def hide(db: Transaction) -> None:
        db.insert(Item(owner="hidden"))
        try:
            db.rows.all("SELECT 1 / 0", ())
        except psycopg.Error:
            return

    def rename(db: Transaction) -> None:
        try:
            db.rows.all("SELECT 1 / 0", ())
        except psycopg.Error:
            raise ValueError("something else") from None

    def add(db: Transaction) -> str:
        return db.insert(Item(owner="ann")).id

    answers = store.together(add, hide, add, rename, add)
    assert [type(answer) for answer in answers] == [
        str, psycopg.errors.DivisionByZero, str, psycopg.errors.DivisionByZero, str,
    ]  # fmt: skip
    assert [item.owner for item in store.everything(Item)] == ["ann"] * 3


def test_a_query_that_refuses_costs_no_connection(store: Store) -> None:
    before = store.read(backend_of)

    def refuse(db: Snapshot) -> None:
        db.scan(Item, "by_creation")
        raise ValueError("refused")

    for _ in range(3):
        with pytest.raises(ValueError, match="refused"):
            store.read(refuse)
    with pytest.raises(psycopg.errors.DivisionByZero):
        store.read(lambda db: db.rows.all("SELECT 1 / 0", ()))
    assert store.read(backend_of) == before


def test_a_held_snapshot_is_given_back_once_nothing_runs_on_it(store: Store) -> None:
    async def call() -> None:
        ended: list[int] = []

        def slowly(db: Snapshot) -> None:
            db.rows.all("SELECT pg_sleep(0.3)", ())
            ended.append(backend_of(db))

        async def hold() -> None:
            async with store.engine.snapshot() as held:
                began.set()
                await held.run(slowly)

        began = asyncio.Event()
        task = asyncio.create_task(hold())
        await began.wait()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert ended == [await store.engine.read(backend_of)]

    store.run(call())
