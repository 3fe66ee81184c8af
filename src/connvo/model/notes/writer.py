"""Append operations to the notes of a meeting: one call, one version, one write of the head."""

from typing import NamedTuple

from msgspec import structs

from connvo.model import embedding_tasks
from connvo.rules.notes.limits import text_length
from connvo.rules.notes.operation import Operation, length_after
from connvo.runtime.context import MutationCtx
from connvo.schema.notes import MeetingNotes, NoteOperation, OperationKind
from connvo.schema.users import UserId

from . import jobs
from .pair_guard import PairGuard


class Author(NamedTuple):
    """The user of an operation, the client, and the key under which the client knows it."""

    user_id: UserId
    client_id: str | None = None
    key: str | None = None


class NoteWriter:
    """Appends operations to one log, in a transaction; call `finish` at the end.

    Guarantees:
        `sequence` counts the operations of a meeting without gaps and is never reused, not even after a rollback.
        `version` rises by one for each call that appended something.
        Each operation fits the text that it changes, and cuts no surrogate pair of it.
    """

    __slots__ = ("_ctx", "_before", "_guard", "sequence", "length")

    def __init__(self, ctx: MutationCtx, head: MeetingNotes) -> None:
        self._ctx = ctx
        self._before = head
        self._guard = PairGuard(ctx, head)
        self.sequence = head.sequence
        self.length = head.length

    @property
    def version(self) -> int:
        """The version of what this call appends."""
        return self._before.version + 1

    @property
    def current(self) -> MeetingNotes:
        """The head as it is after what was appended so far."""
        return structs.replace(self._before, sequence=self.sequence, length=self.length)

    def append(
        self, operation: Operation, author: Author, kind: OperationKind = "edit", target: int | None = None
    ) -> NoteOperation:
        """Append an operation that was transformed over all before it; return its row.

        Raises:
            Invalid: A position is inside a pair.
            LimitExceeded: The text would become too long.
            UnfitOperation: It does not fit the text.
        """
        length = length_after(operation, self.length)
        if length > self.length:
            text_length(length)
        self._guard.check(operation)
        self.sequence += 1
        self.length = length
        return self._ctx.db.insert(
            NoteOperation(
                meeting_id=self._before.meeting_id,
                sequence=self.sequence,
                kind=kind,
                user_id=author.user_id,
                client_id=author.client_id,
                key=author.key,
                changes=operation,
                length=length,
                version=self.version,
                target=target,
                at=self._ctx.now,
            )
        )

    def finish(self, rebased: bool = False) -> MeetingNotes:
        """Write the head and schedule the jobs that are due; return the head. Does nothing if nothing was appended."""
        before = self._before
        if self.sequence == before.sequence:
            return before
        head = self._ctx.db.patch(
            before,
            sequence=self.sequence,
            version=self.version,
            length=self.length,
            wide=self._guard.wide,
            updated_at=self._ctx.now,
            last_rebased_at=self._ctx.now if rebased else before.last_rebased_at,
        )
        jobs.after_append(self._ctx, before, head)
        embedding_tasks.note_changed(self._ctx, head.meeting_id)
        return head
