"""Health, readiness and metrics of the server, for users, orchestrators and Prometheus.

`/livez` says that the process answers. `/readyz` says that it can serve, until it is asked to stop. `/api/health` says
the same in the documented form. Any client gets the verdict. Only operators (see `operator_access`) get the checks
behind it, `/metrics` and `/readyz?deep=1`, which also checks external services and caches the result. Optional parts,
such as a TURN server, are reported and do not affect readiness.

Guarantees: answers contain no personal data and no paths of this machine. Metrics are rendered at most once in
`max_age` seconds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from connvo.kernel.part_health import PartHealth
from connvo.runtime.measuring.node_view import PartCheck
from connvo.telemetry.metrics import CONTENT_TYPE, Metrics

from .operator_access import OperatorAccess
from .request import Request
from .response import NO_STORE, Response, json_response
from .router import Handler

MS_PER_SECOND = 1000.0
DEEP = "deep"
OK, FAILED = "ok", "failed"
UNAVAILABLE = 503
Checks = Callable[[], Awaitable[dict[str, PartHealth]]]


class OutsideHealth(NamedTuple):
    """The health of an external service: `state` is ok, warning, failed or skipped."""

    state: str
    detail: str


DeepCheck = dict[str, OutsideHealth]


class Verdict(NamedTuple):
    """Whether the server can serve, with the checks behind it."""

    passed: bool
    checks: dict[str, dict[str, bool | str]]

    @property
    def status(self) -> int:
        """The status of the response."""
        return 200 if self.passed else UNAVAILABLE


class Health:
    """The handlers. `checks` returns for each part of the server whether it works, and a short reason.

    `access` recognizes operators on the public listener.
    """

    def __init__(
        self,
        checks: Checks,
        version: str,
        metrics: Metrics,
        access: OperatorAccess,
        max_age: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._checks = checks
        self._access = access
        self._rendered = RenderedMetrics(metrics.text, max_age)
        self._version = version
        self._now = now
        self._optional: dict[str, Callable[[], PartHealth]] = {}
        self._deep_check: Callable[[], Awaitable[DeepCheck]] | None = None
        self._deep_result: asyncio.Future[DeepCheck] | None = None
        self._deep_result_until = 0.0
        self._deep_max_age = 0.0
        self.stopping = False

    def set_deep_check(self, check: Callable[[], Awaitable[DeepCheck]], age: float) -> None:
        """Set the check of `/readyz?deep=1`, which runs at most once in `age` seconds."""
        self._deep_check = check
        self._deep_max_age = age

    def add_optional(self, name: str, check: Callable[[], PartHealth]) -> None:
        """Add the check of a part that the server can do without."""
        self._optional[name] = check

    async def parts(self) -> list[PartCheck]:
        """Check each part of the server, and the services outside that the deep check looks at."""
        verdict = await self._run()
        found = [
            PartCheck(name, OK if check["ok"] else FAILED, str(check["detail"]))
            for name, check in verdict.checks.items()
        ]
        if self._deep_check is not None:
            outside = await self._run_deep_check(self._deep_check)
            found += [PartCheck(name, service.state, service.detail) for name, service in outside.items()]
        return found

    def routes(self, access: OperatorAccess | None = None) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method; `access` is that of the operators' own listener."""
        asked_by = access or self._access

        async def health(request: Request) -> Response:
            return await self._health(asked_by.allows(request))

        async def ready(request: Request) -> Response:
            return await self._ready(request, asked_by)

        async def metrics(request: Request) -> Response:
            asked_by.require(request)
            return Response(200, self._rendered.text(), CONTENT_TYPE.encode(), [NO_STORE])

        return {
            "/api/health": {"GET": health},
            "/health": {"GET": health},
            "/livez": {"GET": self._alive},
            "/readyz": {"GET": ready},
            "/metrics": {"GET": metrics},
            "/version": {"GET": self._tell_version},
        }

    async def _health(self, with_checks: bool) -> Response:
        verdict = await self._run()
        answer: dict[str, object] = {
            "status": "healthy" if verdict.passed else "unhealthy",
            "timestamp": int(self._now() * MS_PER_SECOND),
            "version": self._version,
        }
        if with_checks and not all(check["ok"] for check in verdict.checks.values()):
            answer["checks"] = verdict.checks
        return json_response(answer, verdict.status)

    async def _alive(self, request: Request) -> Response:
        return json_response({"status": "alive"})

    async def _ready(self, request: Request, access: OperatorAccess) -> Response:
        deep = request.query().get(DEEP) == "1"
        if deep:
            access.require(request)
        verdict = await self._run()
        answer: dict[str, object] = {"status": "ready" if verdict.passed else "not ready"}
        if access.allows(request):
            answer["checks"] = verdict.checks
        if self._deep_check is not None and deep:
            found = await self._run_deep_check(self._deep_check)
            answer["outside"] = {name: service._asdict() for name, service in found.items()}
        return json_response(answer, verdict.status)

    async def _run_deep_check(self, check: Callable[[], Awaitable[DeepCheck]]) -> DeepCheck:
        """Return the deep check's result; requests share a running check, and none of them cancels it."""
        if self._deep_result is None or (self._deep_result.done() and self._now() >= self._deep_result_until):
            self._deep_result = asyncio.ensure_future(check())
            self._deep_result.add_done_callback(self._keep)
        return await asyncio.shield(self._deep_result)

    def _keep(self, result: "asyncio.Future[DeepCheck]") -> None:
        self._deep_result_until = self._now() + self._deep_max_age

    async def _tell_version(self, request: Request) -> Response:
        return json_response({"version": self._version})

    async def _run(self) -> Verdict:
        needed = await self._checks()
        if self.stopping:
            needed["server"] = PartHealth(False, "stopping")
        results = {**needed, **{name: check() for name, check in self._optional.items()}}
        checks: dict[str, dict[str, bool | str]] = {
            name: {"ok": part.passed, "detail": part.detail} for name, part in results.items()
        }
        return Verdict(all(part.passed for part in needed.values()), checks)


class RenderedMetrics:
    """The metrics as text, rendered again when the last text is older than `max_age` seconds."""

    def __init__(
        self, render: Callable[[], bytes], max_age: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._render = render
        self._max_age = max_age
        self._monotonic = monotonic
        self._text = b""
        self._good_until = 0.0

    def text(self) -> bytes:
        """Return the current text."""
        now = self._monotonic()
        if now >= self._good_until or not self._text:
            self._text, self._good_until = self._render(), now + self._max_age
        return self._text
