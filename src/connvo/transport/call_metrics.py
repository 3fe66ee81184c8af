"""The outcomes of calls, in metrics and log: paths, codes and times, never arguments or results.

Guarantees: each fault of the server has a log line. Refusals, which any client can cause, have at most one line a
minute for each function and code, with the number of refusals left out.
"""

import time
from collections.abc import Callable, Iterable

import structlog

from connvo.kernel.errors import FunctionError
from connvo.runtime.outcome import Outcome
from connvo.telemetry.log_lines import OneLineAMinute
from connvo.telemetry.metrics import UNKNOWN_FUNCTION, Metrics

log = structlog.get_logger()
SUCCESS = "success"
SERVER_FAULT = 500
MS_PER_SECOND = 1000.0


class CallMetrics:
    """Call counters. `functions` are the paths of the public functions; all others share one label in the metrics."""

    def __init__(
        self, metrics: Metrics, functions: Iterable[str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics = metrics
        self._known = frozenset(functions)
        self._lines = OneLineAMinute(monotonic)

    def record(self, path: str, outcome: Outcome, request_id: str, seconds: float) -> None:
        """Record the outcome and the duration of a call."""
        name = path if path in self._known else UNKNOWN_FUNCTION
        code = SUCCESS if outcome.error is None else outcome.error.code
        self._metrics.called(name, code, seconds)
        if outcome.error is not None:
            self._log(name, outcome.error, request_id, seconds)

    def _log(self, name: str, error: FunctionError, request_id: str, seconds: float) -> None:
        facts = {"function": name, "code": error.code, "request_id": request_id}
        ms = round(seconds * MS_PER_SECOND, 3)
        if error.status >= SERVER_FAULT:
            log.warning("call_failed", **facts, ms=ms)
            return
        self._lines.write(log.info, "call_failed", (name, error.code), **facts, ms=ms)
