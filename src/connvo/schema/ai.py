"""Store the use of the language model: the tokens of meetings and organisations, and the model's health."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.breaker import Breaker as Breaker
from connvo.rules.insights.attempts import CallFailure as CallFailure
from connvo.store.schema import Document, table

AiUsageId = NewType("AiUsageId", str)
AiHealthId = NewType("AiHealthId", str)
UsageScope: TypeAlias = Literal["meeting", "organisation"]


@table(
    "aiUsage",
    10340,
    id_type=AiUsageId,
    indexes={"by_scope": ("scope", "key", "day"), "by_update": ("updated_at",)},
    retention="deleted 90 days after the last call",
)
class AiUsage(Document, frozen=True, kw_only=True):
    """The tokens of a meeting, or of an organisation on a day (UTC); the three keys are unique; `updated_at` in ms.

    `day` is empty for a meeting, and `key` for meetings of organisers without an organisation. `reserved` are those of
    calls under way, and of calls whose node died, until their steps are claimed again. `uncounted` are charged for
    calls whose server counted nothing.
    """

    id: AiUsageId = AiUsageId("")
    scope: UsageScope
    key: str
    day: str = ""
    reserved: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    uncounted: int = 0
    calls: int = 0
    updated_at: float

    @property
    def used(self) -> int:
        """The tokens that count against the budget."""
        return self.reserved + self.tokens_in + self.tokens_out + self.uncounted


@table(
    "aiHealth",
    10341,
    id_type=AiHealthId,
    indexes={"by_server": ("server",)},
    retention="permanently, one row per model that has ever failed",
)
class AiHealth(Document, frozen=True, kw_only=True):
    """The circuit breaker of a model at a server, shared by all nodes; times in ms.

    While the breaker is half open, one call at a time tries the server: until its result, or until `trying_until`.
    """

    id: AiHealthId = AiHealthId("")
    server: str
    breaker: Breaker
    reason: CallFailure | None = None
    trying_until: float = 0.0
