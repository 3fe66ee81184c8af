"""Pair people, and learn weights, in a process of its own.

Guarantees: the process is gone when a call has returned, however it returned. One whose server dies ends by its closed
pipe.
"""

from typing import TypeVar

import msgspec

from connvo.providers.one_call import ProcessFailed, output_of
from connvo.rules.matching.edges import Pairing, Request
from connvo.rules.matching.learning import Learned, LearningRequest

WORKER = "connvo.providers.matching.worker"
PAIR, LEARN = "pair", "learn"
SECONDS = 45.0

T = TypeVar("T")


async def pair(request: Request) -> Pairing:
    """Return the pairs of a pool.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(PAIR, request, Pairing)


async def learn(request: LearningRequest) -> Learned:
    """Return weights learned from samples.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(LEARN, request, Learned)


async def _run(work: str, request: msgspec.Struct, kind: type[T]) -> T:
    output = await output_of(WORKER, work, data=msgspec.msgpack.encode(request), seconds=SECONDS)
    try:
        return msgspec.msgpack.decode(output, type=kind)
    except msgspec.MsgspecError as error:
        raise ProcessFailed("the process wrote no result") from error
