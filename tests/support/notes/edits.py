"""Random texts and operations, with what breaks careless arithmetic: pairs, flags, joined emoji, marks, RTL, CRLF."""

from random import Random

from connvo.rules.notes.operation import Change, Operation, normalize
from connvo.rules.notes.utf16 import units

PIECES = [
    "a", "b", "c", " ", "\n", "\r\n", "\r", "\t", "ß", "e\u0301", "日本", "\ufeff", "\uffff",
    "\U0001f600", "\U0001f1e9\U0001f1ea", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd",
    "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u202bx\u202c", "\U00010000", "\U0010ffff",
]  # fmt: skip
MAX_PIECES = 12


def random_text(random: Random, most: int = MAX_PIECES) -> str:
    """Return a text of up to `most` pieces."""
    return "".join(random.choices(PIECES, k=random.randint(0, most)))


def places(text: str) -> list[int]:
    """Return every position of a text that is not inside a pair, in units."""
    found = [0]
    for character in text:
        found.append(found[-1] + units(character))
    return found


def random_operation(random: Random, text: str, most: int = 3) -> Operation:
    """Return an operation of up to `most` changes that fits a text; few places, so that two often meet."""
    allowed = places(text)
    changes: list[Change] = []
    bounds = sorted(random.choices(allowed, k=2 * random.randint(1, most)))
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        kind = random.randrange(3)
        if kind == 0:
            end = start
        content = "" if kind == 1 else random_text(random, 2)
        changes.append(Change(start, end - start, content))
    return normalize(changes)


def inserted(operation: Operation) -> str:
    """Return all texts of an operation, in their order."""
    return "".join(change.content for change in operation)


def deleted(operation: Operation) -> set[int]:
    """Return the units that an operation deletes."""
    return {unit for change in operation for unit in range(change.position, change.end)}


def is_normal(operation: Operation) -> bool:
    """Return whether an operation is in normal form."""
    return normalize(operation) == operation and all(type(change) is Change for change in operation)
