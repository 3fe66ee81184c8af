"""A process that runs what is due until it is killed: `python -m tests.support.worker ENGINE FOLDER`.

It says a line for every commit, and now and then when there is nothing to do.
"""

import asyncio
import logging
import sys
import time
from pathlib import Path

import structlog

from connvo.runtime.registry import Registry
from connvo.runtime.services import Runtime
from connvo.settings import Settings
from connvo.store.commit_log import Commit

from .host import SAMPLE
from .store import ENGINES, START_NS
from .writer import READY

IDLE_SECONDS = 0.02


def now_ns() -> int:
    """Return a time that fits to that of the tests."""
    return START_NS + time.monotonic_ns()


def say(commits: list[Commit]) -> None:
    """Print the positions of these commits."""
    sys.stdout.write("".join(f"{commit.seq}\n" for commit in commits) or f"{READY}\n")
    sys.stdout.flush()


async def main(engine_name: str, folder: Path) -> None:
    """Run jobs endlessly."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = Settings()
    engine = ENGINES[engine_name](folder, settings.limits, settings.store, now_ns)
    await engine.open()
    runtime = Runtime(Registry(SAMPLE), engine, settings, now_ns)
    engine.on_local_commits(say)
    say([])
    await runtime.start()
    while True:
        await asyncio.sleep(IDLE_SECONDS)
        say([])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
