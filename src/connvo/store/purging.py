"""Delete expired documents in batches, so that no transaction grows with the backlog."""

from .schema import Document
from .transaction import Transaction

BATCH = 500


def purge(
    db: Transaction, kind: type[Document], index: str, *prefix: object, until: float, limit: int | None = None
) -> bool:
    """Delete a batch of the documents whose next column after `prefix` is at most `until`, the lowest first.

    `limit` is the size of the batch, by default `BATCH`. Return whether there may be more; the caller then purges again
    in another transaction.
    """
    most = BATCH if limit is None else limit
    found = db.scan(kind, index, *prefix, until=until, limit=most)
    for document in found:
        db.delete(document)
    return len(found) == most
