"""A process that writes until it is killed: `python -m tests.support.writer ENGINE FOLDER`.

Each mutation stores both halves of a pair and counts it; its number is printed once it was acknowledged.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

from connvo.kernel.clock import now_ns
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.engine import Engine
from connvo.store.transaction import Transaction

from .store import ENGINES
from .tables import Box, Item

CALLERS = 16
HALVES = ("left", "right")
READY = "ready"


async def write(engine: Engine, number: int) -> None:
    """Store a pair and say so."""

    def work(db: Transaction) -> None:
        for half in HALVES:
            db.insert(Item(owner=half, size=number))
        box = db.first(Box, "by_creation")
        if box is None:
            db.insert(Box(count=1))
        else:
            db.patch(box, count=box.count + 1)

    await engine.write(work)
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


async def main(engine_name: str, folder: Path) -> None:
    """Write endlessly."""
    engine = ENGINES[engine_name](folder, LimitSettings(), StoreSettings(), now_ns)
    await engine.open()
    highest = await engine.read(lambda db: db.first(Item, "by_size", reverse=True))
    numbers = count(highest.size + 1 if highest else 0)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()

    async def caller() -> None:
        for number in numbers:
            await write(engine, number)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
