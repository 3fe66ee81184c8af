"""An HTTP transport that bounds what a server may send, and sends no more than the request needs.

Guarantees:
    A response has at most `max_bytes`, and comes uncompressed, so it cannot expand in memory.
    A request has no header that describes this machine.
"""

from collections.abc import AsyncIterator

import httpx2

# Headers of the SDK about itself, the machine, and what its own environment variables say.
OWN_HEADERS = ("x-stainless", "user-agent", "openai-")
PRODUCT = "connvo"
IDENTITY = "identity"


class ResponseTooLarge(Exception):
    """A server sent more than it may, or compressed data that it was not asked for."""


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """A transport without kept connections, because calls are minutes apart and may run on several event loops."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(limits=httpx2.Limits(max_keepalive_connections=0))
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and return a response that raises an error where it exceeds the bound.

        Raises:
            ResponseTooLarge: The response is compressed.
        """
        for name in [name for name in request.headers if name.startswith(OWN_HEADERS)]:
            del request.headers[name]
        request.headers["user-agent"] = PRODUCT
        request.headers["accept-encoding"] = IDENTITY
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", IDENTITY) != IDENTITY:
            await response.aclose()
            raise ResponseTooLarge
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._max_bytes)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise ResponseTooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
