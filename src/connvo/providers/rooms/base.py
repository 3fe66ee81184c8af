"""The protocol of media providers.

Guarantees:
    Each call ends within its deadline here, with a result or a `RoomError` that gives the reason.
    Opening, removing and ending can be repeated without further effect.

Does not know:
    Our documents, and the consequences of a failure.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, Protocol, TypeAlias

import msgspec

from connvo.kernel.errors import ServiceUnavailable
from connvo.rules.providers import Provider
from connvo.rules.recording_states import RecordingConfig

Reason: TypeAlias = Literal["unreachable", "slow", "refused", "rate_limited", "broken"]

# Deadlines of the calls.
OPEN_SECONDS = 3.0
ENTER_SECONDS = 3.0
REMOVE_SECONDS = 3.0
END_SECONDS = 5.0
RECORD_SECONDS = 5.0
PROBE_SECONDS = 1.5


class RoomError(ServiceUnavailable):
    """A provider failed. `refused`: a wrong key or a missing permission. `broken`: any unexpected answer."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class MediaRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room at a provider.

    `room_id` names one generation of one meeting's room; `people` is the meeting's participant limit.
    """

    meeting_id: str
    room_id: str
    people: int
    owner_id: str
    recording: bool = False


class RoomMember(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted member who enters a room through one of their sessions."""

    user_id: str
    session_id: str
    name: str
    host: bool = False


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The values that a member needs to enter; those that the provider does not use are None.

    `expires_at` is in milliseconds since the epoch.
    """

    url: str | None = None
    token: str | None = None
    api_token: str | None = None
    feed_id: str | None = None
    expires_at: float | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording at the provider: under `url` or, with a self-hosted media server, a file. Times in milliseconds."""

    id: str
    started_at: float
    ended_at: float | None = None
    url: str | None = None
    bytes: int | None = None


class RoomProvider(Protocol):
    """One media service.

    Raises:
        RoomError: From every method, if the service fails or misses the deadline.
    """

    name: Provider
    records: bool

    async def open(self, room: MediaRoom) -> None:
        """Create the room; an existing one is not changed."""

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Return the access of a member to an open room. It can be repeated."""

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Remove all sessions of a user from the room now, and invalidate their tokens."""

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Grant or revoke a user's host rights in the room. Does nothing if there is no room."""

    async def end(self, room: MediaRoom) -> None:
        """Remove all members and close the room. Does nothing if there is no room."""

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Start recording all members. Does nothing if the room is being recorded. Only valid if `records`."""

    async def stop_recording(self, room: MediaRoom) -> None:
        """Stop recording. Does nothing if the room is not being recorded."""

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return whether the room is being recorded; False if there is no room."""

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return the available recordings, oldest first."""

    async def probe(self) -> None:
        """Check that the service answers and accepts our key."""


@asynccontextmanager
async def deadline(seconds: float, who: str) -> AsyncIterator[None]:
    """End the block after `seconds`.

    Raises:
        RoomError: `slow`, if the block takes longer.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise RoomError("slow", f"{who} did not answer within {seconds:g} s") from None
