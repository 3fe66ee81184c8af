"""The program of a computing process: it runs one function of `PROGRAMS` on each message, until its input ends."""

import os
import sys
from importlib import import_module
from typing import BinaryIO, cast

from connvo.providers.framing import LENGTH_BYTES

from .messages import Done, Failed, FromProcess, length_of, packed
from .programs import PROGRAMS, Program

# Calls come first where processors are few.
NICENESS = 5
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
REASON_CHARS = 300


def main() -> None:
    """Serve the server whose process this is."""
    os.nice(NICENESS)
    for name in ONE_THREAD:
        os.environ[name] = "1"
    program = PROGRAMS[cast(Program, sys.argv[1])]
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Lines that a library prints must not be among the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (request := _read(sys.stdin.buffer)) is not None:
        output.write(packed(_answer(program, request)))
        output.flush()


def _answer(program: str, request: bytes) -> FromProcess:
    module, _, name = program.partition(":")
    try:
        result = getattr(import_module(module), name)(request)
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}"[:REASON_CHARS])
    return Done(result)


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    body = source.read(length_of(head))
    return body


if __name__ == "__main__":
    main()
