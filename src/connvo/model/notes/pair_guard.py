"""Refusal of operations that cut a surrogate pair, without loading a text that has none."""

from functools import lru_cache

from connvo.kernel.errors import Invalid
from connvo.rules.notes.operation import Operation, UnfitOperation
from connvo.rules.notes.pairs import cuts_pair
from connvo.rules.notes.pieces import apply_all
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

    __slots__ = ("wide", "_ctx", "_head", "_snapshot", "_tail")

    def __init__(self, ctx: QueryCtx, head: MeetingNotes) -> None:
        self.wide = head.wide
        self._ctx = ctx
        self._head = head
        self._snapshot = ""
        self._tail: list[Operation] | None = None

    def check(self, operation: Operation) -> None:
        """Check an operation that fits the text, and take it into account.

        Raises:
            Invalid: A position is inside a pair.
        """
        if self.wide and operation:
            tail = self._load()
            if len(operation) < MANY_CHANGES:
                self._check_ends(operation, tail)
            else:
                self._check_text(operation, tail)
        if self._tail is not None:
            self._tail.append(operation)
        self.wide = self.wide or any(wide_places(change.content) for change in operation)

    def _load(self) -> list[Operation]:
        if self._tail is None:
            revision = revisions.newest(self._ctx, self._head.meeting_id)
            self._snapshot = revisions.content_of(self._ctx, revision)
            start = 0 if revision is None else revision.sequence
            self._tail = [row.changes for row in log.rows(self._ctx, self._head.meeting_id, start)]
        return self._tail

    def _check_ends(self, operation: Operation, tail: list[Operation]) -> None:
        places = _places(self._snapshot)
        for change in operation:
            if any(cuts_pair(position, tail, places) for position in {change.position, change.end}):
                raise Invalid(CUT_PAIR, FIELD, position=change.position)

    def _check_text(self, operation: Operation, tail: list[Operation]) -> None:
        try:
            apply_all(self._snapshot, [*tail, operation])
        except UnfitOperation as unfit:
            raise Invalid(str(unfit), FIELD) from None
