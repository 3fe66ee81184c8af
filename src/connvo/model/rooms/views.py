"""What the functions about rooms give back."""

from connvo.kernel.secret import Secret
from connvo.providers.turn import IceServer
from connvo.runtime.wire import Result
from connvo.schema.meetings import Provider
from connvo.schema.rooms import OpenState


class RoomFeatures(Result, frozen=True, kw_only=True):
    """What the room offers. `max_participants` is the enforced cap, whatever was asked for."""

    recording: bool
    transcription: bool
    max_participants: float
    screen_sharing: bool
    chat: bool


class RoomConfig(Result, frozen=True, kw_only=True):
    """The room of a meeting. Credentials among the ICE servers are the caller's own."""

    room_id: str
    provider: Provider
    ice_servers: list[IceServer] | None = None
    features: RoomFeatures
    success: bool


class RoomPermissions(Result, frozen=True, kw_only=True):
    """What the caller may do in the room."""

    can_record: bool
    can_mute: bool
    can_kick: bool
    can_share: bool


class RoomAccess(Result, frozen=True, kw_only=True):
    """A token for the room and whom it is for: the session asked for, or the caller's membership."""

    token: Secret
    provider: Provider
    room_id: str
    participant_id: str
    permissions: RoomPermissions
    success: bool


class RoomAnnouncement(Result, frozen=True, kw_only=True):
    """The room is about to move to `provider`, not before `at`."""

    provider: Provider
    at: float
    reason: str


class RoomState(Result, frozen=True, kw_only=True):
    """Where the room is, and `since` when it stands like this. `generation` counts its moves. Times in ms."""

    provider: Provider
    generation: float
    state: OpenState
    reason: str | None = None
    since: float
    announced: RoomAnnouncement | None = None


class MediaAccess(Result, frozen=True, kw_only=True):
    """The way into the room; what the provider does not use is absent. `expires_at` is when the token ends, in ms.

    With `janus`: connect to `url`, send `api_token` with every request, and join `room_id` with `token` as the
    publisher `feed_id`, which no other session has.
    """

    provider: Provider
    room_id: str
    generation: float
    url: str | None = None
    token: Secret | None = None
    api_token: Secret | None = None
    feed_id: str | None = None
    expires_at: float | None = None
    ice_servers: list[IceServer]


class StreamUser(Result, frozen=True, kw_only=True, rename="camel"):
    """A person as the provider knows them; `id` is no row's `_id` to it."""

    id: str
    name: str
    image: str | None = None


class StreamToken(Result, frozen=True, kw_only=True):
    """A token for one call at GetStream. `expires_at` is in seconds since 1970, as there."""

    token: Secret
    user_id: str
    user: StreamUser
    expires_at: float
    success: bool
