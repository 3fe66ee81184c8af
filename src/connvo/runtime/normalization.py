"""Declare which arguments are the same to a function, so that live queries that differ in nothing share a run.

A function declares it by the type of an argument: `Annotated[float | None, Clamped(1, 100, default=50)]`. A struct
names in `ignored` the fields that no function looks at.
"""

import math
import types
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from connvo.kernel.errors import Invalid

Normalise = Callable[[Any], Any]


class Clamped(msgspec.Struct, frozen=True):
    """A count that callers send as a JSON number: a whole one within bounds, and `default` where it is left out."""

    least: int
    most: int
    default: int | None = None

    def normal(self, value: float | None) -> float | None:
        """Return the number that stands for all that are the same to a function; one that is not finite stays."""
        if value is None:
            return self.default
        return int(min(max(value, self.least), self.most)) if math.isfinite(value) else value

    def whole(self, value: float | None, field: str) -> int:
        """Return the number within the bounds.

        Raises:
            Invalid: It is not finite, or left out without a default.
        """
        number = self.normal(value)
        if number is None or not math.isfinite(number):
            raise Invalid(f"{field} needs to be a number", field)
        return int(number)


def plain(annotation: Any) -> Any:
    """Return the type of an argument without what is declared here."""
    return get_args(annotation)[0] if _clamped(annotation) is not None else annotation


def normaliser(annotation: Any) -> Normalise | None:
    """Return the function that gives equal values the same form, or None where each value has one form only."""
    clamped = _clamped(annotation)
    if clamped is not None:
        return clamped.normal
    origin = get_origin(annotation)
    if origin is Annotated:
        return normaliser(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [found for member in get_args(annotation) if (found := normaliser(member)) is not None]
        return _if_struct(inner[0]) if len(inner) == 1 else None
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _of_struct(annotation)
    return None


def _clamped(annotation: Any) -> Clamped | None:
    declared = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((one for one in declared if isinstance(one, Clamped)), None)


def _if_struct(inner: Normalise) -> Normalise:
    return lambda value: inner(value) if isinstance(value, msgspec.Struct) else value


def _of_struct(struct: type[msgspec.Struct]) -> Normalise | None:
    hints = get_type_hints(struct, include_extras=True)
    ignored: frozenset[str] = getattr(struct, "ignored", frozenset())
    fields = msgspec.structs.fields(struct)
    defaults = {field.name: field.default for field in fields if field.name in ignored}
    inner = {field.name: found for field in fields if (found := normaliser(hints[field.name])) is not None}
    if not defaults and not inner:
        return None

    def normalise(value: Any) -> Any:
        changed = {name: change(getattr(value, name)) for name, change in inner.items()}
        return msgspec.structs.replace(value, **defaults, **changed)

    return normalise
