"""The port of embedding models: texts go out, and as many vectors come back, or the reason of a failure.

Guarantees:
    Each call ends within its deadline, with one usable vector for each text in their order, or with an
    `EmbeddingError`. Neither an error nor a log line quotes a text.

Does not know: meetings, budgets and retries. A call is made once.
"""

from collections.abc import Sequence
from typing import Protocol

from connvo.kernel.errors import ServiceUnavailable
from connvo.rules.embeddings.models import EmbeddingFailure

BATCH = 32


class EmbeddingError(ServiceUnavailable):
    """A model gave no usable vectors; `retry_after` is the pause in seconds that its server asked for."""

    def __init__(self, reason: EmbeddingFailure, message: str, retry_after: float | None = None) -> None:
        super().__init__(message, reason=reason, retryAfterSeconds=retry_after)
        self.reason = reason
        self.retry_after = retry_after


class EmbeddingModel(Protocol):
    """One model; `name` is compared whole, and `sends` says whether texts leave this machine's programs."""

    name: str
    sends: bool

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of at most `BATCH` texts, as little-endian float32.

        Raises:
            EmbeddingError: There are none.
        """
