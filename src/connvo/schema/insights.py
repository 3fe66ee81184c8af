"""Store the results of meetings: runs and their steps, reports, and the insights of each person."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.insights.personal import RecommendationType as RecommendationType
from connvo.rules.insights.report import Item as Item
from connvo.rules.insights.report import ItemKind as ItemKind
from connvo.rules.insights.report import Link, Report
from connvo.rules.insights.states import RunReason as RunReason
from connvo.rules.insights.states import RunState as RunState
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

InsightRunId = NewType("InsightRunId", str)
InsightStepId = NewType("InsightStepId", str)
ReportId = NewType("ReportId", str)
InsightId = NewType("InsightId", str)
RecommendationId = NewType("RecommendationId", str)
ItemRatingId = NewType("ItemRatingId", str)

# `queued` and `asking` are `pending` and `running` of steps that a model works on, which wait apart from the others.
StepState: TypeAlias = Literal["pending", "running", "queued", "asking", "done", "failed"]
ItemVote: TypeAlias = Literal["up", "down"]

# Stands for the present name of the person whom a recommendation is about.
NAME = "{name}"
DAYS = "deleted after CONNVO_RETENTION_INSIGHT_DAYS days"


@table(
    "insightRuns",
    10300,
    id_type=InsightRunId,
    indexes={"by_meeting": ("meeting_id",), "by_due": ("state", "due_at")},
    retention="kept with its meeting",
)
class InsightRun(Document, frozen=True, kw_only=True):
    """The state of a meeting's report; at most one row per meeting; times in ms.

    `revision` counts the reports that were begun. `because` is the reason of a state that is no success, or why a
    model's report is missing. While a model improves the report, `total` is the number of its steps, of which `done`
    are; else both are 0.
    """

    id: InsightRunId = InsightRunId("")
    meeting_id: MeetingId
    state: RunState
    because: RunReason | None = None
    revision: int = 0
    done: int = 0
    total: int = 0
    due_at: float
    updated_at: float


@table(
    "insightSteps",
    10301,
    id_type=InsightStepId,
    indexes={
        "by_key": ("meeting_id", "revision", "key"),
        "by_hash": ("meeting_id", "input_hash"),
        "by_due": ("state", "due_at"),
    },
    retention="deleted after 7 days",
)
class InsightStep(Document, frozen=True, kw_only=True):
    """A step of a run; (meeting, revision, key) is unique; times in ms.

    `attempt` counts claims, and only the current one may record. `due_at` is when a pending step may be claimed, and
    when a running one counts as lost. `input` and `output` are JSON; outputs are found again by `input_hash`.
    `tries` counts the calls of a model, and `reserved` are the tokens that the present one may spend, from the budget
    of the day `reserved_on`.
    """

    id: InsightStepId = InsightStepId("")
    meeting_id: MeetingId
    revision: int
    key: str
    state: StepState = "pending"
    attempt: int = 0
    due_at: float
    because: str | None = None
    input_hash: str | None = None
    input: str | None = None
    output: str | None = None
    tries: int = 0
    reserved: int = 0
    reserved_on: str = ""


@table(
    "meetingReports",
    10302,
    id_type=ReportId,
    indexes={"by_meeting": ("meeting_id",)},
    retention=DAYS,
)
class MeetingReport(Document, frozen=True, kw_only=True):
    """The report of a meeting; at most one row per meeting; times in ms.

    `removed` are the items that people deleted or reworded: later revisions leave them out. `links` are addresses
    from the chat and the notes.
    """

    id: ReportId = ReportId("")
    meeting_id: MeetingId
    revision: int
    report: Report
    removed: tuple[Item, ...] = ()
    links: tuple[Link, ...] = ()
    created_at: float
    updated_at: float


@table(
    "insights",
    10303,
    id_type=InsightId,
    owner="user_id",
    indexes={
        "by_user": ("user_id", "deleted", "created_at"),
        "by_meeting": ("meeting_id", "user_id"),
    },
    retention=DAYS,
)
class Insight(Document, frozen=True, kw_only=True):
    """A report as it concerns one person; (meeting, user) is unique; times in ms.

    A `deleted` one has no content: it keeps later runs from making it again. The title and time of the meeting are
    those when it was made. `read`, `useful`, `rating` and `notes` are the owner's feedback.
    """

    id: InsightId = InsightId("")
    meeting_id: MeetingId
    user_id: UserId
    revision: int
    deleted: bool = False
    summary: str = ""
    action_items: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    meeting_title: str = ""
    meeting_at: float = 0.0
    read: bool | None = None
    useful: bool | None = None
    rating: int | None = None
    notes: str | None = None
    created_at: float


@table(
    "recommendations",
    10304,
    id_type=RecommendationId,
    owner="user_id",
    indexes={
        "by_user": ("user_id", "connects", "confidence", "created_at"),
        "by_insight": ("insight_id",),
        "by_other": ("meeting_id", "other_id"),
    },
    retention=DAYS,
)
class Recommendation(Document, frozen=True, kw_only=True):
    """A recommendation of an insight to its owner; `created_at` in ms.

    `connects`: it is a `connection` or a `follow-up`, which are listed across meetings. `other_id` is the person whom
    it recommends; the content has `NAME` in place of their name.
    """

    id: RecommendationId = RecommendationId("")
    insight_id: InsightId
    meeting_id: MeetingId
    user_id: UserId
    other_id: UserId | None = None
    type: RecommendationType
    connects: bool
    content: str
    confidence: float
    created_at: float


@table(
    "meetingReportRatings",
    10305,
    id_type=ItemRatingId,
    owner="user_id",
    indexes={"by_item": ("meeting_id", "item_id", "user_id"), "by_user": ("user_id", "meeting_id")},
    retention=DAYS,
)
class ItemRating(Document, frozen=True, kw_only=True):
    """A member's vote on an item of a report; (meeting, item, user) is unique; `at` in ms.

    `kind` and `source` are those of the item, so that votes can be counted after it is gone.
    """

    id: ItemRatingId = ItemRatingId("")
    meeting_id: MeetingId
    user_id: UserId
    item_id: str
    kind: ItemKind
    source: str
    vote: ItemVote
    at: float
