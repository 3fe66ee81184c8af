"""The states of a session, the legal steps between them, and the effect of missing heartbeats.

A session connects, may lose and regain its connection, and ends as failed or closed.

Does not know:
    Callers and storage.
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
    """Return whether a session may go from one state to another; staying in a state is always allowed."""
    return state == wanted or wanted in _NEXT[state]


def refusal(state: SessionState, wanted: SessionState) -> str:
    """Return the message about an illegal step."""
    if not _NEXT[state]:
        return f"The session is {state}, for good: create a new one"
    return f"A session cannot go from {state} to {wanted}; from {state} it can become {', '.join(_NEXT[state])}"


def silence(silent_for: float, lost_after: float, closed_after: float) -> Silence:
    """Return the meaning of a silence of this length since the last heartbeat. All values have the same unit."""
    if silent_for >= closed_after:
        return "gone"
    return "lost" if silent_for >= lost_after else "heard"
