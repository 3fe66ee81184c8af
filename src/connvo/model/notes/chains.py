"""Operations of the documented functions, which have no number: one, or a chain of several of one client.

In a chain each operation is made on the text after the one before. So it is transformed over the operations of others
only, and these over it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from connvo.rules.notes.documented import SimpleOperation, after_all, place
from connvo.rules.notes.operation import Operation, length_after
from connvo.rules.notes.transform import complement, smaller_left, transform
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import Participant
from connvo.schema.notes import MeetingNotes, NoteOperationId

from . import heads, locks, log
from .effort import Effort, charge_call, cost_of_operations
from .writer import Author, NoteWriter

FIELD = "operation"
NONE_YET: Mapping[int, SimpleOperation] = MappingProxyType({})
# An operation is transformed over each of those of others, and these over it.
STEPS_EACH = 2


class Applied(NamedTuple):
    """An operation in the log, as its caller is shown it."""

    sequence: int
    shown: SimpleOperation
    conflicts: list[NoteOperationId]


class Single(NamedTuple):
    """One operation of a call, the sequence that its client knew, and the version that it expects."""

    simple: SimpleOperation
    start: int
    expected_version: int | None


def apply_one(ctx: MutationCtx, member: Participant, single: Single) -> tuple[Applied, MeetingNotes]:
    """Apply the only operation of a call of a host or participant; return it with the head after it.

    Raises:
        Conflict: The notes have another version, or the operation is too far behind.
        Forbidden: The notes are locked.
        Invalid: It does not fit the text it was made on, or cuts a pair.
        LimitExceeded: The text would become too long.
        RateLimited: The member writes too often.
    """
    writer = begin(ctx, member, single.expected_version)
    chain = Chain(ctx, writer.current, single.start, Effort(ctx, member.user_id))
    applied = chain.append(writer, single.simple, Author(member.user_id))
    return applied, writer.finish()


def begin(ctx: MutationCtx, member: Participant, expected_version: int | None, operations: int = 1) -> NoteWriter:
    """Return the writer of a call of a host or participant with so many operations.

    Raises:
        Conflict: The notes have another version.
        Forbidden: The notes are locked.
        RateLimited: The member writes too often.
    """
    locks.require_unlocked(ctx, member)
    charge_call(ctx, member.user_id, cost_of_operations(operations))
    head = heads.ensure(ctx, member.meeting_id)
    heads.require_version(head, expected_version)
    return NoteWriter(ctx, head)


class Chain:
    """One client's operations from one text on."""

    __slots__ = ("start", "_length", "_foreign", "_ids", "_effort")

    def __init__(
        self,
        ctx: MutationCtx,
        head: MeetingNotes,
        start: int,
        effort: Effort,
        own: Mapping[int, SimpleOperation] = NONE_YET,
    ) -> None:
        """Begin a chain on the text after operation `start`; above the head it is the head.

        `own` are its operations that are in the log already, by their sequence there.

        Raises:
            Conflict: That text is too far behind.
            RateLimited: The user writes too often, for what it takes.
        """
        base = log.base_of(ctx, head, min(start, head.sequence))
        self.start = start
        self._length = base.length
        self._foreign: list[Operation] = []
        self._ids: list[NoteOperationId] = []
        self._effort = effort
        effort.read(base)
        for row in base.later:
            if row.sequence in own:
                self._pass(own[row.sequence].operation)
            else:
                self._foreign.append(row.changes)
                self._ids.append(row.id)

    def append(self, writer: NoteWriter, simple: SimpleOperation, author: Author) -> Applied:
        """Append the next operation of the chain.

        Raises:
            Conflict: It is too far behind.
            Invalid: It does not fit the text it was made on, or cuts a pair.
            LimitExceeded: The text would become too long.
            RateLimited: The user writes too often, for what it takes.
        """
        log.require_fit(_reach(simple), self._length, FIELD)
        self._effort.spend(STEPS_EACH * sum(len(operation) for operation in self._foreign))
        placed, changed_by = after_all(place(simple), self._foreign)
        row = writer.append(placed.operation, author)
        self._pass(simple.operation)
        return Applied(row.sequence, placed.shown, [self._ids[index] for index in changed_by])

    def _pass(self, own: Operation) -> None:
        """Make the operations of others follow an own one."""
        self._length = length_after(own, self._length)
        for index, foreign in enumerate(self._foreign):
            self._foreign[index] = transform(foreign, own, complement(smaller_left))
            own = transform(own, foreign, smaller_left)


def _reach(simple: SimpleOperation) -> Operation:
    """Return an operation that reaches as far as this one; a retain changes nothing, but has to fit as well."""
    return place(simple._replace(type="delete")).operation if simple.type == "retain" else simple.operation
