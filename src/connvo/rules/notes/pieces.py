"""Apply many operations to one text, at a cost that hardly grows with its length.

The text is kept in pieces of UTF-16 units, two bytes each: an operation copies the pieces that it changes.

Guarantees: no piece ends inside a surrogate pair.
"""

from collections.abc import Iterable

from .operation import Change, Operation, UnfitOperation
from .text import CUT_PAIR, NoteText

FEW = 8  # operations, for which it is not worth while to cut a text into pieces
PIECE_BYTES = 32_768


def apply_all(text: str, operations: Iterable[Operation]) -> str:
    """Return a text after operations.

    Raises:
        UnfitOperation: One does not fit the text that it was made on, or cuts a pair.
    """
    made = list(operations)
    edited = NoteText(text) if len(made) < FEW else PiecedText(text)
    for operation in made:
        edited.apply(operation)
    return edited.content


class PiecedText:
    """A text that many operations change."""

    __slots__ = ("_pieces", "_size")

    def __init__(self, content: str) -> None:
        data = content.encode("utf-16-le")
        self._pieces = _cut(data)
        self._size = len(data)

    @property
    def content(self) -> str:
        """Return the text."""
        return b"".join(self._pieces).decode("utf-16-le")

    def apply(self, operation: Operation) -> None:
        """Change the text by an operation.

        Raises:
            UnfitOperation: The operation does not fit the text, or cuts a pair. The text is as before.
        """
        if operation and 2 * operation[-1].end > self._size:
            reached = operation[-1].end
            raise UnfitOperation(f"The text has {self._size // 2} units; the operation reaches to {reached}")
        if any(self._cuts_pair(at) for change in operation for at in (change.position, change.end)):
            raise UnfitOperation(CUT_PAIR)
        for change in reversed(operation):
            self._replace(change)

    def _find(self, at: int) -> tuple[int, int]:
        """Return the piece with a byte, and its place there; it may be the end of the piece."""
        for index, piece in enumerate(self._pieces):
            if at <= len(piece):
                return index, at
            at -= len(piece)
        raise LookupError("the place is beyond the text")

    def _cuts_pair(self, position: int) -> bool:
        index, at = self._find(2 * position)
        piece = self._pieces[index]
        return at < len(piece) and _is_low(piece, at)

    def _replace(self, change: Change) -> None:
        content = change.content.encode("utf-16-le")
        (first, head), (last, tail) = self._find(2 * change.position), self._find(2 * change.end)
        before, after = self._pieces[first][:head], self._pieces[last][tail:]
        removed = sum(map(len, self._pieces[first : last + 1])) - len(before) - len(after)
        whole = before + content + after
        self._pieces[first : last + 1] = [whole] if len(whole) <= 2 * PIECE_BYTES else _cut(whole)
        self._size += len(content) - removed


def _cut(data: bytes) -> list[bytes]:
    pieces: list[bytes] = []
    at = 0
    while len(data) - at > PIECE_BYTES:
        end = at + PIECE_BYTES
        end += 2 if _is_low(data, end) else 0
        pieces.append(data[at:end])
        at = end
    return [*pieces, data[at:]]


def _is_low(data: bytes, at: int) -> bool:
    """Return whether the unit at a byte is the second one of a pair."""
    return data[at + 1] & 0xFC == 0xDC
