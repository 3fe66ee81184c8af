"""Sign the cursors of one run, and keep a journal of where its page ended.

A cursor is signed for the function, its other arguments and the list it continues, so that a client can use it only
there. A journal is the same kind of text for the end of a page. A run that is repeated with its journal reads up to
the same end, so that live pages neither overlap nor leave gaps.
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
    """A signer of cursors; `journal` is that of an earlier run, `kept` that of this run, and both may be None.

    `context` returns what the cursors are signed for; it is called on first use.
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
            Invalid: (InvalidCursor) The cursor was not made for this list.
        """
        position = self._read(scan, cursor)
        if position is None:
            raise Invalid("InvalidCursor: this cursor belongs to another list; start again without one", "cursor")
        return position

    def end(self, scan: Scan, cursor: str | None) -> str | None:
        """Return the position at which a page must end: the caller's cursor, else the journal, else None.

        A journal of another list is ignored, because the list may depend on the caller and on the data.

        Raises:
            Invalid: (InvalidCursor) The caller's cursor was not made for this list.
        """
        if cursor is not None:
            return self.decode(scan, cursor)
        return None if self._journal is None else self._read(scan, self._journal)

    def keep(self, scan: Scan, position: str) -> None:
        """Record how far the run has read its list; only the first list of a run has a journal."""
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
        signature, text = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        return text.decode() if hmac.compare_digest(signature, self._sign(_name(scan), text)) else None

    def _sign(self, name: bytes, text: bytes) -> bytes:
        parts = msgspec.json.encode([self._context(), name, text])
        return hmac.digest(self._secret, PURPOSE + parts, "sha256")[:SIGNATURE_BYTES]


def _name(scan: Scan) -> bytes:
    return msgspec.json.encode([scan.table, scan.index, scan.reverse, scan.prefix])
