"""Declare tables: a frozen struct per table with its id prefix, indexes, owner and retention.

A document's JSON body is the struct itself with camelCase names, so a body decodes without a merge. The store copies
indexed fields into columns beside the body, so that no index parses JSON. Every index ends with the creation time and
the id, which makes its order total.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from operator import attrgetter
from types import NoneType, UnionType
from typing import Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel.ids import decode_id, encode_id, new_payload, register_id_type
from connvo.kernel.keys import Key, part
from connvo.kernel.names import camel

from .immutable import is_immutable

BY_ID = "by_id"
KEY_SUFFIX = 2  # the creation time and the id, at the end of every key except those of `BY_ID`
BY_CREATION = "by_creation"
UNTIL_ERASURE = "kept until its owner is erased"
SYSTEM_FIELDS = {"id": "_id", "creation_time": "_creationTime"}

# The effect of a person's erasure on their documents.
Erasure: TypeAlias = Literal["deleted", "kept", "emptied"]
# The name of an index in the log: `table/index`.
IndexName: TypeAlias = str


def wire_name(field: str) -> str:
    """Return the JSON name of a struct field."""
    return SYSTEM_FIELDS.get(field) or camel(field)


class Document(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name):
    """The base of every stored document; the store sets `id` and `creation_time` (ms) at insert."""

    id: str = ""
    creation_time: float = 0.0


D = TypeVar("D", bound=Document)


class DataPolicy(msgspec.Struct, frozen=True):
    """How the documents of a table are kept: `owner` is the field that names their user, if they have one."""

    owner: str | None = None
    retention: str = UNTIL_ERASURE
    erasure: Erasure = "deleted"


NO_OWNER = DataPolicy()


class Table:
    """The declaration of one table. Derived parts that need the types of its fields are made at their first use."""

    def __init__(
        self,
        name: str,
        number: int,
        document: type[Document],
        indexes: dict[str, tuple[str, ...]],
        policy: DataPolicy = NO_OWNER,
        text: str | None = None,
        append_only: bool = False,
    ) -> None:
        self.name = name
        self.number = number
        self.document = document
        self.policy = policy
        self.indexes = {BY_ID: ("id",), BY_CREATION: (), **indexes}
        self.index_names: list[IndexName] = [f"{name}/{index}" for index in self.indexes]
        self.text = text
        self.append_only = append_only
        indexed = [column for columns in indexes.values() for column in columns]
        self.columns = tuple(dict.fromkeys([*indexed, *([] if text is None else [text])]))
        for index, columns in (*indexes.items(), ("text", (text,) if text else ())):
            unknown = set(columns) - set(document.__struct_fields__)
            if unknown:
                raise TypeError(f"{name}.{index} names unknown fields {sorted(unknown)}")

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Document]:
        """The decoder of a document's body."""
        return msgspec.json.Decoder(self.document)

    @cached_property
    def immutable(self) -> bool:
        """Whether documents are immutable at every depth."""
        return is_immutable(self.document)

    @cached_property
    def wire_fields(self) -> dict[str, str]:
        """The JSON name of each field."""
        return {field: wire_name(field) for field in self.document.__struct_fields__}

    @cached_property
    def _own_keys(self) -> list[Callable[[Document], Key]]:
        """The readers of the keys in the indexes that were declared."""
        own = [columns for index, columns in self.indexes.items() if index not in (BY_ID, BY_CREATION)]
        return [_key_reader(columns, self._hints) for columns in own]

    @cached_property
    def _all_columns(self) -> Callable[[Document], Key]:
        """The reader of every column."""
        return _key_reader(self.columns, self._hints)

    @cached_property
    def _hints(self) -> dict[str, object]:
        return get_type_hints(self.document)

    def key(self, index: str, document: Document) -> Key:
        """Return the document's whole key in an index, ending with the creation time and the id."""
        columns = self.indexes[index]
        if index == BY_ID:
            return (document.id,)
        return (*[part(getattr(document, c)) for c in columns], document.creation_time, document.id)

    def keys(self, document: Document) -> list[Key]:
        """Return the document's key in every index, in the order of `index_names`."""
        tail = (document.creation_time, document.id)
        return [(document.id,), tail, *[key(document) + tail for key in self._own_keys]]

    def column_values(self, document: Document, columns: tuple[str, ...] | None = None) -> Key:
        """Return the column values of a document, in the order of `columns`; by default all of them."""
        if columns is None:
            return self._all_columns(document)
        return tuple([part(getattr(document, column)) for column in columns])

    def new_id(self, payload: bytes | None = None, now_ms: float = 0.0) -> str:
        """Return a new id of this table."""
        return encode_id(self.number, payload or new_payload(now_ms))

    def owns_id(self, text: str) -> bool:
        """Return whether `text` is a well-formed id of this table."""
        decoded = decode_id(text)
        return decoded is not None and decoded[0] == self.number


def _key_reader(columns: tuple[str, ...], hints: dict[str, object]) -> Callable[[Document], Key]:
    """Return the function that reads the columns of a key; texts and nulls need no conversion and are read at once."""
    if columns and all(_is_text(hints[column]) for column in columns):
        if len(columns) > 1:
            return attrgetter(*columns)
        read: Callable[[Document], str | None] = attrgetter(columns[0])
        return lambda found: (read(found),)
    return lambda found: tuple([part(getattr(found, column)) for column in columns])


def _is_text(annotation: object) -> bool:
    if hasattr(annotation, "__supertype__"):
        return _is_text(annotation.__supertype__)
    if get_origin(annotation) is Literal:
        return all(type(value) is str for value in get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_text, get_args(annotation)))
    return annotation in (str, NoneType)


_registry: dict[type[Document], Table] = {}
_names: dict[str, Table] = {}
_numbers: dict[int, str] = {}


def table(
    name: str,
    number: int,
    *,
    id_type: object = None,
    indexes: dict[str, tuple[str, ...]] | None = None,
    owner: str | None = None,
    retention: str = UNTIL_ERASURE,
    erasure: Erasure = "deleted",
    text: str | None = None,
    append_only: bool = False,
) -> Callable[[type[D]], type[D]]:
    """Declare a table; `owner` is the field that names its user.

    `number` is permanent; it is part of every id. `erasure` is the effect of a person's erasure on their documents:
    keep only documents that contain no personal data but an id. One that is `emptied` stays without its owner. `text`
    is a field of terms to search by; see `store/text_search.py`. New documents of a table that is `append_only` are
    rarely read by mutations, so they take no place in the cache of the writer.

    Raises:
        TypeError: Another table has this number, or an index names an unknown field.
    """

    def declare(document: type[D]) -> type[D]:
        if number in _numbers:
            raise TypeError(f"table number {number} belongs to {_numbers[number]}")
        _numbers[number] = name
        policy = DataPolicy(owner, retention, erasure)
        _registry[document] = _names[name] = Table(name, number, document, indexes or {}, policy, text, append_only)
        if id_type is not None:
            register_id_type(id_type, name)
        return document

    return declare


def table_of(document: type[Document]) -> Table:
    """Return the table of a document class.

    Raises:
        KeyError: The class was not declared as a table.
    """
    return _registry[document]


def tables() -> Iterable[Table]:
    """Return every declared table, in the order of their numbers."""
    return sorted(_registry.values(), key=lambda t: t.number)


def table_named(name: str) -> Table:
    """Return the table of a wire name.

    Raises:
        KeyError: No table has this name.
    """
    return _names[name]
