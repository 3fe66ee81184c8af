"""Results of the room functions."""

from connvo.kernel.secret import Secret
from connvo.providers.turn import IceServer
from connvo.runtime.wire import Result
from connvo.schema.meetings import Provider
from connvo.schema.rooms import OpenState


class RoomFeatures(Result, frozen=True, kw_only=True):
    """Features of a room. `max_participants` is the enforced cap, whatever the request was."""

    recording: bool
    transcription: bool
    max_participants: float
    screen_sharing: bool
    chat: bool


class RoomConfig(Result, frozen=True, kw_only=True):
    """The room of a meeting. Credentials in `ice_servers` are the caller's own."""

    room_id: str
    provider: Provider
    ice_servers: list[IceServer] | None = None
    features: RoomFeatures
    success: bool


class RoomPermissions(Result, frozen=True, kw_only=True):
    """The caller's permissions in the room."""

    can_record: bool
    can_mute: bool
    can_kick: bool
    can_share: bool


class RoomAccess(Result, frozen=True, kw_only=True):
    """A token for the room. `participant_id` is the requested session, or else the caller's membership."""

    token: Secret
    provider: Provider
    room_id: str
    participant_id: str
    permissions: RoomPermissions
    success: bool


class RoomAnnouncement(Result, frozen=True, kw_only=True):
    """An announced move of the room to `provider`, no earlier than `at`."""

    provider: Provider
    at: float
    reason: str


class RoomState(Result, frozen=True, kw_only=True):
    """The provider and state of a room. `generation` counts its moves; `state` began at `since`. Times in ms."""

    provider: Provider
    generation: float
    state: OpenState
    reason: str | None = None
    since: float
    announced: RoomAnnouncement | None = None


class MediaAccess(Result, frozen=True, kw_only=True):
    """Access to the media room; fields that its provider does not use are absent. `expires_at` of the token in ms.

    With `janus`: connect to `url`, send `api_token` with every request, and join `room_id` with `token` as the
    publisher `feed_id`, which is unique to the session.
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
    """A user in the provider's own format, with `id` rather than `_id` on the wire."""

    id: str
    name: str
    image: str | None = None


class StreamToken(Result, frozen=True, kw_only=True):
    """A token for one call at GetStream. `expires_at` is in seconds since 1970, as GetStream has it."""

    token: Secret
    user_id: str
    user: StreamUser
    expires_at: float
    success: bool
