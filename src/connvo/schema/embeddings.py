"""Store vectors of texts, the models that made them, what is due to be made, and passages that are found by words."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.breaker import Breaker as Breaker
from connvo.rules.embeddings.models import EmbeddingFailure as EmbeddingFailure
from connvo.rules.embeddings.models import ModelState as ModelState
from connvo.rules.embeddings.models import SourceType as SourceType
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

EmbeddingId = NewType("EmbeddingId", str)
VectorIndexMetaId = NewType("VectorIndexMetaId", str)
EmbeddingTaskId = NewType("EmbeddingTaskId", str)
EmbeddingTotalsId = NewType("EmbeddingTotalsId", str)
PassageId = NewType("PassageId", str)
EmbeddingUsageId = NewType("EmbeddingUsageId", str)
EmbeddingHealthId = NewType("EmbeddingHealthId", str)

TaskKind: TypeAlias = Literal["profile", "meeting", "note", "report", "chat", "transcriptSegment"]
# `behind` are tasks of a whole database, which wait behind those of fresh changes.
TaskState: TypeAlias = Literal["waiting", "behind", "resting"]
PassageKind: TypeAlias = Literal["title", "note", "report", "chat"]
WITH_SOURCE = "deleted with its source, or a week after another model took the place of its own"


@table(
    "embeddings",
    10400,
    id_type=EmbeddingId,
    owner="owner_id",
    indexes={
        "by_source": ("source_type", "source_id", "model", "part"),
        "by_time": ("source_type", "source_id"),
        "by_scope": ("model", "scope"),
        "by_model": ("model",),
        "by_meeting": ("meeting_id",),
        "by_owner": ("owner_id",),
    },
    retention=WITH_SOURCE,
)
class Embedding(Document, frozen=True, kw_only=True):
    """The vector of a part of a source; (type, id, model, part) is unique; times in ms.

    `digest` is that of model and text. `scope` says who may read it: a user, or the members of a meeting. `owner_id` is
    the person whose words the text holds, if they are one person's.
    """

    id: EmbeddingId = EmbeddingId("")
    source_type: SourceType
    source_id: str
    vector: bytes
    model: str
    dimensions: int
    version: str
    metadata: dict[str, str | float | bool] = {}
    part: int = 0
    digest: str
    scope: str
    owner_id: UserId | None = None
    meeting_id: MeetingId | None = None
    created_at: float
    updated_at: float


@table(
    "vectorIndexMeta",
    10401,
    id_type=VectorIndexMetaId,
    indexes={"by_name": ("index_name",), "by_status": ("status",)},
    retention="deleted with the last vector of its model",
)
class VectorIndexMeta(Document, frozen=True, kw_only=True):
    """A model; one row each, and at most one is `active`; times in ms.

    `filling` names the table whose rows are given tasks, from `filled_to` on, until all rows have theirs.
    """

    id: VectorIndexMetaId = VectorIndexMetaId("")
    provider: str
    index_name: str
    config: dict[str, str | float | bool] = {}
    status: ModelState
    filling: str | None = None
    filled_to: str | None = None
    created_at: float
    updated_at: float


@table(
    "embeddingTasks",
    10402,
    id_type=EmbeddingTaskId,
    indexes={"by_source": ("kind", "source_id"), "by_due": ("state", "due_at"), "by_meeting": ("meeting_id",)},
    retention="until its vectors are stored",
)
class EmbeddingTask(Document, frozen=True, kw_only=True):
    """A source that has changed; (kind, source) is unique; times in ms.

    `due_at` is when it may be claimed: after a claim, when the claim counts as lost. A `resting` task has failed too
    often, `because` of its last failure, and waits for the next change or an operator.
    """

    id: EmbeddingTaskId = EmbeddingTaskId("")
    kind: TaskKind
    source_id: str
    meeting_id: MeetingId | None = None
    state: TaskState = "waiting"
    due_at: float
    tries: int = 0
    because: EmbeddingFailure | None = None


@table(
    "embeddingTotals",
    10403,
    id_type=EmbeddingTotalsId,
    indexes={"by_model": ("model",)},
    retention="permanently, one row per model",
)
class EmbeddingTotals(Document, frozen=True, kw_only=True):
    """The counters of a model, kept at each write: vectors by type of source, and the work and results of searches.

    `made` texts took `making_ms` in all; `spared` ones had not changed; `refused` answers of the model were unusable.
    """

    id: EmbeddingTotalsId = EmbeddingTotalsId("")
    model: str
    by_source: dict[str, int] = {}
    made: int = 0
    making_ms: float = 0.0
    spared: int = 0
    refused: int = 0
    searches: int = 0
    searching_ms: float = 0.0
    results: int = 0
    best_scores: float = 0.0
    scored: int = 0


@table(
    "searchPassages",
    10404,
    id_type=PassageId,
    owner="owner_id",
    indexes={"by_meeting": ("meeting_id", "kind", "part"), "by_owner": ("owner_id",)},
    text="terms",
    retention="kept with its source",
)
class Passage(Document, frozen=True, kw_only=True):
    """A text of a meeting that is found by its words; (meeting, kind, part) is unique; `at` in ms.

    `item_id` is the item of the report, or the first message. `owner_id` is the person who wrote it, if they are one.
    """

    id: PassageId = PassageId("")
    meeting_id: MeetingId
    kind: PassageKind
    part: int
    text: str
    terms: str
    owner_id: UserId | None = None
    item_id: str | None = None
    at: float | None = None


@table(
    "embeddingUsage",
    10405,
    id_type=EmbeddingUsageId,
    indexes={"by_day": ("day",)},
    retention="deleted after 90 days",
)
class EmbeddingUsage(Document, frozen=True, kw_only=True):
    """The texts that were sent to another server on a day (UTC)."""

    id: EmbeddingUsageId = EmbeddingUsageId("")
    day: str
    texts: int


@table(
    "embeddingHealth",
    10406,
    id_type=EmbeddingHealthId,
    indexes={"by_server": ("server",)},
    retention="permanently, one row per model that has ever failed",
)
class EmbeddingHealth(Document, frozen=True, kw_only=True):
    """The circuit breaker of a model at a server, shared by all nodes; times in ms."""

    id: EmbeddingHealthId = EmbeddingHealthId("")
    server: str
    breaker: Breaker
    reason: EmbeddingFailure | None = None
    trying_until: float = 0.0
