"""How the cost of one member's change grows with the members who watch, and what a join storm does to everybody else.

The members watch what the page watches: the roster as changes, and for comparison the documented lists.
"""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from connvo.kernel.identity import Identity
from connvo.runtime.services import Runtime

from .bystanding import latencies
from .crowd_member import Form, Member, Plan, Storm
from .figures import RATIO, Figure, figure
from .loading import processor_seconds
from .served import Server, serving
from .socket_client import SocketClient
from .world import LIFECYCLE, SIGNALING, Pair, backend, call, make_halls, make_pairs

SIZES = (2, 10, 25, 50, 100)
LARGEST = SIZES[-1]
# Of each size, in turn: the machine is not the same for long.
ROUNDS = 3
CHANGES, RETURNS = 40, 10
SETTLE_SECONDS, OPEN_SECONDS = 0.3, 120.0
STORM_SECONDS = 3.0
MS, KB, MB = 1e3, 1e3, 1e6
CPU_TARGET, BYTES_TARGET, LAST_DOUBLING_TARGET = 6.0, 25.0, 2.2
CONVERGED_TARGET, STORM_MB_TARGET, WAIT_TARGET_MS = 4.0, 12.0, 20.0

Hall = tuple[str, list[Identity]]
# Rate limits are not what is measured: one process plays all members, and changes follow each other at once.
# Nor are the members timed out while the other sizes are measured.
LIMITS = {f"SIGNAL_{name}": "1000000" for name in ("BURST", "PER_SECOND")}
LIMITS |= {f"SIGNAL_{name}_AFTER_SECONDS": "3600" for name in ("LOST", "CLOSED")}
LIMITS |= {"MEETING_MESH_PARTICIPANTS": "1000"}
TINY = 1e-9


class Costs(msgspec.Struct):
    """The costs of rounds at one size: CPU in ms and kB of a change, and CPU of leaving and joining."""

    change: list[float]
    sent: list[float]
    returning: list[float]


def measure(
    folder: Path, forms: tuple[Form, ...] = ("changes", "lists"), sizes: tuple[int, ...] = SIZES
) -> list[Figure]:
    """Return how the costs grow, and what a join storm takes."""
    return asyncio.run(_measure(folder / "crowding", forms, sizes))


async def _measure(folder: Path, forms: tuple[Form, ...], sizes: tuple[int, ...]) -> list[Figure]:
    async with backend(folder) as runtime:
        halls = {(form, size): await _full_hall(runtime, size) for form in forms for size in sizes}
        storms = {form: await _hall(runtime, sizes[-1]) for form in forms}
        (pair,) = await make_pairs(runtime, 1)
    figures: list[Figure] = []
    with serving(folder, **LIMITS) as server:
        for form in forms:
            costs = {size: Costs([], [], []) for size in sizes}
            for _ in range(ROUNDS):
                for size in sizes:
                    await _steady(server, halls[form, size], form, costs[size])
            figures += _growth(form, costs)
        quiet = (await latencies(server, pair))[1]
        for form in forms:
            figures += await _storm(server, storms[form], form, pair, quiet)
    return figures


async def _hall(runtime: Runtime, size: int) -> Hall:
    """Return a meeting of so many members."""
    places = await make_halls(runtime, 1, size, LARGEST)
    return places[0][0], [identity for _, identity in places]


async def _full_hall(runtime: Runtime, size: int) -> Hall:
    """Return a meeting in which so many members are connected."""
    meeting, people = await _hall(runtime, size)
    for number, person in enumerate(people):
        about = {"meetingId": meeting, "sessionId": _session(number)}
        await call(runtime, f"{LIFECYCLE}:joinMeeting", person, meetingId=meeting)
        await call(runtime, f"{SIGNALING}:createWebRTCSession", person, **about)
        await call(runtime, f"{SIGNALING}:updateSessionState", person, **about, state="connected")
    return meeting, people


def _session(number: int) -> str:
    return f"session-{number}"


async def _steady(server: Server, hall: Hall, form: Form, costs: Costs) -> None:
    """Add a round of a meeting in which everybody is: changes of sessions, one by one, then leaving and joining."""
    meeting, people = hall
    async with AsyncExitStack() as stack, asyncio.timeout(OPEN_SECONDS):
        crowd = []
        for number, token in enumerate(server.tokens(*people)):
            client = await stack.enter_async_context(SocketClient(server.sync, token))
            member = Member(client, meeting, form, lambda: None)
            await member.watch()
            member.session = _session(number)
            crowd.append(member)

        async def change(number: int) -> None:
            member = crowd[number % len(crowd)]
            await member.call(
                f"{SIGNALING}:updateSessionState",
                meetingId=meeting,
                sessionId=member.session,
                state="connected",
                metadata={"candidateType": "host", "change": number},
            )

        async def go_and_come(number: int) -> None:
            member = crowd[1 + number % (len(crowd) - 1)]
            await member.call(f"{LIFECYCLE}:leaveMeeting", meetingId=meeting)
            await member.call(f"{LIFECYCLE}:joinMeeting", meetingId=meeting)

        spent, sent = await _cost(server, crowd, change, CHANGES)
        costs.change.append(spent * MS)
        costs.sent.append(sent / KB)
        costs.returning.append((await _cost(server, crowd, go_and_come, RETURNS))[0] * MS)
        for member in crowd[1 : RETURNS + 1]:
            await member.connect(member.session)


async def _cost(
    server: Server, crowd: list[Member], act: Callable[[int], Awaitable[None]], times: int
) -> tuple[float, float]:
    """Return the server's processor seconds and the bytes sent to all, of one act."""
    await asyncio.sleep(SETTLE_SECONDS)
    spent, sent = processor_seconds(server.pid), sum(member.received for member in crowd)
    for number in range(times):
        await act(number)
    await asyncio.sleep(SETTLE_SECONDS)
    return (
        (processor_seconds(server.pid) - spent) / times,
        (sum(member.received for member in crowd) - sent) / times,
    )


def _growth(form: Form, costs: dict[int, Costs]) -> list[Figure]:
    target = {"CPU": CPU_TARGET, "bytes": BYTES_TARGET, "doubled": LAST_DOUBLING_TARGET} if form == "changes" else {}
    figures: list[Figure] = []
    for name, rounds in (
        ("CPU", [cost.change for cost in costs.values()]),
        ("bytes", [cost.sent for cost in costs.values()]),
    ):
        of = dict(zip(costs, rounds, strict=True))
        if {2, 50} <= of.keys():
            figures.append(_ratio(f"{form}: {name} of a change, 50 / 2 members", of[50], of[2], target.get(name)))
        if {50, 100} <= of.keys():
            bound = target.get("doubled") if name == "CPU" else None
            figures.append(_ratio(f"{form}: {name} of a change, 100 / 50 members", of[100], of[50], bound))
    for size, cost in costs.items():
        figures += [
            figure(f"  {form}: a change, {size} members", cost.change, " ms CPU"),
            figure(f"  {form}: a change, {size} members, sent", cost.sent, " kB"),
            figure(f"  {form}: leaving and joining, {size} members", cost.returning, " ms CPU"),
        ]
    return figures


def _ratio(name: str, large: list[float], small: list[float], target: float | None) -> Figure:
    rounds = [more / max(less, TINY) for more, less in zip(large, small, strict=True)]
    return _aimed(name, rounds, RATIO, target)


def _aimed(name: str, rounds: list[float], unit: str, target: float | None) -> Figure:
    return figure(name, rounds, unit) if target is None else figure(name, rounds, unit, "<=", target)


async def _storm(server: Server, hall: Hall, form: Form, pair: Pair, quiet: float) -> list[Figure]:
    """Return what a join storm takes, and how much longer a signal in another meeting takes meanwhile."""
    meeting, people = hall
    plan = Plan(server.sync, meeting, server.tokens(*people), form, STORM_SECONDS)
    command = [sys.executable, "-m", "bench.crowd_member"]
    spent = processor_seconds(server.pid)
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    storming = asyncio.create_task(process.communicate(msgspec.json.encode(plan) + b"\n"))
    wait = (await latencies(server, pair))[1]
    storm = msgspec.json.decode((await storming)[0], type=Storm)
    spent = processor_seconds(server.pid) - spent
    names, aims = f"{form}: storm of {len(people)}", form == "changes"
    return [
        _aimed(f"{names}, converged after", [storm.seconds], " s", CONVERGED_TARGET if aims else None),
        _aimed(f"{names}, sent", [storm.received / MB], " MB", STORM_MB_TARGET if aims else None),
        figure(f"  {names}, with the signals", [spent], " s CPU"),
        _aimed(
            f"{names}, p99 of a signal elsewhere, above quiet", [wait - quiet], " ms", WAIT_TARGET_MS if aims else None
        ),
        figure("  a signal without a storm, p99", [quiet], " ms"),
    ]
