"""The messages between the server and its speech workers: MessagePack, each behind its length."""

from typing import TypeAlias

import msgspec

from connvo.providers import framing
from connvo.providers.framing import LENGTH_BYTES

# Above the audio of the longest utterance.
MAX_BYTES = 4 * 1024 * 1024


class Open(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Begin a line: a stream of audio whose windows are judged."""

    line: int


class Audio(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """More audio of a line."""

    line: int
    samples: bytes


class Close(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """End a line."""

    line: int


class Decode(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Recognise an utterance."""

    number: int
    samples: bytes


class Ready(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The models are loaded."""


class Windows(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The probabilities of speech in the next windows of a line."""

    line: int
    probabilities: tuple[float, ...]


class Decoded(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The words of an utterance."""

    number: int
    text: str


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """An utterance that could not be recognised."""

    number: int
    reason: str


ToWorker: TypeAlias = Open | Audio | Close | Decode
FromWorker: TypeAlias = Ready | Windows | Decoded | Failed

_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)


def packed(message: ToWorker | FromWorker) -> bytes:
    """Return a message behind its length."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length_of(head: bytes) -> int:
    """Return the length of the message behind these bytes.

    Raises:
        ValueError: It is longer than any message.
    """
    return framing.length_of(head, MAX_BYTES)


def for_worker(body: bytes) -> ToWorker:
    """Return a message that the server sent.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _to_worker.decode(body)


def from_worker(body: bytes) -> FromWorker:
    """Return a message that a worker sent.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _from_worker.decode(body)
