"""The scheduler of actions, which have no transaction that a job could be part of."""

from connvo.runtime.references import FunctionReference
from connvo.runtime.registry import Registry
from connvo.store.engine import Engine
from connvo.store.transaction import Transaction

from .transaction_scheduler import TransactionScheduler


class DirectScheduler:
    """`ctx.scheduler` of an action: each call is its own transaction."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry

    async def run_after(
        self, seconds: float, function: FunctionReference[..., object], *args: object, **kwargs: object
    ) -> str:
        """Enqueue a call `seconds` from now; return the job's id."""

        def work(db: Transaction) -> str:
            return TransactionScheduler(db, self._registry).run_after(seconds, function, *args, **kwargs)

        return (await self._engine.write(work)).value
