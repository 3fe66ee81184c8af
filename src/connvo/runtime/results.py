"""The result of a function, as values and as the wire's exact JSON."""

import types
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel import values
from connvo.kernel.errors import Internal

Value: TypeAlias = Any
_SIMPLE = (str, bool, int, float, type(None))


def to_values(result: object) -> Value:
    """Return a result with its structs as objects; bytes and 64-bit integers stay as they are."""
    if isinstance(result, msgspec.Struct):
        return msgspec.to_builtins(result, builtin_types=(bytes,))
    if isinstance(result, list | tuple):
        return [to_values(item) for item in result]
    if isinstance(result, dict):
        return {name: to_values(item) for name, item in result.items()}
    return result


def exact_json(result: object, simple: bool) -> bytes:
    """Return a result as exact JSON. `simple`: its type has passed `is_simple`."""
    if simple:
        return msgspec.json.encode(result)
    return msgspec.json.encode(values.encode_exact(to_values(result)))


def is_simple(annotation: object, seen: frozenset[object] = frozenset()) -> bool:
    """Return whether values of a type look the same in plain and in exact JSON: no bytes, no 64-bit integers.

    A float counts as simple: only finite numbers are stored, so numbers computed from them are finite.
    """
    if annotation in _SIMPLE or annotation is None or annotation in seen:
        return True
    if hasattr(annotation, "__supertype__"):
        return is_simple(annotation.__supertype__, seen)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return True
    if origin is Annotated:
        return is_simple(arguments[0], seen)
    if origin in (Union, types.UnionType, list):
        return all(is_simple(member, seen) for member in arguments)
    if origin is dict:
        return is_simple(arguments[1], seen)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = get_type_hints(annotation, include_extras=True)
        fields = msgspec.structs.fields(annotation)
        return all(is_simple(hints[field.name], seen | {annotation}) for field in fields)
    return False


def server_error(request_id: str) -> Internal:
    """Return the error for an unexpected exception; its request id leads to the log line."""
    return Internal(f"[Request ID: {request_id}] Server Error")
