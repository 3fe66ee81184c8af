"""What clients saw of a database of lists: transactions that append to lists and read them, and when.

A list only grows and every value is appended once, so what was read tells in which order things were written. A
transaction is a mutation, or a snapshot that shows several lists at one timestamp.
"""

from dataclasses import dataclass
from itertools import count
from typing import Literal, NamedTuple, TypeAlias

Key: TypeAlias = str
Value: TypeAlias = str


class Append(NamedTuple):
    """A value was put at the end of a list."""

    key: Key
    value: Value


class Read(NamedTuple):
    """A list was read, and held these values."""

    key: Key
    values: tuple[Value, ...]


Step: TypeAlias = Append | Read


@dataclass(frozen=True)
class Transaction:
    """One transaction as its client saw it. Times are of one clock.

    `number` tells transactions apart. `client`: a client sees its own in order; None for one without order. `ts`: the
    timestamp that the server gave it, None when it gave none. `begun` is None where nobody asked, as for a push.
    """

    number: int
    steps: tuple[Step, ...]
    client: str | None = None
    ts: int | None = None
    begun: float | None = None
    ended: float | None = None

    @property
    def writes(self) -> bool:
        """Whether it appends anything."""
        return any(isinstance(step, Append) for step in self.steps)

    def __str__(self) -> str:
        who = "" if self.client is None else f" of {self.client}"
        when = "" if self.ts is None else f" at {self.ts}"
        return f"#{self.number}{who}{when}: " + "; ".join(map(told, self.steps))


def told(step: Step) -> str:
    """Return a step in words, long lists by their end."""
    if isinstance(step, Append):
        return f"{step.key} << {step.value}"
    shown = ("...", *step.values[-3:]) if len(step.values) > 3 else step.values
    return f"{step.key} = [{' '.join(shown)}]"


class History:
    """Transactions as they are recorded."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self._numbers = count()

    def add(
        self,
        *steps: Step,
        client: str | None = None,
        ts: int | None = None,
        begun: float | None = None,
        ended: float | None = None,
    ) -> Transaction:
        """Record a transaction that was acknowledged, in the order in which its client saw it."""
        made = Transaction(next(self._numbers), steps, client, ts, begun, ended)
        self.transactions.append(made)
        return made


Fault: TypeAlias = Literal[
    "foreign", "doubled", "lost", "forked", "incoherent", "dirty write", "circular", "lost update", "write skew",
    "stale", "time travel",
]  # fmt: skip
