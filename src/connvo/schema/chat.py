"""Store the chat messages of meetings."""

from typing import NewType

from connvo.store.schema import table

from .changes import Revised
from .meetings import MeetingId
from .users import UserId

ChatMessageId = NewType("ChatMessageId", str)


@table(
    "chatMessages",
    10030,
    id_type=ChatMessageId,
    owner="sender_id",
    indexes={
        "by_meeting": ("meeting_id",),
        "by_key": ("meeting_id", "sender_id", "key"),
        "by_revision": ("meeting_id", "revision"),
    },
    retention="kept with its meeting, until its sender is erased",
)
class ChatMessage(Revised, frozen=True, kw_only=True):
    """One message to all members of a meeting; (meeting, sender, key) is unique if there is a key; time in ms."""

    feed = "chat"

    id: ChatMessageId = ChatMessageId("")
    meeting_id: MeetingId
    sender_id: UserId
    text: str
    key: str | None = None
    created_at: float
