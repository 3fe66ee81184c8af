"""How reports are made on this server."""

from typing import Literal, TypeAlias

from connvo.model.access import require_user
from connvo.model.ai import health
from connvo.model.ai.health import ModelState
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result

Part: TypeAlias = Literal["excerpts", "topics", "decisions", "actions", "questions", "speaking", "recommendations"]

WORKS: list[Part] = ["excerpts", "topics", "decisions", "actions", "questions", "speaking", "recommendations"]


class Availability(Result, frozen=True, kw_only=True):
    """The model that improves reports, if one is configured, whether it works, and what works in any case."""

    model: str | None = None
    state: ModelState
    works: list[Part]


@query
def get_availability(ctx: QueryCtx) -> Availability:
    """Return how reports are made. For signed-in users.

    Raises:
        Unauthorized: The caller has no account.
    """
    require_user(ctx)
    found = health.availability(ctx)
    return Availability(model=found.model, state=found.state, works=WORKS)
