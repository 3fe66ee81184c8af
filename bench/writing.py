"""What group commit brings: mutations by 64 callers at once against one after another, all durable on disk."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from connvo.runtime.services import Runtime

from .figures import RATIO, Figure, figure
from .probe import timed
from .world import Pair, acknowledge, backend, make_pairs, send_candidate

CALLERS = 64
CALLS = 10
ALONE = 320
ROUNDS = 21
PROBE_ROUNDS = 3
TARGET = 2.5
PERCENT = 100.0
US = 1e6


@dataclass(frozen=True)
class Shares:
    """Where the time of one mutation goes, in microseconds."""

    whole: float
    sqlite: float
    fsync: float

    def text(self) -> str:
        """Return the shares in words."""
        python = self.whole - self.sqlite - self.fsync
        parts = (("SQLite", self.sqlite), ("Python", python), ("fsync", self.fsync))
        return f"{self.whole:.0f} us: " + ", ".join(
            f"{name} {part:.0f} us ({part / self.whole * PERCENT:.0f} %)" for name, part in parts
        )


def measure(folder: Path) -> tuple[list[Figure], list[str]]:
    """Return the ratio of both rates, the rates, and lines that say where the time goes."""
    figures = asyncio.run(_rates(folder / "rates"))
    alone, together = asyncio.run(_shares(folder))
    return figures, [
        f"  one mutation, one by one:    {alone.text()}",
        f"  one mutation, {CALLERS} callers:    {together.text()}",
    ]


async def _rates(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        pairs = await make_pairs(runtime, CALLERS)
        rounds = [await _round(runtime, pairs) for _ in range(ROUNDS + 1)][1:]
    return [
        figure("candidates: 64 callers / one by one", [alone / group for alone, group in rounds], RATIO, ">=", TARGET),
        figure("  one by one", [1 / alone for alone, _ in rounds], "/s"),
        figure("  64 callers", [1 / group for _, group in rounds], "/s"),
    ]


async def _round(runtime: Runtime, pairs: list[Pair]) -> tuple[float, float]:
    """Return the seconds per mutation, one by one and together."""
    return await one_by_one(runtime, pairs), await together(runtime, pairs)


async def one_by_one(runtime: Runtime, pairs: list[Pair]) -> float:
    """Return the seconds per mutation of one caller that waits for each."""
    await _empty(runtime, pairs)
    began = perf_counter()
    for number in range(ALONE):
        await send_candidate(runtime, pairs[number % CALLERS], number)
    return (perf_counter() - began) / ALONE


async def together(runtime: Runtime, pairs: list[Pair]) -> float:
    """Return the seconds per mutation of all pairs' senders at once."""

    async def caller(pair: Pair) -> None:
        for number in range(CALLS):
            await send_candidate(runtime, pair, number)

    await _empty(runtime, pairs)
    began = perf_counter()
    await asyncio.gather(*(caller(pair) for pair in pairs))
    return (perf_counter() - began) / (CALLERS * CALLS)


async def _empty(runtime: Runtime, pairs: list[Pair]) -> None:
    for pair in pairs:
        await acknowledge(runtime, pair)


async def _shares(folder: Path) -> tuple[Shares, Shares]:
    """Return the shares, one by one and together. What a commit costs without the disk is SQLite's, the rest fsync."""
    durable, quick = await _probe(folder / "durable", True), await _probe(folder / "quick", False)
    alone, together = (
        Shares(whole, statements + commits_quick, max(commits - commits_quick, 0.0))
        for (whole, statements, commits), (_, _, commits_quick) in zip(durable, quick, strict=True)
    )
    return alone, together


async def _probe(folder: Path, durable: bool) -> list[tuple[float, float, float]]:
    """Return microseconds per mutation, one by one and together: the whole, in statements, in commits."""
    with timed(durable) as clock:
        async with backend(folder) as runtime:
            pairs = await make_pairs(runtime, CALLERS)
            totals = []
            for run, calls in ((one_by_one, ALONE), (together, CALLERS * CALLS)):
                await _empty(runtime, pairs)
                seconds = statements = commits = 0.0
                for _ in range(PROBE_ROUNDS):
                    await _empty(runtime, pairs)
                    clock.reset()
                    seconds += await run(runtime, pairs)
                    statements += clock.statements / calls
                    commits += clock.commits / calls
                totals.append(tuple(part / PROBE_ROUNDS * US for part in (seconds, statements, commits)))
    return [(whole, statements, commits) for whole, statements, commits in totals]
