"""The lines of exported audit rows: JSON Lines with the exact bytes that the seals cover, CSV, or OCSF events."""

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import msgspec

from connvo.rules.audit import exports
from connvo.rules.audit.exports import Cell
from connvo.schema.audit import AuditLog, AuditSource
from connvo.store.snapshot import Snapshot

from .sealing import row_bytes

Format: TypeAlias = Literal["jsonl", "csv", "ocsf"]
FORMATS: tuple[Format, ...] = get_args(Format)


class Ending(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The last line of JSON Lines: how many rows there are, the seals that hold them, and the newest seal."""

    rows: int
    first_seal: int | None
    last_seal: int | None
    head: str

    def line(self) -> bytes:
        """Return the line."""
        return msgspec.json.encode(self) + b"\n"


def heading(format: Format) -> bytes:
    """Return what comes before the rows."""
    return exports.csv_line(exports.COLUMNS).encode() if format == "csv" else b""


def sources_of(db: Snapshot, rows: Iterable[AuditLog]) -> dict[str, AuditSource]:
    """Return the sources of rows that are still kept, by their digest."""
    named = {row.source for row in rows if row.source is not None}
    found = {digest: db.first(AuditSource, "by_digest", digest) for digest in named}
    return {digest: source for digest, source in found.items() if source is not None}


def line_of(format: Format, row: AuditLog, sources: dict[str, AuditSource], version: str) -> bytes:
    """Return the line of a row; `version` is that of connvo."""
    if format == "jsonl":
        return row_bytes(row) + b"\n"
    values = _values(row, None if row.source is None else sources.get(row.source))
    if format == "csv":
        metadata = msgspec.json.encode(row.metadata, order="sorted").decode()
        return exports.csv_line([*values.values(), metadata]).encode()
    return msgspec.json.encode(exports.ocsf(values, row.metadata, version)) + b"\n"


def _values(row: AuditLog, source: AuditSource | None) -> dict[str, Cell]:
    """Return the values of `exports.COLUMNS`, apart from the metadata, in their order."""
    return {
        "id": row.id,
        "time": row.timestamp,
        "actorUserId": row.actor_user_id,
        "action": row.action,
        "resourceType": row.resource_type,
        "resourceId": row.resource_id,
        "outcome": row.outcome,
        "orgId": row.org_id,
        "meetingId": row.meeting_id,
        "requestId": row.request_id,
        "ipAddress": None if source is None else source.address,
        "userAgent": None if source is None else source.agent,
    }
