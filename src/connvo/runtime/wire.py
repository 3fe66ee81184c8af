"""The bases of structs that cross the wire. Names are camelCase on the wire, snake_case in Python."""

from functools import cache
from typing import Annotated, ClassVar, Self, TypeAlias

import msgspec

from connvo.store.schema import wire_name

from .normalization import Clamped

PAGE_SIZE = Clamped(1, 100)
Meta: TypeAlias = dict[str, str | float | bool]


class Args(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True):
    """A struct inside arguments: unknown fields are refused. `undocumented` ones are accepted, but not described.

    No function reads the `ignored` ones.
    """

    undocumented: ClassVar[frozenset[str]] = frozenset()
    ignored: ClassVar[frozenset[str]] = frozenset()


class Result(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, omit_defaults=True):
    """A struct inside a result: exactly the declared fields leave the server; a field left at None is absent."""

    @classmethod
    def from_row(cls, row: msgspec.Struct, **fields: object) -> Self:
        """Return a result with the given fields, and all others from the fields of a row with the same names."""
        values = {name: getattr(row, name) for name in _others(cls, frozenset(fields))}
        return cls(**values, **fields)


class PaginationOptions(Args, frozen=True, kw_only=True):
    """The size and the start of a page: `cursor` is null at first, then the cursor that the last page gave.

    The fields that Convex clients add are accepted: `end_cursor` asks for everything up to that cursor; `id` tells
    lists apart that start again; the limits of every call cover the requested limits.
    """

    undocumented: ClassVar[frozenset[str]] = frozenset({"end_cursor", "id", "maximum_rows_read", "maximum_bytes_read"})
    ignored: ClassVar[frozenset[str]] = frozenset({"id", "maximum_rows_read", "maximum_bytes_read"})

    num_items: Annotated[float, PAGE_SIZE]
    cursor: str | None
    end_cursor: str | None = None
    id: float | None = msgspec.field(default=None, name="id")
    maximum_rows_read: float | None = None
    maximum_bytes_read: float | None = None


@cache
def _others(result: type[Result], given: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in result.__struct_fields__ if name not in given)
