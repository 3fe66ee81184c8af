"""One speech connection as ASGI has it: messages in and out, and its end from either side."""

import asyncio
from contextlib import suppress
from typing import Any

from connvo.transport.asgi import Message, Receive, Send
from connvo.transport.budgets import RateBudget
from connvo.transport.sync import close_codes

from . import messages
from .endings import COMPLETE, Ended, Left

SUPERSEDE_SECONDS = 2.0
MAX_REASON_BYTES = 120
ABNORMAL = 1006


class Connection:
    """The connection. It is read no faster than `frames_per_second`; `left` is set once nothing of it goes on."""

    def __init__(self, receive: Receive, send: Send, frames_per_second: float) -> None:
        self._receive = receive
        self._send = send
        self._rate = RateBudget(frames_per_second, frames_per_second)
        self._ending: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._receiving: asyncio.Task[Message] | None = None
        self.left = asyncio.Event()

    def end(self, why: Exception) -> None:
        """End the connection soon."""
        if not self._ending.done():
            self._ending.set_result(why)

    def end_after(self, work: asyncio.Task[None]) -> None:
        """End the connection with the error of a task that has ended."""
        if not work.cancelled() and (error := work.exception()) is not None:
            self.end(_first(error))

    async def supersede(self) -> None:
        """End the connection in favour of a later one; return once nothing of it goes on."""
        self.end(Ended(close_codes.NORMAL, "Superseded", close_codes.SUPERSEDED))
        with suppress(TimeoutError):
            await asyncio.wait_for(self.left.wait(), SUPERSEDE_SECONDS)

    async def receive(self) -> str | bytes:
        """Return the next message of the client.

        Raises:
            Left: The client has left.
            Ended: The server ends the connection.
        """
        if self._receiving is None:
            # Waits first, so that a flood stays in the client's own buffers.
            wait = self._rate.take("")
            if wait:
                await asyncio.sleep(wait)
                self._rate.take("")
            self._receiving = asyncio.ensure_future(self._receive())
        waited: set[asyncio.Future[Any]] = {self._receiving, self._ending}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if self._ending.done():
            raise self._ending.result()
        event, self._receiving = self._receiving.result(), None
        if event["type"] == "websocket.disconnect":
            raise Left(event.get("code", ABNORMAL) in COMPLETE)
        text: str | None = event.get("text")
        data: bytes = event.get("bytes") or b""
        return data if text is None else text

    def leave(self) -> None:
        """Wait for no further message."""
        if self._receiving is not None:
            self._receiving.cancel()
        self.left.set()

    async def say(self, message: bytes) -> None:
        """Send a message; without effect when the client has left, which reading will find."""
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.send", "text": message.decode()})

    async def close(self, ended: Ended) -> None:
        """Send the reason, and close."""
        await self.say(messages.error(ended.code, str(ended)))
        reason = ended.code[:MAX_REASON_BYTES]
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": ended.close, "reason": reason})


def _first(error: BaseException) -> Exception:
    """Return the first error of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, Exception) else RuntimeError("the work of a stream was interrupted")
