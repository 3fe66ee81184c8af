"""The states of a meeting's transcription, and the consent of its members.

    initializing ──▶ active ◀──▶ paused ──▶ completed
          │             └───────────┴──────▶ failed

The mode says what the members agreed to: `captions` are shown and not kept, a `transcript` is kept.
"""

from typing import Literal, TypeAlias

TranscriptionState: TypeAlias = Literal["initializing", "active", "paused", "completed", "failed"]
TranscriptionMode: TypeAlias = Literal["off", "captions", "transcript"]
# In order: it was turned on or words arrived, it was turned off or cannot go on, its meeting ended, it cannot work.
TranscriptionEvent: TypeAlias = Literal["begin", "pause", "end", "fail"]
PauseReason: TypeAlias = Literal["off", "engine", "busy", "budget"]

_STEPS: dict[TranscriptionState, dict[TranscriptionEvent, TranscriptionState]] = {
    "initializing": {"begin": "active", "pause": "paused", "end": "completed", "fail": "failed"},
    "active": {"pause": "paused", "end": "completed", "fail": "failed"},
    "paused": {"begin": "active", "end": "completed", "fail": "failed"},
    # A meeting that is opened again, and an engine that is repaired, begin again.
    "completed": {"begin": "active"},
    "failed": {"begin": "active", "end": "completed"},
}
_RANK: dict[TranscriptionMode, int] = {"off": 0, "captions": 1, "transcript": 2}


def after(state: TranscriptionState, event: TranscriptionEvent) -> TranscriptionState:
    """Return the state after an event; one that does not apply changes nothing."""
    return _STEPS[state].get(event, state)


def is_more(mode: TranscriptionMode, than: TranscriptionMode) -> bool:
    """Return whether a mode keeps or shows more than another."""
    return _RANK[mode] > _RANK[than]


def may_switch(mode: TranscriptionMode, current: TranscriptionMode, is_host: bool) -> bool:
    """Return whether a member may turn a mode on: captions are for hosts and participants, the rest for hosts."""
    return is_host or (mode == "captions" and not is_more(current, "captions"))


def must_answer(mode: TranscriptionMode, answered: TranscriptionMode | None) -> bool:
    """Return whether a member must be asked; `answered` is the mode of the last answer."""
    return mode != "off" and (answered is None or is_more(mode, answered))


def may_hear(mode: TranscriptionMode, allowed: bool, answered: TranscriptionMode | None) -> bool:
    """Return whether a member's speech may be recognised now."""
    return mode != "off" and allowed and not must_answer(mode, answered)
