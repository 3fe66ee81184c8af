"""The process that pairs people, or learns weights: a request as MessagePack on its input, the result on its output."""

import os
import sys

import msgspec

from connvo.rules.matching.edges import Request
from connvo.rules.matching.learning import LearningRequest, learn

from .pairing import pair
from .process import LEARN

# Calls come first where processors are few.
NICENESS = 5
# Threads of a matrix library would wait for each other on processors that are busy.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Read a request and write its result."""
    os.nice(NICENESS)
    for name in ONE_THREAD:
        os.environ[name] = "1"
    sys.stdout.buffer.write(msgspec.msgpack.encode(_answer(sys.argv[1], sys.stdin.buffer.read())))


def _answer(work: str, request: bytes) -> msgspec.Struct:
    if work == LEARN:
        return learn(msgspec.msgpack.decode(request, type=LearningRequest))
    return pair(msgspec.msgpack.decode(request, type=Request))


if __name__ == "__main__":
    main()
