"""Cache documents for the writer of a database, by id and by whole keys of an index.

An immutable document is shared by every reader. Otherwise the body is kept, so that every reader decodes its own
document. A body with unknown fields is kept too, so that they survive the next write.

Guarantees: the cache is exact. A write invalidates what it touches and is invalidated again on rollback. A failed
group or a write by another process clears the cache.
"""

from typing import Protocol

from connvo.kernel.keys import Key

from .schema import BY_ID, KEY_SUFFIX, Document, IndexName, Table
from .unknown_fields import UnknownFields, has_unknown_fields
from .write_set import WrittenKeys

MAX_DOCUMENTS = 8192
MAX_KEYS = 8192  # per index
ABSENT = ""
ID_INDEX = f"/{BY_ID}"


class DocumentCache(Protocol):
    """An exact cache of documents and of the first document under a key."""

    def get(self, table: Table, id: str) -> Document | str | UnknownFields | None:
        """Return a document or its body, or None if it is not cached."""
        ...

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Cache a document that was read."""
        ...

    def first(self, name: IndexName, key: Key) -> str | None:
        """Return the id of the first document under a whole key or `ABSENT`, or None if it is not cached."""
        ...

    def put_first(self, name: IndexName, key: Key, id: str) -> None:
        """Cache the id of the first document under a whole key, or `ABSENT`."""
        ...


class WriterCache:
    """A bounded cache that evicts the oldest entries first."""

    __slots__ = ("_documents", "_firsts")

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], Document | str | UnknownFields] = {}
        self._firsts: dict[IndexName, dict[Key, str]] = {}

    def get(self, table: Table, id: str) -> Document | str | UnknownFields | None:
        """Return a document or its body, or None if it is not cached."""
        return self._documents.get((table.name, id))

    def put_read(self, table: Table, document: Document, body: str) -> None:
        """Cache a document that was read."""
        self.put(table, document, body, has_unknown_fields(document, body))

    def put(self, table: Table, document: Document, body: str, more: bool = False) -> None:
        """Cache the current state of a document; `more`: its body has unknown fields."""
        documents = self._documents
        if len(documents) >= MAX_DOCUMENTS:
            del documents[next(iter(documents))]
        documents[table.name, document.id] = UnknownFields(body) if more else document if table.immutable else body

    def first(self, name: IndexName, key: Key) -> str | None:
        """Return the id of the first document under a whole key or `ABSENT`, or None if it is not cached."""
        firsts = self._firsts.get(name)
        return None if firsts is None else firsts.get(key)

    def put_first(self, name: IndexName, key: Key, id: str) -> None:
        """Cache the id of the first document under a whole key, or `ABSENT`."""
        firsts = self._firsts.setdefault(name, {})
        if len(firsts) >= MAX_KEYS:
            del firsts[next(iter(firsts))]
        firsts[key] = id

    def invalidate(self, names: list[IndexName], keys: list[Key]) -> None:
        """Invalidate a document that appears, disappears or moves, and the first documents under its keys."""
        firsts = self._firsts
        for name, key in zip(names, keys, strict=True):
            if name in firsts or name.endswith(ID_INDEX):
                self._invalidate(name, key)

    def invalidate_written(self, written: WrittenKeys) -> None:
        """Invalidate everything that a transaction wrote, because it is rolled back or another node committed it."""
        for name, keys in written.keys.items():
            for key in keys:
                self._invalidate(name, key)

    def clear(self) -> None:
        """Remove every entry."""
        self._documents.clear()
        self._firsts.clear()

    def _invalidate(self, name: IndexName, key: Key) -> None:
        firsts = self._firsts.get(name)
        if firsts:
            firsts.pop(key[:-KEY_SUFFIX], None)
        elif name.endswith(ID_INDEX):
            self._documents.pop((name[: -len(ID_INDEX)], str(key[0])), None)
