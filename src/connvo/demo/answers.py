"""Answers of the documented calls, with the fields that a peer needs."""

from typing import Literal, TypeAlias

import msgspec

SessionState: TypeAlias = Literal["connecting", "connected", "disconnected", "failed", "closed"]
ErrorType: TypeAlias = Literal["ice_failed", "connection_timeout", "media_failed", "signaling_failed"]


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """Base of every answer."""


class CatalogEntry(Answer, frozen=True):
    """An interest to choose."""

    key: str
    label: str
    category: str


class Colleague(Answer, frozen=True):
    """A user of the same organisation."""

    id: str = msgspec.field(name="_id")


class ColleaguePage(Answer, frozen=True):
    """A page of the users of an organisation."""

    page: list[Colleague]


class CreatedMeeting(Answer, frozen=True):
    """A meeting just made."""

    meeting_id: str


class Meeting(Answer, frozen=True):
    """A meeting as its members see it."""

    title: str
    state: str
    id: str = msgspec.field(name="_id")


class Participant(Answer, frozen=True):
    """A member of a meeting."""

    user_id: str
    presence: str


class IceServer(Answer, frozen=True):
    """A STUN or TURN server."""

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None


class ConnectionDetails(Answer, frozen=True):
    """The room and ICE servers of a meeting."""

    room_id: str | None = None
    ice_servers: list[IceServer] = []


class ConnectionInfo(Answer, frozen=True):
    """The answer of getMeetingConnectionInfo."""

    video_provider: str
    connection_info: ConnectionDetails


class Room(Answer, frozen=True):
    """The answer of initializeWebRTCRoom."""

    room_id: str
    provider: str


class AccessToken(Answer, frozen=True):
    """The answer of generateParticipantAccessToken."""

    token: str
    room_id: str


class Session(Answer, frozen=True):
    """One device of one member in a meeting."""

    session_id: str
    user_id: str
    state: SessionState


class Description(msgspec.Struct, frozen=True):
    """An SDP offer or answer."""

    type: str
    sdp: str


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """An ICE candidate in the form of the browsers."""

    candidate: str
    sdp_mid: str | None = msgspec.field(default=None, name="sdpMid")
    sdp_mline_index: int | None = msgspec.field(default=None, name="sdpMLineIndex")
    username_fragment: str | None = msgspec.field(default=None, name="usernameFragment")


class Signal(Answer, frozen=True):
    """A signal of another peer."""

    session_id: str
    from_user_id: str
    type: Literal["sdp", "ice"]
    data: dict[str, object]
    id: str = msgspec.field(name="_id")

    def content(self) -> Description | Candidate:
        """Return the description or candidate in the signal."""
        if self.type == "sdp":
            return msgspec.convert(self.data, Description)
        return msgspec.convert(self.data, Candidate, strict=False)


class Stats(msgspec.Struct, frozen=True, rename="camel"):
    """A quality sample: bits per second, percent of packets lost, milliseconds."""

    bitrate: float
    packet_loss: float
    latency: float
    jitter: float


class Quality(Answer, frozen=True):
    """The answer of monitorConnectionQuality."""

    quality: str


class FailureAnswer(Answer, frozen=True):
    """The answer of handleConnectionFailure."""

    retry_recommended: bool
    fallback_provider: str | None = None
