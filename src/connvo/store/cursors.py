"""The cursors of one run, and how far its page reached.

A cursor is signed for the function, its other arguments and the list it continues, so that a client can hand back
only what it was given there. A journal is the same kind of text for where a page ended: a run that is repeated with
it reads exactly as far again, and pages that update themselves neither overlap nor leave gaps.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import msgspec

from connvo.kernel.errors import Invalid

from .query import Scan

END = ""
SIGNATURE_BYTES = 16
PURPOSE = b"page"


class CursorCodec:
    """Signs and checks cursors. `journal` comes from an earlier run, `kept` is this run's; both may be None.

    `context` is called when it is needed first; it tells what the cursors belong to.
    """

    __slots__ = ("_secret", "_context", "_journal", "_list", "kept")

    def __init__(self, secret: bytes, context: Callable[[], bytes], journal: str | None = None) -> None:
        self._secret = secret
        self._context = context
        self._journal = journal
        self._list: bytes | None = None
        self.kept: str | None = None

    def encode(self, scan: Scan, position: str) -> str:
        """Return the cursor of a position in the list of a scan."""
        text = position.encode()
        return urlsafe_b64encode(self._sign(_name(scan), text) + text).decode()

    def decode(self, scan: Scan, cursor: str) -> str:
        """Return the position of a cursor.

        Raises:
            Invalid: (InvalidCursor) for one that was not made here.
        """
        position = self._read(scan, cursor)
        if position is None:
            raise Invalid("InvalidCursor: this cursor belongs to another list; start again without one", "cursor")
        return position

    def end(self, scan: Scan, cursor: str | None) -> str | None:
        """Return the position at which a page has to end, by the caller's wish or the journal; None: by its size.

        A journal of another list says nothing: what is listed may depend on who asks, and on the data.
        """
        if cursor is not None:
            return self.decode(scan, cursor)
        return None if self._journal is None else self._read(scan, self._journal)

    def keep(self, scan: Scan, position: str) -> None:
        """Note how far the run has read its list. A run has one journal; it is that of its first list."""
        name = _name(scan)
        if self._list is None:
            self._list = name
        if self._list == name:
            self.kept = self.encode(scan, position)

    def _read(self, scan: Scan, cursor: str) -> str | None:
        try:
            raw = urlsafe_b64decode(cursor)
        except (binascii.Error, ValueError):
            return None
        seal, text = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        return text.decode() if hmac.compare_digest(seal, self._sign(_name(scan), text)) else None

    def _sign(self, name: bytes, text: bytes) -> bytes:
        parts = msgspec.json.encode([self._context(), name, text])
        return hmac.digest(self._secret, PURPOSE + parts, "sha256")[:SIGNATURE_BYTES]


def _name(scan: Scan) -> bytes:
    return msgspec.json.encode([scan.table, scan.index, scan.reverse, scan.prefix])
