"""What functions count for operators: each figure with its name, its labels and, where it has a range, its buckets.

A function hands a value to `ctx.measure`, which counts it once the transaction is on disk. Labels are of few values,
and never a person's or a meeting's.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

SECONDS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 120.0)


class Instrument(msgspec.Struct, frozen=True):
    """A figure. With `buckets` its values are sorted into those, without them added up."""

    name: str
    description: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


class Measurement(msgspec.Struct, frozen=True):
    """A value of a figure; `labels` in the order of the figure's."""

    instrument: Instrument
    value: float
    labels: tuple[str, ...]


Measured: TypeAlias = Callable[[list[Measurement]], None]


def discard_measurements(measures: list[Measurement]) -> None:
    """Take values for which nobody asks."""


RUNGS = Instrument(
    "recovery_rungs", "Failed connections by the answer of the recovery ladder.", ("provider", "error", "rung")
)
CONNECT_SECONDS = Instrument(
    "connect_seconds", "From the beginning of a session until it is connected.", ("provider", "candidate"), SECONDS
)
RECOVER_SECONDS = Instrument(
    "recover_seconds", "From the first failure until connected again, by the last rung.", ("provider", "rung"), SECONDS
)
ROOM_MOVES = Instrument("room_moves", "Rooms that moved to another provider.", ("left", "reached"))
ROOM_CLOSINGS = Instrument("room_closings", "Rooms that could neither be used nor moved.", ("provider",))
PROVIDER_FAILURES = Instrument(
    "provider_failures", "Calls that a provider did not answer as it should.", ("provider", "reason")
)
ALL = (RUNGS, CONNECT_SECONDS, RECOVER_SECONDS, ROOM_MOVES, ROOM_CLOSINGS, PROVIDER_FAILURES)
