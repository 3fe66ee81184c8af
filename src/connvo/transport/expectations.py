"""Requests whose client waits for a word before it sends the body (`Expect: 100-continue`; RFC 9110, 10.1.1).

Guarantees: an answer that comes before anything asked for the body is the last one of its connection, and says so. The
client may send that body or leave it out, and the server cannot know which: it would take the next request for the
body. Proxies that keep the connection nevertheless then have a request without an answer (CVE-2024-24791).

Does not know: how a connection is closed so that the client can still read the answer.
"""

import asyncio
import re
from collections.abc import Callable, Iterable

from .asgi import Application, Message, Receive, Scope, Send

CLOSE = (b"connection", b"close")
EXPECT = b"expect"
CONTINUE = b"100-continue"
# A member of the list: anything but commas, which a quoted text may contain.
_MEMBER = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^",])+')


def awaits_continue(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request's headers (names in lower case) expect `100-continue`, alone or among others.

    Other expectations are ignored, which RFC 9110 allows.
    """
    return any(
        member.strip(b" \t").lower() == CONTINUE
        for name, value in headers
        if name == EXPECT
        for member in _MEMBER.findall(value)
    )


def closing_unasked(application: Application) -> Application:
    """Return an application whose answer ends the connection unless it asked for the body first."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = False

        async def ask() -> Message:
            nonlocal asked
            asked = True
            return await receive()

        async def tell(message: Message) -> None:
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
