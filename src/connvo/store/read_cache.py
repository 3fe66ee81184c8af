"""What live queries have read of a distant database, kept for as long as it is true.

Every commit is told, in order, and what it touched is forgotten. So whatever is left was the same at every position of
the log from the one at which it was read to the last one told. A snapshot may lie before that position or behind it:
`SnapshotCache` gives it only what is true at its own.
"""

from collections.abc import Iterable, Iterator

from connvo.kernel.keys import Key

from .commit_log import Commit
from .schema import KEY_SUFFIX, Document, Table
from .write_set import WrittenKeys
from .writer_cache import ID_INDEX

MAX_ENTRIES = 16384
CacheKey = tuple[str, Key]


class ReadCache:
    """Documents by id, and by whole keys of an index; bounded, what was learned first goes first.

    Is told of commits and learns in one thread; may be asked in others meanwhile.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[CacheKey, tuple[int, str]] = {}

    def apply(self, written: WrittenKeys) -> None:
        """Forget what a commit touched."""
        if self._held:
            for place in _places(written):
                self._held.pop(place, None)

    def get(self, place: CacheKey, seq: int) -> str | None:
        """Return what is known of a place by somebody who looks at a position of the log."""
        since, held = self._held.get(place, (seq, None))
        return held if since <= seq else None

    def put(self, found: dict[CacheKey, str], seq: int, later: Iterable[Commit]) -> None:
        """Take what was read at a position, but for what the commits after it, which have been told, touched."""
        for commit in later:
            for place in _places(commit.written):
                found.pop(place, None)
        for place, text in found.items():
            if len(self._held) >= MAX_ENTRIES:
                del self._held[next(iter(self._held))]
            self._held[place] = seq, text

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()


class SnapshotCache:
    """The memory of a snapshot at `seq`, where `untold` are the commits up to there that the memory was not told of.

    Collects in `found` what is read besides.
    """

    __slots__ = ("found", "_memory", "_seq", "_touched")

    def __init__(self, memory: ReadCache, seq: int, untold: Iterable[Commit]) -> None:
        self.found: dict[CacheKey, str] = {}
        self._memory = memory
        self._seq = seq
        self._touched = {place for commit in untold for place in _places(commit.written)}

    def get(self, table: Table, id: str) -> str | None:
        """Return the body of a document, or None when it is not known here."""
        return self._get((table.name + ID_INDEX, (id,)))

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Note a document that was read."""
        self.found[table.name + ID_INDEX, (document.id,)] = body

    def first(self, place: str, key: Key) -> str | None:
        """Return the id of the first document under a whole key, `ABSENT`, or None when that is not known here."""
        return self._get((place, key))

    def put_first(self, place: str, key: Key, id: str) -> None:
        """Note the id of the first document under a whole key, or `ABSENT`."""
        self.found[place, key] = id

    def _get(self, place: CacheKey) -> str | None:
        held = None if place in self._touched else self._memory.get(place, self._seq)
        return self.found.get(place) if held is None else held


def _places(written: WrittenKeys) -> Iterator[CacheKey]:
    """Yield the ids of the documents that a commit wrote, and the whole keys under which they are or were."""
    for place, keys in written.keys.items():
        end = 1 if place.endswith(ID_INDEX) else -KEY_SUFFIX
        for key in keys:
            yield place, key[:end]
