"""Store prompts: ideas before a call and nudges during it, their feedback, and the users on whom they rest."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.prompts.kinds import PromptAudience as PromptAudience
from connvo.rules.prompts.kinds import PromptKind as PromptKind
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

PromptId = NewType("PromptId", str)
PromptFeedbackId = NewType("PromptFeedbackId", str)
PromptSourceId = NewType("PromptSourceId", str)
PromptAskId = NewType("PromptAskId", str)

PromptType: TypeAlias = Literal["precall", "incall"]
Feedback: TypeAlias = Literal["used", "dismissed", "upvoted"]
AskState: TypeAlias = Literal["queued", "asking", "done"]

DAYS = "deleted after CONNVO_RETENTION_PROMPT_DAYS days, with feedback after CONNVO_RETENTION_RATED_PROMPT_DAYS"


@table(
    "prompts",
    10320,
    id_type=PromptId,
    owner="person_id",
    indexes={
        "by_meeting": ("meeting_id", "type", "open", "relevance"),
        "by_time": ("meeting_id", "type", "created_at"),
        "by_expiry": ("type", "open", "expires_at"),
        "by_age": ("rated", "created_at"),
        "by_person": ("person_id",),
    },
    retention=DAYS,
)
class Prompt(Document, frozen=True, kw_only=True):
    """One idea before a call (`precall`), or one nudge during it (`incall`); times in ms.

    `person_id` is set if `audience` is `person`: no other user sees it. `basis` identifies the data that an idea was
    made from. An idea about open actions has the meeting of their report as `origin_id`, and cites them; a nudge cites
    segments. `open` ends for a nudge when it expires or its cause is over; it then has no words of a transcript and no
    names any more. `rated` is set once a user has given feedback.
    """

    id: PromptId = PromptId("")
    meeting_id: MeetingId
    type: PromptType
    kind: PromptKind
    audience: PromptAudience = "all"
    person_id: UserId | None = None
    content: str
    tags: tuple[str, ...] = ()
    relevance: float
    basis: str | None = None
    origin_id: MeetingId | None = None
    cites: tuple[str, ...] = ()
    open: bool = True
    expires_at: float | None = None
    rated: bool = False
    created_at: float
    updated_at: float


@table(
    "promptFeedback",
    10321,
    id_type=PromptFeedbackId,
    owner="user_id",
    indexes={
        "by_prompt": ("prompt_id", "user_id"),
        "by_member": ("meeting_id", "user_id"),
        "by_user": ("user_id",),
    },
    retention="deleted with its prompt",
)
class PromptFeedback(Document, frozen=True, kw_only=True):
    """The feedback of one user on one prompt; the pair is unique; times in ms.

    `used_at` is the first time that the user reported using it. `dismissed_at` is when they last dismissed it.
    """

    id: PromptFeedbackId = PromptFeedbackId("")
    meeting_id: MeetingId
    prompt_id: PromptId
    user_id: UserId
    kind: PromptKind
    feedback: Feedback
    used_at: float | None = None
    dismissed_at: float | None = None
    updated_at: float


@table(
    "promptSources",
    10322,
    id_type=PromptSourceId,
    owner="user_id",
    indexes={
        "by_prompt": ("prompt_id",),
        "by_meeting": ("meeting_id",),
        "by_user": ("user_id",),
    },
    retention="deleted with its prompt",
)
class PromptSource(Document, frozen=True, kw_only=True):
    """A user whose profile, name or words a prompt rests on: it is deleted when they are erased."""

    id: PromptSourceId = PromptSourceId("")
    meeting_id: MeetingId
    prompt_id: PromptId
    user_id: UserId


@table(
    "promptAsks",
    10323,
    id_type=PromptAskId,
    indexes={"by_meeting": ("meeting_id", "type"), "by_due": ("state", "due_at")},
    retention="deleted after CONNVO_RETENTION_PROMPT_DAYS days",
)
class PromptAsk(Document, frozen=True, kw_only=True):
    """The call of a language model for suggestions of a meeting; (meeting, type) is unique; times in ms.

    `attempt` counts claims, and only the current one may record. `due_at` is when a queued call may be made, and when
    one under way counts as lost. `asked_at` is the last claim. `basis` is that of the ideas beside which suggestions
    shall stand. `reserved` are the tokens of the call under way, from the budget of the day `reserved_on`.
    """

    id: PromptAskId = PromptAskId("")
    meeting_id: MeetingId
    type: PromptType
    state: AskState = "queued"
    basis: str = ""
    attempt: int = 0
    due_at: float
    asked_at: float | None = None
    tries: int = 0
    reserved: int = 0
    reserved_on: str = ""
