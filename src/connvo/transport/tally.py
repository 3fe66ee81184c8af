"""What came of calls, for the figures and the log: paths, codes and times, never what was said."""

from collections.abc import Iterable

import structlog

from ..runtime.execute import Outcome
from ..telemetry import UNKNOWN_FUNCTION, Metrics

log = structlog.get_logger()
SUCCESS = "success"
SERVER_FAULT = 500
MS_PER_SECOND = 1000.0


class Tally:
    """Counts calls. `functions` are the paths of the public functions, which alone appear in the figures."""

    def __init__(self, metrics: Metrics, functions: Iterable[str]) -> None:
        self._metrics = metrics
        self._known = frozenset(functions)

    def note(self, path: str, outcome: Outcome, request_id: str, seconds: float) -> None:
        """Takes the outcome of a call and how long it took."""
        name = path if path in self._known else UNKNOWN_FUNCTION
        code = SUCCESS if outcome.error is None else outcome.error.code
        self._metrics.called(name, code, seconds)
        if outcome.error is not None:
            note = log.warning if outcome.error.status >= SERVER_FAULT else log.info
            note("call_failed", function=name, code=code, request_id=request_id, ms=round(seconds * MS_PER_SECOND, 3))
