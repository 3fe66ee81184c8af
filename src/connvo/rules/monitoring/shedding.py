"""When a node refuses calls because it has too much to do, and which it refuses first.

Each signal has a bound. The pressure is the largest part of its bound that a signal has reached. Memory and open files
count from three quarters on: a machine that uses half of its memory is not overloaded.
"""

from collections.abc import Collection
from typing import Literal, TypeAlias

import msgspec

Priority: TypeAlias = Literal["critical", "high", "normal", "low"]

# The pressure from which calls of a priority are refused.
REFUSED_FROM: dict[Priority, float] = {"low": 0.5, "normal": 0.75, "high": 0.9, "critical": 1.0}
# The names of the signals, as `CONNVO_OVERLOAD_SIGNALS` has them.
SIGNALS = ("event_loop", "queue", "memory", "open_files")
MAX_LAG_SECONDS = 0.5
RESOURCE_FROM, RESOURCE_BOUND = 0.75, 0.95
MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 3.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The load of a node: the smoothed lag of its event loop, its queue, and parts from 0 to 1 of its resources.

    `cpu` is the part of one processor that the process uses. It refuses nothing: a processor is there to be used.
    """

    lag_seconds: float = 0.0
    queued: int = 0
    queue_limit: int = 1
    memory: float = 0.0
    files: float = 0.0
    cpu: float = 0.0
    connections: int = 0


def pressure(load: Load, watched: Collection[str] = SIGNALS) -> tuple[float, str]:
    """Return the largest part of its bound that a watched signal has reached, and its name; 0 without any."""
    found = {
        "event_loop": load.lag_seconds / MAX_LAG_SECONDS,
        "queue": load.queued / load.queue_limit,
        "memory": _resource(load.memory),
        "open_files": _resource(load.files),
    }
    reached = [(part, name) for name, part in found.items() if name in watched]
    return max(reached, default=(0.0, ""))


def refuses(pressed: float, priority: Priority) -> bool:
    """Return whether calls of a priority are refused under a pressure."""
    return pressed >= REFUSED_FROM[priority]


def _resource(used: float) -> float:
    return max(0.0, (used - RESOURCE_FROM) / (RESOURCE_BOUND - RESOURCE_FROM))
