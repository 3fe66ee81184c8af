"""The messages between a server and its computing process: MessagePack, each behind its length."""

from typing import TypeAlias

import msgspec

from connvo.providers import framing

MAX_BYTES = 64 * 1024 * 1024


class Done(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The result of a request."""

    result: bytes


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A request that raised an error; the reason is its type and message."""

    reason: str


FromProcess: TypeAlias = Done | Failed

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[FromProcess] = msgspec.msgpack.Decoder(FromProcess)


def framed(body: bytes) -> bytes:
    """Return bytes behind their length.

    Raises:
        ValueError: They are longer than any message.
    """
    return framing.framed(body, MAX_BYTES)


def length_of(head: bytes) -> int:
    """Return the length of the message behind these bytes.

    Raises:
        ValueError: It is longer than any message.
    """
    return framing.length_of(head, MAX_BYTES)


def packed(answer: FromProcess) -> bytes:
    """Return an answer behind its length."""
    return framed(_encoder.encode(answer))


def unpacked(body: bytes) -> FromProcess:
    """Return the answer of a process.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _decoder.decode(body)
