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
import hashlib
import hmac
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
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
    with_timeout,
)
from .janus_admin import (
    NO_SUCH_FEED,
    NO_SUCH_HANDLE,
    NO_SUCH_ROOM,
    NO_SUCH_SESSION,
    NO_SUCH_TOKEN,
    ROOM_EXISTS,
    VIDEOROOM,
    WHO,
    Admin,
)

T = TypeVar("T")
log = structlog.get_logger()

# Length of the HMAC in tokens and secrets: 128 bits.
MAC_CHARACTERS = 32
# A member may use more than one device.
FEEDS_PER_MEMBER = 2
# Twice that while each device reconnects: it leaves the old feed when the new one works.
FEEDS_MEANWHILE = 2 * FEEDS_PER_MEMBER
REQUESTS_AT_ONCE = 16
GONE = (NO_SUCH_SESSION, NO_SUCH_HANDLE)
# A recording begins with this mark, the length of a JSON object in two bytes, and the object. Its "s" is the start
# in µs.
MJR_MARK = b"MJR00002"
MJR_HEAD = 4096
MS, US_PER_MS = 1000.0, 1000.0


class Janus:
    """A Janus server, by its Admin API. Room secrets and members' tokens are derived from `secret`."""

    name: Provider = JANUS

    def __init__(self, settings: JanusSettings, secret: bytes) -> None:
        self._settings = settings
        self._secret = secret
        self.records = settings.recordings is not None

    async def open(self, room: MediaRoom) -> None:
        """Create the room. Finding, changing or entering it needs a secret or a token of this server."""

        async def make() -> None:
            async with Admin(self._settings) as admin:
                await self._make(admin, room)

        await _ask("open", OPEN_SECONDS, make())

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Admit a member's token, and create the room again if a restart of Janus has lost it."""
        token = self.token(room, seat.user_id)

        async def let_in() -> None:
            async with Admin(self._settings) as admin:
                await admin.ask("add_token", token=token, plugins=[VIDEOROOM])
                if "error" in await self._allow(admin, room, "add", token):
                    await self._make(admin, room)
                    await self._allow(admin, room, "add", token)
                else:
                    await self._put_out_strays(admin, room)

        await _ask("enter", ENTER_SECONDS, let_in())
        return Access(url=self._settings.ws_url, token=token, api_token=token, feed_id=self.feed(room, seat))

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Revoke a member's token, then kick every feed that entered with it."""
        token = self.token(room, user_id)

        async def put_out() -> None:
            async with Admin(self._settings) as admin:
                await asyncio.gather(
                    self._allow(admin, room, "remove", token),
                    admin.ask("remove_token", "", NO_SUCH_TOKEN, token=token),
                )
                await self._kick(admin, room, user_id)
                await _destroy_sessions(admin, token)

        await _ask("remove", REMOVE_SECONDS, put_out())

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Do nothing: all members have the same rights at Janus."""

    async def end(self, room: MediaRoom) -> None:
        """Destroy the room and revoke every token for it."""

        async def destroy() -> None:
            async with Admin(self._settings) as admin:
                secret = self._room_secret(room)
                await admin.room("destroy", NO_SUCH_ROOM, room=room.room_id, secret=secret)
                listed = (await admin.ask("list_tokens")).get("data", {}).get("tokens", [])
                mine = [t["token"] for t in listed if t["token"].startswith(f"{room.room_id}.")]
                await asyncio.gather(*(admin.ask("remove_token", "", NO_SUCH_TOKEN, token=token) for token in mine))

        await _ask("end", END_SECONDS, destroy())

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Record each track into a file of its own; `config` does not apply to Janus."""
        if not self.records:
            raise RoomError("refused", f"{WHO} has no folder for recordings here")
        await self._record(room, True)

    async def stop_recording(self, room: MediaRoom) -> None:
        """Stop recording and finish the files."""
        await self._record(room, False)

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return whether Janus records the room."""

        async def look() -> bool:
            async with Admin(self._settings) as admin:
                listed = (await admin.room("list")).get("list", [])
                return any(found["room"] == room.room_id and found["record"] for found in listed)

        return await _ask("is_recording", RECORD_SECONDS, look())

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return the files of the room, one per track, by their names in the recordings folder."""
        folder = self._folder(room)
        if folder is None:
            return []
        return await _ask("recordings", RECORD_SECONDS, asyncio.to_thread(_files, folder))

    async def probe(self) -> None:
        """List the rooms, which needs the secret of Janus and the key of its plugin."""

        async def look() -> None:
            async with Admin(self._settings) as admin:
                await admin.room("list")

        await _ask("probe", PROBE_SECONDS, look())

    def token(self, room: MediaRoom, user_id: str) -> str:
        """Return the member's token for a room. It is valid while Janus has it in its lists."""
        return f"{room.room_id}.{user_id}.{self._mac('token', room.room_id, user_id)}"

    def feed(self, room: MediaRoom, seat: RoomMember) -> str:
        """Return the name under which a session publishes: its member, the session, and a proof of this server."""
        session = self._mac("session", room.room_id, seat.user_id, seat.session_id)
        return f"{seat.user_id}.{session}{self._feed_proof(room, seat.user_id, session)}"

    def _feed_proof(self, room: MediaRoom, user_id: str, session: str) -> str:
        return self._mac("feed", room.room_id, user_id, session)

    def _is_ours(self, room: MediaRoom, feed: str) -> bool:
        user_id, _, name = feed.partition(".")
        session, proof = name[:MAC_CHARACTERS], name[MAC_CHARACTERS:]
        return hmac.compare_digest(proof.encode(), self._feed_proof(room, user_id, session).encode())

    async def _make(self, admin: Admin, room: MediaRoom) -> None:
        folder = self._folder(room)
        recording = {} if folder is None else {"rec_dir": str(folder)}
        await admin.room(
            "create",
            ROOM_EXISTS,
            room=room.room_id,
            description=room.meeting_id,
            secret=self._room_secret(room),
            is_private=True,
            permanent=False,
            publishers=room.people * FEEDS_PER_MEMBER,
            allowed=[],
            require_pvtid=True,
            record=False,
            lock_record=True,
            **recording,
        )

    async def _allow(self, admin: Admin, room: MediaRoom, action: str, token: str) -> dict[str, Any]:
        secret = self._room_secret(room)
        asked = {"room": room.room_id, "secret": secret, "action": action, "allowed": [token]}
        return await admin.room("allowed", NO_SUCH_ROOM, **asked)

    async def _kick(self, admin: Admin, room: MediaRoom, user_id: str) -> None:
        feeds = await self._feeds(admin, room)
        await self._kick_feeds(admin, room, [feed for feed in feeds if feed.startswith(f"{user_id}.")])

    async def _put_out_strays(self, admin: Admin, room: MediaRoom) -> None:
        """Kick every feed that no member may have, so that no member takes the places of others."""
        held: Counter[str] = Counter()
        strays = []
        for feed in reversed(await self._feeds(admin, room)):
            member = feed.partition(".")[0]
            held[member] += 1
            if held[member] > FEEDS_MEANWHILE or not self._is_ours(room, feed):
                strays.append(feed)
        if strays:
            log.warning("janus_feeds_put_out", feeds=len(strays))
            await self._kick_feeds(admin, room, strays)

    async def _feeds(self, admin: Admin, room: MediaRoom) -> list[str]:
        """Return the names in a room, in the order of Janus."""
        secret = self._room_secret(room)
        found = await admin.room("listparticipants", NO_SUCH_ROOM, room=room.room_id, secret=secret)
        return [str(feed["id"]) for feed in found.get("participants", [])]

    async def _kick_feeds(self, admin: Admin, room: MediaRoom, feeds: list[str]) -> None:
        secret = self._room_secret(room)
        for feed in feeds:
            await admin.room("kick", NO_SUCH_FEED, NO_SUCH_ROOM, room=room.room_id, secret=secret, id=feed)

    async def _record(self, room: MediaRoom, record: bool) -> None:
        async def switch() -> None:
            async with Admin(self._settings) as admin:
                expected = () if record else (NO_SUCH_ROOM,)
                secret = self._room_secret(room)
                await admin.room("enable_recording", *expected, room=room.room_id, secret=secret, record=record)

        await _ask("start_recording" if record else "stop_recording", RECORD_SECONDS, switch())

    def _folder(self, room: MediaRoom) -> Path | None:
        base = self._settings.recordings
        return None if base is None else base.absolute() / room.room_id

    def _room_secret(self, room: MediaRoom) -> str:
        return self._mac("room", room.room_id)

    def _mac(self, *words: str) -> str:
        return hmac.new(self._secret, "\n".join(("janus", *words)).encode(), hashlib.sha256).hexdigest()[
            :MAC_CHARACTERS
        ]


async def _destroy_sessions(admin: Admin, token: str) -> None:
    """Destroy every connection that used a token, under any name."""
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


def _files(folder: Path) -> list[Recording]:
    found = []
    for file in folder.glob("*.mjr"):
        with file.open("rb") as opened:
            started = _start_of(opened.read(MJR_HEAD))
        stat = file.stat()
        found.append(
            Recording(id=file.name, started_at=started, ended_at=stat.st_mtime * MS, url=None, bytes=stat.st_size)
        )
    return sorted(found, key=lambda recording: (recording.started_at, recording.id))


def _start_of(head: bytes) -> float:
    """Return when a recording began, from its first bytes; 0 if they are incomplete."""
    size = int.from_bytes(head[len(MJR_MARK) : len(MJR_MARK) + 2], "big")
    text = head[len(MJR_MARK) + 2 : len(MJR_MARK) + 2 + size]
    try:
        return float(msgspec.json.decode(text, type=dict[str, Any])["s"]) / US_PER_MS
    except (msgspec.DecodeError, KeyError, TypeError):
        return 0.0


async def _ask(what: str, seconds: float, call: Awaitable[T]) -> T:
    """Return the result of a call.

    Raises:
        RoomError: The call failed, took longer than `seconds`, or had an unexpected answer.
    """
    try:
        return await with_timeout(seconds, WHO, call)
    except RoomError as error:
        log.warning("janus_failed", call=what, reason=error.reason)
        raise
    except (KeyError, TypeError, AttributeError, OSError) as error:
        log.warning("janus_failed", call=what, reason="broken", error=type(error).__name__)
        raise RoomError("broken", f"{WHO} gave an unexpected answer") from error
