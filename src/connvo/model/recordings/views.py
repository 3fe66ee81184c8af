"""Results of the recording functions."""

from connvo.runtime.wire import Result
from connvo.schema.meetings import Provider
from connvo.schema.recordings import RecordingFile, RecordingId, RecordingState
from connvo.schema.users import UserId


class StartedRecording(Result, frozen=True, kw_only=True):
    """A requested recording."""

    recording_id: str
    recording_url: str | None = None
    success: bool


class StoppedRecording(Result, frozen=True, kw_only=True):
    """A recording after a stop request. `success` is false while its provider has not accepted the request.

    `duration` in ms. `recording_url` is set once there is a file.
    """

    success: bool
    recording_url: str | None = None
    recording_id: str | None = None
    duration: float | None = None


class RecordingEntry(Result, frozen=True, kw_only=True):
    """A recording of a meeting. `requested_by` is absent if it was started at the provider; `files` are for hosts.

    `state` began at `since`; `reason` tells why it failed or stopped. Times in ms.
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
