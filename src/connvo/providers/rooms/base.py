"""The protocol behind which every carrier of media stands.

Promises: each call ends within its deadline here, with its result or with a `RoomError` that says why not. Opening,
removing and ending may be repeated and then change nothing. Must not know our documents, nor what a failure leads to.
"""

import asyncio
from collections.abc import Awaitable
from typing import Literal, Protocol, TypeAlias, TypeVar

import msgspec

from connvo.kernel.errors import ServiceUnavailable
from connvo.rules.providers import Provider
from connvo.rules.recording_states import RecordingConfig

T = TypeVar("T")
Reason: TypeAlias = Literal["unreachable", "slow", "refused", "rate_limited", "broken"]

# The longest each call takes, in seconds.
OPEN_SECONDS = 3.0
ENTER_SECONDS = 3.0
REMOVE_SECONDS = 3.0
END_SECONDS = 5.0
RECORD_SECONDS = 5.0
PROBE_SECONDS = 1.5


class RoomError(ServiceUnavailable):
    """A provider did not do what it was asked. `refused` is a wrong key or a missing right, `broken` anything odd."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason


class MediaRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A room at a provider. `room_id` names one generation of one meeting's room; `people` is the meeting's cap."""

    meeting_id: str
    room_id: str
    people: int
    owner_id: str
    recording: bool = False


class RoomMember(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a room is entered by: an admitted member, through one session of theirs."""

    user_id: str
    session_id: str
    name: str
    host: bool = False


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a seat needs to enter; what the provider does not use is None. `expires_at` in ms since 1970."""

    url: str | None = None
    token: str | None = None
    api_token: str | None = None
    feed_id: str | None = None
    expires_at: float | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording the provider holds: under `url` or, with a media server of one's own, a file. Times in ms."""

    id: str
    started_at: float
    ended_at: float | None = None
    url: str | None = None
    bytes: int | None = None


class RoomProvider(Protocol):
    """One service. Every method raises RoomError."""

    name: Provider
    records: bool

    async def open(self, room: MediaRoom) -> None:
        """Make the room; a room that is there stays as it is."""

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Return what lets a seat into an open room; any number of times."""

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Put every seat of a person out now, and make their tokens worthless."""

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Give a person the rights of a host in the room, or take them; a room that is not there is no error."""

    async def end(self, room: MediaRoom) -> None:
        """Put everybody out and close the room; one that is not there is no error."""

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Record everybody from now on; a room that is being recorded goes on so. Only where `records`."""

    async def stop_recording(self, room: MediaRoom) -> None:
        """Stop recording; nothing happens to a room that is not recorded."""

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return whether the room is being recorded now; one that is not there is not."""

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return what has been recorded and can be had, the oldest first."""

    async def probe(self) -> None:
        """Ask the service whether it is there and let us in."""


async def with_timeout(seconds: float, who: str, call: Awaitable[T]) -> T:
    """Return what a call gives.

    Raises:
        RoomError: `slow` when it takes longer.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise RoomError("slow", f"{who} did not answer within {seconds:g} s") from None
