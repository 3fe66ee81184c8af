"""The life of a meeting: scheduled, active, concluded; or scheduled, cancelled. There is no other state.

Owns which step is legal where. Knows nothing of people, sessions or storage.
"""

from typing import Literal, TypeAlias

MeetingState: TypeAlias = Literal["scheduled", "active", "concluded", "cancelled"]
Step: TypeAlias = Literal["start", "end", "cancel"]
Overdue: TypeAlias = Literal["empty", "too_long"]

_NEXT: dict[tuple[MeetingState, Step], MeetingState] = {
    ("scheduled", "start"): "active",
    ("scheduled", "cancel"): "cancelled",
    ("active", "end"): "concluded",
}

_REFUSED: dict[tuple[MeetingState, Step], str] = {
    ("active", "start"): "The meeting is already active",
    ("concluded", "start"): "The meeting is concluded and cannot start again: create a new one",
    ("cancelled", "start"): "The meeting is cancelled and cannot start: create a new one",
    ("scheduled", "end"): "The meeting is not active: it has not started, so cancel it instead",
    ("concluded", "end"): "The meeting is not active: it is already concluded",
    ("cancelled", "end"): "The meeting is not active: it is cancelled",
    ("active", "cancel"): "The meeting is active: end it instead of cancelling it",
    ("concluded", "cancel"): "The meeting is already concluded",
    ("cancelled", "cancel"): "The meeting is already cancelled",
}


def next_state(state: MeetingState, step: Step) -> MeetingState | None:
    """Returns the state after a step, or None where the step is illegal."""
    return _NEXT.get((state, step))


def refusal(state: MeetingState, step: Step) -> str:
    """Returns what to tell the caller about an illegal step. Raises KeyError for a legal one."""
    return _REFUSED[state, step]


def is_open(state: MeetingState) -> bool:
    """Returns whether people can still be added and removed: the meeting is neither concluded nor cancelled."""
    return state in ("scheduled", "active")


def overdue(now: float, started_at: float, empty_since: float | None, grace: float, longest: float) -> Overdue | None:
    """Returns why an active meeting ends by itself, or None while it goes on. Everything in milliseconds.

    `grace` is how long it may stay empty, `longest` how long it may last.
    """
    if now - started_at >= longest:
        return "too_long"
    if empty_since is not None and now - empty_since >= grace:
        return "empty"
    return None
