"""Requests whose client waits for a word before it sends the body (`Expect: 100-continue`; RFC 9110, 10.1.1).

Guarantees: an answer that comes before anything asked for the body is the last one of its connection, and says so. The
client may send that body or leave it out, and the server cannot know which: it would take the next request for the
body. Proxies that keep the connection nevertheless then have a request without an answer (CVE-2024-24791).

Does not know: how a connection is closed so that the client can still read the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

CLOSE = (b"connection", b"close")


def closing_unasked(application: Application) -> Application:
    """Return an application whose answer ends the connection unless it asked for the body first."""

    async def answer(scope: Any, receive: Receive, send: Send) -> None:
        asked = False

        async def ask() -> Any:
            nonlocal asked
            asked = True
            return await receive()

        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start" and not asked:
                message = {**message, "headers": [*message.get("headers", ()), CLOSE]}
            await send(message)

        await application(scope, ask, tell)

    return answer


class AnswerTransport:
    """The transport of an answer. `close` is called where the answer ends the connection."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close
