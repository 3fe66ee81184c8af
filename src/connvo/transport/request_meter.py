"""The size of the request that a connection receives, counted while it arrives.

Guarantees: a head is bounded in bytes and fields, however it is cut into pieces. The framing of a chunked body is
bounded beside the body itself, except in the pieces in which the body begins and ends.

Does not know: sockets and time.
"""

from connvo.kernel.errors import request_error
from connvo.settings import HttpSettings

# Most bytes are parsed at once, so that a body can begin and end in only so much framing that is not counted.
PIECE_BYTES = 8 * 1024
# Most bytes of chunk sizes, extensions and trailers: a fixed amount, and this many for each byte of the body.
FRAMING_BYTES = 32 * 1024
FRAMING_SHARE = 8
FIELD_OVERHEAD_BYTES = 4  # ": " and the end of the line
HOST = "Host"
# RFC 9112, 3.2, and RFC 9110, 5.3: a proxy and this server could each choose another one of two.
SINGLE_FIELDS = {b"host": HOST, b"authorization": "Authorization"}
WITHOUT_HOST = "1.0"  # RFC 9112, 3.2: later versions require a Host field


class RequestMeter:
    """The counts of one request after another. `in_head` and `in_body` say what of it arrives next."""

    __slots__ = ("_body", "_field_count", "_fields", "_framing", "_head", "_limits", "_single", "_target", "_was_in",
                 "ended", "in_body", "in_head")  # fmt: skip

    def __init__(self, limits: HttpSettings) -> None:
        self._limits = limits
        self._was_in = (False, False)
        self.ended = self.in_head = self.in_body = False
        self._head = 0
        self._reset()

    @property
    def in_message(self) -> bool:
        """Return whether a request has begun and not ended."""
        return self.in_head or self.in_body

    @property
    def awaits_head(self) -> bool:
        """Return whether the client has to send a head, or the rest of one."""
        return self.in_head or (not self.in_message and not self.ended)

    def begin_piece(self) -> None:
        """Record that bytes are about to be parsed."""
        self._was_in = (self.in_head or not self.in_message, self.in_body)
        self.ended = False

    def end_piece(self, size: int) -> None:
        """Count the parsed bytes.

        Raises:
            RequestError: The head or the framing of the body is too large.
        """
        was_in_head, was_in_body = self._was_in
        if was_in_body and not self.ended:
            self._framing += size
            if self._framing > FRAMING_BYTES + FRAMING_SHARE * self._body:
                raise request_error("BadRequest", "The chunked body has too much framing: send larger chunks")
        if was_in_head and self.awaits_head:
            self._head += size
            if self._head > self._limits.head_bytes:
                raise request_error("HeadTooLarge")

    def begin(self) -> None:
        """Begin a request."""
        self.in_head, self.in_body = True, False
        self._reset()

    def add_target(self, size: int) -> None:
        """Count a part of the address.

        Raises:
            RequestError: AddressTooLong.
        """
        self._target += size
        if self._target > self._limits.target_bytes:
            raise request_error("AddressTooLong")

    def add_field(self, name: bytes, value: bytes) -> None:
        """Count a field of the head.

        Raises:
            RequestError: There are too many fields or bytes, or a second `Host` or `Authorization`.
        """
        self._field_count += 1
        self._fields += len(name) + len(value) + FIELD_OVERHEAD_BYTES
        if self._target + self._fields > self._limits.head_bytes or self._field_count > self._limits.head_fields:
            raise request_error("HeadTooLarge")
        single = SINGLE_FIELDS.get(name.lower())
        if single in self._single:
            raise request_error("BadRequest", f"The request has more than one `{single}` field: send one")
        if single is not None:
            self._single.add(single)

    def end_head(self, version: str) -> None:
        """End the head of a request of this version of HTTP.

        Raises:
            RequestError: `Host` is missing.
        """
        self.in_head, self.in_body = False, True
        self._head = 0
        if HOST not in self._single and version != WITHOUT_HOST:
            raise request_error("BadRequest", "The request has no `Host` field: send one")

    def add_body(self, size: int) -> None:
        """Count a part of the body."""
        self._body += size

    def end(self) -> None:
        """End the request."""
        self.in_head = self.in_body = False
        self.ended = True

    def _reset(self) -> None:
        self._target = self._fields = self._field_count = self._framing = self._body = 0
        self._single: set[str] = set()
