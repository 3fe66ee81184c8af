"""A look for personal data in the audit trail, at the end of every test that has a backend."""

import re

from connvo.schema.audit import AuditLog
from connvo.store.snapshot import Snapshot

# Ids, names of fields, codes and digests: no spaces, no address, no words of a person.
PLAIN = re.compile(r"[A-Za-z0-9_.,:/|*-]{0,200}")

MAX_ROWS = 5000


def personal(db: Snapshot) -> list[str]:
    """Return the texts in the rows of the trail that may be personal data."""
    found: list[str] = []
    for row in db.scan(AuditLog, "by_creation", reverse=True, limit=MAX_ROWS):
        texts = [row.resource_type, row.resource_id, row.action, row.meeting_id, *row.metadata.values()]
        for text in texts:
            if isinstance(text, str) and not PLAIN.fullmatch(text):
                found.append(f"{row.action}: {text!r}")
    return found
