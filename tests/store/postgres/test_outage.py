"""PostgreSQL goes away at any moment: callers hear so, nothing is lost or doubled, and work goes on automatically."""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest

from connvo.kernel.clock import now_ns
from connvo.settings import DatabaseSettings, LimitSettings, StoreSettings
from connvo.store.engine import Engine, OutcomeUnknown, SnapshotGone, StoreUnavailable
from connvo.store.postgres.engine import PostgresEngine
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.postgres import PostgresServer, serving
from tests.support.store import Store
from tests.support.tables import Box, Item

SURE = {"fsync": "on"}
OUTAGES, CALLERS = 4, 8
LOOK_EVERY_SECONDS = 0.02
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> %s"


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server of one's own, durable, to be stopped and started."""
    with serving(SURE) as server:
        yield server


@pytest.fixture
def server(own_server: PostgresServer) -> PostgresServer:
    """The same, running."""
    if not own_server.running:
        own_server.start()
    return own_server


@pytest.fixture
def store(server: PostgresServer, tmp_path: Path) -> Iterator[Store]:
    def make(folder: Path, limits: LimitSettings, settings: StoreSettings, clock: Callable[[], int]) -> Engine:
        return PostgresEngine(server.url(), limits, settings, now_ns=clock)

    store = Store(make, tmp_path)
    for table in (Item, Box):
        store.clear(table)
    yield store
    store.close()


def add(owner: str) -> Callable[[Transaction], str]:
    return lambda db: db.insert(Item(owner=owner)).id


def owners(db: Snapshot) -> list[str]:
    return [item.owner for item in db.scan(Item, "by_creation")]


def cut(server: PostgresServer) -> None:
    """Break every connection."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(CUT, (connection.info.backend_pid,))


def test_while_it_is_away_callers_hear_so_and_afterwards_all_is_as_before(store: Store, server: PostgresServer) -> None:
    store.write(add("before"))
    server.kill()
    for call in (
        lambda: store.write(add("lost")),
        lambda: store.read(owners),
        lambda: store.run(store.engine.pin("ann")),
    ):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert "\n" not in caught.value.message
        assert str(server.port) not in caught.value.message
    server.start()
    store.write(add("after"))
    assert store.read(owners) == ["before", "after"]


def test_connections_that_were_cut_are_made_again_without_a_word(store: Store, server: PostgresServer) -> None:
    store.write(add("before"))
    assert store.read(owners) == ["before"]
    for name in ("a", "b"):
        cut(server)
        assert store.read(owners)
        store.write(add(name))
    assert store.read(owners) == ["before", "a", "b"]


def test_a_held_snapshot_that_was_cut_is_told_from_the_newest_or_refused(store: Store, server: PostgresServer) -> None:
    store.write(add("before"))
    ts = store.run(store.engine.pin("ann"))
    store.write(lambda db: db.insert(Box()))
    cut(server)
    assert store.read(owners, at=ts) == ["before"]
    held = store.run(store.engine.pin("ann"))
    cut(server)
    store.write(add("after"))
    with pytest.raises(SnapshotGone):
        store.read(owners, at=held)


def test_a_snapshot_that_is_lost_while_it_is_read_is_one_clear_error(store: Store, server: PostgresServer) -> None:
    async def call() -> None:
        async with store.engine.snapshot() as held:
            await held.run(owners)
            cut(server)
            await held.run(owners)

    with pytest.raises(StoreUnavailable):
        store.run(call())
    assert store.read(owners) == []


def test_a_database_that_stands_still_holds_up_nothing_but_itself(store: Store) -> None:
    def freeze(db: Snapshot) -> None:
        (backend,) = db.rows.all("SELECT pg_backend_pid()", ())[0]
        stopped = subprocess.Popen(["sh", "-c", f"kill -STOP {backend}; sleep 1; kill -CONT {backend}"])
        while "stopped" not in Path(f"/proc/{backend}/status").read_text():
            time.sleep(LOOK_EVERY_SECONDS)
        frozen.append(stopped)

    async def call() -> int:
        await store.engine.read(freeze)
        reading, turns = asyncio.ensure_future(store.engine.read(owners)), 0
        while not reading.done():
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            turns += 1
        return turns

    frozen: list[subprocess.Popen[bytes]] = []
    assert store.run(call()) > 2, "the loop went on while a thread waited"
    frozen[0].wait()


def power_cut(server: PostgresServer) -> None:
    server.kill()
    server.start()


@pytest.fixture
def lose_an_answer(monkeypatch: pytest.MonkeyPatch, server: PostgresServer) -> Callable[..., None]:
    """Breaks the connection of the next commit, before it is carried out or after."""
    execute = psycopg.Connection.execute

    def arm(moment: Literal["before", "after"], then: Callable[[], None]) -> None:
        armed = [True]

        def spoilt(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            if query != "COMMIT" or not armed:
                return execute(self, query, *arguments, **options)
            armed.clear()
            if moment == "after":
                with self.pipeline():  # its end waits for the answer
                    execute(self, query)
            then()
            return execute(self, "SELECT 1" if moment == "after" else query)

        monkeypatch.setattr(psycopg.Connection, "execute", spoilt)

    return arm


def test_a_commit_whose_answer_was_lost_is_looked_up(
    store: Store, server: PostgresServer, lose_an_answer: Callable[..., None]
) -> None:
    heard: list[Any] = []
    store.engine.on_local_commits(heard.extend)
    lose_an_answer("after", lambda: cut(server))
    committed = store.commit(add("ann"))
    assert store.read(lambda db: db.timestamp) == committed.ts
    assert [commit.ts for commit in heard] == [committed.ts]
    store.write(add("bob"))
    assert store.read(owners) == ["ann", "bob"]


def test_a_commit_that_never_arrived_is_no_success(
    store: Store, server: PostgresServer, lose_an_answer: Callable[..., None]
) -> None:
    lose_an_answer("before", lambda: cut(server))
    with pytest.raises(StoreUnavailable) as caught:
        store.write(add("ann"))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert store.read(owners) == []
    store.write(add("bob"))
    assert store.read(owners) == ["bob"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_that_cannot_be_looked_up_is_neither_promised_nor_denied(
    store: Store,
    server: PostgresServer,
    lose_an_answer: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    monkeypatch.setattr("connvo.store.postgres.commit_outcome.TIMEOUT_SECONDS", 0.5)
    lose_an_answer(moment, server.kill)
    with pytest.raises(OutcomeUnknown):
        store.write(add("ann"))
    server.start()
    assert store.read(owners) == (["ann"] if moment == "after" else [])


def test_every_answer_was_true_after_any_fate_of_the_server(store: Store, server: PostgresServer) -> None:
    """Callers never stop; the server is cut off, stopped and killed meanwhile."""
    numbers, done, failed = count(), set[int](), set[int]()
    over = asyncio.Event()

    async def caller() -> None:
        while not over.is_set():
            number = next(numbers)
            try:
                await store.engine.write(lambda db, number=number: db.insert(Item(size=number)))  # type: ignore[misc]
                done.add(number)
            except OutcomeUnknown:
                pass
            except StoreUnavailable:
                failed.add(number)
                await asyncio.sleep(0.02)

    async def trouble() -> None:
        dice = random.Random(7)
        for _ in range(OUTAGES):
            for harm in (lambda: cut(server), server.restart, lambda: power_cut(server)):
                await asyncio.sleep(dice.uniform(0.05, 0.3))
                await asyncio.to_thread(harm)
        await store.engine.write(lambda db: None)
        await asyncio.sleep(0.3)
        over.set()

    async def call() -> None:
        await asyncio.gather(trouble(), *(caller() for _ in range(CALLERS)))

    store.run(call())
    found = Counter(item.size for item in store.everything(Item))
    assert set(found.values()) == {1}
    assert done <= set(found)
    assert not failed & set(found)
    assert len(done) > OUTAGES
    log = store.commits()
    assert [commit.seq for commit in log] == list(range(log[0].seq, log[0].seq + len(log)))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://ann:sesame@127.0.0.1:1/meetings", "refused"),
        ("postgresql://ann:sesame@no.such.host.invalid/meetings", "resolve"),
        ("postgresql://ann:ses/same@127.0.0.1/meetings", "percent-encode"),
        ("postgresql://ann:ope@sesame@127.0.0.1/meetings", "percent-encode"),
        ("postgresql://ann:sesame%@127.0.0.1/meetings", "percent-encode"),
    ],
)
def test_an_address_where_nothing_is_gives_one_line_without_the_password(address: str, told: str) -> None:
    engine = PostgresEngine(address, database=DatabaseSettings(connect_timeout_seconds=2), now_ns=now_ns)
    with pytest.raises(StoreUnavailable) as caught:
        asyncio.run(engine.open())
    assert told in caught.value.message
    assert "ses" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_refused_login_is_reported(server: PostgresServer) -> None:
    engine = PostgresEngine(server.url("nowhere"), now_ns=now_ns)
    with pytest.raises(StoreUnavailable, match='database "nowhere" does not exist'):
        asyncio.run(engine.open())
