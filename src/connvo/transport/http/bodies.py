"""The bodies of calls: read within limits of size and time, and large ones only while there is room for them.

Guarantees: the large bodies that are held at once, each until its call is answered, have a bound in all and for each
account. One without room waits unread, and accounts that wait take turns.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.settings import ServerSettings

from .request import Request

T = TypeVar("T")
# Decoding a larger body takes as long as a small call.
LARGE_BYTES = 32 * 1024
# The large bodies of one account have at most one part in this many of the room.
ACCOUNT_SHARE = 4
RETRY_SECONDS = 1.0


class Room:
    """Room for `total` bytes, at most `of_one` of them for each person; persons who wait take turns.

    Guarantees: a person whose turn it is goes first, also before smaller sizes of others. One that holds all that it
    may hold loses its turn to the others.
    """

    def __init__(self, total: int, of_one: int) -> None:
        self._left = total
        self._of_one = of_one
        self._held: dict[str, int] = {}
        self._waiting: OrderedDict[str, deque[tuple[int, asyncio.Future[None]]]] = OrderedDict()

    @asynccontextmanager
    async def taken(self, person: str, size: int) -> AsyncIterator[None]:
        """Wait for room and hold it until the end of the block; `size` may not be more than one person may hold."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append((size, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.cancelled():
                self._forget(person, (size, turn))
            else:
                self._give_back(person, size)
            self._admit()

    def _admit(self) -> None:
        """Give room to waiting persons in turn, as far as there is some."""
        blocked: set[str] = set()
        while (person := next((one for one in self._waiting if one not in blocked), None)) is not None:
            size, turn = self._waiting[person][0]
            if self._held.get(person, 0) + size > self._of_one:
                blocked.add(person)
                continue
            if size > self._left:
                return
            self._forget(person, (size, turn))
            if person in self._waiting:
                self._waiting.move_to_end(person)
            if not turn.done():
                self._left -= size
                self._held[person] = self._held.get(person, 0) + size
                turn.set_result(None)

    def _give_back(self, person: str, size: int) -> None:
        self._left += size
        self._held[person] -= size
        if not self._held[person]:
            del self._held[person]

    def _forget(self, person: str, waiting: tuple[int, asyncio.Future[None]]) -> None:
        mine = self._waiting.get(person)
        if mine is not None and waiting in mine:
            mine.remove(waiting)
            if not mine:
                del self._waiting[person]


class Bodies:
    """The bodies of the requests of this node."""

    def __init__(self, server: ServerSettings) -> None:
        self._max_bytes = server.max_body_bytes
        self._max_anonymous_bytes = min(server.max_anonymous_body_bytes, server.max_body_bytes)
        self._seconds = server.body_seconds
        total = max(server.bodies_bytes, server.max_body_bytes)
        self._room = Room(total, max(total // ACCOUNT_SHARE, server.max_body_bytes))
        self._decoding = asyncio.Lock()

    @asynccontextmanager
    async def read(self, request: Request, identity: Identity | None) -> AsyncIterator[bytes]:
        """Yield the body of a request, which is to be answered within the block.

        Raises:
            RequestError: It is too large, it came too slowly, or there was no room for it in time.
            ClientGone: The client has disconnected.
        """
        most = self._max_anonymous_bytes if identity is None else self._max_bytes
        size = request.announced_bytes(most)
        if not LARGE_BYTES < size <= most:  # a larger one is refused, and not held
            yield await request.body(most, self._seconds)
            return
        person = request.client if identity is None else identity.token_identifier
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._seconds):
                    await stack.enter_async_context(self._room.taken(person, size))
            except TimeoutError:
                raise request_error("TooManyConcurrentRequests", retry_after=RETRY_SECONDS) from None
            yield await request.body(most, self._seconds)

    async def decoded(self, size: int, decode: Callable[[], T]) -> T:
        """Decode a body; large ones in turn with one another, so that other tasks run in between."""
        if size <= LARGE_BYTES:
            return decode()
        async with self._decoding:
            await asyncio.sleep(0)
            return decode()
