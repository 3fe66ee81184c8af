"""What the functions about recordings give back."""

from connvo.runtime.wire import Result
from connvo.schema.meetings import Provider
from connvo.schema.recordings import RecordingFile, RecordingId, RecordingState
from connvo.schema.users import UserId


class StartedRecording(Result, frozen=True, kw_only=True):
    """A recording that was asked for."""

    recording_id: str
    recording_url: str | None = None
    success: bool


class StoppedRecording(Result, frozen=True, kw_only=True):
    """A recording as it is now. `success` is false when its provider could not be told to stop yet.

    `duration` in ms. `recording_url` is there as soon as a file is.
    """

    success: bool
    recording_url: str | None = None
    recording_id: str | None = None
    duration: float | None = None


class RecordingEntry(Result, frozen=True, kw_only=True):
    """A recording of a meeting. `requested_by` is absent when it was begun at the provider; `files` are for hosts.

    `since` is when the state began; `reason` why it failed or was stopped. Times in ms.
    """

    id: RecordingId
    state: RecordingState
    provider: Provider
    since: float
    requested_at: float
    requested_by: UserId | None = None
    started_at: float | None = None
    ended_at: float | None = None
    reason: str | None = None
    files: list[RecordingFile] | None = None
