"""The states of a recording, from the request to the file. All but the last two have a deadline.

    starting ──▶ recording ──▶ stopping ──▶ processing ──▶ ready
        │            │             │             │           ▲
        └────────────┴─────────────┴─────────────┴──▶ failed ┘ (a file came after all)

Media may be recorded in the first three states. The provider's report takes precedence over what was requested.
"""

from typing import Literal, TypeAlias

import msgspec

RecordingState: TypeAlias = Literal["starting", "recording", "stopping", "processing", "ready", "failed"]
# In order: it was seen running, a stop was requested, it was seen stopped, a file exists, it was given up.
RecordingEvent: TypeAlias = Literal["began", "stop_asked", "ended", "filed", "given_up"]

LIVE: frozenset[RecordingState] = frozenset({"starting", "recording", "stopping"})

_STEPS: dict[RecordingState, dict[RecordingEvent, RecordingState]] = {
    "starting": {
        "began": "recording", "stop_asked": "stopping", "ended": "processing", "filed": "ready", "given_up": "failed",
    },
    "recording": {"stop_asked": "stopping", "ended": "processing", "filed": "ready", "given_up": "failed"},
    "stopping": {"ended": "processing", "filed": "ready", "given_up": "failed"},
    "processing": {"filed": "ready", "given_up": "failed"},
    "ready": {},
    "failed": {"filed": "ready"},
}  # fmt: skip


class RecordingConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Options of a recording. A provider ignores what it cannot do: Janus records each track separately."""

    mode: Literal["available", "disabled"] | None = None
    audio_only: bool | None = None
    quality: Literal["360p", "720p", "1080p"] | None = None
    layout: Literal["grid", "spotlight", "single-participant"] | None = None


class RecordingTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines in milliseconds: of an unconfirmed start, of a stop, and of the file."""

    start: float
    stop: float
    file: float


class ProviderReport(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's report: whether it is recording the room, and whether it has a file of this recording."""

    running: bool
    filed: bool


def after(state: RecordingState, event: RecordingEvent) -> RecordingState | None:
    """Return the state after an event, or None if it changes nothing."""
    return _STEPS[state].get(event)


def is_over(state: RecordingState) -> bool:
    """Return whether the recording is finished."""
    return state in ("ready", "failed")


def deadline(state: RecordingState, timeouts: RecordingTimeouts) -> float | None:
    """Return how long a state may last, in milliseconds; None for no limit: the meeting's end ends a recording."""
    limits: dict[RecordingState, float] = {
        "starting": timeouts.start,
        "stopping": timeouts.stop,
        "processing": timeouts.file,
    }
    return limits.get(state)


def reconcile(
    state: RecordingState, age: float, report: ProviderReport | None, timeouts: RecordingTimeouts
) -> RecordingEvent | None:
    """Return the event of a recording that has been in its state for `age` milliseconds, or None.

    Without a `report` the provider could not be asked. An unconfirmed start is then stopped rather than given up,
    because it may have succeeded.
    """
    if report is not None:
        seen = _event_of(state, report)
        if seen is not None:
            return seen
    limit = deadline(state, timeouts)
    if limit is None or age < limit:
        return None
    return "stop_asked" if state == "starting" and report is None else "given_up"


def _event_of(state: RecordingState, report: ProviderReport) -> RecordingEvent | None:
    if report.running:
        return "began" if state == "starting" else None
    if state in ("recording", "stopping"):
        return "ended"
    # A recent start may not be visible yet; a file without a running recording proves that there was one.
    return "filed" if report.filed and state in ("starting", "processing") else None
