"""The runs of live queries: the same functions, arguments and rules as over HTTP, on a given snapshot."""

from collections.abc import Callable
from secrets import token_hex

import structlog

from connvo.kernel.errors import FunctionError
from connvo.runtime.context import QueryCtx
from connvo.runtime.cursors import pages_of
from connvo.runtime.measuring.node_view import UNKNOWN_NODE, NodeView
from connvo.runtime.registry import Registry
from connvo.runtime.results import exact_json, server_error
from connvo.settings import Settings
from connvo.store.engine import Engine, StoreError
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot

from .requests import NULL, AnyRun, BodyRun, GuardRun, QueryAnswer, QueryRequest

log = structlog.get_logger()
REQUEST_ID_BYTES = 8


class QueryRunner:
    """The functions of a registry, as runs of live queries."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ms: Callable[[], float],
        node: NodeView = UNKNOWN_NODE,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self._now_ms = now_ms
        self._node = node

    def answer(self, snapshot: Snapshot, run: AnyRun, reads: ReadSet) -> QueryAnswer:
        """Return the answer of a run; a failure of the function is an answer, too.

        Raises:
            StoreError: The database cannot be read.
        """
        db = snapshot.fork(reads, Budget.of(self._settings.limits))
        identity = None if isinstance(run, BodyRun) else run.identity
        ctx = QueryCtx(db, identity, self._now_ms(), self._settings, node=self._node)
        value, error, audience = NULL, None, None
        try:
            if isinstance(run, GuardRun):
                audience = run.check(ctx, *run.values)
                hash(audience)
            else:
                value = self._run(db, ctx, run)
        except FunctionError as refusal:
            error = refusal
        except StoreError:
            raise
        except Exception as fault:
            snapshot.log.check()  # raises if the database has failed: then there is no answer
            request_id = token_hex(REQUEST_ID_BYTES)
            log.error("query_failed", function=_name(run), request_id=request_id, exc_info=fault)
            error = server_error(request_id)
        depends = ctx.dependencies
        return QueryAnswer(
            value=value,
            error=error,
            heartbeats=frozenset(depends.heartbeats) if error is None else frozenset(),
            journal=None if isinstance(run, GuardRun) else (db.pages and db.pages.kept) or run.journal,
            personal=depends.caller,
            timed=depends.time,
            audience=audience if error is None else None,
        )

    def _run(self, db: Snapshot, ctx: QueryCtx, run: QueryRequest | BodyRun) -> bytes:
        entry = self._registry.find_public(run.path, "query")
        arguments = entry.signature.parse(run.arguments)
        db.pages = pages_of(self._engine.secret(), entry.path, arguments, run.journal)
        if isinstance(run, BodyRun):
            result = entry.handler(ctx.for_audience(run.audience), **arguments)
        else:
            result = entry.function(ctx, **arguments)
        return exact_json(result, entry.signature.simple)


def _name(run: AnyRun) -> str:
    return run.check.__name__ if isinstance(run, GuardRun) else run.path
