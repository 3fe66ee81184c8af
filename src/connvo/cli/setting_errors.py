"""Messages about invalid settings: the name as it was given, the accepted values, and the value given instead."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

KINDS: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
    str: "a text",
}
BOUNDS = {"ge": "of at least", "gt": "above", "le": "at most", "lt": "below"}
OTHER_KIND = "an IP address"
MAX_SHOWN = 40


def fault_of(name: str, field: FieldInfo, error: Mapping[str, object]) -> str:
    """Return one line about a value that pydantic refused. A text is never shown, because it may be a secret."""
    if error["type"] == "value_error":
        return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"
    kind = _kind(field.annotation)
    if kind == KINDS[str]:
        return f"{name} does not have the required form: {field.description}"
    return f"{name} takes {kind}{_bounds(field.metadata)}, not {_shown(error['input'])}"


def _kind(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        *most, last = (str(value) for value in get_args(annotation))
        return f"{', '.join(most)} or {last}"
    plain = [kind for kind in get_args(annotation) or (annotation,) if kind is not type(None)]
    return KINDS.get(plain[0], OTHER_KIND)


def _bounds(metadata: list[object]) -> str:
    bounds = {name: getattr(bound, name) for bound in metadata for name in BOUNDS if hasattr(bound, name)}
    if bounds.keys() >= {"ge", "le"}:
        return f" from {bounds['ge']} to {bounds['le']}"
    return "".join(f" {'and ' if place else ''}{BOUNDS[name]} {bounds[name]}" for place, name in enumerate(bounds))


def _shown(value: object) -> str:
    text = str(value)
    return repr(text) if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]!r} …"
