"""Store the users who wait for a host to let them into a meeting."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

LobbyRequestId = NewType("LobbyRequestId", str)
LobbyState: TypeAlias = Literal["waiting", "turned_away"]


@table(
    "lobbyRequests",
    10025,
    id_type=LobbyRequestId,
    owner="user_id",
    indexes={"by_user": ("user_id",), "by_member": ("meeting_id", "user_id")},
    retention="until a host lets the user in, or the meeting can no longer be reopened",
)
class LobbyRequest(Document, frozen=True, kw_only=True):
    """A request to join, by a user with a link to a meeting whose `door` is `ask`; the pair is unique."""

    id: LobbyRequestId = LobbyRequestId("")
    meeting_id: MeetingId
    user_id: UserId
    state: LobbyState = "waiting"
    created_at: float
