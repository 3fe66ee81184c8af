"""A client of notes: what it shows, what it has sent, and what it has not sent yet. It does no I/O.

It follows the protocol that docs/protocol.md describes: one operation is under way at a time, and what is under way is
sent again unchanged in its meaning until it is answered.
"""

from typing import NamedTuple

from connvo.rules.notes.compose import compose
from connvo.rules.notes.diff import diff
from connvo.rules.notes.operation import EMPTY, Operation
from connvo.rules.notes.text import apply
from connvo.rules.notes.transform import complement, later_left, transform, transform_position


class Sent(NamedTuple):
    """What is sent to the server: an operation, its number, and the sequence it was made on."""

    number: int
    sequence: int
    operation: Operation


class Received(NamedTuple):
    """An operation as the server put it in its log."""

    sequence: int
    client: str
    number: int
    operation: Operation


class NoteClient:
    """One tab: `base` is the server's text at `sequence`, `text` what the user sees."""

    def __init__(self, name: str, sequence: int = 0, base: str = "") -> None:
        self.name = name
        self.sequence = sequence
        self.base = base
        self.text = base
        self.cursor = 0
        self.number = 0
        self.inflight: Operation | None = None
        self.buffer: Operation = EMPTY

    def edit(self, operation: Operation) -> None:
        """Change what the user sees; it is sent later."""
        self.text = apply(self.text, operation)
        self.buffer = compose(self.buffer, operation)

    def outgoing(self) -> Sent | None:
        """Return what is to be sent now, again if no answer came, or None if everything is on the server."""
        if self.inflight is None:
            if not self.buffer:
                return None
            self.inflight, self.buffer = self.buffer, EMPTY
            self.number += 1
        return Sent(self.number, self.sequence, self.inflight)

    def receive(self, received: Received) -> bool:
        """Take an operation of the log, in order; return whether it could, or has to load a snapshot.

        It has to if an operation of its own was committed as another than it expects, because an earlier copy of what
        it sent arrived after it had loaded a snapshot.
        """
        if received.sequence <= self.sequence:
            return True
        assert received.sequence == self.sequence + 1, "a gap in the log"
        if received.client == self.name:
            assert received.number == self.number, "an operation that is not under way"
            if received.operation != self.inflight:
                return False
            self.inflight = None
        else:
            self._show(self._rebase(received.operation))
        self.base = apply(self.base, received.operation)
        self.sequence = received.sequence
        return True

    def joined(self) -> None:
        """Count what is under way as part of the base: the server has it, and a snapshot comes next."""
        self.base = apply(self.base, self.inflight or EMPTY)
        self.inflight = None

    def reload(self, sequence: int, text: str) -> None:
        """Go on from a snapshot; what is pending stays, transformed over the difference."""
        self._show(self._rebase(diff(self.base, text)))
        self.sequence, self.base = sequence, text

    @property
    def pending(self) -> bool:
        """Whether something is not known to be on the server."""
        return self.inflight is not None or bool(self.buffer)

    def _rebase(self, foreign: Operation) -> Operation:
        """Transform what is pending over an operation that commits earlier; return the latter for the screen."""
        for name in ("inflight", "buffer"):
            own: Operation = getattr(self, name) or EMPTY
            if getattr(self, name) is not None:
                setattr(self, name, transform(own, foreign, later_left))
            foreign = transform(foreign, own, complement(later_left))
        return foreign

    def _show(self, operation: Operation) -> None:
        self.text = apply(self.text, operation)
        self.cursor = transform_position(self.cursor, operation)
