"""Bases of the structs that cross the wire. Names are camelCase there, snake_case here."""

from typing import Annotated, ClassVar, TypeAlias

import msgspec

from connvo.store.schema import wire_name

from .normalization import Clamped

PAGE_SIZE = Clamped(1, 100)
Meta: TypeAlias = dict[str, str | float | bool]


class Args(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True):
    """A struct inside arguments: unknown fields are refused. `undocumented` ones are accepted, but not described.

    `ignored` are those that no function looks at.
    """

    undocumented: ClassVar[frozenset[str]] = frozenset()
    ignored: ClassVar[frozenset[str]] = frozenset()


class Result(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, omit_defaults=True):
    """A struct inside a result: exactly the declared fields leave the server; a field left at None is absent."""


class PaginationOptions(Args, frozen=True, kw_only=True):
    """How much of a list, and from where: `cursor` is null at first, then what the last page gave.

    What Convex clients add of their own accord is accepted: `end_cursor` asks for everything up to that cursor;
    `id` tells apart lists that start anew; the wishes for limits are covered by those of every call.
    """

    undocumented: ClassVar[frozenset[str]] = frozenset({"end_cursor", "id", "maximum_rows_read", "maximum_bytes_read"})
    ignored: ClassVar[frozenset[str]] = frozenset({"id", "maximum_rows_read", "maximum_bytes_read"})

    num_items: Annotated[float, PAGE_SIZE]
    cursor: str | None
    end_cursor: str | None = None
    id: float | None = msgspec.field(default=None, name="id")
    maximum_rows_read: float | None = None
    maximum_bytes_read: float | None = None
