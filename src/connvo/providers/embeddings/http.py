"""Any server with OpenAI's embeddings API.

Guarantees:
    Those of `base`.
    The vectors are as many as the texts, in their order by `index`, finite, not zero, and of the set dimensions.
    A response is bounded, redirects are not followed, and no header describes this machine.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from connvo.kernel.http_client import web_client
from connvo.rules.embeddings.models import EmbeddingFailure
from connvo.rules.embeddings.vectors import UnusableVector, checked, from_base64
from connvo.settings.embeddings import EmbeddingSettings

from .base import EmbeddingError

if TYPE_CHECKING:
    import httpx2

WHO = "The server of vectors"
PRODUCT = "connvo"
OK, TOO_MANY, SERVER_ERROR, TIMED_OUT = 200, 429, 500, 408
DENIED = {401, 403, 404, 405}
# A batch of 32 vectors of 4,096 numbers of 25 characters.
MAX_RESPONSE_BYTES = 8 * 1024 * 1024
MAX_RETRY_AFTER = 3_600.0
FLOATS = "float"


class _Vector(msgspec.Struct):
    """A vector of an answer: numbers, or base64 of float32."""

    embedding: list[float] | str
    index: int | None = None


class _Answer(msgspec.Struct):
    """The part of an answer that is read."""

    data: list[_Vector]


class HttpModel:
    """A model at a server. No connection is kept, because calls may be minutes apart."""

    sends = True

    def __init__(self, settings: EmbeddingSettings, name: str) -> None:
        assert settings.url is not None
        self.name = name
        self._settings = settings
        self._address = settings.url.rstrip("/") + "/embeddings"

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts.

        Raises:
            EmbeddingError: There are none.
        """
        try:
            async with asyncio.timeout(self._settings.call_seconds):
                body = await self._post(list(texts))
        except TimeoutError:
            raise EmbeddingError("slow", f"{WHO} did not answer in time") from None
        return self._vectors(body, len(texts))

    async def _post(self, texts: list[str]) -> bytes:
        import httpx2  # slow to import, and not every server sends requests

        settings = self._settings
        payload: dict[str, Any] = {"model": settings.model, "input": texts, "encoding_format": FLOATS}
        if settings.shorten:
            payload["dimensions"] = settings.dimensions
        headers = {"user-agent": PRODUCT, "accept-encoding": "identity", "content-type": "application/json"}
        if settings.key:
            headers["authorization"] = f"Bearer {settings.key}"
        timeout = httpx2.Timeout(settings.call_seconds, connect=settings.connect_seconds)
        try:
            async with web_client(timeout=timeout, follow_redirects=False) as client:
                content = msgspec.json.encode(payload)
                async with client.stream("POST", self._address, content=content, headers=headers) as response:
                    body = await _bounded(response)
                    _refuse(response)
                    return body
        except httpx2.TimeoutException:
            raise EmbeddingError("slow", f"{WHO} did not answer in time") from None
        except httpx2.HTTPError:
            raise EmbeddingError("unreachable", f"{WHO} cannot be reached") from None

    def _vectors(self, body: bytes, count: int) -> list[bytes]:
        try:
            rows = msgspec.json.decode(body, type=_Answer).data
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise EmbeddingError("unusable", f"{WHO} sent no vectors") from None
        places = [place if row.index is None else row.index for place, row in enumerate(rows)]
        if sorted(places) != list(range(count)):
            raise EmbeddingError(
                "unusable", f"{WHO} sent {len(rows)} vectors for {count} texts, or numbered them wrongly"
            )
        try:
            found = {place: self._one(row) for place, row in zip(places, rows, strict=True)}
        except UnusableVector as error:
            raise EmbeddingError("unusable", f"{WHO} sent a useless vector: {error}") from None
        return [found[place] for place in range(count)]

    def _one(self, row: _Vector) -> bytes:
        values = from_base64(row.embedding) if isinstance(row.embedding, str) else row.embedding
        try:
            return checked(values, self._settings.dimensions)
        except OverflowError:
            raise UnusableVector("it has a number beyond 32 bits") from None


async def _bounded(response: "httpx2.Response") -> bytes:
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > MAX_RESPONSE_BYTES:
            raise EmbeddingError("unusable", f"{WHO} sent too much")
    return bytes(found)


def _refuse(response: "httpx2.Response") -> None:
    status = response.status_code
    if status == OK:
        return
    reason: EmbeddingFailure
    if status == TOO_MANY:
        reason = "busy"
    elif status in DENIED or 300 <= status < 400:
        reason = "denied"
    else:
        reason = "failing" if status >= SERVER_ERROR or status == TIMED_OUT else "refused"
    raise EmbeddingError(reason, f"{WHO} answered with status {status}", _pause(response.headers.get("retry-after")))


def _pause(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header, None if it states none."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(seconds, MAX_RETRY_AFTER) if seconds >= 0 else None
