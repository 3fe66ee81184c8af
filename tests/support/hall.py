"""A meeting whose room is at GetStream, or rather at a stand-in for it."""

from typing import Any

from connvo.schema.heartbeats import PresenceLease
from connvo.schema.recordings import MeetingRecording
from connvo.store.transaction import Transaction

from .backend import Backend, Caller
from .getstream_double import GetStreamDouble
from .scene import Scene

STREAM = "meetings/stream/index"


class Hall(Scene):
    """An active meeting that may be recorded, with its host and guest in it, and a watcher."""

    def __init__(self, backend: Backend, double: GetStreamDouble) -> None:
        super().__init__(backend)
        self.double = double
        self.meeting_id = self.create(self.host, recordingEnabled=True, maxParticipants=12)
        self.add(self.guest)
        self.add(self.watcher, "observer")
        self.start()
        backend.advance(1)
        self.join(self.host, self.guest)

    @property
    def room(self) -> str:
        """The id of the call."""
        return f"getstream_{self.meeting_id}"

    @property
    def call(self) -> dict[str, Any]:
        """The call as the stand-in has it."""
        return self.double.call(self.room)

    def stream(self, person: Caller, function: str, **args: Any) -> Any:
        """Return the value of a call about the room."""
        return person.call(f"{STREAM}:{function}", meetingId=self.meeting_id, **args)

    def record(self) -> str:
        """Have the host start a recording; return its id."""
        recording_id: str = self.stream(self.host, "startRecording")["recordingId"]
        return recording_id

    def seen(self, person: Caller | None = None) -> list[dict[str, Any]]:
        """Return the recordings as somebody sees them, the guest unless told otherwise."""
        entries: list[dict[str, Any]] = self.stream(person or self.guest, "getRecordings")
        return entries

    def states(self) -> list[str]:
        """Return the states of the recordings, the newest first."""
        return [entry["state"] for entry in self.seen()]

    def rows(self) -> list[MeetingRecording]:
        """Return the recordings as they are stored."""
        return self.backend.read(lambda db: db.scan(MeetingRecording, "by_creation"))

    def pass_time(self, seconds: float, step: float = 5.0) -> None:
        """Let time pass in steps, with everybody staying in the call."""
        while seconds > 0:
            self.backend.run(self.backend.engine.write(self._stay))
            self.backend.advance(min(step, seconds))
            seconds -= step

    def _stay(self, db: Transaction) -> None:
        for sighting in db.scan(PresenceLease, "by_due"):
            db.patch(sighting, last_seen=db.now, due_at=db.now + 30_000)
