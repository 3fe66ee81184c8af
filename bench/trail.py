"""A large audit trail: reading it beside a small one, and two nodes that write and seal it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

import msgspec

from connvo.kernel.identity import Identity
from connvo.model.audit.sealing import seal_more_rows, seal_rows
from connvo.runtime.services import Runtime
from connvo.schema.audit import AuditLog, AuditLogId
from connvo.schema.users import User, UserId
from connvo.store.query import inserting
from connvo.store.schema import table_of
from connvo.store.sqlite.rows import DIALECT
from tests.support.postgres import serving as database_server

from .auditing import AT_ONCE, SETTLED_SECONDS, mutations
from .clustering import DURABLE, new_database
from .figures import Figure, figure
from .world import backend, call, database, make_pairs

SMALL, LARGE = 1_000, 1_000_000
READS, ROUNDS = 40, 7
READING_TARGET, SEALING_TARGET = 1.3, 0.9
SEALING_PAUSE_SECONDS = 0.1
LOGS = "audit/logging:getAuditLogs"
# Few enough that both trails have a whole page of each.
ACTORS, MEETINGS = 10, 10_000
FIRST_MS, STEP_MS, PAYLOAD_BYTES = 1.7e12, 10.0, 16
US = 1e6


def measure(folder: Path) -> list[Figure]:
    """Return how long reads take at both sizes, and what sealing costs two nodes."""
    return [*asyncio.run(_reading(folder / "trail")), *asyncio.run(_sealing(folder / "trail-nodes"))]


async def _reading(folder: Path) -> list[Figure]:
    async with AsyncExitStack() as stack:
        places = []
        for rows in (SMALL, LARGE):
            path = folder / str(rows)
            async with backend(path):
                pass
            _fill(database(path), rows)
            places.append(await stack.enter_async_context(backend(path)))
        operator = Identity(issuer="bench", subject="operator", expires_at=2e15, operator=True)
        figures = []
        filters: dict[str, dict[str, str]] = {
            "all": {},
            "one actor": {"actorUserId": _actor(7)},
            "one action": {"action": "meeting.set_door"},
        }
        for name, arguments in filters.items():
            rounds = [[await _reads(runtime, operator, arguments) for runtime in places] for _ in range(ROUNDS + 1)]
            ratios = [large / small for small, large in rounds[1:]]
            figures.append(figure(f"trail: {name}, 1M rows beside 1k", ratios, "x", "<=", READING_TARGET))
            figures.append(figure(f"  {name}, at 1M rows", [large for _, large in rounds[1:]], " µs"))
        return figures


async def _reads(runtime: Runtime, operator: Identity, arguments: dict[str, str]) -> float:
    """Return the microseconds of one read."""
    began = perf_counter()
    for _ in range(READS):
        await call(runtime, LOGS, operator, **arguments)
    return (perf_counter() - began) / READS * US


def _fill(path: Path, rows: int) -> None:
    table = table_of(AuditLog)
    with sqlite3.connect(path) as connection:
        connection.executemany(inserting(DIALECT, table).one, _rows(rows))
    connection.close()


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    table, actors = table_of(AuditLog), [_actor(number) for number in range(ACTORS)]
    for number in range(count):
        actor = actors[number % ACTORS]
        row = AuditLog(
            id=AuditLogId(table.new_id(number.to_bytes(PAYLOAD_BYTES, "big"))),
            creation_time=FIRST_MS + number * STEP_MS,
            actor_user_id=actor,
            resource_type="meetings",
            resource_id=f"m{number % MEETINGS}",
            action="meeting.set_door" if number % 10 else "user.signup",
            metadata={"door": "ask"},
            timestamp=FIRST_MS + number * STEP_MS,
            meeting_id=f"m{number % MEETINGS}",
        )
        yield row.id, row.creation_time, msgspec.json.encode(row).decode(), *table.column_values(row)


def _actor(number: int) -> UserId:
    return UserId(table_of(User).new_id(number.to_bytes(PAYLOAD_BYTES, "big")))


async def _sealing(folder: Path) -> list[Figure]:
    with database_server(DURABLE) as server:
        url = new_database(server, "trail")
        async with backend(folder / "0", url) as first, backend(folder / "1", url) as second:
            nodes = [(node, await make_pairs(node, AT_ONCE)) for node in (first, second)]

            async def write() -> float:
                began = perf_counter()
                await asyncio.gather(*(mutations(node, pairs, True) for node, pairs in nodes))
                return perf_counter() - began

            plain, beside = [], []
            for _ in range(ROUNDS + 1):
                plain.append(await write())
                await asyncio.sleep(SETTLED_SECONDS / ROUNDS)
                sealing = asyncio.create_task(_seal_on(first))
                beside.append(await write())
                sealing.cancel()
                await asyncio.gather(sealing, return_exceptions=True)
    ratios = [one / other for one, other in zip(plain[1:], beside[1:], strict=True)]
    return [figure("trail: two nodes beside sealing, of their speed without", ratios, "x", ">=", SEALING_TARGET)]


async def _seal_on(runtime: Runtime) -> None:
    """Seal the rows that are settled, without an end."""
    while True:
        await runtime.call(seal_rows)
        await runtime.call(seal_more_rows)
        await asyncio.sleep(SEALING_PAUSE_SECONDS)
