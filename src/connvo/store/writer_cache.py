"""What the one writer of a database knows without asking it: documents by id, and by whole keys of an index.

Promises to be exact: every write forgets what it touches, at once and again when it is taken back; a failed group,
or another process that wrote, empties it. A document that nobody can change is given to every reader; of any other
it holds the body, so that every reader gets one of its own; and of one whose body says more than the document.
"""

from typing import Protocol

from connvo.kernel.keys import Key

from .schema import BY_ID, KEY_SUFFIX, Document, Table
from .unknown_fields import UnknownFields, has_unknown_fields
from .write_set import WrittenKeys

MAX_DOCUMENTS = 8192
MAX_KEYS = 8192  # of each index
ABSENT = ""
ID_INDEX = f"/{BY_ID}"


class DocumentCache(Protocol):
    """What may be known of the documents without asking the database; always exact."""

    def get(self, table: Table, id: str) -> Document | str | UnknownFields | None:
        """Return a document or its body, or None when it is not known here."""
        ...

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Take a document that was read."""
        ...

    def first(self, place: str, key: Key) -> str | None:
        """Return the id of the first document under a whole key, `ABSENT`, or None when that is not known here."""
        ...

    def put_first(self, place: str, key: Key, id: str) -> None:
        """Take the id of the first document under a whole key, or `ABSENT`."""
        ...


class WriterCache:
    """Bounded; what was remembered first goes first."""

    __slots__ = ("_documents", "_firsts")

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], Document | str | UnknownFields] = {}
        self._firsts: dict[str, dict[Key, str]] = {}

    def get(self, table: Table, id: str) -> Document | str | UnknownFields | None:
        """Return a document or its body, or None when it is not known here."""
        return self._documents.get((table.name, id))

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Remember a document that was read."""
        self.put(table, document, body, has_unknown_fields(document, body))

    def put(self, table: Table, document: Document, body: str, more: bool = False) -> None:
        """Remember a document as it is now; `more`: its body, which says more than it does."""
        documents = self._documents
        if len(documents) >= MAX_DOCUMENTS:
            del documents[next(iter(documents))]
        documents[table.name, document.id] = UnknownFields(body) if more else document if table.immutable else body

    def first(self, place: str, key: Key) -> str | None:
        """Return the id of the first document under a whole key, `ABSENT`, or None when that is not known here."""
        firsts = self._firsts.get(place)
        return None if firsts is None else firsts.get(key)

    def put_first(self, place: str, key: Key, id: str) -> None:
        """Remember the id of the first document under a whole key, or `ABSENT`."""
        firsts = self._firsts.setdefault(place, {})
        if len(firsts) >= MAX_KEYS:
            del firsts[next(iter(firsts))]
        firsts[key] = id

    def invalidate(self, places: list[str], keys: list[Key]) -> None:
        """Forget what is first under the keys of a document that comes, go or move, and the document."""
        for place, key in zip(places, keys, strict=True):
            self._invalidate(place, key)

    def invalidate_written(self, written: WrittenKeys) -> None:
        """Forget everything that a transaction wrote, because it is taken back."""
        for place, keys in written.keys.items():
            for key in keys:
                self._invalidate(place, key)

    def clear(self) -> None:
        """Forget everything."""
        self._documents.clear()
        self._firsts.clear()

    def _invalidate(self, place: str, key: Key) -> None:
        firsts = self._firsts.get(place)
        if firsts:
            firsts.pop(key[:-KEY_SUFFIX], None)
        elif place.endswith(ID_INDEX):
            self._documents.pop((place[: -len(ID_INDEX)], str(key[0])), None)
