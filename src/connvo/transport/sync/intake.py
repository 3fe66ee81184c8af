"""The messages that a client sends, one by one, as fast as the budgets of its account or network allow.

Guarantees: messages are taken in order of arrival. One that has to wait holds up all later ones.
"""

import asyncio
from collections.abc import Callable

from . import close_codes
from .client import Client
from .close_codes import Closed
from .inbox import Inbox
from .messages import Incoming, Malformed, Mutation, decode, decode_connect
from .services import Services
from .session import SyncSession
from .throttle import cost_of, pause


class Received:
    """A decoded message and its size; `message` is None for a type that this server does not know."""

    __slots__ = ("message", "size")

    def __init__(self, message: Incoming | None, size: int) -> None:
        self.message = message
        self.size = size


class Intake:
    """The messages of one client. `wake` is called when there may be another one to take."""

    def __init__(self, services: Services, client: Client, session: SyncSession, wake: Callable[[], None]) -> None:
        self.inbox = Inbox(wake)
        self._services = services
        self._client = client
        self._session = session
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._next: Received | None = None
        self._waits_since: float | None = None
        self._retry: asyncio.TimerHandle | None = None
        self.last_taken_at = self._loop.time()

    @property
    def is_ready(self) -> bool:
        """Whether a message waits, and not for a budget."""
        return bool(self.inbox) and self._retry is None

    def take(self) -> Received | None:
        """Return the next message, charged to its budget; None if there is none, or it has to wait.

        Raises:
            Malformed: The message breaks the protocol.
            Closed: A client without a token has waited too long.
        """
        if self._next is None and self.inbox:
            self._next = self._decode()
        received = self._next
        if received is None or self._must_wait(received):
            return None
        self._next = None
        self.last_taken_at = self._loop.time()
        self._client.connection.touch()
        return received

    def clear(self) -> None:
        """Drop all messages."""
        self._next = None
        self.inbox.clear()

    def stop(self) -> None:
        """Stop the timer."""
        if self._retry is not None:
            self._retry.cancel()

    def _decode(self) -> Received:
        text = self.inbox.take()
        if isinstance(text, Malformed):
            raise text
        return Received(decode(text) if self._session.connected else decode_connect(text), len(text))

    def _must_wait(self, received: Received) -> bool:
        """Charge for a message, or schedule a retry and return True."""
        if self._retry is not None:
            return True
        services, client = self._services, self._client
        begins = isinstance(received.message, Mutation)
        if begins and not services.mutations.enter(client.key):
            wait = pause()
        else:
            wait = services.throttle.charge(client.network, client.identity, cost_of(received.message, received.size))
            if wait and begins:
                services.mutations.leave(client.key)
        if not wait:
            self._waits_since = None
            return False
        now = self._loop.time()
        self._waits_since = now if self._waits_since is None else self._waits_since
        if client.identity is None and now + wait - self._waits_since > services.settings.stranger_wait_seconds:
            raise Closed(close_codes.BUSY, close_codes.OVERLOADED)
        self._retry = self._loop.call_later(wait, self._try_again)
        return True

    def _try_again(self) -> None:
        self._retry = None
        self._wake()
