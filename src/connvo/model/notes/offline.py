"""Operations that clients wrote offline and park in a queue, until they ask for them to be committed.

Guarantees:
    A queue belongs to one user, meeting and client; no other user reads or writes it.
    An operation is committed once, however often it is parked.
    A failed operation stops those after it, until it succeeds or has failed so often that it is given up.
"""

from typing import NamedTuple

from connvo.kernel.errors import FunctionError, LimitExceeded, RateLimited
from connvo.rules.notes.documented import SimpleOperation
from connvo.rules.notes.limits import MAX_TEXT
from connvo.rules.notes.utf16 import units
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.notes import MeetingNotes, OfflineOperation, OfflineStatus
from connvo.schema.users import UserId

from . import log
from .chains import Chain
from .effort import Effort
from .writer import Author, NoteWriter

MAX_WAITING = 1_000
MAX_RETRIES = 3
CLEAR_BATCH = 2_000
ID_KEY = "id:"
STATUSES: tuple[OfflineStatus, ...] = ("pending", "synced", "failed")


class QueueOf(NamedTuple):
    """One client of one user in one meeting."""

    meeting_id: MeetingId
    user_id: UserId
    client_id: str


class Parked(NamedTuple):
    """An operation to park: its id, the sequence that the client knew, and what it does."""

    operation_id: str
    base: int
    simple: SimpleOperation


class Synced(NamedTuple):
    """The result of a synchronisation."""

    synced: int
    failed: int
    conflicts: int
    errors: list[str]
    head: MeetingNotes


def queue_of(member: Participant, client_id: str) -> QueueOf:
    """Return the queue of a member's client."""
    return QueueOf(member.meeting_id, member.user_id, client_id)


def park(ctx: MutationCtx, queue: QueueOf, queue_id: str, operations: list[Parked]) -> tuple[int, str]:
    """Park operations that are neither in a queue nor in the log; return how many, and in which queue.

    If some of them are in a queue already, the others continue it: they are made on the text after those.

    Raises:
        LimitExceeded: Too many operations wait, or too much text.
    """
    new: list[Parked] = []
    for parked in _distinct(operations):
        held = ctx.db.first(OfflineOperation, "by_operation", *queue, parked.operation_id)
        if held is not None:
            queue_id = held.queue_id
        elif log.find(ctx, *queue, ID_KEY + parked.operation_id) is None:
            new.append(parked)
    if new:
        _require_room(ctx, queue, [parked.simple for parked in new])
    order = _last_order(ctx, queue) + 1
    for place, parked in enumerate(new):
        ctx.db.insert(
            OfflineOperation(
                meeting_id=queue.meeting_id,
                user_id=queue.user_id,
                client_id=queue.client_id,
                queue_id=queue_id,
                operation_id=parked.operation_id,
                order=order + place,
                type=parked.simple.type,
                position=parked.simple.position,
                length=parked.simple.length,
                content=parked.simple.content,
                base=parked.base,
                queued_at=ctx.now,
            )
        )
    return len(new), queue_id


def with_status(
    ctx: QueryCtx, queue: QueueOf, status: OfflineStatus, limit: int | None = None
) -> list[OfflineOperation]:
    """Return the rows of a queue with this status, in their order."""
    meeting_id, user_id, client_id = queue
    return ctx.db.scan(OfflineOperation, "by_status", meeting_id, user_id, status, client_id, limit=limit)


def waiting(ctx: QueryCtx, queue: QueueOf, queue_id: str | None = None) -> list[OfflineOperation]:
    """Return the rows that are to be committed, in their order: all that did not fail too often."""
    failed = [row for row in with_status(ctx, queue, "failed") if row.attempts < MAX_RETRIES]
    rows = sorted([*with_status(ctx, queue, "pending"), *failed], key=lambda row: row.order)
    return [row for row in rows if queue_id is None or row.queue_id == queue_id]


def sync(ctx: MutationCtx, queue: QueueOf, head: MeetingNotes, rows: list[OfflineOperation]) -> Synced:
    """Commit waiting rows in their order, until one fails, or they are too much for one call.

    Raises:
        RateLimited: The user writes too often, for what it takes.
    """
    writer = NoteWriter(ctx, head)
    effort = Effort(ctx, queue.user_id)
    chain: Chain | None = None
    queue_id, synced, conflicts = "", 0, 0
    errors: list[str] = []
    for row in rows:
        try:
            if chain is None or row.queue_id != queue_id:
                chain, queue_id = _chain(ctx, queue, writer, row, effort), row.queue_id
            author = Author(queue.user_id, queue.client_id, ID_KEY + row.operation_id)
            applied = chain.append(writer, _simple(row), author)
        except RateLimited:
            raise
        except FunctionError as error:
            if synced and effort.is_spent:
                break
            errors.append(f"{row.operation_id}: {error.message}")
            attempts = row.attempts + 1
            ctx.db.patch(row, status="failed", attempts=attempts, last_attempt=ctx.now, error=error.message)
            break
        synced += 1
        conflicts += bool(applied.conflicts)
        ctx.db.patch(
            row,
            status="synced",
            attempts=row.attempts + 1,
            synced_as=applied.sequence,
            last_attempt=ctx.now,
            error=None,
        )
    return Synced(synced, len(errors), conflicts, errors, writer.finish())


def retry(ctx: MutationCtx, queue: QueueOf, max_retries: int) -> int:
    """Make failed rows wait again that were tried fewer times; return how many."""
    rows = [row for row in with_status(ctx, queue, "failed") if row.attempts < max_retries]
    for row in rows:
        ctx.db.patch(row, status="pending")
    return len(rows)


def clear(ctx: MutationCtx, queue: QueueOf, before: float) -> int:
    """Delete committed rows that were parked before a time; return how many.

    Rows of a queue that is not committed to its end stay: those after them are made on their text.
    """
    needed = {row.queue_id for row in waiting(ctx, queue)}
    synced = with_status(ctx, queue, "synced", CLEAR_BATCH)
    rows = [row for row in synced if row.queued_at <= before and row.queue_id not in needed]
    for row in rows:
        ctx.db.delete(row)
    return len(rows)


def _chain(ctx: MutationCtx, queue: QueueOf, writer: NoteWriter, row: OfflineOperation, effort: Effort) -> Chain:
    """Return the chain of a row's queue: its first operation says on which text it begins."""
    rows = ctx.db.scan(OfflineOperation, "by_queue", queue.meeting_id, queue.user_id, queue.client_id, row.queue_id)
    own = {done.synced_as: _simple(done) for done in rows if done.synced_as is not None}
    return Chain(ctx, writer.current, rows[0].base, effort, own)


def _simple(row: OfflineOperation) -> SimpleOperation:
    return SimpleOperation(row.type, row.position, row.length, row.content)


def _last_order(ctx: QueryCtx, queue: QueueOf) -> int:
    found: list[OfflineOperation] = []
    for status in STATUSES:
        place = (queue.meeting_id, queue.user_id, status, queue.client_id)
        found += ctx.db.scan(OfflineOperation, "by_status", *place, reverse=True, limit=1)
    return max((row.order for row in found), default=0)


def _require_room(ctx: QueryCtx, queue: QueueOf, new: list[SimpleOperation]) -> None:
    """Check that more operations of a user may wait: no more than a text of the notes could take."""
    held: list[OfflineOperation] = []
    for status in ("pending", "failed"):
        place = (queue.meeting_id, queue.user_id, status)
        held += ctx.db.scan(OfflineOperation, "by_status", *place, limit=MAX_WAITING)
    if len(held) + len(new) > MAX_WAITING:
        raise LimitExceeded(f"At most {MAX_WAITING} operations can wait: synchronise first", limit=MAX_WAITING)
    texts = [*(row.content for row in held), *(simple.content for simple in new)]
    if sum(units(text or "") for text in texts) > MAX_TEXT:
        raise LimitExceeded(f"At most {MAX_TEXT} units of text can wait: synchronise first", limit=MAX_TEXT)


def _distinct(operations: list[Parked]) -> list[Parked]:
    return list({parked.operation_id: parked for parked in reversed(operations)}.values())[::-1]
