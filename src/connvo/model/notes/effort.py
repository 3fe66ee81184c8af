"""The work of calls that write notes: how often a user may call, and how much one call may transform.

Guarantees: the work of a call is bounded, however far behind its text is and however many changes it makes. A call that
needs much counts as several.
"""

from connvo.kernel.errors import Conflict
from connvo.model.rate_limits import charge
from connvo.rules.notes.limits import MAX_STEPS
from connvo.runtime.context import MutationCtx
from connvo.schema.users import UserId

from .log import Base

ACTION = "noteOperation"
STEPS_PER_CALL = 2_500
OPERATIONS_PER_CALL = 25
UNITS_PER_CALL = 25_000  # of a text that is compared with another
STEPS_TO_READ = 5  # an operation of the log takes so much longer than a step
TOO_MUCH = "This is too far behind for so many changes: load the notes again"


def charge_call(ctx: MutationCtx, user_id: UserId, cost: float = 1.0) -> None:
    """Charge a call that writes notes; one that counts as more calls than may be made at once takes all of them.

    Raises:
        RateLimited: The user has made too many lately.
    """
    limits = ctx.settings.notes
    charge(ctx, user_id, ACTION, "", limits.burst, limits.per_second, min(cost, limits.burst))


def cost_of_operations(count: int) -> float:
    """Return the calls that so many operations without a number count as."""
    return max(1.0, count / OPERATIONS_PER_CALL)


def cost_of_comparing(length: int) -> float:
    """Return the calls that the comparison of a text of so many units with an earlier one counts as."""
    return max(1.0, length / UNITS_PER_CALL)


class Effort:
    """Counts the steps of one call: in each a change is transformed over another one."""

    __slots__ = ("_ctx", "_user_id", "_steps")

    def __init__(self, ctx: MutationCtx, user_id: UserId) -> None:
        self._ctx = ctx
        self._user_id = user_id
        self._steps = 0

    @property
    def is_spent(self) -> bool:
        """Return whether the call may not do more."""
        return self._steps > MAX_STEPS

    def read(self, base: Base) -> None:
        """Count that the operations after a text were read, and that a change is transformed over each of theirs.

        Raises:
            Conflict: They are too many for one call.
            RateLimited: The user has made too many calls, or too much of them, lately.
        """
        self.spend(STEPS_TO_READ * len(base.later) + base.changes)

    def spend(self, steps: int) -> None:
        """Count steps that come next.

        Raises:
            Conflict: They are too many for one call.
            RateLimited: The user has made too many calls, or too much of them, lately.
        """
        before = self._steps // STEPS_PER_CALL
        self._steps += steps
        if self.is_spent:
            raise Conflict(TOO_MUCH, reason="behind")
        calls = self._steps // STEPS_PER_CALL - before
        if calls:
            charge_call(self._ctx, self._user_id, calls)
