"""Store signals between sessions, their queues, and the state of each negotiation."""

from typing import Literal, NewType, TypeAlias

import msgspec

from connvo.rules.negotiation import DescriptionType as DescriptionType
from connvo.store.schema import Document, table, wire_name

from .meetings import MeetingId
from .users import UserId

SignalId = NewType("SignalId", str)
SignalQueueId = NewType("SignalQueueId", str)
NegotiationId = NewType("NegotiationId", str)

SignalType: TypeAlias = Literal["sdp", "ice"]

WITH_MEETING = "dropped when its meeting ends"


class SessionDescription(
    msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True, omit_defaults=True
):
    """An SDP offer, answer, provisional answer or rollback, in the form of `RTCSessionDescription`."""

    type: DescriptionType
    sdp: str


class IceCandidate(
    msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True, omit_defaults=True
):
    """A candidate in the form of `RTCIceCandidate.toJSON()`; an empty `candidate` marks the end of candidates."""

    candidate: str
    sdp_m_line_index: int | float | None = None
    sdp_mid: str | None = None
    username_fragment: str | None = None


@table(
    "webrtcSignals",
    10011,
    id_type=SignalId,
    owner="from_user_id",
    indexes={
        "by_addressee": ("meeting_id", "to_user_id", "position"),
        "by_sender": ("meeting_id", "from_user_id", "session_id"),
    },
    retention="two minutes, or until processed",
)
class Signal(Document, frozen=True, kw_only=True):
    """One undelivered signal to one addressee, with either `description` or `candidate` set; times in ms.

    `position` is its place in the addressee's queue, and part of its id. `session_id` is that of the sender. `ufrags`
    and `early` are for `rules/negotiation.py`.
    """

    id: SignalId = SignalId("")
    meeting_id: MeetingId
    to_user_id: UserId
    from_user_id: UserId
    session_id: str
    position: int
    description: SessionDescription | None = None
    candidate: IceCandidate | None = None
    ufrags: tuple[str, ...] = ()
    early: bool = False
    timestamp: float
    expires_at: float

    @property
    def content(self) -> SessionDescription | IceCandidate:
        """The description or the candidate.

        Raises:
            ValueError: The row has neither, which no code stores.
        """
        if self.description is not None:
            return self.description
        if self.candidate is None:
            raise ValueError(f"signal {self.id} is empty")
        return self.candidate


@table(
    "signalQueues",
    10012,
    id_type=SignalQueueId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id")},
    retention=WITH_MEETING,
)
class SignalQueue(Document, frozen=True, kw_only=True):
    """The queue of one member: the next position, never used twice, and the waiting signals, also by sender."""

    id: SignalQueueId = SignalQueueId("")
    meeting_id: MeetingId
    user_id: UserId
    next_position: int = 1
    pending: int = 0
    by_sender: dict[str, int] = {}


@table(
    "negotiations",
    10013,
    id_type=NegotiationId,
    owner="from_user_id",
    indexes={
        "by_pair": ("meeting_id", "from_user_id", "session_id", "to_user_id"),
        "by_addressee": ("meeting_id", "to_user_id"),
    },
    retention="dropped with its session",
)
class Negotiation(Document, frozen=True, kw_only=True):
    """The descriptions that one session has sent to one member; see `Track` in `rules/negotiation.py`."""

    id: NegotiationId = NegotiationId("")
    meeting_id: MeetingId
    from_user_id: UserId
    session_id: str
    to_user_id: UserId
    described: bool
    ufrags: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
