"""Remove old commits from the log."""

from collections.abc import Callable

from .rows import Rows
from .transaction import Transaction

TRIM_EVERY_COMMITS = 1024
TRIM_ROWS = 4096
NS_PER_SECOND = 1e9
SCRUBBED = "_log/scrubbed"


class LogRetention:
    """A trimmer that removes commits older than `retention` seconds, in bounded batches at intervals."""

    __slots__ = ("_retention_ns", "_now_ns", "_left")

    def __init__(self, retention: float, now_ns: Callable[[], int]) -> None:
        self._retention_ns = int(retention * NS_PER_SECOND)
        self._now_ns = now_ns
        self._left = 0

    def trim(self, rows: Rows, commits: int) -> None:
        """Count commits that are being written, and remove old ones in the same transaction when it is time to."""
        self._left -= commits
        if self._left > 0:
            return
        self._left = TRIM_EVERY_COMMITS
        mark = rows.dialect.placeholder
        rows.run(
            f"DELETE FROM _log WHERE seq IN (SELECT seq FROM _log WHERE ts < {mark} ORDER BY ts LIMIT {mark})",
            (self._now_ns() - self._retention_ns, TRIM_ROWS),
        )


def drop_commits(db: Transaction, upto: int) -> bool:
    """Drop a bounded batch of the log up to a position, oldest first; return whether there may be more."""
    db.flush()  # the statements below bypass the write buffer
    mark = db.rows.dialect.placeholder
    dropped = db.rows.run(
        f"DELETE FROM _log WHERE seq IN (SELECT seq FROM _log WHERE seq <= {mark} ORDER BY seq LIMIT {mark})",
        (upto, TRIM_ROWS),
    )
    if dropped:
        db.written.add([SCRUBBED], [(dropped,)])
    return dropped == TRIM_ROWS
