"""Apply operations to texts."""

from bisect import bisect_left

from .operation import Operation, UnfitOperation
from .utf16 import units, wide_places

CUT_PAIR = "A position is inside a character above U+FFFF"


def apply(text: str, operation: Operation) -> str:
    """Return a text after an operation.

    Raises:
        UnfitOperation: The operation does not fit the text, or cuts a pair.
    """
    edited = NoteText(text)
    edited.apply(operation)
    return edited.content


class NoteText:
    """A text that operations change. It stays a `str`; the places of its pairs turn units into characters."""

    __slots__ = ("content", "_wide")

    def __init__(self, content: str) -> None:
        self.content = content
        self._wide = wide_places(content)

    def __len__(self) -> int:
        """Return the length in units."""
        return len(self.content) + len(self._wide)

    def cuts_pair(self, position: int) -> bool:
        """Return whether a position is inside a pair."""
        at = bisect_left(self._wide, position)
        return at > 0 and self._wide[at - 1] == position - 1

    def apply(self, operation: Operation) -> None:
        """Change the text by an operation.

        Raises:
            UnfitOperation: The operation does not fit the text, or cuts a pair. The text is as before.
        """
        parts: list[str] = []
        at = 0
        for change in operation:
            parts += (self.content[at : self._index(change.position)], change.content)
            at = self._index(change.end)
        parts.append(self.content[at:])
        if self._wide or not all(change.content.isascii() for change in operation):
            self._wide = self._places_after(operation)
        self.content = "".join(parts)

    def _index(self, position: int) -> int:
        """Return the index of the character at a position."""
        if position > len(self):
            raise UnfitOperation(f"The text has {len(self)} units; the operation reaches to {position}")
        if not self._wide:
            return position
        if self.cuts_pair(position):
            raise UnfitOperation(CUT_PAIR)
        return position - bisect_left(self._wide, position)

    def _places_after(self, operation: Operation) -> list[int]:
        places: list[int] = []
        done = shift = 0
        for change in operation:
            until = bisect_left(self._wide, change.position)
            places += [place + shift for place in self._wide[done:until]]
            places += [change.position + shift + place for place in wide_places(change.content)]
            done = bisect_left(self._wide, change.end)
            shift += units(change.content) - change.length
        return places + [place + shift for place in self._wide[done:]]
