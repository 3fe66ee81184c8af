"""A meeting whose people write notes."""

from typing import Any

from connvo.rules.notes.operation import Change, Operation
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotes, NoteOperation
from tests.support.backend import Caller
from tests.support.notes.client import NoteClient, Received, Sent
from tests.support.scene import Scene

APPLY, BATCH, ROLLBACK = (
    f"notes/mutations:{name}" for name in ("applyNoteOperation", "batchApplyNoteOperations", "rollbackToSequence")
)
READ = "notes/queries:getMeetingNotes"
COMMIT, SINCE, SNAPSHOT = "notes/sync:apply", "notes/sync:operationsSince", "notes/sync:snapshot"


def insert(position: float, content: str) -> dict[str, Any]:
    return {"type": "insert", "position": position, "content": content}


def delete(position: float, length: float) -> dict[str, Any]:
    return {"type": "delete", "position": position, "length": length}


def retain(position: float, length: float) -> dict[str, Any]:
    return {"type": "retain", "position": position, "length": length}


def change(position: float, length: float = 0, content: str = "") -> dict[str, Any]:
    return {"position": position, "length": length, "content": content}


def wire(operation: Operation) -> list[dict[str, Any]]:
    """Return an operation as a client sends it."""
    return [change(one.position, one.length, one.content) for one in operation]


def unwire(changes: list[dict[str, Any]]) -> Operation:
    """Return the operation of the server's changes."""
    return tuple(Change(int(one["position"]), int(one.get("length", 0)), one.get("content", "")) for one in changes)


class NoteScene:
    """The notes of the meeting of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.backend = scene.backend
        self.host, self.guest, self.watcher = scene.host, scene.guest, scene.watcher

    def on(self, person: Caller, path: str, **args: Any) -> Any:
        """Return the value of a call about the meeting."""
        return person.call(path, meetingId=self.scene.meeting_id, **args)

    def fails(self, person: Caller, path: str, code: str, **args: Any) -> dict[str, Any]:
        """Return the metadata of a refused call about the meeting, which changes nothing."""
        return person.fails(path, code, meetingId=self.scene.meeting_id, **args).metadata

    def text(self, person: Caller | None = None) -> str:
        """Return the text as a person reads it."""
        content: str = self.on(person or self.host, READ)["content"]
        return content

    def head(self) -> MeetingNotes:
        """Return the head as it is stored."""
        found = self.backend.read(lambda db: db.first(MeetingNotes, "by_meeting", MeetingId(self.scene.meeting_id)))
        assert found is not None
        return found

    def log(self) -> list[NoteOperation]:
        """Return the operations that are not packed."""
        return self.backend.read(lambda db: db.scan(NoteOperation, "by_sequence", self.scene.meeting_id))

    def write(self, person: Caller, operation: dict[str, Any], known: float | None = None, **more: Any) -> Any:
        """Apply an operation by the documented function; by default on the newest text."""
        sequence = self.head().sequence if known is None else known
        return self.on(person, APPLY, operation=operation, clientSequence=sequence, **more)

    def fill(self, text: str) -> None:
        """Make a text of empty notes."""
        self.write(self.host, insert(0, text))

    def rest(self, seconds: float = 60.0) -> None:
        """Let time pass, so that limits of rates do not count."""
        self.backend.advance(seconds)


class Tab:
    """A client that follows the notes by `notes/sync`, of one person."""

    def __init__(self, notes: NoteScene, person: Caller, name: str) -> None:
        self.notes, self.person = notes, person
        self.client = NoteClient(name)
        self.load()

    def load(self) -> None:
        """Go on from the snapshot."""
        snapshot = self.notes.on(self.person, SNAPSHOT)
        self.client.reload(int(snapshot["sequence"]), snapshot["content"])
        self.follow()

    def follow(self) -> bool:
        """Take what was committed; return whether the client could."""
        while True:
            since = self.notes.on(self.person, SINCE, sequence=self.client.sequence)
            if since["reset"]:
                return False
            for one in since["operations"]:
                received = Received(
                    int(one["sequence"]),
                    one.get("clientId", ""),
                    int(one.get("number", 0)),
                    unwire(one["changes"]),
                )
                if not self.client.receive(received):
                    return False
            if not since["more"]:
                return True

    def commit(self, sent: Sent) -> Any:
        """Send an operation."""
        return self.notes.on(
            self.person,
            COMMIT,
            clientId=self.client.name,
            number=sent.number,
            sequence=sent.sequence,
            changes=wire(sent.operation),
        )

    def save(self) -> None:
        """Send everything, and take the answers from the log."""
        while (sent := self.client.outgoing()) is not None:
            self.commit(sent)
            assert self.follow()

    def type(self, position: int, content: str, length: int = 0) -> None:
        """Edit, without sending."""
        self.client.edit((Change(position, length, content),))
