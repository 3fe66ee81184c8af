"""PostgreSQL: what one node does there against one on SQLite, how soon nodes hear of each other, three against one."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from time import perf_counter

import psycopg

from tests.support.postgres import PostgresServer
from tests.support.postgres import serving as database_server

from .figures import RATIO, Figure, figure
from .pushing import Crowd, percentiles
from .served import Server, serving
from .socket_client import SocketClient
from .world import SIGNALING, UNLIMITED, Pair, backend, candidate, make_pairs
from .writing import CALLERS, one_by_one, together

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
RATE_ROUNDS = 5
RATE_TARGET = 0.25
PUSH_PAIRS, PUSH_ROUNDS = 20, 3
PUSH_TARGET = 15.0
POLL_MS = 250.0
NODES = 3
LOAD_PAIRS, LOAD_ROUNDS, LOAD_SECONDS = 24, 3, 3.0
IN_FLIGHT = 8
NODES_TARGET = 1.0
PLENTY = {name: str(UNLIMITED) for name in ("SIGNAL_TTL", "SIGNAL_QUEUE_CAP", "SIGNAL_BURST", "SIGNAL_RATE")}


def measure(folder: Path) -> list[Figure]:
    """Return the ratios of rates, and how long a signal is on its way from one node to another."""
    with database_server(DURABLE) as server:
        return [
            *asyncio.run(_engines(folder / "engines", new_database(server, "engines"))),
            *asyncio.run(_push(folder / "hints", new_database(server, "hints"), "connvo", "", PUSH_TARGET)),
            *asyncio.run(
                _push(
                    folder / "deaf", new_database(server, "deaf"), "bench.deaf", ", hints lost", POLL_MS + PUSH_TARGET
                )
            ),
            *asyncio.run(_nodes(folder / "nodes", new_database(server, "nodes"))),
        ]


def new_database(server: PostgresServer, name: str) -> str:
    """Return the address of a new database."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url(name)


async def _engines(folder: Path, url: str) -> list[Figure]:
    rates: list[list[float]] = []
    async with backend(folder) as sqlite, backend(folder, url) as postgres:
        places = [(runtime, await make_pairs(runtime, CALLERS)) for runtime in (sqlite, postgres)]
        for _ in range(RATE_ROUNDS + 1):
            rates.append([1 / await run(*place) for run in (together, one_by_one) for place in places])
    rounds = rates[1:]
    return [
        figure(
            "PostgreSQL / SQLite, 64 callers", [there / here for here, there, _, _ in rounds], RATIO, ">=", RATE_TARGET
        ),
        figure("  64 callers on SQLite", [here for here, _, _, _ in rounds], "/s"),
        figure("  64 callers on PostgreSQL", [there for _, there, _, _ in rounds], "/s"),
        figure("  one by one on SQLite", [here for _, _, here, _ in rounds], "/s"),
        figure("  one by one on PostgreSQL", [there for _, _, _, there in rounds], "/s"),
    ]


async def _push(folder: Path, url: str, program: str, how: str, target: float) -> list[Figure]:
    async with backend(folder, url) as runtime:
        pairs = await make_pairs(runtime, PUSH_PAIRS)
    with serving(folder, program, DATABASE_URL=url) as here, serving(folder, program, DATABASE_URL=url) as there:
        async with AsyncExitStack() as stack:
            crowd = Crowd()
            for pair in pairs:
                await crowd.enter(stack, here, pair, there)
            rounds = [await crowd.round() for _ in range(PUSH_ROUNDS + 1)][1:]
    found = [percentiles(from_commit) for from_commit, _ in rounds]
    return [
        figure(f"commit to push on another node{how}, p50", [half for half, _ in found], " ms", "<=", target),
        figure(f"  the same{how}, p99", [high for _, high in found], " ms"),
    ]


async def _nodes(folder: Path, url: str) -> list[Figure]:
    async with backend(folder, url) as runtime:
        pairs = await make_pairs(runtime, LOAD_PAIRS)
    with ExitStack() as started:
        servers = [started.enter_context(serving(folder, DATABASE_URL=url, **PLENTY)) for _ in range(NODES)]
        rounds = [(await _load(servers[:1], pairs), await _load(servers, pairs)) for _ in range(LOAD_ROUNDS + 1)][1:]
    return [
        figure("three nodes / one", [three / one for one, three in rounds], RATIO, ">=", NODES_TARGET),
        figure("  one node", [one for one, _ in rounds], "/s"),
        figure("  three nodes", [three for _, three in rounds], "/s"),
    ]


async def _load(servers: list[Server], pairs: list[Pair]) -> float:
    """Return the signals per second that all pairs together get acknowledged, each with some under way."""
    async with AsyncExitStack() as stack:
        lines = []
        for number, pair in enumerate(pairs):
            server = servers[number % len(servers)]
            (token,) = server.tokens(pair.sender.identity)
            lines.append((await stack.enter_async_context(SocketClient(server.sync, token)), pair))
        began = perf_counter()
        done = await asyncio.gather(*(_send(*line, began + LOAD_SECONDS) for line in lines for _ in range(IN_FLIGHT)))
        return sum(done) / (perf_counter() - began)


async def _send(client: SocketClient, pair: Pair, until: float) -> int:
    number = 0
    while perf_counter() < until:
        sent = await client.begin(
            f"{SIGNALING}:exchangeICECandidate",
            meetingId=pair.meeting,
            sessionId=pair.sender.session,
            targetUserId=pair.reader.user,
            candidate=candidate(number),
        )
        await sent
        number += 1
    return number
