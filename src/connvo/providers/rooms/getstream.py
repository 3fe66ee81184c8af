"""GetStream Video, a hosted media service, through its own SDK. A room is a call there, and a member a user.

Webhooks are in `getstream_events`. Reference: getstream.io/video/docs/api.

Guarantees:
    Those of `base`.
    GetStream learns only the id and the name of a user.

Does not know:
    Our documents.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import structlog
from getstream import (  # type: ignore[import-untyped]
    AsyncStream,
    StreamApiException,
    StreamRateLimitException,
    StreamTransportException,
)
from getstream.models import (  # type: ignore[import-untyped]
    CallRequest,
    CallSettingsRequest,
    LayoutSettingsRequest,
    LimitsSettingsRequest,
    MemberRequest,
    RecordSettingsRequest,
    UserRequest,
)

from connvo.kernel.http_client import no_cookies
from connvo.rules.providers import GETSTREAM, Provider
from connvo.rules.recording_states import RecordingConfig
from connvo.settings import GetStreamSettings

from .base import (
    END_SECONDS,
    ENTER_SECONDS,
    OPEN_SECONDS,
    PROBE_SECONDS,
    RECORD_SECONDS,
    REMOVE_SECONDS,
    Access,
    MediaRoom,
    Reason,
    Recording,
    RoomError,
    RoomMember,
    deadline,
)

log = structlog.get_logger()

WHO = "GetStream"
MS = 1000.0
# Rooms are created in the server's name, so that no member has the rights of a call's creator.
SERVER = "connvo"
USER_ROLE, HOST_ROLE, MEMBER_ROLE = "user", "admin", "call_member"
# One file of the whole call, with all participants.
COMPOSITE = "composite"
QUALITY, LAYOUT = "720p", "grid"
# A cheap request that needs a valid key.
PROBED = "GetOrCreateCall"
UNAUTHORIZED, FORBIDDEN, BAD_REQUEST, NOT_FOUND = 401, 403, 400, 404

# The SDK's log lines about failures are replaced by our own.
_quiet = logging.getLogger("connvo.getstream")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class GetStream:
    """A GetStream app. No connection is kept, so there is nothing to close. `token_ttl` in seconds."""

    name: Provider = GETSTREAM
    records = True

    def __init__(self, settings: GetStreamSettings, token_ttl: float) -> None:
        self._call_type = settings.call_type
        self._token_ttl = int(token_ttl)
        more = {"base_url": settings.base_url} if settings.base_url else {}
        self._stream = AsyncStream(
            api_key=settings.api_key,
            api_secret=settings.api_secret,
            timeout=settings.timeout_seconds,
            connect_timeout=settings.connect_timeout_seconds,
            transport=httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0)),
            logger=_quiet,
            **more,
        )
        self._video = self._stream.video
        for part in (self._stream, self._video):
            part.client.cookies = no_cookies()

    async def open(self, room: MediaRoom) -> None:
        """Create the call with the meeting's participant limit, and recording if the meeting allows it."""
        settings = CallSettingsRequest(
            limits=LimitsSettingsRequest(max_participants=room.people),
            recording=_record_settings(RecordingConfig(mode="available" if room.recording else "disabled")),
        )
        async with _errors("open", OPEN_SECONDS):
            await self._stream.upsert_users(UserRequest(id=SERVER, role=USER_ROLE))
            await self._call(room).get_or_create(data=CallRequest(created_by_id=SERVER, settings_override=settings))

    async def enter(self, room: MediaRoom, seat: RoomMember) -> Access:
        """Return a token for this call only, and unblock a member who had been removed before."""
        call = self._call(room)
        member = _member(seat.user_id, seat.host)
        async with _errors("enter", ENTER_SECONDS):
            await self._stream.upsert_users(UserRequest(id=seat.user_id, name=seat.name, role=USER_ROLE))
            found, _ = await asyncio.gather(call.get(), call.update_call_members(update_members=[member]))
            if seat.user_id in (found.data.call.blocked_user_ids or ()):
                await call.unblock_user(seat.user_id)
        token: str = self._stream.create_call_token(
            seat.user_id, call_cids=[f"{self._call_type}:{room.room_id}"], expiration=self._token_ttl
        )
        return Access(token=token, expires_at=_expiry(token) * MS)

    async def remove(self, room: MediaRoom, user_id: str) -> None:
        """Block a user from the call, whatever token they hold, and kick them."""
        call = self._call(room)
        async with _errors("remove", REMOVE_SECONDS):
            if await _unless((NOT_FOUND,), call.block_user(user_id)):
                await _unless((BAD_REQUEST, NOT_FOUND), call.kick_user(user_id))

    async def set_host(self, room: MediaRoom, user_id: str, host: bool) -> None:
        """Change a user's role in the call, effective at once for every token."""
        member = _member(user_id, host)
        async with _errors("set_host", REMOVE_SECONDS):
            await _unless((NOT_FOUND,), self._call(room).update_call_members(update_members=[member]))

    async def end(self, room: MediaRoom) -> None:
        """End the call for good."""
        async with _errors("end", END_SECONDS):
            await _unless((NOT_FOUND,), self._call(room).end())

    async def start_recording(self, room: MediaRoom, config: RecordingConfig) -> None:
        """Set the recording options, and record the call into one file."""
        call = self._call(room)
        wanted = _record_settings(config)
        async with _errors("start_recording", RECORD_SECONDS):
            await call.update(settings_override=CallSettingsRequest(recording=wanted))
            # GetStream refuses to start a running recording.
            if not await _unless((BAD_REQUEST,), call.start_recording(recording_type=COMPOSITE)):
                await self._require_state(room, running=True)

    async def stop_recording(self, room: MediaRoom) -> None:
        """Stop recording; the file is ready later."""
        call = self._call(room)
        async with _errors("stop_recording", RECORD_SECONDS):
            if not await _unless((BAD_REQUEST, NOT_FOUND), call.stop_recording(recording_type=COMPOSITE)):
                await self._require_state(room, running=False)

    async def is_recording(self, room: MediaRoom) -> bool:
        """Return whether the call is being recorded."""
        async with _errors("is_recording", RECORD_SECONDS):
            return await self._is_running(room)

    async def recordings(self, room: MediaRoom) -> list[Recording]:
        """Return the files of the call, under signed addresses that expire."""
        async with _errors("recordings", RECORD_SECONDS):
            answer = await self._call(room).list_recordings()
        found = [
            Recording(
                id=file.filename,
                started_at=file.start_time.timestamp() * MS,
                ended_at=file.end_time.timestamp() * MS,
                url=file.url,
            )
            for file in answer.data.recordings
        ]
        return sorted(found, key=lambda recording: recording.started_at)

    async def probe(self) -> None:
        """Ask for the app's rate limits."""
        async with _errors("probe", PROBE_SECONDS):
            await self._stream.get_rate_limits(server_side=True, endpoints=PROBED)

    def _call(self, room: MediaRoom) -> Any:
        return self._video.call(self._call_type, room.room_id)

    async def _is_running(self, room: MediaRoom) -> bool:
        try:
            found = await self._call(room).get()
        except StreamApiException as error:
            if error.status_code == NOT_FOUND:
                return False
            raise
        return bool(found.data.call.recording)

    async def _require_state(self, room: MediaRoom, running: bool) -> None:
        if await self._is_running(room) != running:
            raise RoomError("broken", f"{WHO} did not {'start' if running else 'stop'} recording")


def _member(user_id: str, host: bool) -> MemberRequest:
    return MemberRequest(user_id=user_id, role=HOST_ROLE if host else MEMBER_ROLE)


def _record_settings(config: RecordingConfig) -> RecordSettingsRequest:
    return RecordSettingsRequest(
        mode=config.mode or "available",
        audio_only=bool(config.audio_only),
        quality=config.quality or QUALITY,
        layout=LayoutSettingsRequest(name=config.layout or LAYOUT),
    )


def _expiry(token: str) -> float:
    expiry: float = jwt.decode(token, options={"verify_signature": False})["exp"]
    return expiry


async def _unless(statuses: tuple[int, ...], call: Awaitable[object]) -> bool:
    """Return whether a call succeeded; False if its answer has one of these statuses."""
    try:
        await call
    except StreamApiException as error:
        if error.status_code not in statuses:
            raise
        return False
    return True


@asynccontextmanager
async def _errors(what: str, seconds: float) -> AsyncIterator[None]:
    """Log each failure in the block, and raise it as the error of a provider.

    Raises:
        RoomError: The SDK raised an error, or the block took longer than `seconds`.
    """
    try:
        async with deadline(seconds, WHO):
            yield
    except RoomError as error:
        log.warning("getstream_failed", call=what, reason=error.reason)
        raise
    except Exception as error:
        reason, message = _why(error)
        status = getattr(error, "status_code", None)
        log.warning("getstream_failed", call=what, reason=reason, error=type(error).__name__, status=status)
        raise RoomError(reason, message) from error


def _why(error: Exception) -> tuple[Reason, str]:
    match error:
        case StreamRateLimitException():
            return "rate_limited", f"{WHO} accepts no more requests for now; try again later"
        case StreamApiException(status_code=status) if status in (UNAUTHORIZED, FORBIDDEN):
            return "refused", f"{WHO} refused this server's key (HTTP {status})"
        case StreamApiException(status_code=status):
            return "broken", f"{WHO} failed (HTTP {status})"
        case StreamTransportException(error_type="timeout"):
            return "slow", f"{WHO} did not answer in time"
        case StreamTransportException():
            return "unreachable", f"{WHO} cannot be reached"
    return "broken", f"{WHO} gave an answer that its SDK does not understand"
