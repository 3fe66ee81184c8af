"""A room at Janus: what its VideoRoom plugin and its lists of tokens are asked for.

Raises:
    RoomError: From every method, if Janus cannot be reached or refuses.

Does not know:
    Deadlines, and when a member is admitted or removed.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Literal

import structlog

from .base import MediaRoom
from .janus_admin import (
    NO_SUCH_FEED,
    NO_SUCH_HANDLE,
    NO_SUCH_ROOM,
    NO_SUCH_SESSION,
    NO_SUCH_TOKEN,
    ROOM_EXISTS,
    VIDEOROOM,
    Admin,
)
from .janus_names import JanusNames

log = structlog.get_logger()

# A member may use more than one device.
FEEDS_PER_MEMBER = 2
# Twice that while each device reconnects: it leaves the old feed when the new one works.
FEEDS_MEANWHILE = 2 * FEEDS_PER_MEMBER
REQUESTS_AT_ONCE = 16
GONE = (NO_SUCH_SESSION, NO_SUCH_HANDLE)


class VideoRoom:
    """One room, through an open client of the Admin API."""

    def __init__(self, admin: Admin, room: MediaRoom, names: JanusNames) -> None:
        self._admin = admin
        self._room = room
        self._names = names
        self._secret = names.room_secret(room)

    async def create(self, folder: Path | None) -> None:
        """Create the room unless it exists, with a folder for its recordings."""
        recording = {} if folder is None else {"rec_dir": str(folder)}
        await self._admin.room(
            "create",
            ROOM_EXISTS,
            room=self._room.room_id,
            description=self._room.meeting_id,
            secret=self._secret,
            is_private=True,
            permanent=False,
            publishers=self._room.people * FEEDS_PER_MEMBER,
            allowed=[],
            require_pvtid=True,
            record=False,
            lock_record=True,
            **recording,
        )

    async def destroy(self) -> None:
        """Destroy the room and revoke every token for it."""
        await self._admin.room("destroy", NO_SUCH_ROOM, room=self._room.room_id, secret=self._secret)
        listed = (await self._admin.ask("list_tokens")).get("data", {}).get("tokens", [])
        mine = [t["token"] for t in listed if t["token"].startswith(f"{self._room.room_id}.")]
        await asyncio.gather(*(self._admin.ask("remove_token", "", NO_SUCH_TOKEN, token=token) for token in mine))

    async def is_recorded(self) -> bool:
        """Return whether Janus records the room."""
        listed = (await self._admin.room("list")).get("list", [])
        return any(found["room"] == self._room.room_id and found["record"] for found in listed)

    async def record(self, record: bool) -> None:
        """Start or stop recording; a room that is gone needs no stop."""
        expected = () if record else (NO_SUCH_ROOM,)
        await self._admin.room(
            "enable_recording", *expected, room=self._room.room_id, secret=self._secret, record=record
        )

    async def admit(self, token: str) -> bool:
        """Let a token open the API and the room; return False if there is no room."""
        await self._admin.ask("add_token", token=token, plugins=[VIDEOROOM])
        return await self._allow("add", token)

    async def revoke(self, token: str) -> None:
        """Take a token off the lists of the API and the room."""
        await asyncio.gather(
            self._allow("remove", token), self._admin.ask("remove_token", "", NO_SUCH_TOKEN, token=token)
        )

    async def kick(self, user_id: str) -> None:
        """Kick every feed of a member."""
        await self._kick([feed for feed in await self._feeds() if feed.startswith(f"{user_id}.")])

    async def kick_strays(self) -> None:
        """Kick every feed that no member may have, so that no member takes the places of others."""
        held: Counter[str] = Counter()
        strays = []
        for feed in reversed(await self._feeds()):
            member = feed.partition(".")[0]
            held[member] += 1
            if held[member] > FEEDS_MEANWHILE or not self._names.is_ours(self._room, feed):
                strays.append(feed)
        if strays:
            log.warning("janus_feeds_put_out", feeds=len(strays))
            await self._kick(strays)

    async def _allow(self, action: Literal["add", "remove"], token: str) -> bool:
        answer = await self._admin.room(
            "allowed", NO_SUCH_ROOM, room=self._room.room_id, secret=self._secret, action=action, allowed=[token]
        )
        return "error" not in answer

    async def _feeds(self) -> list[str]:
        """Return the names in the room, in the order of Janus."""
        found = await self._admin.room("listparticipants", NO_SUCH_ROOM, room=self._room.room_id, secret=self._secret)
        return [str(feed["id"]) for feed in found.get("participants", [])]

    async def _kick(self, feeds: list[str]) -> None:
        for feed in feeds:
            await self._admin.room(
                "kick", NO_SUCH_FEED, NO_SUCH_ROOM, room=self._room.room_id, secret=self._secret, id=feed
            )


async def destroy_sessions(admin: Admin, token: str) -> None:
    """Destroy every connection that used a token, under any name.

    Raises:
        RoomError: Janus cannot be reached or refuses.
    """
    turn = asyncio.Semaphore(REQUESTS_AT_ONCE)

    async def judge(session: int) -> None:
        async with turn:
            handles = (await admin.ask("list_handles", f"/{session}", *GONE)).get("handles", [])
            for handle in handles:
                found = (await admin.ask("handle_info", f"/{session}/{handle}", *GONE)).get("info", {})
                if found.get("token") == token:
                    await admin.ask("destroy_session", f"/{session}", *GONE)
                    return

    sessions = (await admin.ask("list_sessions")).get("sessions", [])
    await asyncio.gather(*(judge(session) for session in sessions))
