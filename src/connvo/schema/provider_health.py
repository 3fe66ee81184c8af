"""Which providers fail."""

from typing import NewType

from connvo.rules.breaker import Breaker as Breaker
from connvo.store.schema import Document, table

from .meetings import Provider

ProviderHealthId = NewType("ProviderHealthId", str)


@table(
    "providerHealth",
    10051,
    id_type=ProviderHealthId,
    indexes={"by_provider": ("provider",)},
    retention="for ever, a row per provider that ever failed",
)
class ProviderHealth(Document, frozen=True, kw_only=True):
    """The circuit breaker of a provider, one for all nodes. `probed_at` is when the last probe was sent; in ms."""

    id: ProviderHealthId = ProviderHealthId("")
    provider: Provider
    breaker: Breaker
    reason: str
    probed_at: float = 0.0
