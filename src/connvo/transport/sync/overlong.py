"""A text above the limit of a connection, read from its frames without being kept.

Guarantees: at most the limit is in memory, beside the piece that has just arrived.
"""

from collections.abc import Iterable

from websockets.utils import apply_mask

from .close_codes import TOO_BIG
from .frame_limits import MASK_BYTES, FrameRefused
from .message_parts import MessageParts, TooManyParts

MASKED = 0x80
NO_MASK = bytes(MASK_BYTES)


class OverlongText:
    """The text. `before` are the payloads of its earlier frames, which were still within the limit."""

    __slots__ = ("empty_frame", "_at", "_limit", "_mask", "_parts")

    def __init__(self, limit: int, before: Iterable[bytes]) -> None:
        self.empty_frame = b""
        self._limit = limit
        self._parts = MessageParts(limit)
        self._mask = NO_MASK
        self._at = 0
        for payload in before:
            self._add(bytes(payload))

    def add(self, piece: bytes, header_bytes: int) -> None:
        """Take a piece of a frame, which begins with so many bytes of its header.

        Afterwards `empty_frame` is the same frame without its payload.

        Raises:
            FrameRefused: The text cannot be shortened to the limit.
        """
        if header_bytes:
            self._mask = piece[header_bytes - MASK_BYTES : header_bytes] if piece[1] & MASKED else NO_MASK
            self._at = 0
            self.empty_frame = bytes((piece[0], piece[1] & MASKED)) + (NO_MASK if piece[1] & MASKED else b"")
        payload = piece[header_bytes:]
        turned = self._at % MASK_BYTES
        self._at += len(payload)
        self._add(apply_mask(payload, self._mask[turned:] + self._mask[:turned]))

    def shortened(self) -> bytes:
        """Return the text without the arguments that were dropped."""
        return self._parts.shortened()

    def _add(self, payload: bytes) -> None:
        try:
            self._parts.add(payload)
        except TooManyParts:
            raise FrameRefused(TOO_BIG, f"a message may have {self._limit} bytes beside its arguments") from None
