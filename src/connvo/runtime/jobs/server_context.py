"""The context of mutations that the server runs for itself, in a transaction that is open already."""

from collections.abc import Callable

from connvo.runtime.context import MutationCtx, OneSeed
from connvo.runtime.function import Function
from connvo.runtime.registry import Registry
from connvo.settings import Settings
from connvo.store.transaction import Transaction

from .transaction_scheduler import TransactionScheduler


class ServerContexts:
    """Makes contexts without a caller."""

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    def make(self, db: Transaction, seed: Callable[[], int]) -> MutationCtx:
        """Return a context of a transaction; `seed` gives its random numbers."""
        return MutationCtx(db, None, db.now, self._settings, TransactionScheduler(db, self._registry), seed)

    def perform(self, function: Function[..., object], db: Transaction, **arguments: object) -> object:
        """Run a mutation of the tree inside a transaction, for the server itself; return its result."""
        return self._registry.registered(function).handler(self.make(db, OneSeed()), **arguments)
