"""Decide whether a document is immutable and can be shared by several readers."""

import types
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

_LEAVES = (str, bytes, bool, int, float, type(None), None)


def is_immutable(annotation: object, seen: frozenset[object] = frozenset()) -> bool:
    """Return whether values of a type are immutable at every depth."""
    if annotation in _LEAVES or annotation in seen:
        return True
    if hasattr(annotation, "__supertype__"):
        return is_immutable(annotation.__supertype__, seen)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return True
    if origin is Annotated:
        return is_immutable(arguments[0], seen)
    if origin in (Union, types.UnionType, tuple, frozenset):
        return all(is_immutable(member, seen) for member in arguments if member is not ...)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = get_type_hints(annotation, include_extras=True)
        return annotation.__struct_config__.frozen and all(
            is_immutable(hints[field], seen | {annotation}) for field in annotation.__struct_fields__
        )
    return False
