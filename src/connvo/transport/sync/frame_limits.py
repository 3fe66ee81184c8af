"""Limits on what one WebSocket may send: the size and time of messages, control frames, and fragments.

Guarantees: a frame is checked by its header, before its payload is kept or parsed.

Does not know: the meaning of messages.
"""

import time
from collections.abc import Callable

from connvo.rules.token_bucket import take

from .close_codes import BUSY, OVERLOADED, POLICY, TOO_BIG, WRONG_FRAME

MS = 1000.0
SHORT_HEADER_BYTES = 2
MASK_BYTES = 4
LENGTH_BYTES = {126: 2, 127: 8}
MAX_CONTROL_BYTES = 125
CONTINUATION = 0x0
TEXT = 0x1
RESERVED_BITS = 0x70
FIRST_CONTROL_OPCODE = 0x8
# A quiet client may send this many seconds' worth of control frames at once.
CONTROL_BURST_SECONDS = 5
# This many fragments may come at once: a message of 1 MiB in frames of 1 KiB.
FRAGMENT_BURST = 1024


class FrameRefused(Exception):
    """A frame that ends the connection, with a code and a reason for the client."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FrameRate:
    """A token bucket of one connection."""

    __slots__ = ("_burst", "_monotonic", "_rate", "_since", "_tokens")

    def __init__(self, burst: float, rate: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._burst = self._tokens = burst
        self._rate = rate
        self._monotonic = monotonic
        self._since = monotonic()

    def take(self) -> bool:
        """Take one token; return False if there is none."""
        now = self._monotonic()
        taken = take(self._tokens, (now - self._since) * MS, self._burst, self._rate)
        self._tokens, self._since = taken.tokens, now
        return taken.wait == 0


class ReadLimits:
    """The limits of one connection. `message_bytes` grows once the client has authenticated.

    A larger text, of up to `refused_bytes`, is read but not kept whole, if `pays_for` so many bytes returns true.
    `has_room` is told how many bytes of a message are kept, 0 once it is handled, and returns whether that many may be.
    """

    __slots__ = ("control", "fragments", "has_room", "message_bytes", "message_seconds", "pays_for", "refused_bytes")

    def __init__(
        self,
        message_bytes: int,
        message_seconds: float,
        control_per_second: float,
        fragments_per_second: float,
        refused_bytes: int = 0,
    ) -> None:
        self.message_bytes = message_bytes
        self.refused_bytes = refused_bytes
        self.pays_for: Callable[[int], bool] = _always
        self.has_room: Callable[[int], bool] = _always
        self.message_seconds = message_seconds
        self.control = FrameRate(CONTROL_BURST_SECONDS * control_per_second, control_per_second)
        self.fragments = FrameRate(FRAGMENT_BURST, fragments_per_second)


def _always(size: int) -> bool:
    """Allow everything, where no budget is kept."""
    return True


class FrameGate:
    """The splitter of arrived bytes into pieces of one frame at most.

    `unfinished` is true while a message has begun and not ended. Of the newest piece, `header_bytes` are a header, and
    `overlong` tells that it is of a text above the limit.
    """

    __slots__ = ("_is_plain_text", "_last", "_left", "_message_bytes", "header_bytes", "limits", "overlong",
                 "unfinished")  # fmt: skip

    def __init__(self, limits: ReadLimits) -> None:
        self.limits = limits
        self.unfinished = self.overlong = False
        self.header_bytes = 0
        self._is_plain_text = False
        self._left = 0
        self._last = True
        self._message_bytes = 0

    def next(self, held: bytearray) -> int:
        """Return how many of the bytes held belong to the current frame; 0 while its header is incomplete.

        Raises:
            FrameRefused: The frame or its message is too large, or there are too many frames.
        """
        if self._left:
            size = min(self._left, len(held))
            self._left -= size
            self.header_bytes = 0
        else:
            header = _header_bytes(held)
            if header is None:
                return 0
            length = self._begin(held)
            self.header_bytes = header
            size = min(header + length, len(held))
            self._left = header + length - size
        if not self._left and self._last:
            self.unfinished = False
        return size

    @property
    def frame_ended(self) -> bool:
        """Whether the newest piece is the last one of its frame."""
        return not self._left

    def _begin(self, held: bytearray) -> int:
        """Check a frame by its header; return the length of its payload."""
        opcode, final, length = held[0] & 0x0F, bool(held[0] & 0x80), _payload_bytes(held)
        self.overlong = False
        if opcode >= FIRST_CONTROL_OPCODE:
            if length > MAX_CONTROL_BYTES:
                raise FrameRefused(WRONG_FRAME, "a control frame is too long")
            if not self.limits.control.take():
                raise FrameRefused(POLICY, "too many control frames")
            self._last = False
            return length
        if opcode != CONTINUATION:
            self._message_bytes = 0
            self._is_plain_text = opcode == TEXT and not held[0] & RESERVED_BITS
        if not (final and opcode != CONTINUATION) and not self.limits.fragments.take():
            raise FrameRefused(POLICY, "too many fragments")
        self._message_bytes += length
        if self._message_bytes > self.limits.message_bytes:
            self._check_overlong(length)
        self.unfinished = True
        self._last = final
        return length

    def _check_overlong(self, length: int) -> None:
        """Check that a text above the limit may be read; its bytes are paid for before they arrive."""
        if not self._is_plain_text or self._message_bytes > self.limits.refused_bytes:
            raise FrameRefused(TOO_BIG, f"a message may have {self.limits.message_bytes} bytes")
        before = self._message_bytes - length
        size = length if before > self.limits.message_bytes else self._message_bytes
        if not self.limits.pays_for(size):
            raise FrameRefused(BUSY, OVERLOADED)
        self.overlong = True


def _header_bytes(held: bytearray) -> int | None:
    """Return the length of a frame's header, None while some of it is missing."""
    if len(held) < SHORT_HEADER_BYTES:
        return None
    mask = MASK_BYTES if held[1] & 0x80 else 0
    size = SHORT_HEADER_BYTES + LENGTH_BYTES.get(held[1] & 0x7F, 0) + mask
    return size if len(held) >= size else None


def _payload_bytes(held: bytearray) -> int:
    short = held[1] & 0x7F
    extended = LENGTH_BYTES.get(short)
    if extended is None:
        return short
    return int.from_bytes(held[SHORT_HEADER_BYTES : SHORT_HEADER_BYTES + extended], "big")
