"""Cache what live queries read from a distant database, for as long as it is valid.

Every commit is applied in order and evicts what it touched. An entry is therefore valid from the log position at which
it was read up to the last one applied. A snapshot may be older or newer than that position; `SnapshotCache` returns
only entries that are valid at the snapshot's own.
"""

from collections.abc import Iterable, Iterator

from connvo.kernel.keys import Key

from .commit_log import Commit
from .schema import KEY_SUFFIX, Document, IndexName, Table
from .write_set import WrittenKeys
from .writer_cache import ID_INDEX

MAX_ENTRIES = 16384
CacheKey = tuple[IndexName, Key]


class ReadCache:
    """A bounded cache of documents by id and by whole keys of an index, oldest entries evicted first.

    One thread applies commits and adds entries; other threads may read meanwhile.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[CacheKey, tuple[int, str]] = {}

    def apply(self, written: WrittenKeys) -> None:
        """Evict what a commit touched."""
        if self._held:
            for key in _touched(written):
                self._held.pop(key, None)

    def get(self, key: CacheKey, seq: int) -> str | None:
        """Return the entry of a key if it is valid at a position of the log."""
        since, held = self._held.get(key, (seq, None))
        return held if since <= seq else None

    def put(self, found: dict[CacheKey, str], seq: int, later: Iterable[Commit]) -> None:
        """Add what was read at a position, except what `later`, the commits applied since then, touched."""
        for commit in later:
            for key in _touched(commit.written):
                found.pop(key, None)
        for key, text in found.items():
            if len(self._held) >= MAX_ENTRIES:
                del self._held[next(iter(self._held))]
            self._held[key] = seq, text

    def clear(self) -> None:
        """Remove every entry."""
        self._held.clear()


class SnapshotCache:
    """The read cache as seen by a snapshot at position `seq`; collects further reads in `found`.

    `unapplied` are the commits up to that position that the cache has not applied yet.
    """

    __slots__ = ("found", "_cache", "_seq", "_touched")

    def __init__(self, cache: ReadCache, seq: int, unapplied: Iterable[Commit]) -> None:
        self.found: dict[CacheKey, str] = {}
        self._cache = cache
        self._seq = seq
        self._touched = {key for commit in unapplied for key in _touched(commit.written)}

    def get(self, table: Table, id: str) -> str | None:
        """Return the body of a document, or None if it is not cached."""
        return self._get((table.name + ID_INDEX, (id,)))

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Collect a document that was read."""
        self.found[table.name + ID_INDEX, (document.id,)] = body

    def first(self, name: IndexName, key: Key) -> str | None:
        """Return the id of the first document under a whole key or `ABSENT`, or None if it is not cached."""
        return self._get((name, key))

    def put_first(self, name: IndexName, key: Key, id: str) -> None:
        """Collect the id of the first document under a whole key, or `ABSENT`."""
        self.found[name, key] = id

    def _get(self, key: CacheKey) -> str | None:
        held = None if key in self._touched else self._cache.get(key, self._seq)
        return self.found.get(key) if held is None else held


def _touched(written: WrittenKeys) -> Iterator[CacheKey]:
    """Yield the ids of the documents that a commit wrote, and their old and new whole keys."""
    for name, keys in written.keys.items():
        end = 1 if name.endswith(ID_INDEX) else -KEY_SUFFIX
        for key in keys:
            yield name, key[:end]
