"""A process that runs what is due until it is killed: `python -m tests.support.worker ENGINE FOLDER`."""

import asyncio
import logging
import sys
import time
from pathlib import Path

import structlog

from connvo.runtime.execute import Runtime
from connvo.runtime.registry import Registry
from connvo.settings import Settings

from .host import SAMPLE
from .store import ENGINES, START_NS
from .writer import READY


def now_ns() -> int:
    """Returns a time that fits to that of the tests."""
    return START_NS + time.monotonic_ns()


async def main(engine_name: str, folder: Path) -> None:
    """Runs jobs for ever."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = Settings()
    engine = ENGINES[engine_name](folder, settings.limits, settings.store, now_ns)
    await engine.open()
    runtime = Runtime(Registry(SAMPLE), engine, settings, now_ns)
    await runtime.start()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
