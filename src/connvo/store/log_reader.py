"""Read the commit log as a snapshot contains it."""

from collections.abc import Mapping
from typing import cast

from .commit_log import Commit, decode_keys
from .rows import Rows


class LogReader:
    """The log in one snapshot. `recent` are cached commits by position; `newest` is the last position, if known."""

    __slots__ = ("_rows", "_recent", "_newest")

    def __init__(self, rows: Rows, recent: Mapping[int, Commit] | None = None, newest: int | None = None) -> None:
        self._rows = rows
        self._recent = recent or {}
        self._newest = newest

    def sequence(self) -> int:
        """Return the position of the newest commit."""
        if self._newest is None:
            return self.check()
        return self._newest

    def check(self) -> int:
        """Read the position of the newest commit, which fails if the snapshot can no longer be read."""
        newest = self._newest = int(self._rows.all("SELECT seq FROM _clock", ())[0][0])
        return newest

    def reaches(self, ts: int) -> bool:
        """Return whether the log reaches back to a timestamp; erasing a person cuts it off."""
        first = self._rows.all("SELECT seq, ts FROM _log ORDER BY seq LIMIT 1", ())
        if not first:
            return self.sequence() == 0
        seq, oldest = first[0]
        return bool(seq == 1 or oldest <= ts)

    def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits after a position, oldest first."""
        known = self._known(after_seq, limit)
        if known is not None:
            return known
        mark = self._rows.dialect.placeholder
        sql = f"SELECT seq, ts, keys FROM _log WHERE seq > {mark} ORDER BY seq LIMIT {mark}"
        return [Commit(seq, ts, decode_keys(keys)) for seq, ts, keys in self._rows.all(sql, (after_seq, limit))]

    def _known(self, after_seq: int, limit: int) -> list[Commit] | None:
        if after_seq + 1 not in self._recent:
            return None
        last = min(self.sequence(), after_seq + limit)
        found = [self._recent.get(seq) for seq in range(after_seq + 1, last + 1)]
        return None if None in found else cast(list[Commit], found)
