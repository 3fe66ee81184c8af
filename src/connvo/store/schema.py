"""Tables: a frozen struct per table, its id prefix, its indexes, its owner and its retention.

A document's JSON body is the struct itself with camelCase names, so a body decodes without a merge. The fields that
indexes need stand beside it in columns of their own, written by the store: an index never parses JSON.
Every index ends with the creation time and the id, so its order is total.
"""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel.ids import decode_id, encode_id, new_payload, register_id_type
from connvo.kernel.keys import Key, KeyPart, part
from connvo.kernel.names import camel

from .immutable import is_immutable

BY_ID = "by_id"
KEY_SUFFIX = 2  # the creation time and the id at the end of every key of an index but that
BY_CREATION = "by_creation"
SYSTEM_FIELDS = {"id": "_id", "creation_time": "_creationTime"}

# What becomes of a person's documents when the person is erased.
Erasure: TypeAlias = Literal["deleted", "kept"]


def wire_name(field: str) -> str:
    """Return the JSON name of a struct field."""
    return SYSTEM_FIELDS.get(field) or camel(field)


class Document(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name):
    """Base of every stored document. `id` and `creation_time` (ms) are set by the store at insert."""

    id: str = ""
    creation_time: float = 0.0


D = TypeVar("D", bound=Document)


class Table:
    """What the store knows of one table."""

    __slots__ = (
        "name", "number", "document", "indexes", "columns", "places", "owner", "retention", "erasure", "decoder",
        "wire_fields", "immutable", "_own_keys",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        number: int,
        document: type[Document],
        indexes: dict[str, tuple[str, ...]],
        owner: str | None,
        retention: str,
        erasure: Erasure = "deleted",
    ) -> None:
        self.name = name
        self.number = number
        self.document = document
        self.indexes = {BY_ID: ("id",), BY_CREATION: (), **indexes}
        self.columns = tuple(dict.fromkeys(column for columns in indexes.values() for column in columns))
        self.places = [f"{name}/{index}" for index in self.indexes]
        self.owner = owner
        self.retention = retention
        self.erasure = erasure
        self.decoder = msgspec.json.Decoder(document)
        self.immutable = is_immutable(document)
        self.wire_fields = {field: wire_name(field) for field in document.__struct_fields__}
        for index, columns in indexes.items():
            unknown = set(columns) - set(document.__struct_fields__)
            if unknown:
                raise TypeError(f"{name}.{index} names unknown fields {sorted(unknown)}")
        self._own_keys = [_key_reader(document, columns) for columns in indexes.values()]

    def key(self, index: str, document: Document) -> Key:
        """Return the document's whole key in an index, with the creation time and the id at its end."""
        columns = self.indexes[index]
        if index == BY_ID:
            return (document.id,)
        return (*[part(getattr(document, c)) for c in columns], document.creation_time, document.id)

    def keys(self, document: Document) -> list[Key]:
        """Return the document's key in every index, in the order of `places`, their names in the log."""
        tail = (document.creation_time, document.id)
        return [(document.id,), tail, *[key(document) + tail for key in self._own_keys]]

    def column_values(self, document: Document, columns: tuple[str, ...] | None = None) -> list[KeyPart]:
        """Return what the indexes hold of a document, in the order of `columns`, or of some of them."""
        return [part(getattr(document, column)) for column in (self.columns if columns is None else columns)]

    def new_id(self, payload: bytes | None = None, now_ms: float = 0.0) -> str:
        """Return a fresh id of this table."""
        return encode_id(self.number, payload or new_payload(now_ms))

    def owns_id(self, text: str) -> bool:
        """Return whether `text` is a well-formed id of this table."""
        decoded = decode_id(text)
        return decoded is not None and decoded[0] == self.number


def _key_reader(document: type[Document], columns: tuple[str, ...]) -> Callable[[Document], Key]:
    """Return what reads the columns of a key: at once where text alone stands in them, which is kept as it is."""
    hints = get_type_hints(document)
    if len(columns) > 1 and all(_is_text(hints[column]) for column in columns):
        return attrgetter(*columns)
    return lambda found: tuple([part(getattr(found, column)) for column in columns])


def _is_text(annotation: Any) -> bool:
    if hasattr(annotation, "__supertype__"):
        return _is_text(annotation.__supertype__)
    if get_origin(annotation) is Literal:
        return all(type(value) is str for value in get_args(annotation))
    return annotation is str


_registry: dict[type[Document], Table] = {}
_names: dict[str, Table] = {}
_numbers: dict[int, str] = {}


def table(
    name: str,
    number: int,
    *,
    id_type: Any = None,
    indexes: dict[str, tuple[str, ...]] | None = None,
    owner: str | None = None,
    retention: str = "kept until its owner is erased",
    erasure: Erasure = "deleted",
) -> Callable[[type[D]], type[D]]:
    """Declare a table. `number` is for ever: it stands in every id. `owner` is the field that names a user.

    `erasure` says what becomes of a person's documents when the person is erased; kept may be only what says nothing
    about somebody but an id.
    """

    def declare(document: type[D]) -> type[D]:
        if number in _numbers:
            raise TypeError(f"table number {number} belongs to {_numbers[number]}")
        _numbers[number] = name
        _registry[document] = _names[name] = Table(name, number, document, indexes or {}, owner, retention, erasure)
        if id_type is not None:
            register_id_type(id_type, name)
        return document

    return declare


def table_of(document: type[Document]) -> Table:
    """Return the table of a document class.

    Raises:
        KeyError: It was never declared.
    """
    return _registry[document]


def tables() -> Iterable[Table]:
    """Return every declared table, in the order of their numbers."""
    return sorted(_registry.values(), key=lambda t: t.number)


def table_named(name: str) -> Table:
    """Return the table of a wire name.

    Raises:
        KeyError: There is none of this name.
    """
    return _names[name]
