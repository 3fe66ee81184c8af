"""The life of a session, and what silence means for it.

A session connects, may lose its connection and find it again, and ends as failed or closed: for good. Owns which
step is legal. Knows nothing of who asks for it or where it is stored.
"""

from typing import Literal, TypeAlias

SessionState: TypeAlias = Literal["connecting", "connected", "disconnected", "failed", "closed"]
Silence: TypeAlias = Literal["heard", "lost", "gone"]

OPEN_STATES: tuple[SessionState, ...] = ("connecting", "connected", "disconnected")

_NEXT: dict[SessionState, tuple[SessionState, ...]] = {
    "connecting": ("connected", "failed", "closed"),
    "connected": ("disconnected", "failed", "closed"),
    "disconnected": ("connected", "failed", "closed"),
    "failed": (),
    "closed": (),
}


def is_open(state: SessionState) -> bool:
    """Return whether a session in this state may still signal."""
    return state in OPEN_STATES


def may_become(state: SessionState, wanted: SessionState) -> bool:
    """Return whether a session may step from one state to another; staying where it is, is no step."""
    return state == wanted or wanted in _NEXT[state]


def refusal(state: SessionState, wanted: SessionState) -> str:
    """Return what to tell the caller about an illegal step."""
    if not _NEXT[state]:
        return f"The session is {state}, for good: create a new one"
    return f"A session cannot go from {state} to {wanted}; from {state} it can become {', '.join(_NEXT[state])}"


def silence(silent_for: float, lost_after: float, closed_after: float) -> Silence:
    """Return what a silence of this length means. All in the same unit; grace counts from the last sign of life."""
    if silent_for >= closed_after:
        return "gone"
    return "lost" if silent_for >= lost_after else "heard"
