"""The Admin API of Janus over HTTP. Reference: janus.conf.meetecho.com/docs/admin.html.

Guarantees:
    Every failure is a `RoomError`.

Does not know:
    Rooms beyond the name of their plugin.
"""

import secrets
import ssl
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2
import msgspec

from connvo.kernel.http_client import web_client
from connvo.settings import JanusSettings

from .base import Reason, RoomError

WHO = "Janus"
VIDEOROOM = "janus.plugin.videoroom"
CONNECT_SECONDS = 1.0
TRANSACTION_BYTES = 8
OK, UNAUTHORIZED, FORBIDDEN, TOO_MANY = 200, 401, 403, 429
# Codes of Janus itself, and of its VideoRoom plugin.
REFUSED, NO_SUCH_SESSION, NO_SUCH_HANDLE, NO_SUCH_TOKEN = 403, 458, 459, 490
NO_SUCH_ROOM, ROOM_EXISTS, NO_SUCH_FEED, ROOM_REFUSED = 426, 427, 428, 433

Answer = dict[str, Any]


class Admin:
    """A client of the Admin API. Use it with `async with`."""

    def __init__(self, settings: JanusSettings) -> None:
        self._url = (settings.admin_url or "").rstrip("/")
        self._secret = settings.admin_secret
        self._key = settings.admin_key
        self._client = web_client(
            # Callers set deadlines. Connecting has its own, to tell an unreachable server from a slow one.
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            verify=_trust() if self._url.startswith("https:") else False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, what: str, path: str = "", *expected: int, **arguments: object) -> Answer:
        """Return the answer to an admin request, also one with an `expected` error code.

        Raises:
            RoomError: Janus cannot be reached, or answers with another error.
        """
        body = {"janus": what, "transaction": secrets.token_hex(TRANSACTION_BYTES), "admin_secret": self._secret}
        answer = await self._post(path, {**body, **arguments})
        code = _number(answer.get("error"), "code")
        if code is not None and code not in expected:
            raise _refusal(code, (REFUSED,))
        return answer

    async def room(self, what: str, *expected: int, **arguments: object) -> Answer:
        """Return the answer of the VideoRoom plugin, also one with an `expected` error code.

        Raises:
            RoomError: Janus cannot be reached, or answers with another error.
        """
        body = {"request": what, "admin_key": self._key, **arguments}
        answer = (await self.ask("message_plugin", plugin=VIDEOROOM, request=body)).get("response")
        if not isinstance(answer, dict):
            raise RoomError("broken", f"{WHO} gave an answer without content")
        code = _number(answer, "error_code")
        if code is not None and code not in expected:
            raise _refusal(code, (ROOM_REFUSED,))
        return answer

    async def _post(self, path: str, body: Answer) -> Answer:
        try:
            response = await self._client.post(self._url + path, json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise RoomError("unreachable", f"{WHO} cannot be reached") from None
        except httpx2.HTTPError:
            raise RoomError("broken", f"{WHO} broke off in the middle of an answer") from None
        if response.status_code != OK:
            raise RoomError(_reason(response.status_code), f"{WHO} failed (HTTP {response.status_code})")
        try:
            return msgspec.json.decode(response.content, type=Answer)
        except msgspec.DecodeError:
            raise RoomError("broken", f"{WHO} gave an answer that is not JSON") from None


# Loads the first client's modules now, or the time would count against the deadline of the first call.
httpx2.AsyncHTTPTransport(verify=False)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(status: int) -> Reason:
    if status in (UNAUTHORIZED, FORBIDDEN):
        return "refused"
    return "rate_limited" if status == TOO_MANY else "broken"


def _refusal(code: int, wrong_key: tuple[int, ...]) -> RoomError:
    if code in wrong_key:
        return RoomError("refused", f"{WHO} refused this server's secrets (code {code})")
    return RoomError("broken", f"{WHO} failed (code {code})")


def _number(found: object, name: str) -> int | None:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, int) else None
