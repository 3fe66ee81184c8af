"""The life of a recording, from the wish to the file; no state but the last two lasts longer than its deadline.

    starting ──▶ recording ──▶ stopping ──▶ processing ──▶ ready
        │            │             │             │           ▲
        └────────────┴─────────────┴─────────────┴──▶ failed ┘ (a file came after all)

Media may be taken down in the first three. What the provider says is believed over what was asked of it.
"""

from typing import Literal, TypeAlias

import msgspec

RecordingState: TypeAlias = Literal["starting", "recording", "stopping", "processing", "ready", "failed"]
# What happens to a recording: it was seen to run, somebody wants it to stop, it was seen to run no more, a file of it
# is there, it will come to nothing.
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
    """How to record. What a provider cannot do of it, it leaves out: a media server of one's own keeps each track."""

    mode: Literal["available", "disabled"] | None = None
    audio_only: bool | None = None
    quality: Literal["360p", "720p", "1080p"] | None = None
    layout: Literal["grid", "spotlight", "single-participant"] | None = None


class RecordingTimeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long a state may last, in ms: a start that nobody confirms, a stop that does not work, a file not there."""

    start: float
    stop: float
    file: float


class ProviderReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says: whether it is recording the room, and whether it holds a file of this recording."""

    running: bool
    filed: bool


def after(state: RecordingState, event: RecordingEvent) -> RecordingState | None:
    """Return the state that an event leads to, or None when it changes nothing."""
    return _STEPS[state].get(event)


def is_over(state: RecordingState) -> bool:
    """Return whether nothing more is expected."""
    return state in ("ready", "failed")


def deadline(state: RecordingState, patience: RecordingTimeouts) -> float | None:
    """Return how long a state may last, in ms; None where it may go on: the meeting's end ends a recording."""
    limits: dict[RecordingState, float] = {
        "starting": patience.start,
        "stopping": patience.stop,
        "processing": patience.file,
    }
    return limits.get(state)


def reconcile(
    state: RecordingState, age: float, finding: ProviderReport | None, patience: RecordingTimeouts
) -> RecordingEvent | None:
    """Return what became of a recording that has been in its state for `age` ms, or None: nothing new.

    Without a `finding` the provider could not be asked. A start it never confirmed is then stopped rather than given
    up, because it may have happened.
    """
    if finding is not None:
        seen = _event_of(state, finding)
        if seen is not None:
            return seen
    limit = deadline(state, patience)
    if limit is None or age < limit:
        return None
    return "stop_asked" if state == "starting" and finding is None else "given_up"


def _event_of(state: RecordingState, finding: ProviderReport) -> RecordingEvent | None:
    if finding.running:
        return "began" if state == "starting" else None
    if state in ("recording", "stopping"):
        return "ended"
    # A start may be too young to be seen; a file without a running recording says that there was one.
    return "filed" if finding.filed and state in ("starting", "processing") else None
