"""What the audit trail costs: a mutation with a row beside one without, sealing, and the check of all seals."""

import asyncio
from pathlib import Path
from time import process_time

from connvo.functions.meetings import door
from connvo.maintenance.audit_check import check
from connvo.model.audit.sealing import seal_more_rows, seal_rows
from connvo.runtime.origins import Origin, calling_from
from connvo.runtime.services import Runtime
from connvo.schema.audit import AuditSeal
from connvo.server import tune_gc

from .figures import Figure, figure
from .world import Pair, backend, call, make_pairs

AT_ONCE, BATCHES, ROUNDS = 32, 40, 7
RATIO_TARGET = 1.25
# Rows are sealed once they are this old.
SETTLED_SECONDS = 16
CHECK_TARGET = 30.0
ORIGIN = Origin(request_id="0123456789abcdef", address="192.0.2.7", agent="Firefox/150")
SET, DOORS = "meetings/door:setDoor", ("ask", "open")
US = 1e6


def measure(folder: Path) -> list[Figure]:
    """Returns the cost of rows, of their sealing and of their check."""
    return asyncio.run(_measure(folder / "auditing"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, AT_ONCE)
        tune_gc()
        plain, audited = [], []
        for _ in range(ROUNDS + 1):
            plain.append(await mutations(runtime, pairs, False))
            audited.append(await mutations(runtime, pairs, True))
        ratios = [one / other for one, other in zip(audited[1:], plain[1:], strict=True)]
        await asyncio.sleep(SETTLED_SECONDS)
        rows, sealing = await _seal(runtime)
        checks = []
        for _ in range(ROUNDS):
            began = process_time()
            found = await check(runtime.engine, None)
            checks.append((process_time() - began) / found.rows * US)
            assert found.rows == rows and not found.strays, found
    return [
        figure("audit: processor time of a mutation with a row beside one without", ratios, "x", "<=", RATIO_TARGET),
        figure("audit: sealing, processor time a row", sealing, " µs"),
        figure("audit: check, processor time a row", checks, " µs", "<=", CHECK_TARGET),
    ]


async def mutations(runtime: Runtime, pairs: list[Pair], audited: bool) -> float:
    """Returns the processor time in seconds in which 32 hosts open and close their doors."""
    kept = vars(door)["audit"]
    if not audited:
        vars(door)["audit"] = _nothing
    began = process_time()
    try:
        with calling_from(lambda: ORIGIN):
            for number in range(BATCHES):
                await asyncio.gather(
                    *(
                        call(runtime, SET, pair.sender.identity, meetingId=pair.meeting, door=DOORS[number % 2])
                        for pair in pairs
                    )
                )
    finally:
        vars(door)["audit"] = kept
    return process_time() - began


def _nothing(*_arguments: object, **_metadata: object) -> None:
    """Record nothing, in the place of `audit`."""


async def _seal(runtime: Runtime) -> tuple[int, list[float]]:
    """Returns how many rows were sealed, and the processor time in µs that each batch took for one."""
    rounds: list[float] = []
    job = seal_rows
    while True:
        before = await _sealed(runtime)
        began = process_time()
        await runtime.call(job)
        took, count = process_time() - began, await _sealed(runtime) - before
        if not count:
            return before, rounds
        rounds.append(took / count * US)
        job = seal_more_rows


async def _sealed(runtime: Runtime) -> int:
    newest = await runtime.engine.read(lambda db: db.first(AuditSeal, "by_number", reverse=True))
    return 0 if newest is None else newest.total
