"""Store entries of users who want to meet others, their matches and answers, daily sums, and learned weights."""

from typing import NewType

from connvo.rules.matching.features import Features
from connvo.rules.matching.numbers import Sums
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.states import Answer as Answer
from connvo.rules.matching.states import EntryStatus as EntryStatus
from connvo.rules.matching.states import MatchState as MatchState
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

QueueId = NewType("QueueId", str)
MatchId = NewType("MatchId", str)
MatchAnswerId = NewType("MatchAnswerId", str)
MatchingDayId = NewType("MatchingDayId", str)
MatchingWeightsId = NewType("MatchingWeightsId", str)
MatchingCycleId = NewType("MatchingCycleId", str)

DAYS = "deleted after CONNVO_RETENTION_MATCH_DAYS days"


@table(
    "matchingQueue",
    10420,
    id_type=QueueId,
    owner="user_id",
    indexes={
        "by_open": ("user_id", "is_open"),
        "by_status": ("status", "waited_since"),
        "by_end": ("status", "available_to"),
    },
    retention=DAYS,
)
class QueueEntry(Document, frozen=True, kw_only=True):
    """An entry of a user who wants to meet others; times in ms.

    A user has at most one that `is_open`: it waits, or its match is neither over nor declined. `seeker` is what was
    known of the user at entry. A matched entry has the id of its match. `lapses` counts proposals without an answer,
    and `waited_since` is when the present wait began.
    """

    id: QueueId = QueueId("")
    user_id: UserId
    status: EntryStatus = "waiting"
    is_open: bool = True
    available_from: float
    available_to: float
    seeker: Seeker
    match_id: MatchId | None = None
    matched_with: UserId | None = None
    waited_since: float
    lapses: int = 0
    created_at: float
    updated_at: float


@table(
    "matches",
    10421,
    id_type=MatchId,
    indexes={"by_due": ("state", "due_at"), "by_meeting": ("meeting_id",)},
    retention=DAYS,
)
class Match(Document, frozen=True, kw_only=True):
    """Two users who were proposed to each other, `first_id` the lower id; times in ms.

    `starts_at` and `ends_at` are their common time. `due_at` is when a proposal lapses, and when a confirmed match is
    judged; `judged` is set then. `waited` are the times that both had waited. After the erasure of one of them,
    `features` and `explanation` are empty.
    """

    id: MatchId = MatchId("")
    first_id: UserId
    second_id: UserId
    first_entry: QueueId
    second_entry: QueueId
    state: MatchState = "proposed"
    features: Features
    score: float
    explanation: tuple[str, ...] = ()
    weights_version: int
    starts_at: float
    ends_at: float
    respond_by: float
    due_at: float
    waited: tuple[float, float] = (0.0, 0.0)
    org_ids: tuple[str, ...] = ()
    meeting_id: MeetingId | None = None
    judged: bool = False
    created_at: float
    updated_at: float


@table(
    "matchingAnalytics",
    10422,
    id_type=MatchAnswerId,
    owner="user_id",
    indexes={
        "by_match": ("match_id", "user_id"),
        "by_pair": ("user_id", "other_id", "created_at"),
        "by_user": ("user_id", "created_at"),
        "by_answer": ("user_id", "answered", "answered_at"),
    },
    retention=DAYS,
)
class MatchAnswer(Document, frozen=True, kw_only=True):
    """One user's side of a match; (match, user) is unique; times in ms.

    `answered_at` is 0 until they answer. `completed`: they say that they had the meeting. `lapsed`: the match ended as
    this user did not answer. `features` and `score` are those of the match.
    """

    id: MatchAnswerId = MatchAnswerId("")
    match_id: MatchId
    user_id: UserId
    other_id: UserId
    features: Features
    score: float
    answered: bool = False
    answered_at: float = 0.0
    answer: Answer | None = None
    completed: bool = False
    rating: int | None = None
    comments: str | None = None
    lapsed: bool = False
    created_at: float


@table(
    "matchingDays",
    10423,
    id_type=MatchingDayId,
    indexes={"by_day": ("org_id", "day")},
    retention=DAYS,
)
class MatchingDay(Document, frozen=True, kw_only=True):
    """The sums of the matches proposed on one day (UTC), in one organisation or, with an empty `org_id`, in all.

    `people` are the different users of the organisation who are in these matches; they are not counted in all.
    """

    id: MatchingDayId = MatchingDayId("")
    org_id: str
    day: str
    sums: Sums = Sums()
    people: int = 0


@table(
    "matchingWeights",
    10424,
    id_type=MatchingWeightsId,
    indexes={"by_version": ("version",), "by_applied": ("in_force", "version")},
    retention="kept",
)
class MatchingWeights(Document, frozen=True, kw_only=True):
    """Learned weights; `version` counts up from 1, at most one row is `in_force`; times in ms.

    Without such a row the weights of the program are in force, as version 0.
    """

    id: MatchingWeightsId = MatchingWeightsId("")
    version: int
    weights: Weights
    sample_size: int
    improvement: float
    in_force: bool = False
    created_at: float
    applied_at: float | None = None


@table(
    "matchingCycles",
    10425,
    id_type=MatchingCycleId,
    indexes={"by_key": ("key",)},
    retention="kept: one row",
)
class MatchingCycle(Document, frozen=True, kw_only=True):
    """The counter of cycles, in one row; `soon_at` is when the cycle after the newest entry is due, in ms."""

    id: MatchingCycleId = MatchingCycleId("")
    key: str = ""
    number: int = 0
    soon_at: float = 0.0
