"""What a search in all meetings of a member costs as the number of other people's segments grows, on both databases."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

import msgspec
import psycopg

from connvo.rules.transcripts import finding
from connvo.runtime.services import Runtime
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import Segment, SegmentId
from connvo.schema.users import User, UserId
from connvo.store.postgres.migrations import PostgresCatalog
from connvo.store.query import column
from connvo.store.schema import table_of
from tests.support.postgres import PostgresServer
from tests.support.postgres import serving as database_server

from .figures import RATIO, Figure, figure
from .world import Pair, backend, call, database, make_pairs

FEW, MANY = 1_000, 1_000_000
OWN = 100
PER_MEETING = 200
COMMON = "quarter"
# A speaker's vocabulary, most of it said seldom.
VOCABULARY = [COMMON, *(f"word{number}" for number in range(2_000))]
WEIGHTS = [1 / (rank + 1) for rank in range(len(VOCABULARY))]
WORDS = 20
CALLS, ROUNDS = 40, 15
RARE_TARGET = 1.5
# A common word costs some time per segment that has it, whoever spoke it.
COMMON_TARGET = 100.0
SEED = 7
STARTED_MS = 1_700_000_000_000.0
CACHE_KIB = 256 * 1024
MS = 1e3
PATH = "transcripts/search:findEverywhere"
FIRST_PAGE = {"numItems": 100, "cursor": None}
TABLE = table_of(Segment)


class World(NamedTuple):
    """A database with segments, and the pair that searches there."""

    folder: Path
    url: str | None
    pair: Pair


def measure(folder: Path) -> list[Figure]:
    """Return the ratio of the cost among many segments to that among few, and both costs."""
    sizes = {"some": FEW, "most": MANY}
    sqlite = [asyncio.run(_in_sqlite(folder / name, others)) for name, others in sizes.items()]
    found = asyncio.run(_measure("", sqlite))
    with database_server() as server:
        postgres = [asyncio.run(_in_postgres(folder / name, server, name, sizes[name])) for name in sizes]
        return found + asyncio.run(_measure(" on PostgreSQL", postgres))


async def _measure(where: str, worlds: list[World]) -> list[Figure]:
    async with AsyncExitStack() as stack:
        runtimes = [(await stack.enter_async_context(backend(one.folder, one.url)), one.pair) for one in worlds]
        found = {}
        for word in (COMMON, VOCABULARY[-1]):
            for world in runtimes:
                await _milliseconds(*world, word)
            found[word] = [[await _milliseconds(*world, word) for world in runtimes] for _ in range(ROUNDS)]
    common, rare = found.values()
    growth = [many / few for few, many in rare]
    return [
        figure(f"search{where}, common word: 1M others", [many for _, many in common], " ms", "<=", COMMON_TARGET),
        figure("  with 1k others", [few for few, _ in common], " ms"),
        figure(f"search{where}, rare word: 1M others / 1k", growth, RATIO, "<=", RARE_TARGET),
        figure("  with 1M others", [many for _, many in rare], " ms"),
    ]


async def _milliseconds(runtime: Runtime, pair: Pair, word: str) -> float:
    began = perf_counter()
    for _ in range(CALLS):
        await call(runtime, PATH, pair.reader.identity, text=word, paginationOpts=FIRST_PAGE)
    return (perf_counter() - began) / CALLS * MS


async def _in_sqlite(folder: Path, others: int) -> World:
    async with backend(folder) as runtime:
        (pair,) = await make_pairs(runtime, 1)
    connection = sqlite3.connect(database(folder))
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA synchronous = OFF")
    names = ", ".join(["id", "created", "body", *map(column, TABLE.columns)])
    marks = ", ".join(["?"] * (3 + len(TABLE.columns)))
    rows = _rows(others, pair)
    connection.executemany(f'INSERT INTO "{TABLE.name}" ({names}) VALUES ({marks})', rows)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return World(folder, None, pair)


async def _in_postgres(folder: Path, server: PostgresServer, name: str, others: int) -> World:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = server.url(name)
    async with backend(folder, url) as runtime:
        (pair,) = await make_pairs(runtime, 1)
    names = ", ".join(["id", "created", "body", *map(column, TABLE.columns)])
    with psycopg.connect(url) as connection:
        # The index of terms is quicker to make once all rows are there.
        catalog = PostgresCatalog(connection)
        for statement in catalog.drop_text_index(TABLE.name):
            connection.execute(statement)
        with connection.cursor().copy(f'COPY "{TABLE.name}" ({names}) FROM STDIN') as copy:
            for row in _rows(others, pair):
                copy.write_row(row)
        for statement in catalog.create_text_index(TABLE):
            connection.execute(statement)
        connection.execute(f'ANALYZE "{TABLE.name}"')
    return World(folder, url, pair)


def _rows(others: int, pair: Pair) -> Iterator[tuple[object, ...]]:
    """Yield the rows of segments of others, and between them those of the pair's meeting."""
    chance = Random(SEED)
    meeting, speaker = MeetingId(""), UserId("")
    for number in range(others + OWN):
        if number % PER_MEETING == 0:
            meeting = MeetingId(table_of(Meeting).new_id(chance.randbytes(16)))
            speaker = UserId(table_of(User).new_id(chance.randbytes(16)))
        is_own = number % ((others + OWN) // OWN) == 0
        place = MeetingId(pair.meeting) if is_own else meeting
        text = " ".join(chance.choices(VOCABULARY, WEIGHTS, k=WORDS))
        segment = Segment(
            id=SegmentId(TABLE.new_id(chance.randbytes(16))),
            creation_time=STARTED_MS + number,
            meeting_id=place,
            speaker_id=speaker,
            first_sequence=number + 1,
            last_sequence=number + 1,
            start_ms=STARTED_MS + number,
            last_start_ms=STARTED_MS + number,
            end_ms=STARTED_MS + number + 1,
            text=text,
            terms=" ".join([finding.scope_of(place), *finding.terms_of(text)]),
            created_at=STARTED_MS + number,
        )
        body = msgspec.json.encode(segment).decode()
        yield segment.id, segment.creation_time, body, *TABLE.column_values(segment)
