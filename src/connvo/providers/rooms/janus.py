"""Janus with its VideoRoom plugin, a self-hosted media server. A room is a room there, a session a feed.

No state is kept here: secrets and tokens are derived from the server's own secret, and rooms lost by a restart of Janus
are created again on entry. Janus needs `token_auth` and `string_ids`.

A member's token opens the API and, once it is in the room's list, the room. Removing a member revokes both, kicks their
feeds and subscriptions (`require_pvtid`), and destroys every connection made with the token.

Janus lets a token publish under any free name, so a name proves nothing. Each session gets an unguessable name,
announces it itself, and is trusted only about its own member. Feeds under other names, and more feeds of one member
than devices need, are kicked when the next member enters.

Guarantees:
    Those of `base`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from connvo.rules.providers import JANUS, Provider
from connvo.rules.recording_states import RecordingConfig
from connvo.settings import JanusSettings

from .base import (
    END_SECONDS,
    ENTER_SECONDS,
    OPEN_SECONDS,
    PROBE_SECONDS,
    RECORD_SECONDS,
    REMOVE_SECONDS,
    Access,
    MediaRoom,
    Recording,
    RoomError,
    RoomMember,
    deadline,
)
from .janus_admin import WHO, Admin
from .janus_files import files_in
from .janus_names import JanusNames
from .janus_room import VideoRoom, destroy_sessions

log = structlog.get_logger()


class Janus:
    """A Janus server, by its Admin API. Room secrets and members' tokens are derived from `secret`."""

    name: Provider = JANUS

    def __init__(self, settings: JanusSettings, secret: bytes) -> None:
        self._settings = settings
        self._names = JanusNames(secret)
        self.records = settings.recordings is not None

    async def open(self, room: MediaRoom) -> None:
        """Create the room. Finding, changing or entering it needs a secret or a token of this server."""
        async with self._admin("open", OPEN_SECONDS) as admin:
            await self._room(admin, room).create(self._folder(room))

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Admit a member's token, and create the room again if a restart of Janus has lost it."""
        token = self._names.token(room, seat.user_id)
        async with self._admin("enter", ENTER_SECONDS) as admin:
            there = self._room(admin, room)
            if await there.admit(token):
                await there.kick_strays()
            else:
                await there.create(self._folder(room))
                await there.admit(token)
        feed = self._names.feed(room, seat)
        return Access(url=self._settings.ws_url, token=token, api_token=token, feed_id=feed)

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Revoke a member's token, then kick every feed that entered with it."""
        token = self._names.token(room, user_id)
        async with self._admin("remove", REMOVE_SECONDS) as admin:
            there = self._room(admin, room)
            await there.revoke(token)
            await there.kick(user_id)
            await destroy_sessions(admin, token)

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Do nothing: all members have the same rights at Janus."""

    async def end(self, room: MediaRoom) -> None:
        """Destroy the room and revoke every token for it."""
        async with self._admin("end", END_SECONDS) as admin:
            await self._room(admin, room).destroy()

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Record each track into a file of its own; `config` does not apply to Janus."""
        if not self.records:
            raise RoomError("refused", f"{WHO} has no folder for recordings here")
        async with self._admin("start_recording", RECORD_SECONDS) as admin:
            await self._room(admin, room).record(True)

    async def stop_recording(self, room: MediaRoom) -> None:
        """Stop recording and finish the files."""
        async with self._admin("stop_recording", RECORD_SECONDS) as admin:
            await self._room(admin, room).record(False)

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return whether Janus records the room."""
        async with self._admin("is_recording", RECORD_SECONDS) as admin:
            return await self._room(admin, room).is_recorded()

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return the files of the room, one per track, by their names in the recordings folder."""
        folder = self._folder(room)
        if folder is None:
            return []
        async with _errors("recordings", RECORD_SECONDS):
            return await asyncio.to_thread(files_in, folder)

    async def probe(self) -> None:
        """List the rooms, which needs the secret of Janus and the key of its plugin."""
        async with self._admin("probe", PROBE_SECONDS) as admin:
            await admin.room("list")

    @asynccontextmanager
    async def _admin(self, what: str, seconds: float) -> AsyncIterator[Admin]:
        """Yield a client for one operation, which fails after `seconds`."""
        async with _errors(what, seconds), Admin(self._settings) as admin:
            yield admin

    def _room(self, admin: Admin, room: MediaRoom) -> VideoRoom:
        return VideoRoom(admin, room, self._names)

    def _folder(self, room: MediaRoom) -> Path | None:
        base = self._settings.recordings
        return None if base is None else base.absolute() / room.room_id


@asynccontextmanager
async def _errors(what: str, seconds: float) -> AsyncIterator[None]:
    """Log each failure in the block, and raise it as the error of a provider.

    Raises:
        RoomError: The block failed, took longer than `seconds`, or read an unexpected answer.
    """
    try:
        async with deadline(seconds, WHO):
            yield
    except RoomError as error:
        log.warning("janus_failed", call=what, reason=error.reason)
        raise
    except (KeyError, TypeError, AttributeError, OSError) as error:
        log.warning("janus_failed", call=what, reason="broken", error=type(error).__name__)
        raise RoomError("broken", f"{WHO} gave an unexpected answer") from error
