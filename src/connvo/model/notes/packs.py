"""Packs: older operations of a meeting, compressed, for the texts of earlier revisions.

Guarantees:
    An operation is in the log or in a pack, never in both and never in neither, whenever packing stops.
    Packing leaves the newest operations in the log, and those after the newest snapshot.
    A client's number that was packed is still known.
"""

import base64
import zlib

import msgspec

from connvo.rules.notes.operation import Operation
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotes, NoteClient, NoteOperation, NotePack

PACK = 500
KEPT_ROWS = 1_000
MIN_AGE_MS = 3_600_000.0

_decoder = msgspec.json.Decoder(list[Operation])


def operations(ctx: QueryCtx, meeting_id: MeetingId, after: int, until: int) -> list[Operation]:
    """Return the packed operations after one sequence up to another, as far as they are kept."""
    if until <= after:
        return []
    found: list[Operation] = []
    for pack in ctx.db.scan(NotePack, "by_last", meeting_id, after=after, before=until + PACK):
        whole = _decoder.decode(zlib.decompress(base64.b64decode(pack.data)))
        found += whole[max(0, after + 1 - pack.first) : until + 1 - pack.first]
    return found


def pack_oldest(ctx: MutationCtx, head: MeetingNotes, snapshot: int) -> bool:
    """Pack the oldest operations of a meeting up to a snapshot's sequence; return whether there were enough."""
    rows = ctx.db.scan(NoteOperation, "by_sequence", head.meeting_id, limit=PACK)
    if len(rows) < PACK or rows[-1].sequence > min(snapshot, head.sequence - KEPT_ROWS):
        return False
    if rows[-1].at > ctx.now - MIN_AGE_MS:
        return False
    data = msgspec.json.encode([row.changes for row in rows])
    ctx.db.insert(
        NotePack(
            meeting_id=head.meeting_id,
            first=rows[0].sequence,
            last=rows[-1].sequence,
            data=base64.b64encode(zlib.compress(data)).decode(),
        )
    )
    for row in rows:
        _remember_number(ctx, row)
        ctx.db.delete(row)
    return True


def _remember_number(ctx: MutationCtx, row: NoteOperation) -> None:
    if row.user_id is None or row.client_id is None or row.key is None or not row.key.isdecimal():
        return
    known = ctx.db.first(NoteClient, "by_client", row.meeting_id, row.user_id, row.client_id)
    if known is not None:
        ctx.db.patch(known, number=int(row.key), sequence=row.sequence, version=row.version)
        return
    ctx.db.insert(
        NoteClient(
            meeting_id=row.meeting_id,
            user_id=row.user_id,
            client_id=row.client_id,
            number=int(row.key),
            sequence=row.sequence,
            version=row.version,
        )
    )
