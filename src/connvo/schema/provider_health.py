"""Store the health of providers."""

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
    retention="permanently, one row per provider that has ever failed",
)
class ProviderHealth(Document, frozen=True, kw_only=True):
    """The circuit breaker of a provider, shared by all nodes; `probed_at` is the time of the last probe, in ms."""

    id: ProviderHealthId = ProviderHealthId("")
    provider: Provider
    breaker: Breaker
    reason: str
    probed_at: float = 0.0
