"""The recovery ladder: what to do about a failed connection.

    restart   try again with a new negotiation and fresh credentials
    relay     the same over TURN only, with growing pauses
    rejoin    return with a new session; the member's pending signals are kept
    move      move the whole room to another provider
    stop      nothing is left to try, or no network can fix the fault

Guarantees:
    The answer is the same for the same situation.
    An unavailable provider is never offered.
    Every run of failures within the window ends in `stop`.
    One member's reports do not move a room in which all others are well connected.

Does not know:
    Where the history is stored, and how a room moves.
"""

import re
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

import msgspec

from .providers import MESH, Provider
from .room_placement import best

ErrorType: TypeAlias = Literal["ice_failed", "connection_timeout", "media_failed", "signaling_failed"]
Rung: TypeAlias = Literal["restart", "relay", "rejoin", "move", "stop"]

# The failure at which a room moves if possible, and the first one after which the client pauses before a retry.
MOVE_AT = 3
PAUSE_FROM = 3
FIRST_PAUSE_SECONDS = 2.0
MAX_PAUSE_SECONDS = 16.0
# Failures of several members within this time are one event of the room.
ROOM_WINDOW_MS = 30_000.0
ROOM_SHARE = 0.5
# One member's failure is not the room's, however small the room. On the mesh both ends report a broken connection, so
# two failing members may be one connection, and one disconnected member makes every other member fail once.
MIN_ROOM = 2
MIN_MESH = 3
MESH_TRIES = 2

_DEVICE_FAULTS: dict[str, str] = {
    "NotAllowedError": "the browser or the system does not allow the camera or microphone",
    "NotFoundError": "there is no camera or microphone",
    "NotReadableError": "the camera or microphone is in use by another program",
}
_DEVICE_FAULT = re.compile(r"\b(" + "|".join(_DEVICE_FAULTS) + r")\b")


class Attempt(msgspec.Struct, frozen=True):
    """An earlier failure of the same member in the same meeting and room, and the answer to it."""

    error_type: ErrorType
    rung: Rung


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The situation in which a failure is reported.

    `history` are the member's failures within the window in the current room, without this one. `before` counts those
    in rooms that the meeting has left, so that no room moves back and forth for one member. `failing` counts the
    members who failed within `ROOM_WINDOW_MS`, `tries_that_count` times or more, including this failure; `live` those
    with open sessions, including this one; `joined` the members in the meeting. `others_well`: there are other members,
    and all their connections are good, see `failures.others_are_well`. `provider_healthy` is false while the room's
    provider does not answer; `others` are the other healthy providers. `mesh_limit` is the largest mesh.
    `relay_available`: there is a TURN server.
    """

    provider: Provider
    error_type: ErrorType
    device_fault: str | None = None
    history: tuple[Attempt, ...] = ()
    before: int = 0
    live: int = 1
    failing: int = 1
    joined: int = 1
    others_well: bool = False
    provider_healthy: bool = True
    others: AbstractSet[Provider] = frozenset()
    mesh_limit: int
    relay_available: bool = True
    stop_after: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `pause_seconds`: wait this long before the next attempt. `reason` is shown to users."""

    rung: Rung
    reason: str
    fallback_provider: Provider | None = None
    pause_seconds: float = 0.0

    @property
    def retry_recommended(self) -> bool:
        """Return whether trying again can help."""
        return self.rung != "stop"


def device_fault(error_type: ErrorType, details: str | None) -> str | None:
    """Return why no network can fix this failure, or None. Reads the browser's error names in the details."""
    if error_type != "media_failed" or details is None:
        return None
    found = _DEVICE_FAULT.search(details)
    return _DEVICE_FAULTS[found[1]] if found else None


def tries_that_count(provider: Provider) -> int:
    """Return the number of failures within `ROOM_WINDOW_MS` after which a member counts as failing."""
    return MESH_TRIES if provider == MESH else 1


def decide(s: Situation) -> Decision:
    """Return the rung for a failure."""
    nth = len(s.history) + 1
    if s.device_fault is not None:
        return Decision(rung="stop", reason=f"A new connection does not help: {s.device_fault}")
    target = _target(s)
    given_up = nth + s.before >= s.stop_after
    if target is not None and (why := _why_move(s, nth, given_up)) is not None:
        return Decision(rung="move", reason=f"The room moves to {target}: {why}", fallback_provider=target)
    if given_up:
        return Decision(rung="stop", reason=f"{nth + s.before} failures in a row and nothing left to try")
    pause = _pause(nth)
    if _rejoins(s):
        return Decision(rung="rejoin", reason="Come back with a new session", pause_seconds=pause)
    if s.relay_available and _connects_failed(s.history) > 0:
        return Decision(rung="relay", reason="Try again over TURN only", pause_seconds=pause)
    return Decision(rung="restart", reason="Try again with a new negotiation", pause_seconds=pause)


def _target(s: Situation) -> Provider | None:
    """Return the provider that the room can move to, or None. The mesh is a target only for a small enough room."""
    return best({p for p in s.others if p != s.provider and (p != MESH or s.joined <= s.mesh_limit)})


def _why_move(s: Situation, nth: int, given_up: bool) -> str | None:
    if not s.provider_healthy:
        return f"{s.provider} does not answer"
    if given_up:
        return None
    if s.failing >= (MIN_MESH if s.provider == MESH else MIN_ROOM) and s.failing >= ROOM_SHARE * s.live:
        return "half of the people in it lost their connection"
    if s.others_well:
        return None
    if s.provider == MESH and not s.relay_available and _connects_failed(s.history) > 0:
        return "a new connection did not help, and there is no relay to try"
    if nth >= MOVE_AT:
        return f"{nth} failures in a row"
    return None


def _rejoins(s: Situation) -> bool:
    if s.error_type == "media_failed":
        return all(attempt.error_type != "media_failed" for attempt in s.history)
    return s.error_type == "signaling_failed"


def _connects_failed(history: tuple[Attempt, ...]) -> int:
    """Return how often a new negotiation has been tried, over any way or over TURN."""
    return sum(attempt.rung in ("restart", "relay") for attempt in history)


def _pause(nth: int) -> float:
    if nth < PAUSE_FROM:
        return 0.0
    return float(min(FIRST_PAUSE_SECONDS * 2 ** (nth - PAUSE_FROM), MAX_PAUSE_SECONDS))
