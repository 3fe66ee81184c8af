"""A message in parts: the arguments of its calls, and the rest. Neither is decoded, so a bad call can fail alone.

Guarantees: a message is taken as it arrives, in memory within a limit; the largest arguments are dropped if it does not
fit. The work is bounded: a message with too many strings and brackets is given up.

Does not know: the meaning of messages; a part may be invalid JSON.
"""

import re
from collections.abc import Sequence

# Most strings and brackets that are looked at; two for each value that a call may hold.
MAX_MARKS = 16_384
# The depths of the objects that hold arguments: a message, and each modification in its list.
DEPTHS = (1, 3)
# The fields whose values are separated: arguments, and telemetry, as neither has a bound.
FIELDS = (b'"args"', b'"event"')
FIELD_CHARS = 32
# Stands for dropped arguments, with their size and the limit. No name of an argument may begin with `$`.
_DROPPED = b'{"$dropped":[%d,%d]}'
_IS_DROPPED = re.compile(rb'\{"\$dropped":\[(\d{1,12}),(\d{1,12})\]\}')
_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_MARK = re.compile(rb'["\[\]{},:]')
_BRACKET = re.compile(rb'["\[\]{}]')
# Half of a surrogate pair. The first alternative passes over escaped backslashes and whole pairs.
_HALF = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_QUOTE, _COMMA, _COLON = b'",:'
_OPENING = b"[{"


class TooManyParts(Exception):
    """A message that cannot be separated within the limits."""


class Arguments:
    """The arguments of one call. `kept` is None once they were dropped."""

    __slots__ = ("kept", "size")

    def __init__(self) -> None:
        self.kept: bytearray | None = bytearray()
        self.size = 0


class MessageParts:
    """The parts of a message, of which at most `limit` bytes are kept. `arguments` are in order."""

    __slots__ = ("arguments", "_between", "_depth", "_in_text", "_kept", "_limit", "_marks", "_rest",
                 "_value_depth")  # fmt: skip

    def __init__(self, limit: int) -> None:
        self.arguments: list[Arguments] = []
        self._between = [bytearray()]
        self._limit = limit
        self._kept = self._marks = self._depth = 0
        self._in_text = False
        self._value_depth: int | None = None
        self._rest = b""

    def add(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            TooManyParts: There is too much beside the arguments.
        """
        data, self._rest = self._rest + piece, b""
        start = at = 0
        while at < len(data):
            if self._in_text:
                at = _end_of_text(data, at)
                if data[at : at + 1] != b'"':
                    break  # the text goes on in the next piece, perhaps with the second half of an escape
                self._in_text = False
                at += 1
                continue
            found = (_MARK if self._value_depth in (None, self._depth) else _BRACKET).search(data, at)
            if found is None:
                at = len(data)
                break
            at = found.end()
            start = self._take(data, start, at)
        self._keep(data[start:at])
        self._rest = data[at:]

    def outline(self) -> bytes:
        """Return the message with numbers in place of arguments, and with no half of a surrogate pair."""
        numbers = [b"%d" % number for number in range(len(self.arguments))]
        return _HALF.sub(lambda found: found[1] or rb"\ufffd", self._joined(numbers))

    def shortened(self) -> bytes:
        """Return the message without the arguments that were dropped."""
        return self._joined([self.text_of(number) for number in range(len(self.arguments))])

    def text_of(self, number: int) -> bytes:
        """Return arguments, or what stands for them; see `dropped`."""
        arguments = self.arguments[number]
        return _DROPPED % (arguments.size, self._limit) if arguments.kept is None else bytes(arguments.kept)

    def _joined(self, values: Sequence[bytes]) -> bytes:
        parts: list[bytes | bytearray] = [self._between[0]]
        for value, text in zip(values, self._between[1:], strict=True):
            parts += (value, text)
        return b"".join(parts) + self._rest

    def _take(self, data: bytes, start: int, at: int) -> int:
        """Take the mark before `at`; return where the bytes begin that are still to be kept."""
        self._marks += 1
        if self._marks > MAX_MARKS:
            raise TooManyParts
        mark = data[at - 1]
        if mark == _QUOTE:
            self._in_text = True
        elif mark == _COLON:
            return self._begin_arguments(data, start, at)
        elif mark in _OPENING:
            self._depth += 1
        elif mark == _COMMA:
            return self._end_arguments(data, start, at) if self._depth == self._value_depth else start
        else:
            self._depth -= 1
            if self._value_depth is not None and self._depth < self._value_depth:
                return self._end_arguments(data, start, at)
        return start

    def _begin_arguments(self, data: bytes, start: int, at: int) -> int:
        if self._value_depth is not None or self._depth not in DEPTHS:
            return start
        self._keep(data[start:at])
        if bytes(self._between[-1][-FIELD_CHARS:-1]).rstrip().endswith(FIELDS):
            self._value_depth = self._depth
            self.arguments.append(Arguments())
            self._between.append(bytearray())
        return at

    def _end_arguments(self, data: bytes, start: int, at: int) -> int:
        self._keep(data[start : at - 1])
        self._value_depth = None
        return at - 1

    def _keep(self, data: bytes) -> None:
        if self._value_depth is None:
            self._between[-1] += data
        else:
            arguments = self.arguments[-1]
            arguments.size += len(data)
            if arguments.kept is None:
                return
            arguments.kept += data
        self._kept += len(data)
        while self._kept > self._limit:
            self._drop_largest()

    def _drop_largest(self) -> None:
        sizes = {number: len(one.kept) for number, one in enumerate(self.arguments) if one.kept}
        if not sizes:
            raise TooManyParts
        largest = self.arguments[max(sizes, key=sizes.__getitem__)]
        self._kept -= largest.size
        largest.kept = None


def shortened(message: bytes, limit: int) -> bytes | None:
    """Return a message without the arguments that do not fit; None if that is not enough."""
    parts = MessageParts(limit)
    try:
        parts.add(message)
    except TooManyParts:
        return None
    return parts.shortened()


def dropped(arguments: bytes) -> tuple[int, int] | None:
    """Return the size of arguments that were dropped, and the limit of their message; None for all others."""
    found = _IS_DROPPED.fullmatch(arguments)
    return None if found is None else (int(found[1]), int(found[2]))


def _end_of_text(data: bytes, at: int) -> int:
    found = _TEXT.match(data, at)
    return at if found is None else found.end()
