"""Webhooks of GetStream: their signature and their content.

The signature is HMAC-SHA256 in hexadecimal over the JSON before compression, keyed with the app's secret. Unknown
fields are ignored. Times are read in every form in use: nanoseconds as in the API, or ISO 8601 as in the documented
webhooks. Source: getstream.io/video/docs/api/webhooks.

Does not know:
    The effects of an event.
"""

import hashlib
import hmac
import zlib
from datetime import UTC, datetime

import msgspec

from connvo.kernel.errors import request_error

from .base import Recording

MS = 1000.0
GZIP_MAGIC = b"\x1f\x8b"
GZIP_FORMAT = 31
# Numbers from the first value on have this many units a second: ns, µs and ms; smaller ones are seconds.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))

SESSION_ENDED, CALL_ENDED = "call.session_ended", "call.ended"
JOINED = "call.session_participant_joined"
RECORDING_STARTED, RECORDING_STOPPED = "call.recording_started", "call.recording_stopped"
RECORDING_READY, RECORDING_FAILED = "call.recording_ready", "call.recording_failed"


class StreamEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a call. `room_id` is None for another call type; `at` in milliseconds since the epoch."""

    type: str
    at: float
    room_id: str | None = None
    user_id: str | None = None
    egress_id: str | None = None
    recording: Recording | None = None


class _User(msgspec.Struct):
    id: str


class _Participant(msgspec.Struct):
    user: _User


class _File(msgspec.Struct):
    filename: str
    url: str
    start_time: object
    end_time: object


class _Head(msgspec.Struct):
    type: str
    created_at: object = None
    call_cid: object = None


class _Joined(msgspec.Struct):
    participant: _Participant


class _Egress(msgspec.Struct):
    egress_id: str | None = None


class _Ready(msgspec.Struct):
    call_recording: _File
    egress_id: str | None = None


def signed_payload(secret: str, body: bytes, signature: bytes, most_bytes: int) -> bytes:
    """Return the JSON of a webhook that GetStream has signed.

    Raises:
        RequestError: BadSignature or BodyTooLarge.
    """
    payload = _decompressed(body, most_bytes) if body.startswith(GZIP_MAGIC) else body
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(signature, expected):
        raise request_error("BadSignature")
    return payload


def read_event(payload: bytes, call_type: str) -> StreamEvent:
    """Return the event in a signed webhook.

    Raises:
        RequestError: BadJsonBody, or StaleWebhook if it has no time.
    """
    try:
        head = msgspec.json.decode(payload, type=_Head)
        event = StreamEvent(type=head.type, at=_time(head.created_at), room_id=_room(head.call_cid, call_type))
        match head.type:
            case "call.session_participant_joined":
                joined = msgspec.json.decode(payload, type=_Joined)
                return msgspec.structs.replace(event, user_id=joined.participant.user.id)
            case "call.recording_ready":
                ready = msgspec.json.decode(payload, type=_Ready)
                file = _recording(ready.call_recording)
                return msgspec.structs.replace(event, egress_id=ready.egress_id, recording=file)
            case "call.recording_started" | "call.recording_stopped" | "call.recording_failed":
                egress = msgspec.json.decode(payload, type=_Egress)
                return msgspec.structs.replace(event, egress_id=egress.egress_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise request_error("BadJsonBody", "The webhook does not have the fields of its type") from error
    return event


def _decompressed(body: bytes, most_bytes: int) -> bytes:
    stream = zlib.decompressobj(GZIP_FORMAT)
    try:
        payload = stream.decompress(body, most_bytes + 1)
    except zlib.error:
        raise request_error("BadSignature") from None
    if len(payload) > most_bytes:
        raise request_error("BodyTooLarge")
    if not stream.eof or stream.unused_data:
        raise request_error("BadSignature")
    return payload


def _room(cid: object, call_type: str) -> str | None:
    kind, _, room_id = cid.partition(":") if isinstance(cid, str) else ("", "", "")
    return room_id if kind == call_type and room_id else None


def _recording(file: _File) -> Recording:
    return Recording(id=file.filename, started_at=_time(file.start_time), ended_at=_time(file.end_time), url=file.url)


def _time(value: object) -> float:
    """Return a time in milliseconds since the epoch.

    Raises:
        RequestError: StaleWebhook, if the value is not a time.
    """
    try:
        if isinstance(value, str) and not value.isdecimal():
            told = datetime.fromisoformat(value)
            return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * MS
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            number = float(value)
            return number / next((per_second for least, per_second in _UNITS if number >= least), 1.0) * MS
    except (ValueError, OverflowError):
        pass
    raise request_error("StaleWebhook")
