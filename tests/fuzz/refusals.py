"""What a decoder may do with what it does not like: refuse it, by an error that is documented."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from connvo.kernel.errors import REQUEST_ERRORS, RequestError
from connvo.transport.http.request import Request

T = TypeVar("T")
SERVER_FAULT, UNAVAILABLE = 500, 503
MAX_MESSAGE = 1000


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what comes of a coroutine."""
    return asyncio.run(work)


def only(errors: tuple[type[Exception], ...], work: Callable[[], T]) -> T | None:
    """Return what comes of work, None if it refused with one of these errors; a request error has a documented code."""
    refusal: Exception
    try:
        return work()
    except errors as error:
        refusal = error
    if isinstance(refusal, RequestError):
        assert refusal.code in REQUEST_ERRORS
        assert refusal.status < SERVER_FAULT or refusal.status == UNAVAILABLE
        assert len(refusal.message) < MAX_MESSAGE, "an error repeats no long text"
    return None


def ask(handler: Callable[[Request], Awaitable[Any]], body: bytes, media: bytes, *fields: tuple[bytes, bytes]) -> Any:
    """Return the reply of a handler to a body, with these header fields as well."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), *fields]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "client": ("127.0.0.1", 1)}

    async def answer() -> Any:
        return await handler(Request(scope, receive))

    return run(answer())


async def never(*given: Any) -> Any:
    """Stand for what may not be asked."""
    raise AssertionError("not asked here")
