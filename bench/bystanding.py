"""How long somebody's signal takes while another person has the server run as many live queries as it lets them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from .attacker import Plan, Socket
from .figures import RATIO, Figure, figure
from .pushing import NS_PER_MS, Reader, percentiles, signal_to
from .served import Server, peak, serving
from .socket_client import SocketClient
from .world import LIFECYCLE, SIGNALING, Pair, Person, backend, call, make_pairs

OWN_MEETINGS = 100
QUERIES = 1000
RATE, SECONDS = 25.0, 8.0
SIGNALS = int(RATE * SECONDS)
SETTLE_SECONDS = 10.0
LATENCY_TARGET_MS, MEMORY_TARGET = 100.0, 1.5
CHANGES_PER_SECOND = 4.0
STATES = ("scheduled", "active", "concluded", "cancelled")
LIST = "meetings/queries:listUserMeetings"
CATALOG = "interests/queries:listCatalog"
INTERESTS = "users/mutations:updateUserInterests"
Query = tuple[str, dict[str, Any]]


def measure(folder: Path) -> list[Figure]:
    """Return how long signals take beside nothing and beside each attack, and how much memory each takes."""
    return asyncio.run(_measure(folder / "bystanding"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, 2)
        bystanders, attacker = pairs[0], pairs[1].sender
        meetings = [pairs[1].meeting]
        for number in range(OWN_MEETINGS - 1):
            created = await call(runtime, f"{LIFECYCLE}:createMeeting", attacker.identity, title=f"Own {number}")
            meetings.append(created["meetingId"])
    alone, quiet = await _try(folder, bystanders, None)
    figures = [
        figure("signal beside nobody, p50", [alone[0]], " ms"),
        figure("signal beside nobody, p99", [alone[1]], " ms"),
    ]
    for name, sockets, calls in _attacks(attacker, meetings):
        taken, memory = await _try(folder, bystanders, (sockets, calls, attacker))
        figures += [
            figure(f"signal beside {name}, p50", [taken[0]], " ms"),
            figure(f"signal beside {name}, p99", [taken[1]], " ms", "<=", LATENCY_TARGET_MS),
            figure(f"  most memory beside {name} / quiet", [memory / quiet], RATIO, "<=", MEMORY_TARGET),
        ]
    return figures


def _attacks(attacker: Person, meetings: list[str]) -> Iterator[tuple[str, list[list[Query]], list[Query]]]:
    """Yield attacks: what the connections watch, and what is called meanwhile to have it all run again."""
    steps: list[Query] = [(f"{LIFECYCLE}:{step}Meeting", {"meetingId": meetings[0]}) for step in ("leave", "join")]
    alike: list[Query] = [(LIST, {"limit": 100 + number / QUERIES}) for number in range(QUERIES)]
    yield "3,000 queries that are the same", [alike] * 3, steps
    own: list[Query] = [(LIST, {"limit": number + 1}) for number in range(100)]
    own += [(LIST, {"limit": number + 1, "state": state}) for number in range(100) for state in STATES]
    functions = ("meetings/queries:getMeeting", "meetings/queries:getMeetingEnd")
    own += [(path, {"meetingId": meeting}) for path in functions for meeting in meetings]
    own += [(f"{SIGNALING}:getPendingSignals", {"meetingId": meetings[0], "sessionId": str(n)}) for n in range(300)]
    yield "3,000 queries of one's own", [own] * 3, steps
    catalog: list[Query] = [(CATALOG, {"limit": 1 + number / 2}) for number in range(QUERIES)]
    interests: list[Query] = [(INTERESTS, {"userId": attacker.user, "interests": [one]}) for one in ("ai", "music")]
    yield "5,000 queries of a stranger", [catalog] * 5, interests


async def _try(
    folder: Path, bystanders: Pair, attack: tuple[list[list[Query]], list[Query], Person] | None
) -> tuple[tuple[float, float], float]:
    """Return the median and the 99th percentile of the latency in ms, and the most memory in MB."""
    with serving(folder) as server:
        if attack is None:
            return await latencies(server, bystanders), peak(server.pid)
        sockets, calls, attacker = attack
        (token,) = server.tokens(attacker.identity)
        named = calls[0][0] != INTERESTS
        plan = Plan(
            server.sync, [Socket(token if named else None, one) for one in sockets], token, calls, CHANGES_PER_SECOND
        )
        with _attacking(plan):
            return await latencies(server, bystanders), peak(server.pid)


@contextmanager
def _attacking(plan: Plan) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.attacker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(msgspec.json.encode(plan) + b"\n")
        process.stdin.flush()
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the attack did not begin")
        try:
            yield
        finally:
            process.kill()


async def latencies(server: Server, pair: Pair) -> tuple[float, float]:
    """Return the median and the 99th percentile of a signal's way, in ms."""
    sent: dict[int, int] = {}
    came: dict[int, int] = {}
    complete = asyncio.Event()

    def note(number: int, now: int) -> None:
        came[number] = now
        if len(came) == SIGNALS:
            complete.set()

    tokens = server.tokens(pair.sender.identity, pair.reader.identity)
    async with SocketClient(server.sync, tokens[0]) as sender, SocketClient(server.sync, tokens[1]) as reader:
        await reader.watch(f"{SIGNALING}:getPendingSignals", Reader(reader, note).take, meetingId=pair.meeting)
        began = asyncio.get_running_loop().time()
        for number in range(SIGNALS):
            await asyncio.sleep(began + number / RATE - asyncio.get_running_loop().time())
            sent[number] = time.time_ns()
            await sender.begin(f"{SIGNALING}:exchangeICECandidate", **signal_to(pair, number))
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await complete.wait()
        now = time.time_ns()  # what has not come by now has taken at least that long
    return percentiles([(came.get(number, now) - at) / NS_PER_MS for number, at in sent.items()])
