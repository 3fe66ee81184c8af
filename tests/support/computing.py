"""The work of the processes that make reports, in the test itself: they take longer to start than to work."""

from typing import TypeVar

import msgspec

from connvo.providers.one_call import ProcessFailed
from connvo.providers.reports import model_worker, worker
from connvo.providers.reports.process import MODEL_WORKER, WORKER

T = TypeVar("T")
PROGRAMS = {WORKER: worker.computed, MODEL_WORKER: model_worker.computed}


async def compute_here(module: str, request: msgspec.Struct, kind: type[T]) -> T:
    """Return what the process of a module would."""
    try:
        output = PROGRAMS[module](msgspec.json.encode(request))
    except Exception as error:
        raise ProcessFailed("the process ended with status 1") from error
    return msgspec.json.decode(output, type=kind)
