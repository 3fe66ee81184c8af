"""What an attacker makes of a valid message: one part of it changed, left out or doubled, or some bytes of it noise.

Each is made from a number, which the report names: that number makes the same again.
"""

import json
import os
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st

Path: TypeAlias = tuple[str | int, ...]

# HOSTILE_EXAMPLES=50 tries fifty times as much, and other messages in every run.
TIMES = int(os.environ.get("HOSTILE_EXAMPLES", "1"))
NUMBERS = 2**32
SHORT, DEEPEST = 12, 3
TEXTS = (
    "", " ", "\x00", "\u202e", "\ufeff", "null", "../..", "' OR 1=1", "%s", "a" * 5000, "\uffff", "1e999", "\ud800",
    "\u00b2", "\u0344" * 40, "\r\n", "\x1b[31m", "9" * 400, "$", "__proto__", "AAAAAAAAAAA=", "-1", "0x1",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**40, 10**400, 1e308, -0.0, float("inf"),
    float("nan"), [], {}, [[]], {"$integer": "AA=="}, {"$float": "AAAAAAAA8D8="}, {"$bytes": "%"}, {"$integer": 5},
    {"$set": []}, {"$": 1}, {"": 1},
)  # fmt: skip

Make: TypeAlias = Callable[["Noise"], Any]


def tries(count: int) -> settings:
    """Return how often a property is tried: the same examples in every run, unless more are asked for."""
    return settings(max_examples=count * TIMES, deadline=None, derandomize=TIMES == 1, database=None)


def made(make: Make) -> st.SearchStrategy[Any]:
    """Draw what comes of noise."""
    return st.integers(0, NUMBERS).map(lambda number: make(Noise(number)))


def mutated(*valid: Any) -> st.SearchStrategy[bytes]:
    """Draw the JSON of a mutated message, or noise."""
    drawn: st.SearchStrategy[bytes] = made(lambda noise: noise.message(valid))
    return drawn


class Noise:
    """Values and texts of every kind, all of them from one number."""

    def __init__(self, number: int) -> None:
        self._chance = Random(number)

    def text(self) -> str:
        """Return some text."""
        if self._chance.random() < 0.5:
            return self._chance.choice(TEXTS)
        return "".join(chr(self._chance.randrange(0x3000)) for _ in range(self._chance.randrange(SHORT)))

    def data(self, most: int = SHORT) -> bytes:
        """Return some bytes."""
        return self._chance.randbytes(self._chance.randrange(most + 1))

    def number(self, most: int) -> int:
        """Return a number from 0 to `most`."""
        return self._chance.randint(0, most)

    def one(self, of: Sequence[Any]) -> Any:
        """Return one of several things."""
        return self._chance.choice(of)

    def value(self, depth: int = DEEPEST) -> Any:
        """Return some value of JSON."""
        kind = self._chance.randrange(5 if depth else 3)
        if kind == 0:
            return self._chance.choice(VALUES)
        if kind == 3:
            return [self.value(depth - 1) for _ in range(self._chance.randrange(4))]
        if kind == 4:
            return {self.text(): self.value(depth - 1) for _ in range(self._chance.randrange(4))}
        return self.text()

    def changed(self, valid: Any) -> Any:
        """Return a valid value with one part of it changed, left out or added."""
        path = self._chance.choice(_places(valid))

        def change(inner: Any) -> Any:
            if not isinstance(inner, dict) or self._chance.random() < 0.3:
                return self.value()
            if inner and self._chance.random() < 0.5:
                gone = self._chance.choice(sorted(inner))
                return {name: item for name, item in inner.items() if name != gone}
            return {**inner, self.text(): self.value()}

        return _replaced(valid, path, change)

    def message(self, valid: Sequence[Any]) -> bytes:
        """Return the JSON of one of several messages, changed, and sometimes damaged."""
        if self._chance.random() < 0.1:
            return self.data(200)
        plain = self._chance.random() < 0.5
        text = json.dumps(self.changed(self.one(valid)), ensure_ascii=plain).encode("utf-8", "surrogatepass")
        return self.damaged(text) if self._chance.random() < 0.3 else text

    def damaged(self, text: bytes) -> bytes:
        """Return text with noise in place of some of its bytes."""
        noise = self.data(6)
        start = self._chance.randrange(len(text) + 1)
        return text[:start] + noise + text[start + len(noise) :]


def _places(value: Any, path: Path = ()) -> list[Path]:
    """Return the place of every value within a value."""
    found = [path]
    if isinstance(value, dict):
        found += [place for name, item in value.items() for place in _places(item, (*path, name))]
    elif isinstance(value, list):
        found += [place for number, item in enumerate(value) for place in _places(item, (*path, number))]
    return found


def _replaced(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """Return a value with another one at a place within it."""
    if not path:
        return change(value)
    first, *rest = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = _replaced(copy[first], tuple(rest), change)
    return copy
