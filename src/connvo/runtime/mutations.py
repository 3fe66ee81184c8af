"""The transaction of a mutation: its context, its idempotency record, and what it leaves to do after the commit.

Guarantees: a mutation with a request takes effect once, however often the request is sent.
"""

from collections.abc import Callable, Set
from time import time_ns
from typing import NamedTuple

import msgspec

from connvo.kernel.identity import Identity
from connvo.settings import Settings
from connvo.store.engine import Engine
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measurement

from . import origins
from .cluster.heartbeat_throttle import Pair
from .context import MutationCtx, OneSeed
from .cursors import pages_of
from .jobs.transaction_scheduler import TransactionScheduler
from .origins import Origin
from .registry import RegisteredFunction, Registry
from .request_dedup import FirstRequests, Request, find_record, store_record
from .results import exact_json


class MutationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one run of a mutation.

    `heartbeats` and `measurements` take effect once the transaction is on disk. `recorded_ts` is set when the value
    comes from the record of an earlier run: it is the timestamp of that commit. Otherwise `ran_at` is the end of the
    run in ns.
    """

    value: object
    heartbeats: Set[Pair] = frozenset()
    measurements: list[Measurement] = []
    ran_at: int = 0
    recorded_ts: int | None = None


class RunningCall(NamedTuple):
    """A mutation to run, with what stays the same in every retry."""

    entry: RegisteredFunction
    arguments: dict[str, object]
    identity: Identity | None
    seed: OneSeed
    origin: Callable[[], Origin] | None


class MutationRunner:
    """Makes the work of a transaction out of a mutation and its arguments."""

    def __init__(self, registry: Registry, engine: Engine, settings: Settings) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self.first_requests = FirstRequests()

    def work(
        self,
        entry: RegisteredFunction,
        arguments: dict[str, object],
        identity: Identity | None,
        request: Request | None,
    ) -> Callable[[Transaction], MutationResult]:
        """Return a function that runs the mutation in a transaction; the engine may call it again on a conflict."""
        call = RunningCall(entry, arguments, identity, OneSeed(), origins.current())
        if request is None:
            return lambda db: self._run(db, call)
        return self._once(call, request)

    def _once(self, call: RunningCall, request: Request) -> Callable[[Transaction], MutationResult]:
        recorded = call.entry.function.recorded
        is_first = self.first_requests.take(request)
        is_retry = False

        def work(db: Transaction) -> MutationResult:
            nonlocal is_retry
            request.check_order()
            # A first request skips the look-up. A retry may have been caused by the record itself, so it looks.
            record = find_record(db, request) if recorded and (is_retry or not is_first) else None
            is_retry = True
            if record is not None:
                if is_first:
                    self.first_requests.doubt(request)
                return MutationResult(value=msgspec.Raw(record.value.encode()), recorded_ts=record.ts)
            result = self._run(db, call)
            text = exact_json(result.value, call.entry.signature.simple)
            if recorded:
                store_record(db, request, text)
            return MutationResult(
                value=msgspec.Raw(text),
                heartbeats=result.heartbeats,
                measurements=result.measurements,
                ran_at=result.ran_at,
            )

        return work

    def _run(self, db: Transaction, call: RunningCall) -> MutationResult:
        db.pages = pages_of(self._engine.secret(), call.entry.path, call.arguments)
        scheduler = TransactionScheduler(db, self._registry)
        ctx = MutationCtx(db, call.identity, db.now, self._settings, scheduler, call.seed, call.origin)
        value = call.entry.handler(ctx, **call.arguments)
        return MutationResult(
            value=value,
            heartbeats=ctx.dependencies.heartbeats,
            measurements=ctx.measurements,
            ran_at=time_ns(),
        )
