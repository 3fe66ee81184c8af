"""Write `docs/vectors/notes.json`: what every client of notes has to compute, as the server does.

Run it after a change of `connvo.rules.notes`: `python scripts/generate_note_vectors.py`. A test compares the file with
what this writes. `docs/vectors/README.md` describes the format.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from connvo.rules.notes.compose import compose
from connvo.rules.notes.diff import diff
from connvo.rules.notes.operation import Change, Operation, UnfitOperation, normalize
from connvo.rules.notes.text import apply
from connvo.rules.notes.transform import TieRule, later_left, smaller_left, transform_pair, transform_position

FILE = Path(__file__).resolve().parent.parent / "docs" / "vectors" / "notes.json"
RULES: dict[str, TieRule] = {"later": later_left, "smaller": smaller_left}
PIECES = [
    "a", "b", " ", "\n", "\r\n", "\r", "é", "e\u0301", "日", "\uffff", "\U0001f600", "\U0001f1e9\U0001f1ea",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u05e9\u05dc\u05d5\u05dd", "\u202bx\u202c", "\U00010000",
]  # fmt: skip
TRANSFORMS = 600
COMPOSITIONS = 200
POSITIONS = 150
DIFFS = 100
MAX_PIECES = 8

# What random pairs seldom hold, by text, earlier and later operation.
KNOWN: list[tuple[str, Operation, Operation]] = [
    ("", (Change(0, 0, "one"),), (Change(0, 0, "two"),)),
    ("", (Change(0, 0, "same"),), (Change(0, 0, "same"),)),
    ("", (Change(0, 0, "\uffff"),), (Change(0, 0, "\U0001f600"),)),
    ("abcdef", (Change(1, 4),), (Change(3, 0, "X"),)),
    ("abcdef", (Change(3, 0, "X"),), (Change(1, 4),)),
    ("abcdef", (Change(1, 4),), (Change(1, 2),)),
    ("abcdef", (Change(0, 4),), (Change(2, 4),)),
    ("abcdef", (Change(2, 1),), (Change(0, 6),)),
    ("abcdef", (Change(2, 2, "new"),), (Change(2, 0, "x"),)),
    ("abcdef", (Change(2, 2, "new"),), (Change(4, 0, "x"),)),
    ("abcdef", (Change(2, 2, "one"),), (Change(2, 2, "two"),)),
    ("abcdef", (Change(0, 4, "one"),), (Change(2, 4, "two"),)),
    ("abcdef", (Change(1, 1), Change(3, 1), Change(5, 1)), (Change(0, 6, "all"),)),
    ("abcdef", (Change(1, 0, "p"), Change(4, 0, "q")), (Change(0, 2, "r"), Change(3, 3, "s"))),
    ("a\r\nb", (Change(1, 2, "\n"),), (Change(3, 0, "c"),)),
    ("\U0001f600\U0001f600", (Change(0, 2),), (Change(2, 0, "\U0001f44d\U0001f3fd"),)),
]

# Lists of changes and what becomes of them; None: they are refused.
LISTS: list[list[Change]] = [
    [],
    [Change(0)],
    [Change(0, 0, "a"), Change(0, 0, "b")],
    [Change(0, 1, "a"), Change(1, 2, "b")],
    [Change(0, 2), Change(2, 0, "x"), Change(5, 0), Change(6, 1)],
    [Change(3, 0, "a"), Change(2, 0, "b")],
    [Change(0, 3), Change(2, 1)],
    [Change(-1, 0, "a")],
    [Change(0, -1)],
]

# Texts, operations that do not fit them, or cut a pair.
REFUSED: list[tuple[str, Operation]] = [
    ("abc", (Change(4, 0, "x"),)),
    ("abc", (Change(2, 2),)),
    ("\U0001f600", (Change(1, 0, "x"),)),
    ("\U0001f600", (Change(0, 1),)),
    ("\U0001f600", (Change(1, 1),)),
]

DIFFERENCES: list[tuple[str, str]] = [
    ("", ""),
    ("", "a"),
    ("a", ""),
    ("first line\nsecond line\nthird line\n", "first word\nsecond line\nthird one\n"),
    ("the quick brown fox", "the slow brown dog"),
    ("\U0001f600", "\U0001f601"),
    ("one\ntwo\nthree\n", "three\ntwo\none\n"),
    ("a\na\na\n", "a\na\na\na\n"),
]


def vectors() -> dict[str, Any]:
    """Return everything that the file holds."""
    random = Random("notes")
    return {
        "format": 1,
        "normalize": [{"changes": _wire(changes), "normal": _normal(changes)} for changes in LISTS],
        "apply": [_applied(random) for _ in range(POSITIONS)],
        "refused": [{"text": text, "operation": _wire(operation)} for text, operation in REFUSED],
        "transform": [_pair(*case, rule) for case in _cases(random) for rule in RULES],
        "compose": [_composition(random) for _ in range(COMPOSITIONS)],
        "position": [_position(random) for _ in range(POSITIONS)],
        "diff": [_difference(*pair) for pair in DIFFERENCES + [_texts(random) for _ in range(DIFFS)]],
    }


def rendered() -> str:
    """Return the file: one case on a line, in plain ASCII."""
    parts = []
    for name, value in vectors().items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in value)
            parts.append(f'"{name}": [\n{lines}\n]')
        else:
            parts.append(f'"{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _wire(changes: Operation | list[Change]) -> list[list[Any]]:
    return [[change.position, change.length, change.content] for change in changes]


def _normal(changes: list[Change]) -> list[list[Any]] | None:
    try:
        return _wire(normalize(changes))
    except UnfitOperation:
        return None


def _cases(random: Random) -> list[tuple[str, Operation, Operation]]:
    cases = list(KNOWN)
    while len(cases) < TRANSFORMS // len(RULES):
        text = _text(random)
        cases.append((text, _operation(random, text), _operation(random, text)))
    return cases


def _pair(text: str, earlier: Operation, later: Operation, name: str) -> dict[str, Any]:
    earlier_after, later_after = transform_pair(earlier, later, RULES[name])
    return {
        "text": text,
        "earlier": _wire(earlier),
        "later": _wire(later),
        "rule": name,
        "earlierAfter": _wire(earlier_after),
        "laterAfter": _wire(later_after),
        "result": apply(apply(text, earlier), later_after),
    }


def _applied(random: Random) -> dict[str, Any]:
    text = _text(random)
    operation = _operation(random, text)
    return {"text": text, "operation": _wire(operation), "result": apply(text, operation)}


def _composition(random: Random) -> dict[str, Any]:
    text = _text(random)
    first = _operation(random, text)
    second = _operation(random, apply(text, first))
    return {
        "text": text,
        "first": _wire(first),
        "second": _wire(second),
        "composed": _wire(compose(first, second)),
        "result": apply(apply(text, first), second),
    }


def _position(random: Random) -> dict[str, Any]:
    text = _text(random)
    operation = _operation(random, text)
    position = random.choice(_places(text))
    return {"operation": _wire(operation), "position": position, "after": transform_position(position, operation)}


def _difference(before: str, after: str) -> dict[str, Any]:
    return {"before": before, "after": after, "operation": _wire(diff(before, after))}


def _texts(random: Random) -> tuple[str, str]:
    before = after = _text(random, 3 * MAX_PIECES)
    for _ in range(random.randint(1, 3)):
        after = apply(after, _operation(random, after))
    return before, after


def _text(random: Random, most: int = MAX_PIECES) -> str:
    return "".join(random.choices(PIECES, k=random.randint(0, most)))


def _places(text: str) -> list[int]:
    places = [0]
    for character in text:
        places.append(places[-1] + (2 if character > "\uffff" else 1))
    return places


def _operation(random: Random, text: str) -> Operation:
    bounds = sorted(random.choices(_places(text), k=2 * random.randint(1, 3)))
    changes: list[Change] = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        kind = random.randrange(3)
        content = "" if kind == 1 else _text(random, 2)
        changes.append(Change(start, 0 if kind == 0 else end - start, content))
    return normalize(changes)


def main() -> None:
    """Write the file."""
    FILE.write_text(rendered(), "utf-8")
    print(f"{FILE}: written")


if __name__ == "__main__":
    main()
