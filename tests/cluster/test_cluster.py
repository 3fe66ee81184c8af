"""Three nodes of one database behind a load balancer: whatever dies, nothing is lost, doubled, stale or out of order.

And each of the protections that promise this is taken away in turn, which must show.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

import psycopg
import pytest

from tests.support.postgres import PostgresServer

from .trouble import Cluster, give
from .workload import Workload

CLIENTS = 12
GOAL = 5000
SHORT_GOAL = 500
FEWEST_NODES = 2
# What they take on two busy processors; they end when the goal is reached.
SECONDS = 600
PEACE_SECONDS = 1.5
RESTLESS_SECONDS = 1.0
IMPATIENT_SECONDS = 0.0
SEED = 20
# Without a protection it goes wrong sooner or later, and not in every short run.
TRIES = 5
LOSING_HINTS = ("--lose-hints", "0.5")
# A caller may be told that a thing cannot be done, and that the database is away.
HONEST = {"NOT_FOUND", "SERVICE_UNAVAILABLE"}


def holes(database: str) -> list[str]:
    """Return where the log of a database is not one commit after the other."""
    with psycopg.connect(database) as connection:
        log = connection.execute("SELECT seq, ts FROM _log ORDER BY seq, ts").fetchall()
        clock = connection.execute("SELECT seq, ts FROM _clock").fetchone()
    found = [f"hole: {a} is followed by {b}" for a, b in pairwise(log) if b[0] != a[0] + 1 or b[1] <= a[1]]
    return found if log[0][0] == 1 and log[-1] == clock else [*found, f"hole: {log[0]} to {log[-1]}, and it is {clock}"]


@pytest.mark.timeout(SECONDS)
def test_nothing_is_lost_doubled_stale_or_out_of_order_when_any_part_dies(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    wrong, troubles, work = asyncio.run(endure(server, database, tmp_path))
    assert wrong == []
    assert holes(database) == []
    assert work.acknowledged >= GOAL
    assert set(work.failed) <= HONEST
    assert troubles > 0


async def endure(server: PostgresServer, database: str, folder: Path) -> tuple[list[str], int, Workload]:
    """Return what was wrong after much trouble, how often there was some, and the work that was done meanwhile."""
    chance = Random(SEED)
    async with Cluster(folder, {"CONNVO_DATABASE_URL": database}, LOSING_HINTS) as cluster:
        work = Workload(cluster.url, CLIENTS, GOAL, SEED)

        async def restart_the_database() -> None:
            await asyncio.to_thread(server.kill if chance.random() < 0.5 else server.stop)
            await asyncio.to_thread(server.start)

        cut, kill = partial(cluster.cut, chance), partial(cluster.kill_one, chance)
        given = await give(work.run(), [kill, cut, cut, restart_the_database], chance, PEACE_SECONDS)
        wrong = await work.judge()
        await work.leave()
        await cluster.stop()
    return wrong, given, work


class Loss(NamedTuple):
    """A protection that is taken away: how that shows, and which share of hints gets lost meanwhile."""

    shows: tuple[str, ...]
    hints: float = 0.5


BROKEN = "against the protocol"
WITHOUT = {
    "receipts": Loss(("doubled", "too many", BROKEN)),
    "floor": Loss(("stale",), hints=1.0),
    "catching up": Loss(("lost update", "write skew", "stale", "time travel"), hints=1.0),
    "forgetting": Loss(("stale",)),
    "word of others": Loss(("stale",)),
    "validation": Loss(("lost update", "write skew", "lost:", "forked")),
    "lock": Loss(("hole",)),
}


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("protection", WITHOUT)
def test_without_a_protection_it_shows(make_database: Callable[[], str], tmp_path: Path, protection: str) -> None:
    wrong: list[str] = []
    for seed in range(SEED, SEED + TRIES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        wrong += asyncio.run(suffer(make_database(), folder, protection, seed))
        if any(word in line for line in wrong for word in WITHOUT[protection].shows):
            return
    raise AssertionError(f"in {TRIES} tries nothing of it showed: {wrong}")


async def suffer(database: str, folder: Path, protection: str, seed: int) -> list[str]:
    """Return what was wrong without a protection."""
    chance = Random(seed)
    options = ("--lose-hints", str(WITHOUT[protection].hints), "--without", protection)
    async with Cluster(folder, {"CONNVO_DATABASE_URL": database}, options, FEWEST_NODES) as cluster:
        work = Workload(cluster.url, CLIENTS, SHORT_GOAL, seed)
        try:
            await give(work.run(), [partial(cluster.cut, chance)], chance, RESTLESS_SECONDS)
        except AssertionError as fault:
            return [f"{BROKEN}: {fault}"]
        return [*await work.judge(IMPATIENT_SECONDS), *holes(database)]
