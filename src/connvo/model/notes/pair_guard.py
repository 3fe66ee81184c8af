"""Refusal of operations that cut a surrogate pair, without loading a text that has none.

One small operation is checked without the text, by following its ends back through the operations since the snapshot.
For a large one, or a second one, the text is made once and then kept.
"""

from functools import lru_cache

from connvo.kernel.errors import Invalid
from connvo.rules.notes.operation import Operation, UnfitOperation
from connvo.rules.notes.pairs import cuts_pair
from connvo.rules.notes.pieces import PiecedText
from connvo.rules.notes.text import CUT_PAIR
from connvo.rules.notes.utf16 import wide_places
from connvo.runtime.context import QueryCtx
from connvo.schema.notes import MeetingNotes

from . import log, revisions

FIELD = "operation"
# From this many changes on it is cheaper to make the text.
MANY_CHANGES = 16
CACHED_TEXTS = 16

_places = lru_cache(maxsize=CACHED_TEXTS)(wide_places)


class PairGuard:
    """Checks operations one after another, each before it is stored and on the text after the one before."""

    __slots__ = ("wide", "_ctx", "_head", "_checks", "_text")

    def __init__(self, ctx: QueryCtx, head: MeetingNotes) -> None:
        self.wide = head.wide
        self._ctx = ctx
        self._head = head
        self._checks = False
        self._text: PiecedText | None = None

    def check(self, operation: Operation) -> None:
        """Check an operation that fits the text, and take it into account.

        Raises:
            Invalid: A position is inside a pair.
        """
        if self.wide and operation:
            if self._checks or len(operation) >= MANY_CHANGES:
                self._check_text(operation)
            else:
                self._check_ends(operation)
            self._checks = True
        self.wide = self.wide or any(wide_places(change.content) for change in operation)

    def _load(self) -> tuple[str, list[Operation]]:
        """Return the newest snapshot, and the operations after it, those of this call included."""
        revision = revisions.newest(self._ctx, self._head.meeting_id)
        start = 0 if revision is None else revision.sequence
        rows = log.rows(self._ctx, self._head.meeting_id, start)
        return revisions.content_of(self._ctx, revision), [row.changes for row in rows]

    def _check_ends(self, operation: Operation) -> None:
        snapshot, tail = self._load()
        places = _places(snapshot)
        for change in operation:
            if any(cuts_pair(position, tail, places) for position in {change.position, change.end}):
                raise Invalid(CUT_PAIR, FIELD, position=change.position)

    def _check_text(self, operation: Operation) -> None:
        if self._text is None:
            snapshot, tail = self._load()
            self._text = PiecedText(snapshot)
            for earlier in tail:
                self._text.apply(earlier)
        try:
            self._text.apply(operation)
        except UnfitOperation as unfit:
            raise Invalid(str(unfit), FIELD) from None
