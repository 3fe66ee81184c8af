"""Checkpoints: what a client says that it knew, checked against the log when it is stored."""

import hashlib
from typing import NamedTuple

from connvo.kernel.errors import Conflict
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.notes import MeetingNotes, NoteCheckpoint

from . import log, revisions
from .offline import QueueOf
from .rollback import NOT_KEPT

MAX_CHECKPOINTS = 50  # of one client; the oldest go first
SHA256 = "sha256:"
OTHER_TEXT = "The text of then has another hash: load the notes again"
ID_BITS = 64


class Claim(NamedTuple):
    """The knowledge that a client claims."""

    sequence: int
    version: int
    content_hash: str
    timestamp: float


def create(ctx: MutationCtx, queue: QueueOf, head: MeetingNotes, claim: Claim) -> NoteCheckpoint:
    """Store a checkpoint; a hash that begins with `sha256:` is compared with the text of then.

    Raises:
        Conflict: The sequence is above the head, the text has another hash, or is no longer kept.
    """
    if claim.sequence > head.sequence:
        raise Conflict(log.AHEAD, reason="ahead", sequence=head.sequence)
    if claim.content_hash.startswith(SHA256):
        _compare(ctx, head, claim.sequence, claim.content_hash.removeprefix(SHA256))
    older = ctx.db.scan(NoteCheckpoint, "by_client", *queue)
    for checkpoint in older[: max(0, len(older) - MAX_CHECKPOINTS + 1)]:
        ctx.db.delete(checkpoint)
    return ctx.db.insert(
        NoteCheckpoint(
            meeting_id=queue.meeting_id,
            user_id=queue.user_id,
            client_id=queue.client_id,
            checkpoint_id=f"checkpoint_{int(ctx.now)}_{ctx.random.getrandbits(ID_BITS):016x}",
            sequence=claim.sequence,
            version=claim.version,
            content_hash=claim.content_hash,
            timestamp=claim.timestamp,
            created_at=ctx.now,
        )
    )


def find(ctx: QueryCtx, queue: QueueOf, checkpoint_id: str) -> NoteCheckpoint | None:
    """Return a client's checkpoint, or None."""
    return ctx.db.first(NoteCheckpoint, "by_checkpoint", *queue, checkpoint_id)


def _compare(ctx: QueryCtx, head: MeetingNotes, sequence: int, digest: str) -> None:
    text = revisions.text_at(ctx, head.meeting_id, sequence)
    if text is None:
        raise Conflict(NOT_KEPT, reason="notKept", sequence=head.sequence)
    if hashlib.sha256(text.encode()).hexdigest() != digest.lower():
        raise Conflict(OTHER_TEXT, reason="hash", sequence=head.sequence)
