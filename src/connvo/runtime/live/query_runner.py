"""The runs of live queries: the same functions, arguments and rules as over HTTP, on a given snapshot."""

from collections.abc import Callable
from secrets import token_hex

import msgspec
import structlog

from connvo.kernel import values
from connvo.kernel.errors import FunctionError
from connvo.runtime.context import QueryCtx
from connvo.runtime.cursors import pages_of
from connvo.runtime.registry import Registry
from connvo.runtime.results import exact_json, server_error
from connvo.settings import Settings
from connvo.store.engine import Engine, StoreError
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot

from .requests import NULL, QueryAnswer, QueryRequest

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
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self._now_ms = now_ms

    def answer(self, snapshot: Snapshot, request: QueryRequest, reads: ReadSet) -> QueryAnswer:
        """Return the answer to a request; a failure of the function is an answer, too.

        Raises:
            StoreError: The database cannot be read.
        """
        db = snapshot.fork(reads, Budget.of(self._settings.limits))
        ctx = QueryCtx(db, request.identity, self._now_ms(), self._settings)
        try:
            value, error = self._run(db, ctx, request), None
        except FunctionError as refusal:
            value, error = NULL, refusal
        except StoreError:
            raise
        except Exception as fault:
            snapshot.check()  # raises if the database has failed: then there is no answer
            request_id = token_hex(REQUEST_ID_BYTES)
            log.error("query_failed", function=request.path, request_id=request_id, exc_info=fault)
            value, error = NULL, server_error(request_id)
        return QueryAnswer(
            value=value,
            error=error,
            heartbeats=frozenset(ctx.heartbeats) if error is None else frozenset(),
            journal=(db.pages and db.pages.kept) or request.journal,
            personal=ctx.personal,
            timed=ctx.timed,
        )

    def _run(self, db: Snapshot, ctx: QueryCtx, request: QueryRequest) -> bytes:
        entry = self._registry.find_public(request.path, "query")
        arguments = entry.signature.read(request.arguments)
        if arguments is None:
            arguments = entry.signature.convert(values.decode(msgspec.json.decode(request.arguments)))
        db.pages = pages_of(self._engine.secret(), entry.path, arguments, request.journal)
        return exact_json(entry.handler(ctx, **arguments), entry.signature.simple)
