"""The cost of a message, charged to the call budget of its account or network.

Guarantees: a message above the budget is not lost. It waits, and so do all later messages of its client.
"""

from random import uniform

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.transport.call_budget import CallBudget

from .messages import Add, Incoming, ModifyQuerySet

BYTES_PER_CALL = 16 * 1024
# Many connections of one network may wait for the same budget: a random pause keeps their retries rare and apart.
PAUSE_SECONDS = 0.25


def cost_of(message: Incoming | None, size: int) -> int:
    """Return the cost of a message in calls: by its size, plus one for each query it adds."""
    added = 0
    if isinstance(message, ModifyQuerySet):
        added = sum(isinstance(change, Add) for change in message.modifications)
    return 1 + size // BYTES_PER_CALL + added


class Throttle:
    """The call budget as sockets use it; shared with HTTP."""

    def __init__(self, budget: CallBudget) -> None:
        self._budget = budget

    def charge(self, network: str, identity: Identity | None, cost: int) -> float:
        """Charge for a message; return 0, or the seconds to wait before trying again."""
        try:
            self._budget.charge(network, identity, cost)
        except RequestError as error:
            return max(error.retry_after or 0.0, pause())
        return 0.0

    def pays_for(self, network: str, identity: Identity | None, size: int) -> bool:
        """Charge for so many bytes that are about to be read and dropped; return whether the budget had enough."""
        return not self.charge(network, identity, size // BYTES_PER_CALL)


def pause() -> float:
    """Return the seconds to wait before a retry, at random."""
    return uniform(PAUSE_SECONDS, 2 * PAUSE_SECONDS)
