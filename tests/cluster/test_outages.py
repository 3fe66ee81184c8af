"""When the database cannot be used for a while, everybody is told, nothing is lost or half done, and it all goes on."""

import asyncio
import json
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from connvo.store.factory import DATABASE_FILE
from connvo.transport.sync.close_codes import BUSY
from tests.protocol.crowd import Member
from tests.support.postgres import PostgresServer

from .nodes import Node
from .workload import ask

QUICK = {"CONNVO_NODE_RENEW_SECONDS": "0.2", "CONNVO_NODE_MISSED_RENEWALS": "3"}
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1
PAGE = 4096


@asynccontextmanager
async def running(folder: Path, **more: str) -> AsyncIterator[Node]:
    """A node, on a SQLite file unless told otherwise."""
    node = Node(folder, "node", QUICK | more, [])
    await node.start()
    try:
        yield node
        await node.stop()
    finally:
        await node.kill()


@contextmanager
def full_disk(node: Node) -> Iterator[None]:
    """Let no file of the server grow: it may not write beyond what is there, as on a disk that is full."""
    wal = node.data / f"{DATABASE_FILE}-wal"
    free = resource.prlimit(node.pid, resource.RLIMIT_FSIZE, (min(wal.stat().st_size, PAGE), resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(node.pid, resource.RLIMIT_FSIZE, free)


def ready(node: Node) -> tuple[bool, dict[str, Any]]:
    """Return whether a node calls itself ready, and its checks."""
    try:
        with urlopen(f"{node.url}/readyz", timeout=PATIENCE_SECONDS) as response:
            return True, json.load(response)["checks"]
    except HTTPError as error:
        with error:
            return False, json.load(error)["checks"]


def mutate(node: Node, path: str, **args: Any) -> dict[str, Any]:
    """Return the whole answer to a mutation over HTTP."""
    body = json.dumps({"path": path, "args": args, "format": "json"}).encode()
    request = Request(f"{node.url}/api/mutation", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE_SECONDS) as response:
        envelope: dict[str, Any] = json.load(response)
    return envelope


async def until(fits: Callable[[], Any]) -> None:
    """Return when something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await asyncio.to_thread(fits):
                return
            await asyncio.sleep(PAUSE_SECONDS)


@pytest.mark.timeout(180)
def test_a_full_disk_is_told_and_when_there_is_room_again_everything_goes_on(tmp_path: Path) -> None:
    asyncio.run(fill_the_disk(tmp_path))
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE_FILE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def fill_the_disk(folder: Path) -> None:
    async with running(folder) as node:
        member = Member(node.url)
        total = await member.subscribe("ledger:total", writer="ann")
        assert (await member.call("ledger:enter", writer="ann", number=0))["success"]
        await until(lambda: ready(node)[0])
        with full_disk(node):
            over_http = await asyncio.to_thread(mutate, node, "ledger:enter", writer="ann", number=1)
            assert over_http["status"] == "error"
            assert over_http["errorData"]["code"] == "SERVICE_UNAVAILABLE"
            waiting = asyncio.create_task(member.call("ledger:enter", writer="ann", number=2))
            await until(lambda: BUSY in member.closes)
            assert await asyncio.to_thread(ask, node.url, "ledger:numbers", writer="ann") == [0], "it can still be read"
            await until(lambda: not ready(node)[0])
            checks = (await asyncio.to_thread(ready, node))[1]
            assert {name for name, check in checks.items() if not check["ok"]} == {"lease"}
        assert (await waiting)["success"], "its client sends it until it is answered"
        assert (await member.call("ledger:enter", writer="ann", number=3))["success"]
        await member.until(lambda: member.client.results[total] == 3)
        await until(lambda: ready(node)[0])
        assert await asyncio.to_thread(ask, node.url, "ledger:numbers", writer="ann") == [0, 2, 3]
        await member.leave()


@pytest.mark.timeout(240)
def test_a_database_that_is_away_is_told_and_when_it_is_back_everything_goes_on(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    asyncio.run(take_the_database_away(server, database, tmp_path))


async def take_the_database_away(server: PostgresServer, database: str, folder: Path) -> None:
    async with running(folder, CONNVO_DATABASE_URL=database) as node:
        member = Member(node.url)
        total = await member.subscribe("ledger:total", writer="ann")
        assert (await member.call("ledger:enter", writer="ann", number=0))["success"]
        await until(lambda: ready(node)[0])
        await asyncio.to_thread(server.stop)
        try:
            over_http = await asyncio.to_thread(mutate, node, "ledger:enter", writer="ann", number=1)
            assert over_http["errorData"]["code"] == "SERVICE_UNAVAILABLE"
            waiting = asyncio.create_task(member.call("ledger:enter", writer="ann", number=2))
            await until(lambda: len(member.closes) > 1)
            passed, checks = await asyncio.to_thread(ready, node)
            assert not passed
            assert not checks["database"]["ok"]
            await until(lambda: not ready(node)[1]["lease"]["ok"])
        finally:
            await asyncio.to_thread(server.start)
        assert (await waiting)["success"]
        await member.until(lambda: member.client.results[total] == 2)
        await until(lambda: ready(node)[0])
        assert await asyncio.to_thread(ask, node.url, "ledger:numbers", writer="ann") == [0, 2]
        await member.leave()
