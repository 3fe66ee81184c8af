"""The messages of the sync protocol. Names and shapes are the protocol's; unknown fields are ignored."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from connvo.kernel.errors import FunctionError, Internal
from connvo.kernel.names import camel
from connvo.kernel.values import encode_timestamp

from .message_parts import MessageParts, TooManyParts

MAX_NUMBER = 2**32 - 1
MAX_SESSION_CHARS = 128
TIMESTAMP_CHARS = 12
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename=camel, tag_field="type"):
    """Base of all messages."""


class Add(Message, frozen=True, kw_only=True, tag="Add"):
    """A subscription to a query."""

    query_id: Number
    udf_path: str
    args: msgspec.Raw
    journal: str | None = None


class Remove(Message, frozen=True, kw_only=True, tag="Remove"):
    """The end of a subscription."""

    query_id: Number


# The close reason that clients give on the first connection of a session.
FIRST = "InitialConnect"


class Connect(Message, frozen=True, kw_only=True, tag="Connect"):
    """The first message of a connection."""

    session_id: Annotated[str, msgspec.Meta(max_length=MAX_SESSION_CHARS)]
    connection_count: Number = 0
    last_close_reason: str | None = None
    max_observed_timestamp: str | None = None
    client_ts: float | None = None

    @property
    def is_first(self) -> bool:
        """Return whether the session begins with this connection; not all clients count connections."""
        return self.connection_count == 0 and self.last_close_reason == FIRST


class ModifyQuerySet(Message, frozen=True, kw_only=True, tag="ModifyQuerySet"):
    """A change of the client's query set, from one version to another."""

    base_version: Number
    new_version: Number
    modifications: list[Add | Remove]


class Mutation(Message, frozen=True, kw_only=True, tag="Mutation"):
    """A mutation; those of one socket run in order."""

    request_id: Number
    udf_path: str
    args: msgspec.Raw


class Action(Message, frozen=True, kw_only=True, tag="Action"):
    """An action; those of one socket run concurrently."""

    request_id: Number
    udf_path: str
    args: msgspec.Raw


class Authenticate(Message, frozen=True, kw_only=True, tag="Authenticate"):
    """A change of the client's identity."""

    base_version: Number
    token_type: Literal["User", "Admin", "None"]
    value: str | None = None


class Event(Message, frozen=True, kw_only=True, tag="Event"):
    """Telemetry of the client; unused, so its fields are skipped without decoding."""


class Kind(msgspec.Struct, frozen=True):
    """The type of any message; all other fields are skipped."""

    type: str


Incoming: TypeAlias = Connect | ModifyQuerySet | Mutation | Action | Authenticate | Event
TYPES = frozenset({"Connect", "ModifyQuerySet", "Mutation", "Action", "Authenticate", "Event"})

_decoder = msgspec.json.Decoder(Incoming)
_connect_decoder = msgspec.json.Decoder(Connect)
_kind_decoder = msgspec.json.Decoder(Kind)
_encoder = msgspec.json.Encoder()


class Malformed(Exception):
    """A message that breaks the protocol."""


def decode_connect(text: str) -> Connect:
    """Decode the first message of a connection; no other message is decoded before it.

    Raises:
        Malformed: The message is not a valid Connect.
    """
    try:
        return _connect_decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Malformed(f"The first message of a connection must be Connect: {error}") from None


def decode(text: str) -> Incoming | None:
    """Decode a message; return None for a type that this server does not know.

    Arguments that cannot be decoded stay in the message: their call fails, and no other.

    Raises:
        Malformed: The message is not valid for its type, or has none.
    """
    try:
        message: Incoming = _decoder.decode(text)
        return message
    except (msgspec.MsgspecError, RecursionError):
        return _decode_apart(text)


def _decode_apart(text: str) -> Incoming | None:
    parts = _parts_of(text)
    outline = parts.outline()
    try:
        return _with_arguments(_decoder.decode(outline), parts)
    except (msgspec.MsgspecError, RecursionError) as error:
        if _kind_of(outline) not in TYPES:
            return None
        raise Malformed(str(error)) from None


def _parts_of(text: str) -> MessageParts:
    try:
        data = text.encode()
        parts = MessageParts(len(data))
        parts.add(data)
        return parts
    except (TooManyParts, UnicodeEncodeError):
        raise Malformed("A message must be a JSON object with a type") from None


def _with_arguments(message: Incoming, parts: MessageParts) -> Incoming:
    """Return a decoded outline with the arguments in place of their numbers."""
    match message:
        case Mutation() | Action():
            return msgspec.structs.replace(message, args=_arguments(message.args, parts))
        case ModifyQuerySet(modifications=changes):
            added = [
                msgspec.structs.replace(change, args=_arguments(change.args, parts))
                if isinstance(change, Add)
                else change
                for change in changes
            ]
            return msgspec.structs.replace(message, modifications=added)
        case _:
            return message


def _arguments(number: msgspec.Raw, parts: MessageParts) -> msgspec.Raw:
    text = bytes(number)
    if not text.isdigit() or int(text) >= len(parts.arguments):
        raise Malformed("The name `args` must be written without escapes")
    return msgspec.Raw(parts.text_of(int(text)))


def _kind_of(outline: bytes) -> str:
    try:
        return _kind_decoder.decode(outline).type
    except (msgspec.MsgspecError, RecursionError):
        raise Malformed("A message must be a JSON object with a type") from None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """The start or the end version of a Transition. `ts` is in nanoseconds."""

    query_set: int = 0
    identity: int = 0
    ts: int = 0

    def wire(self) -> dict[str, object]:
        """Return the version in the protocol's form."""
        return {"querySet": self.query_set, "identity": self.identity, "ts": encode_timestamp(self.ts)}


def encode(kind: str, **fields: object) -> bytes:
    """Return a message of the server as JSON."""
    return _encoder.encode({"type": kind, **fields})


def failure(error: FunctionError, text_field: str) -> dict[str, object]:
    """Return the fields for a failed function; unexpected errors have only a text, no data."""
    if isinstance(error, Internal):
        return {text_field: error.message}
    return {text_field: error.message, "errorData": error.data()}


def fatal(error: Exception) -> bytes:
    """Return the last message to a client that broke the protocol."""
    return encode("FatalError", error=str(error))


def chunks(transition: bytes, identifier: str, most_chars: int) -> list[bytes]:
    """Return a Transition in TransitionChunks, for clients that support them."""
    text = transition.decode()
    parts = [text[start : start + most_chars] for start in range(0, len(text), most_chars)]
    return [
        encode("TransitionChunk", chunk=part, partNumber=number, totalParts=len(parts), transitionId=identifier)
        for number, part in enumerate(parts)
    ]


PING = encode("Ping")
