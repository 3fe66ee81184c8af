"""The scheduler of mutations: a job commits with the transaction that asked for it, or not at all."""

import msgspec

from connvo.kernel.clock import MS
from connvo.runtime.references import FunctionReference
from connvo.runtime.registry import Registry
from connvo.store.transaction import Transaction

from .tables import Job


class TransactionScheduler:
    """`ctx.scheduler` of a mutation: every deferred call is a row of its transaction."""

    __slots__ = ("_db", "_registry")

    def __init__(self, db: Transaction, registry: Registry) -> None:
        self._db = db
        self._registry = registry

    def run_after(
        self, seconds: float, function: FunctionReference[..., object], *args: object, **kwargs: object
    ) -> str:
        """Enqueue a call `seconds` from now; return the job's id. Arguments by keyword only."""
        return self.run_at(self._db.now + seconds * MS, function, *args, **kwargs)

    def run_at(self, when: float, function: FunctionReference[..., object], *args: object, **kwargs: object) -> str:
        """Enqueue a call for a time in epoch milliseconds; return the job's id.

        Raises:
            TypeError: An argument is positional or unknown.
            Invalid: An argument is missing or of the wrong type.
        """
        if args:
            raise TypeError("scheduled calls take their arguments by keyword")
        entry = self._registry.registered(function)
        wire = {a.wire_name: msgspec.to_builtins(kwargs[a.name]) for a in entry.signature.arguments if a.name in kwargs}
        unknown = kwargs.keys() - {a.name for a in entry.signature.arguments}
        if unknown:
            raise TypeError(f"{entry.path} has no arguments {sorted(unknown)}")
        entry.signature.convert(wire)
        return self._db.insert(Job(path=entry.path, arguments=msgspec.json.encode(wire).decode(), run_at=when)).id

    def cancel(self, job_id: str) -> None:
        """Cancel a job if it has not started."""
        job = self._db.get(Job, job_id)
        if job is not None and job.state == "pending":
            self._db.delete(job)
