"""Mark secrets in types: credentials, and tokens of rooms and media servers.

Guarantees: the result of a mutation that can hold a secret is never stored, see `runtime.registry`.
Does not know: the code of a meeting's link, which members may read at any time and the database stores.
"""

import types
from typing import Annotated, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

MARK = "secret"
Secret: TypeAlias = Annotated[str, MARK]


def holds_secret(annotation: object, seen: frozenset[object] = frozenset()) -> bool:
    """Return whether values of a type can hold a secret."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return MARK in arguments[1:] or holds_secret(arguments[0], seen)
    if origin in (Union, types.UnionType, list, tuple, dict):
        return any(holds_secret(member, seen) for member in arguments)
    if annotation in seen or not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
        return False
    hints = get_type_hints(annotation, include_extras=True)
    return any(holds_secret(hints[name], seen | {annotation}) for name in annotation.__struct_fields__)
