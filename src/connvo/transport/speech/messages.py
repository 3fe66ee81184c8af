"""The messages of the speech socket: JSON in text frames, audio in binary ones; see docs/protocol.md.

Does not know: connections and streams.
"""

import math
import re
import struct
from typing import Literal, TypeAlias

import msgspec

FRAME_HEAD = struct.Struct("<Id")
SAMPLE_BYTES = 2
MAX_SAMPLES = 1600
FRAME_BYTES = FRAME_HEAD.size + MAX_SAMPLES * SAMPLE_BYTES
# A token has at most so many bytes, and the rest of a message little.
MESSAGE_BYTES = 24 * 1024
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
AUTO = "auto"
MAX_TIME = 2.0**53

PauseReason: TypeAlias = Literal["off", "engine", "busy", "budget"]


class BadMessage(Exception):
    """A message that does not have the form of the protocol."""


class Start(msgspec.Struct, frozen=True, tag="start", tag_field="type", rename="camel", kw_only=True):
    """The first message. `clock` is the client's time in ms; `session_id` names a stream over its connections."""

    token: str
    meeting_id: str
    session_id: str
    clock: float
    language: str = AUTO


class Clock(msgspec.Struct, frozen=True, tag="clock", tag_field="type"):
    """The client's time in ms, now and then."""

    clock: float


class Flush(msgspec.Struct, frozen=True, tag="flush", tag_field="type"):
    """The end of what the client says for now."""


Message: TypeAlias = Start | Clock | Flush


class Frame(msgspec.Struct, frozen=True):
    """A piece of audio, captured at a time of the client's clock in ms."""

    sequence: int
    captured_at: float
    samples: bytes

    @property
    def seconds(self) -> float:
        """The duration."""
        return len(self.samples) / SAMPLE_BYTES / 16_000


_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def read_message(text: str) -> Message:
    """Return a message.

    Raises:
        BadMessage: It is none.
    """
    try:
        message = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadMessage("This is no message of the speech socket") from None
    if not isinstance(message, Flush) and not _is_time(message.clock):
        raise BadMessage("The clock has to be the time in milliseconds")
    if isinstance(message, Start):
        if SESSION.fullmatch(message.session_id) is None:
            raise BadMessage("The session has to be a name of 1 to 64 letters, digits, _ or -")
        if LANGUAGE.fullmatch(message.language) is None:
            raise BadMessage("The language has to be a tag such as en or pt-BR, or auto")
    return message


def read_frame(data: bytes) -> Frame:
    """Return a frame of audio.

    Raises:
        BadMessage: It is none.
    """
    audio = len(data) - FRAME_HEAD.size
    if audio <= 0 or audio % SAMPLE_BYTES or len(data) > FRAME_BYTES:
        raise BadMessage(f"A frame has a head of {FRAME_HEAD.size} bytes and 1 to {MAX_SAMPLES} samples of 16 bits")
    sequence, captured_at = FRAME_HEAD.unpack_from(data)
    if sequence == 0 or not _is_time(captured_at):
        raise BadMessage("A frame has a sequence from 1, and the time of its first sample in milliseconds")
    return Frame(sequence, captured_at, data[FRAME_HEAD.size :])


def ready(engine: str, interim: bool, through: int, languages: list[str]) -> bytes:
    """Return the message that frames after `through` are taken."""
    return _encoded(type="ready", engine=engine, interim=interim, through=through, languages=languages)


def through(sequence: int, flushed: bool = False) -> bytes:
    """Return the message that everything up to a frame is dealt with; `flushed` answers a flush."""
    more = {"flushed": True} if flushed else {}
    return _encoded(type="through", sequence=sequence, **more)


def paused(reason: PauseReason, retry_seconds: float | None) -> bytes:
    """Return the message that no frames are taken."""
    more = {} if retry_seconds is None else {"retryAfterMs": math.ceil(retry_seconds * 1000.0)}
    return _encoded(type="paused", reason=reason, **more)


def error(code: str, message: str) -> bytes:
    """Return the message before the end of a connection."""
    return _encoded(type="error", code=code, message=message)


def _encoded(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


def _is_time(value: float) -> bool:
    return math.isfinite(value) and 0 <= value <= MAX_TIME
