"""Normal forms of arguments, so that live queries which differ in nothing that counts share a run.

A function declares them by the type of an argument: `Annotated[float | None, Clamped(1, 100, default=50)]`. A struct
names in `ignored` the fields that no function looks at.
"""

import math
import types
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel.errors import Invalid

Normalize = Callable[[Any], Any]


class Clamped(msgspec.Struct, frozen=True):
    """A count that callers send as a JSON number, clamped to whole numbers within bounds; `default` if absent."""

    least: int
    most: int
    default: int | None = None

    def normal(self, value: float | None) -> float | None:
        """Return the clamped number, or the default; a number that is not finite stays as it is."""
        if value is None:
            return self.default
        return int(min(max(value, self.least), self.most)) if math.isfinite(value) else value

    def whole(self, value: float | None, field: str) -> int:
        """Return the clamped number, or the default.

        Raises:
            Invalid: The number is not finite, or absent without a default.
        """
        number = self.normal(value)
        if number is None or not math.isfinite(number):
            raise Invalid(f"{field} needs to be a number", field)
        return int(number)


def plain(annotation: object) -> Any:
    """Return the type of an argument without its normal form."""
    return get_args(annotation)[0] if _clamped(annotation) is not None else annotation


def normalizer(annotation: object) -> Normalize | None:
    """Return the function that gives equivalent values the same form, or None where each value is its own."""
    clamped = _clamped(annotation)
    if clamped is not None:
        return clamped.normal
    origin = get_origin(annotation)
    if origin is Annotated:
        return normalizer(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [found for member in get_args(annotation) if (found := normalizer(member)) is not None]
        return _if_struct(inner[0]) if len(inner) == 1 else None
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _of_struct(annotation)
    return None


def _clamped(annotation: object) -> Clamped | None:
    declared = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((one for one in declared if isinstance(one, Clamped)), None)


def _if_struct(inner: Normalize) -> Normalize:
    return lambda value: inner(value) if isinstance(value, msgspec.Struct) else value


def _of_struct(struct: type[msgspec.Struct]) -> Normalize | None:
    hints = get_type_hints(struct, include_extras=True)
    ignored: frozenset[str] = getattr(struct, "ignored", frozenset())
    fields = msgspec.structs.fields(struct)
    defaults = {field.name: field.default for field in fields if field.name in ignored}
    inner = {field.name: found for field in fields if (found := normalizer(hints[field.name])) is not None}
    if not defaults and not inner:
        return None

    def normalize(value: Any) -> Any:
        changed = {name: change(getattr(value, name)) for name, change in inner.items()}
        return msgspec.structs.replace(value, **defaults, **changed)

    return normalize
