"""The endpoint for GetStream's webhooks, which exists only where GetStream is configured.

Guarantees: a request without GetStream's signature, one that is too old, and a repeated one change nothing. The answer
says no more than that.

Does not know: the effects of an event.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable

import structlog

from connvo.kernel.errors import RequestError, request_error
from connvo.providers.rooms.getstream_events import StreamEvent, read_event, signed_payload
from connvo.settings import GetStreamSettings
from connvo.telemetry.metrics import Metrics

from .request import Request
from .response import Response, json_response
from .router import Handler

log = structlog.get_logger()

PATH = "/api/webhooks/getstream"
SIGNATURE = b"x-signature"
# GetStream itself gives up after six.
BODY_SECONDS = 6.0
MS = 1000.0
REFUSED = "refused"

Receive = Callable[[StreamEvent, str, float], Awaitable[str]]


class GetStreamWebhook:
    """The handler. `receive` applies an event, given its digest and when that expires, and returns the outcome."""

    def __init__(
        self,
        settings: GetStreamSettings,
        receive: Receive,
        metrics: Metrics,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._receive = receive
        self._metrics = metrics
        self._now = now

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {PATH: {"POST": self._take}} if self._settings.configured else {}

    async def _take(self, request: Request) -> Response:
        try:
            event, digest = await self._read(request)
        except RequestError as error:
            self._metrics.webhook(REFUSED, error.code)
            log.warning("webhook_refused", code=error.code, request_id=request.id)
            raise
        outcome = await self._receive(event, digest, event.at + self._settings.webhook_max_age_seconds * MS)
        self._metrics.webhook(event.type, outcome)
        return json_response({"status": outcome})

    async def _read(self, request: Request) -> tuple[StreamEvent, str]:
        most = self._settings.webhook_bytes
        body = await request.body(most, BODY_SECONDS)
        signature = request.headers.get(SIGNATURE, b"")
        payload = signed_payload(self._settings.api_secret or "", body, signature, most)
        event = read_event(payload, self._settings.call_type)
        if abs(self._now() * MS - event.at) > self._settings.webhook_max_age_seconds * MS:
            raise request_error("StaleWebhook")
        return event, hashlib.sha256(payload).hexdigest()
