"""A process in which people meet until it is killed: `python -m tests.support.matcher ENGINE FOLDER`.

It prints a line after each step, so that a kill falls between any two of them.
"""

import sys
from pathlib import Path

import structlog

from connvo.providers.matching import process
from connvo.providers.matching.pairing import pair_plainly
from connvo.rules.matching.edges import Pairing, Request

from .backend import Backend
from .matching import ANSWER, CURRENT, Pool
from .store import ENGINES
from .writer import READY

PEOPLE = 6


async def pair_here(request: Request) -> Pairing:
    """Pair without another process, which would take longer to start than all else."""
    return pair_plainly(request)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(engine: str, folder: Path) -> None:
    """Let people enter, be proposed to each other, and accept."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    process.pair = pair_here
    pool = Pool(Backend(folder, make_engine=ENGINES[engine]))
    people = [pool.person(f"person{number}") for number in range(PEOPLE)]
    say(READY)
    for person in people:
        pool.enter(person)
        say("entered")
    pool.cycle()
    say("paired")
    for person in people:
        person.call(ANSWER, matchId=person.call(CURRENT)["matchId"], outcome="accepted")
        say("accepted")
    while True:
        pool.backend.advance(1)
        say("time")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
