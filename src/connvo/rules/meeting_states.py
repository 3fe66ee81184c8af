"""The states of a meeting and the legal steps between them: scheduled, active, concluded; or scheduled, cancelled.

A meeting that ended because it was empty can become active again for a while.

Does not know:
    Users, sessions and storage.
"""

from typing import Literal, TypeAlias

MeetingState: TypeAlias = Literal["scheduled", "active", "concluded", "cancelled"]
# Users who come by a link are admitted, wait for a host, or are refused.
Door: TypeAlias = Literal["open", "ask", "closed"]
Step: TypeAlias = Literal["start", "end", "cancel", "reopen"]
Overdue: TypeAlias = Literal["empty", "too_long"]
# `host_gone`: the account of the last host was closed. `ended_at_provider`: the media service ended the call.
EndReason: TypeAlias = Literal["ended_by_host", "empty", "too_long", "host_gone", "ended_at_provider"]

_NEXT: dict[tuple[MeetingState, Step], MeetingState] = {
    ("scheduled", "start"): "active",
    ("scheduled", "cancel"): "cancelled",
    ("active", "end"): "concluded",
    ("concluded", "reopen"): "active",
}

_REFUSED: dict[tuple[MeetingState, Step], str] = {
    ("active", "start"): "The meeting is already active",
    ("concluded", "start"): "The meeting is over and cannot start again: create a new one",
    ("cancelled", "start"): "The meeting was cancelled and cannot start: create a new one",
    ("scheduled", "end"): "The meeting has not started: cancel it instead",
    ("concluded", "end"): "The meeting is over already",
    ("cancelled", "end"): "The meeting was cancelled: there is nothing to end",
    ("active", "cancel"): "The meeting has started: end it instead of cancelling it",
    ("concluded", "cancel"): "The meeting is over already",
    ("cancelled", "cancel"): "The meeting was cancelled already",
    ("scheduled", "reopen"): "The meeting has not started yet",
    ("active", "reopen"): "The meeting is already active",
    ("cancelled", "reopen"): "The meeting was cancelled and cannot be opened again: create a new one",
}


def next_state(state: MeetingState, step: Step) -> MeetingState | None:
    """Return the state after a step, or None if the step is illegal."""
    return _NEXT.get((state, step))


def refusal(state: MeetingState, step: Step) -> str:
    """Return the message about an illegal step.

    Raises:
        KeyError: The step is legal.
    """
    return _REFUSED[state, step]


def is_open(state: MeetingState) -> bool:
    """Return whether members can still be added and removed: the meeting is neither concluded nor cancelled."""
    return state in ("scheduled", "active")


def extended_by(now: float, started_at: float, already: float, longest: float, extension: float, most: float) -> float:
    """Return the total extension of a meeting after another request. All values in milliseconds.

    The meeting then ends `extension` after `now` or later, but no later than `most` after its start.
    """
    return max(already, min(now + extension - started_at, most) - longest)


def can_reopen(state: MeetingState, reopen_until: float | None, now: float) -> bool:
    """Return whether a meeting that is over can be reopened. Times in milliseconds."""
    return state == "concluded" and reopen_until is not None and now < reopen_until


def overdue(now: float, started_at: float, empty_since: float | None, grace: float, longest: float) -> Overdue | None:
    """Return why an active meeting ends automatically, or None while it continues. All values in milliseconds.

    `grace` is how long it may stay empty, `longest` how long it may last.
    """
    if now - started_at >= longest:
        return "too_long"
    if empty_since is not None and now - empty_since >= grace:
        return "empty"
    return None
