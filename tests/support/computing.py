"""The work of the processes that make reports, in the test itself: they take longer to start than to work."""

from connvo.providers.one_call import ProcessFailed
from connvo.providers.reports import model_worker, worker
from connvo.providers.reports.process import MODEL_WORKER, WORKER

PROGRAMS = {WORKER: worker.computed, MODEL_WORKER: model_worker.computed}


async def output_here(module: str, *, data: bytes, seconds: float) -> bytes:
    """Return what the process of a module would write."""
    try:
        return PROGRAMS[module](data)
    except Exception as error:
        raise ProcessFailed("the process ended with status 1") from error
