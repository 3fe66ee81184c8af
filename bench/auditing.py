"""What the audit trail costs: mutations with a row beside those without, sealing, and the check of all seals."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from types import ModuleType

from connvo.functions.meetings import door, lifecycle
from connvo.maintenance.audit_check import check
from connvo.model.audit.sealing import seal_more_rows, seal_rows
from connvo.model.membership import joining
from connvo.runtime.origins import Origin, calling_from
from connvo.runtime.services import Runtime
from connvo.schema.audit import AuditSeal
from connvo.server import tune_gc

from .figures import Figure, figure
from .world import LIFECYCLE, Pair, backend, call, make_pairs

AT_ONCE, BATCHES, ROUNDS = 32, 40, 7
MEETINGS = 8  # of each host in a round
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
        ratios, usual = [], []
        for _ in range(ROUNDS + 1):
            plain = await mutations(runtime, pairs, False)
            ratios.append(await mutations(runtime, pairs, True) / plain)
            plain = await _meetings(runtime, pairs, False)
            usual.append(await _meetings(runtime, pairs, True) / plain)
        await asyncio.sleep(SETTLED_SECONDS)
        rows, sealing = await _seal(runtime)
        checks = []
        for _ in range(ROUNDS):
            began = process_time()
            found = await check(runtime.engine, None)
            checks.append((process_time() - began) / found.rows * US)
            assert found.rows == rows and not found.strays, found
    return [
        figure("audit: processor time of a mutation with a row, of one without", ratios[1:], "x", "<=", RATIO_TARGET),
        figure("audit: the same, making a meeting and adding a member", usual[1:], "x"),
        figure("audit: sealing, processor time a row", sealing, " µs"),
        figure("audit: check, processor time a row", checks, " µs", "<=", CHECK_TARGET),
    ]


async def mutations(runtime: Runtime, pairs: list[Pair], audited: bool) -> float:
    """Returns the processor time in seconds in which 32 hosts open and close their doors."""
    with _auditing(audited, door):
        began = process_time()
        for number in range(BATCHES):
            arguments = {"door": DOORS[number % 2]}
            await asyncio.gather(
                *(call(runtime, SET, pair.sender.identity, meetingId=pair.meeting, **arguments) for pair in pairs)
            )
        return process_time() - began


async def _meetings(runtime: Runtime, pairs: list[Pair], audited: bool) -> float:
    """Returns the processor time in seconds in which 32 hosts make meetings and add a member to each."""

    async def make(pair: Pair) -> None:
        host = pair.sender.identity
        made = await call(runtime, f"{LIFECYCLE}:createMeeting", host, title="Meeting")
        guest = {"userId": pair.reader.user, "role": "participant"}
        await call(runtime, f"{LIFECYCLE}:addParticipant", host, meetingId=made["meetingId"], **guest)

    with _auditing(audited, lifecycle, joining):
        began = process_time()
        for _ in range(MEETINGS):
            await asyncio.gather(*(make(pair) for pair in pairs))
        return process_time() - began


@contextmanager
def _auditing(audited: bool, *modules: ModuleType) -> Iterator[None]:
    """Have modules record audit events or, without `audited`, none; their calls come from one client."""
    kept = [vars(module)["audit"] for module in modules]
    try:
        for module in modules if not audited else ():
            vars(module)["audit"] = _nothing
        with calling_from(lambda: ORIGIN):
            yield
    finally:
        for module, audit in zip(modules, kept, strict=True):
            vars(module)["audit"] = audit


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
