"""What the one writer of a database knows without asking it: documents by id, and by whole keys of an index.

Promises to be exact: every write forgets what it touches, at once and again when it is taken back; a failed group,
or another process that wrote, empties it. It holds bodies, so every reader gets a document of its own.
"""

from ..kernel.keys import Key
from .schema import BY_ID, Table
from .writes import WrittenKeys

MOST_DOCUMENTS = 8192
MOST_KEYS = 32_768
ABSENT = ""
TAIL = 2  # the creation time and the id at the end of every key


class Recall:
    """Bounded; what was remembered first goes first."""

    __slots__ = ("_documents", "_firsts")

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], str] = {}
        self._firsts: dict[tuple[str, Key], str] = {}

    def get(self, table: Table, id: str) -> str | None:
        """Returns the body of a document, or None when it is not known here."""
        return self._documents.get((table.name, id))

    def keep(self, table: Table, id: str, body: str) -> None:
        """Remembers a document as it is now."""
        documents = self._documents
        if len(documents) >= MOST_DOCUMENTS:
            del documents[next(iter(documents))]
        documents[table.name, id] = body

    def first(self, place: str, key: Key) -> str | None:
        """Returns the id of the first document under a whole key, `ABSENT`, or None when that is not known here."""
        return self._firsts.get((place, key))

    def keep_first(self, place: str, key: Key, id: str) -> None:
        """Remembers the id of the first document under a whole key, or `ABSENT`."""
        firsts = self._firsts
        if len(firsts) >= MOST_KEYS:
            del firsts[next(iter(firsts))]
        firsts[place, key] = id

    def forget(self, places: list[str], keys: list[Key]) -> None:
        """Forgets what is first under the keys of a document that comes, goes or moves, and the document."""
        for place, key in zip(places, keys, strict=True):
            self._forget(place, key)

    def forget_written(self, written: WrittenKeys) -> None:
        """Forgets everything that a transaction wrote, because it is taken back."""
        for place, keys in written.keys.items():
            for key in keys:
                self._forget(place, key)

    def clear(self) -> None:
        """Forgets everything."""
        self._documents.clear()
        self._firsts.clear()

    def _forget(self, place: str, key: Key) -> None:
        table, _, index = place.partition("/")
        if index == BY_ID:
            self._documents.pop((table, str(key[0])), None)
        else:
            self._firsts.pop((place, key[:-TAIL]), None)
