"""Store the notes of meetings: a log of operations, and what makes reading and keeping it cheap.

The text itself is in no row that a keystroke writes: it is the newest snapshot and the operations after it.
"""

from typing import Literal, NewType, TypeAlias

from connvo.rules.notes.operation import Operation
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

MeetingNotesId = NewType("MeetingNotesId", str)
NoteOperationId = NewType("NoteOperationId", str)
NoteRevisionId = NewType("NoteRevisionId", str)
OfflineOperationId = NewType("OfflineOperationId", str)

OperationKind: TypeAlias = Literal["edit", "rollback"]
OfflineStatus: TypeAlias = Literal["pending", "synced", "failed"]
OperationType: TypeAlias = Literal["insert", "delete", "retain"]

WITH_MEETING = "kept with its meeting"
OFFLINE_DAYS = "deleted after 7 days"


@table(
    "meetingNotes",
    10080,
    id_type=MeetingNotesId,
    indexes={"by_meeting": ("meeting_id",)},
    retention=WITH_MEETING,
)
class MeetingNotes(Document, frozen=True, kw_only=True):
    """The head of a meeting's notes; one per meeting. `length` in UTF-16 units, times in ms.

    `sequence` is that of the newest operation, `version` the number of calls that changed the notes. Without `wide`
    the text has had no character above U+FFFF, so no position can be inside a pair.
    """

    id: MeetingNotesId = MeetingNotesId("")
    meeting_id: MeetingId
    sequence: int = 0
    version: int = 0
    length: int = 0
    wide: bool = False
    last_rebased_at: float
    updated_at: float


@table(
    "noteOps",
    10081,
    id_type=NoteOperationId,
    owner="user_id",
    indexes={
        "by_sequence": ("meeting_id", "sequence"),
        "by_client": ("meeting_id", "user_id", "client_id", "key"),
    },
    retention="packed after an hour, but for the newest 1,000 of a meeting",
    erasure="emptied",
)
class NoteOperation(Document, frozen=True, kw_only=True):
    """One operation, as it changed the text; (meeting, sequence) and (meeting, user, client, key) are unique.

    `key` is the client's number, or the id of an operation written offline. `length` is that of the text after it, in
    UTF-16 units. `target` is the sequence that a rollback went back to. `at` in ms.
    """

    id: NoteOperationId = NoteOperationId("")
    meeting_id: MeetingId
    sequence: int
    kind: OperationKind = "edit"
    user_id: UserId | None = None
    client_id: str | None = None
    key: str | None = None
    changes: Operation
    length: int
    version: int
    target: int | None = None
    at: float


@table(
    "noteSnapshots",
    10082,
    indexes={"by_sequence": ("meeting_id", "sequence")},
    retention="all for a day, then one for 2,000 operations, kept with its meeting",
)
class NoteSnapshot(Document, frozen=True, kw_only=True):
    """The text of a meeting's notes after an operation; (meeting, sequence) is unique."""

    meeting_id: MeetingId
    sequence: int
    content: str


@table(
    "noteRevisions",
    10083,
    id_type=NoteRevisionId,
    indexes={"by_sequence": ("meeting_id", "sequence"), "by_age": ("settled", "at")},
    retention="with its snapshot",
)
class NoteRevision(Document, frozen=True, kw_only=True):
    """A snapshot in the list of revisions, without its text.

    `authors` wrote since the revision before it, and `added` and `removed` count the UTF-16 units that they added and
    removed. A `settled` one stays with its meeting. `at` in ms.
    """

    id: NoteRevisionId = NoteRevisionId("")
    meeting_id: MeetingId
    sequence: int
    authors: tuple[UserId, ...]
    added: int
    removed: int
    settled: bool = False
    at: float


@table(
    "notePacks",
    10084,
    indexes={"by_last": ("meeting_id", "last")},
    retention="deleted after 90 days",
)
class NotePack(Document, frozen=True, kw_only=True):
    """Older operations of a meeting, `first` to `last`, compressed; without their users."""

    meeting_id: MeetingId
    first: int
    last: int
    data: str


@table(
    "noteClients",
    10085,
    owner="user_id",
    indexes={"by_client": ("meeting_id", "user_id", "client_id")},
    retention=WITH_MEETING,
)
class NoteClient(Document, frozen=True, kw_only=True):
    """The newest packed operation of a client: its number, and where it is in the log."""

    meeting_id: MeetingId
    user_id: UserId
    client_id: str
    number: int
    sequence: int
    version: int


@table(
    "noteRollbacks",
    10086,
    indexes={"by_sequence": ("meeting_id", "sequence")},
    retention=WITH_MEETING,
)
class NoteRollback(Document, frozen=True, kw_only=True):
    """A rollback of a meeting's notes: the operation `sequence` made the text of `target`, for a `reason`."""

    meeting_id: MeetingId
    sequence: int
    target: int
    reason: str | None = None


@table(
    "noteLocks",
    10087,
    indexes={"by_meeting": ("meeting_id",)},
    retention="until a host unlocks the notes",
)
class NoteLock(Document, frozen=True, kw_only=True):
    """While it exists, only hosts write the notes of its meeting. `at` in ms."""

    meeting_id: MeetingId
    at: float


@table(
    "noteCursors",
    10088,
    owner="user_id",
    indexes={"by_client": ("meeting_id", "user_id", "client_id"), "by_age": ("at",)},
    retention="deleted 60 seconds after the client last renewed it",
)
class NoteCursor(Document, frozen=True, kw_only=True):
    """The selection of a client, in the text after operation `sequence`; `head` is where the caret is. `at` in ms."""

    meeting_id: MeetingId
    user_id: UserId
    client_id: str
    sequence: int
    anchor: int
    head: int
    at: float


@table(
    "offlineOps",
    10089,
    id_type=OfflineOperationId,
    owner="user_id",
    indexes={
        "by_status": ("meeting_id", "user_id", "status", "client_id", "order"),
        "by_operation": ("meeting_id", "user_id", "client_id", "operation_id"),
        "by_queue": ("meeting_id", "user_id", "client_id", "queue_id", "order"),
        "by_age": ("queued_at",),
    },
    retention=OFFLINE_DAYS,
)
class OfflineOperation(Document, frozen=True, kw_only=True):
    """One operation that a client wrote offline and has parked here; (meeting, user, client, operation) is unique.

    `base` is the sequence that the client knew. `order` counts a client's operations of a meeting. `synced_as` is the
    operation's sequence in the log. Times in ms.
    """

    id: OfflineOperationId = OfflineOperationId("")
    meeting_id: MeetingId
    user_id: UserId
    client_id: str
    queue_id: str
    operation_id: str
    order: int
    type: OperationType
    position: int
    length: int
    content: str
    base: int
    status: OfflineStatus = "pending"
    attempts: int = 0
    synced_as: int | None = None
    last_attempt: float | None = None
    error: str | None = None
    queued_at: float


@table(
    "noteCheckpoints",
    10090,
    owner="user_id",
    indexes={
        "by_client": ("meeting_id", "user_id", "client_id"),
        "by_checkpoint": ("meeting_id", "user_id", "client_id", "checkpoint_id"),
        "by_age": ("created_at",),
    },
    retention=OFFLINE_DAYS,
)
class NoteCheckpoint(Document, frozen=True, kw_only=True):
    """The knowledge that a client claims: sequence, version, hash of the text, and time. `created_at` in ms."""

    meeting_id: MeetingId
    user_id: UserId
    client_id: str
    checkpoint_id: str
    sequence: int
    version: int
    content_hash: str
    timestamp: float
    created_at: float
