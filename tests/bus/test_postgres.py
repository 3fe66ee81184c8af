"""Hints over PostgreSQL arrive, are few, and go on arriving after connections broke or the server was away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from connvo.bus.base import NO_PAYLOAD
from connvo.bus.postgres import CHANNEL, MAX_BYTES, PostgresBus
from tests.support.postgres import PostgresServer, database_of, serving

PATIENCE_SECONDS = 30.0
AGAIN_SECONDS = 0.05
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


class Ear:
    """What one process hears."""

    def __init__(self) -> None:
        self.heard: list[int | None] = []
        self.news: dict[int, str] = {}
        self._more = asyncio.Event()

    def wake(self, seq: int | None, payload: str = NO_PAYLOAD) -> None:
        """Take a hint."""
        self.heard.append(seq)
        if seq is not None and payload:
            self.news[seq] = payload
        self._more.set()

    async def hears(self, seq: int | None) -> None:
        """Wait until it has heard something."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while seq not in self.heard:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def address(tmp_path: Path) -> str:
    return database_of(tmp_path)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of one's own, to be stopped and started."""
    with serving() as server:
        yield server


@asynccontextmanager
async def listening(address: str) -> AsyncIterator[tuple[PostgresBus, Ear]]:
    """Yield a bus and what it hears, once it does."""
    bus, ear = PostgresBus(address), Ear()
    await bus.open(ear.wake)
    try:
        await ear.hears(None)
        yield bus, ear
    finally:
        await bus.close()


async def goes_on(bus: PostgresBus, ear: Ear, seq: int) -> None:
    """Wait until hints arrive again; some of them may be lost."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while seq not in ear.heard:
            bus.hint(seq)
            await asyncio.sleep(AGAIN_SECONDS)


def cut(address: str) -> None:
    """Break every connection to a database."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(CUT, (connection.info.backend_pid,))


def test_a_hint_reaches_every_process_of_the_database(address: str) -> None:
    async def talk() -> None:
        async with AsyncExitStack() as stack:
            places = [await stack.enter_async_context(listening(address)) for _ in range(3)]
            for number, (bus, _) in enumerate(places, 1):
                bus.hint(number)
                for _, ear in places:
                    await ear.hears(number)

    asyncio.run(talk())


def test_hints_that_come_up_together_are_few_and_the_newest_is_among_them(address: str) -> None:
    async def talk() -> None:
        async with listening(address) as (bus, _), listening(address) as (_, ear):
            for seq in range(1, 1001):
                bus.hint(seq)
            await ear.hears(1000)
            assert len(ear.heard) < 10

    asyncio.run(talk())


def test_news_come_with_their_hint_unless_they_are_too_long_or_too_many(address: str) -> None:
    async def talk() -> None:
        async with listening(address) as (bus, _), listening(address) as (_, ear):
            bus.hint(1, "of the sea, in ä ö ü")
            bus.hint(2, "of the land")
            await ear.hears(2)
            assert ear.news == {1: "of the sea, in ä ö ü", 2: "of the land"}
            bus.hint(3, "ä" * (MAX_BYTES // 2))
            await ear.hears(3)
            for seq in range(4, 1001):
                bus.hint(seq, "again")
            await ear.hears(1000)
            assert 3 not in ear.news
            assert len(ear.news) < 100

    asyncio.run(talk())


def test_a_payload_without_a_position_is_a_hint_all_the_same(address: str) -> None:
    async def talk() -> None:
        async with listening(address) as (_, ear):
            ear.heard.clear()
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, "something else"))
            await ear.hears(None)

    asyncio.run(talk())


def test_a_bus_whose_connections_are_cut_makes_new_ones(address: str) -> None:
    async def talk() -> None:
        async with listening(address) as (bus, _), listening(address) as (_, ear):
            await goes_on(bus, ear, 1)
            ear.heard.clear()
            cut(address)
            await ear.hears(None)  # it looks automatically at what it may have missed
            await goes_on(bus, ear, 2)

    asyncio.run(talk())


def test_a_bus_waits_for_a_server_that_is_away(server: PostgresServer) -> None:
    async def talk() -> None:
        async with listening(server.url()) as (bus, ear):
            server.kill()
            bus.hint(1)
            await asyncio.sleep(AGAIN_SECONDS)
            ear.heard.clear()
            server.start()
            await ear.hears(None)
            await goes_on(bus, ear, 2)

    asyncio.run(talk())


def test_a_bus_opens_and_closes_without_a_server(server: PostgresServer) -> None:
    async def talk() -> None:
        server.stop()
        bus, ear = PostgresBus(server.url()), Ear()
        await bus.open(ear.wake)
        bus.hint(1)
        await asyncio.sleep(AGAIN_SECONDS)
        await bus.close()
        assert ear.heard == []

    asyncio.run(talk())
    server.start()
