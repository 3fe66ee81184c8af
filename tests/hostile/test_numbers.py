"""No number that a caller sends is a fault of the server."""

import base64
import math
import struct
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from connvo.runtime.registry import RegisteredFunction

from .scene import Scene
from .test_authorisation import ENTRIES, arguments, known

Place: TypeAlias = tuple[str | int, ...]
# Numbers that JSON does not have, in the form in which the clients of Convex send them.
STRANGE = [{"$float": base64.b64encode(struct.pack("<d", number)).decode()} for number in (math.nan, math.inf)]


def numbers(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all numbers in an argument."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(part, (*place, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def replaced(value: Any, place: Place, by: Any) -> Any:
    """Return an argument with another value at a place."""
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], by)
    return copy


def optional(entry: RegisteredFunction) -> list[str]:
    """Return the names of arguments that may be left out."""
    return [argument.wire_name for argument in entry.signature.arguments if not argument.required]


@pytest.mark.parametrize("entry", ENTRIES, ids=known)
def test_a_number_that_is_none_is_answered_in_plain_words(scene: Scene, entry: RegisteredFunction) -> None:
    given = arguments(scene, entry, scene.host)
    tries = [replaced(given, place, strange) for place in numbers(given) for strange in STRANGE]
    for tried in tries + [{**given, name: STRANGE[0]} for name in optional(entry)]:
        scene.tries(scene.host, entry.path, **tried)  # fails on a fault of the server
