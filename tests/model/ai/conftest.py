"""A backend with a language model configured, and work inside its transactions."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from connvo.runtime.context import MutationCtx
from connvo.runtime.jobs.server_context import ServerContexts
from connvo.settings import AiSettings
from connvo.store.transaction import Transaction
from tests.support.backend import REGISTRY, Backend
from tests.support.store import ENGINES

T = TypeVar("T")
SETTINGS: dict[str, Any] = {"url": "http://127.0.0.1:9/v1", "model": "m"}


class Desk:
    """A backend whose transactions a test may use as the server does."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def work(self, work: Callable[[MutationCtx], T]) -> T:
        """Returns the result of a transaction."""
        contexts = ServerContexts(REGISTRY, self.backend.settings)

        def run(db: Transaction) -> tuple[T, MutationCtx]:
            ctx = contexts.make(db, lambda: 0)
            return work(ctx), ctx

        value, ctx = self.backend.run(self.backend.engine.write(run)).value
        self.backend.measures.extend(ctx.measurements)
        result: T = value
        return result


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Desk:
    """The same on every database."""
    settings = AiSettings(**SETTINGS, meeting_tokens=1_000, org_daily_tokens=1_500)
    return Desk(make_backend(ENGINES[request.param], ai=settings))
