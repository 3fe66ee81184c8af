"""A process that makes a report step by step until it is killed: `python -m tests.support.reporter ENGINE FOLDER`.

It prints a line after each round of due jobs, and after each moment in which the process beside it may have worked.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from .backend import Backend
from .insights import Conversation
from .store import ENGINES
from .writer import READY

WORK_SECONDS = 0.4


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(engine: str, folder: Path) -> None:
    """Ends a meeting, and does what follows."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    backend = Backend(folder, make_engine=ENGINES[engine])
    conversation = Conversation(backend)
    say(READY)
    say("talked")
    conversation.end()
    say("ended")
    while True:
        backend.run(backend.runtime.scheduler.run_due())
        say("jobs")
        backend.run(asyncio.sleep(WORK_SECONDS))
        say("work")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
