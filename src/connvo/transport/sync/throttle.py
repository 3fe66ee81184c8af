"""What one message costs, and how much of it an account or a network has left.

Guarantees: a message above the budget is not lost: it waits, and so does everything its client says after it.
"""

from random import uniform

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.transport.call_budget import CallBudget

from .messages import Add, Incoming, ModifyQuerySet

BYTES_PER_CALL = 16 * 1024
# Many connections of one network may wait for the same calls: they come back neither often nor together.
PAUSE_SECONDS = 0.25


def cost_of(message: Incoming | None, size: int) -> int:
    """Return as how many calls a message counts: by its size, and one for each query it adds."""
    added = 0
    if isinstance(message, ModifyQuerySet):
        added = sum(isinstance(change, Add) for change in message.modifications)
    return 1 + size // BYTES_PER_CALL + added


class Throttle:
    """The budget of calls as sockets use it; shared with HTTP."""

    def __init__(self, budget: CallBudget) -> None:
        self._budget = budget

    def charge(self, network: str, identity: Identity | None, cost: int) -> float:
        """Charge for a message; return 0, or the seconds until there may be enough for it."""
        try:
            self._budget.charge(network, identity, cost)
        except RequestError as error:
            return max(error.retry_after or 0.0, pause())
        return 0.0


def pause() -> float:
    """Return how long to wait for something that others give back."""
    return uniform(PAUSE_SECONDS, 2 * PAUSE_SECONDS)
