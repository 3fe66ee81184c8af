"""Real editing histories: tests/data/editing_traces."""

import json
import lzma
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from connvo.rules.notes.compose import compose
from connvo.rules.notes.operation import EMPTY, Change, Operation, normalize
from connvo.rules.notes.text import NoteText
from connvo.rules.notes.transform import later_left, transform_pair

FOLDER = Path(__file__).parents[2] / "data" / "editing_traces"
AGENTS = 2


class Edit(NamedTuple):
    """An edit of one of two agents, who had seen `known` edits of the other."""

    agent: int
    known: int
    operation: Operation


@cache
def _loaded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()))
    return loaded


def final_text() -> str:
    """Return the text at the end of both."""
    text: str = _loaded("friendsforever")["final"]
    assert text == _loaded("friendsforever_flat")["final"]
    return text


def flat() -> Iterator[Operation]:
    """Yield the edits in one order."""
    for patches in _loaded("friendsforever_flat")["edits"]:
        yield operation_of(patches)


def flat_patches() -> Iterator[tuple[int, int, str]]:
    """Yield the patches in one order: position, units deleted, text inserted."""
    for patches in _loaded("friendsforever_flat")["edits"]:
        yield from ((position, deleted, inserted) for position, deleted, inserted in patches)


def concurrent() -> Iterator[Edit]:
    """Yield the edits of both agents."""
    for agent, known, patches in _loaded("friendsforever")["edits"]:
        yield Edit(agent, known, operation_of(patches))


def operation_of(patches: list[Any]) -> Operation:
    """Return what patches do that were made one after another."""
    operation: Operation = EMPTY
    for position, deleted, inserted in patches:
        operation = compose(operation, normalize([Change(position, deleted, inserted)]))
    return operation


def in_groups(operations: Iterator[Operation], size: int) -> Iterator[Operation]:
    """Yield each `size` operations in a row as one."""
    composed: Operation = EMPTY
    count = 0
    for operation in operations:
        composed = compose(composed, operation)
        count += 1
        if count == size:
            yield composed
            composed, count = EMPTY, 0
    if composed:
        yield composed


class Agent:
    """One of the two: the text it sees, and the operations of it that are not committed."""

    def __init__(self) -> None:
        self.text = NoteText("")
        self.pending: deque[Operation] = deque()
        self.sequence = 0
        self.committed = 0
        self.seen = 0

    def edit(self, operation: Operation) -> None:
        self.text.apply(operation)
        self.pending.append(operation)

    def receive(self, own: bool, operation: Operation) -> None:
        """Take the next operation of the log."""
        self.sequence += 1
        if own:
            assert self.pending.popleft() == operation
            self.committed += 1
            return
        self.seen += 1
        for place, pending in enumerate(self.pending):
            operation, self.pending[place] = transform_pair(operation, pending, later_left)
        self.text.apply(operation)
