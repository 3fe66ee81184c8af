"""Compose operations: one that does what two in a row do."""

from .operation import Change, Operation
from .utf16 import cut, units


def compose(first: Operation, second: Operation) -> Operation:
    """Return the operation that does what `first` and then `second`, made on its result, do.

    Raises:
        ValueError: `second` cuts a pair that `first` inserted.
    """
    if not first:
        return second
    if not second:
        return first
    out = _Builder()
    source = _Result(first)
    at = 0
    for change in second:
        source.move(change.position - at, out, kept=True)
        out.insert(change.content)
        source.move(change.length, out, kept=False)
        at = change.end
    source.finish(out)
    return out.operation()


class _Builder:
    """Collects what is kept, inserted and deleted, from left to right, as changes."""

    __slots__ = ("_changes", "_position", "_deleted", "_texts")

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._position = 0
        self._deleted = 0
        self._texts: list[str] = []

    def keep(self, count: int) -> None:
        """Pass over units of the text before."""
        if count:
            self._close()
            self._position += count

    def insert(self, text: str) -> None:
        """Add a text."""
        self._texts.append(text)

    def delete(self, count: int) -> None:
        """Leave out units of the text before."""
        self._deleted += count

    def operation(self) -> Operation:
        """Return the changes so far."""
        self._close()
        return tuple(self._changes)

    def _close(self) -> None:
        text = "".join(self._texts)
        if text or self._deleted:
            self._changes.append(Change(self._position, self._deleted, text))
        self._position += self._deleted
        self._deleted = 0
        self._texts.clear()


class _Result:
    """The text after an operation, read from left to right: units that were there, and the texts it inserted."""

    __slots__ = ("_rest", "_end", "_gap", "_content", "_deleted")

    def __init__(self, operation: Operation) -> None:
        self._rest = list(reversed(operation))
        self._end = 0
        self._gap: int | None = None
        self._content = ""
        self._deleted = 0
        self._next()

    def move(self, count: int, out: _Builder, kept: bool) -> None:
        """Read `count` units; they are kept, or deleted."""
        while count:
            if self._gap is None or self._gap:
                taken = count if self._gap is None else min(count, self._gap)
                (out.keep if kept else out.delete)(taken)
                self._gap = None if self._gap is None else self._gap - taken
            elif self._content:
                taken = min(count, units(self._content))
                head, self._content = cut(self._content, (taken,))
                out.insert(head if kept else "")
            else:
                taken = 0
                out.delete(self._deleted)
                self._next()
            count -= taken

    def finish(self, out: _Builder) -> None:
        """Hand over the rest of the operation."""
        while self._gap is not None:
            out.keep(self._gap)
            out.insert(self._content)
            out.delete(self._deleted)
            self._next()

    def _next(self) -> None:
        """Begin the next change with the units before it; after the last one there is no end."""
        if not self._rest:
            self._gap, self._content, self._deleted = None, "", 0
            return
        change = self._rest.pop()
        self._gap = change.position - self._end
        self._content, self._deleted, self._end = change.content, change.length, change.end
