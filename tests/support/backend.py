"""A whole backend in the test's own process: real database on disk, real functions, a clock the test moves."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.model.audit.events import note_events
from connvo.model.membership.timeouts import PRESENCE
from connvo.runtime.call_request import CallRequest
from connvo.runtime.registry import Registry
from connvo.runtime.services import Runtime
from connvo.settings import Settings
from connvo.store.engine import StoreError
from connvo.store.snapshot import Snapshot
from connvo.telemetry.instruments import Instrument, Measurement

from .audit_scan import personal
from .contract import validate_response
from .store import MakeEngine, sqlite

T = TypeVar("T")
START_NS = 1_800_000_000_000_000_000
TICK_NS = 1_000
ISSUER = "https://issuer.test"
REGISTRY = Registry("connvo.functions", "connvo.model")


class CallFailed(Exception):
    """A call answered with an error."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(f"{data['code']}: {data['message']}")
        self.code: str = data["code"]
        self.message: str = data["message"]
        self.status: int = data["statusCode"]
        self.metadata: dict[str, Any] = data.get("metadata", {})


class Backend:
    """Runs calls one after another; time stands still between them but for `advance`."""

    def __init__(
        self,
        folder: Path,
        settings: Settings | None = None,
        registry: Registry = REGISTRY,
        make_engine: MakeEngine = sqlite,
    ) -> None:
        self.settings = settings or Settings()
        self.folder = folder
        self._make_engine = make_engine
        self._nodes: list[Runtime] = []
        self.now_ns = START_NS
        self._commits_seen = 0
        self.runner = asyncio.Runner()
        self.measures: list[Measurement] = []
        self._registry = registry
        self.runtime = self.add_node()
        self.engine = self.runtime.engine
        self.anonymous = Caller(self, None)

    def add_node(self) -> Runtime:
        """Return a running node on this database; the first one answers the callers."""
        engine = self._make_engine(self.folder, self.settings.limits, self.settings.store, self._clock)
        node = Runtime(
            self._registry,
            engine,
            self.settings,
            self._clock,
            presence=PRESENCE,
            measured=self.measures.extend,
            note_events=note_events,
        )

        async def open_node() -> None:
            await engine.open()
            await node.start(run_jobs=False)

        self.run(open_node())
        self._nodes.append(node)
        return node

    def _clock(self) -> int:
        self.now_ns += TICK_NS
        return self.now_ns

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine to its end."""
        return self.runner.run(coroutine, context=copy_context())

    def close(self) -> None:
        """Stop everything. No row of the audit trail may hold personal data."""
        self.run(self.runtime.executor.deferred_audit.flush())
        try:
            found = self.read(personal)
        except StoreError:
            found = []
        for node in reversed(self._nodes):
            self.run(node.stop())
            self.run(node.engine.close())
        self.runner.close()
        assert found == [], "the audit trail holds personal data"

    @property
    def now_ms(self) -> float:
        """The time functions see."""
        return self.now_ns / 1e6

    def sign_in(
        self,
        name: str,
        *,
        email: str | None = None,
        org_id: str | None = None,
        org_role: str | None = None,
        provision: bool = True,
        picture: str | None = None,
        operator: bool = False,
    ) -> "Caller":
        """Return a caller with a token of that subject; provisioned unless told otherwise."""
        address = email or f"{name}@example.org"
        identity = Identity(
            issuer=ISSUER,
            subject=name,
            email=address,
            name=name.capitalize(),
            picture=picture,
            org_id=org_id,
            org_role=org_role,
            expires_at=self.now_ms + 3_600_000,
            operator=operator,
        )
        caller = Caller(self, identity)
        if provision:
            caller.user_id = caller.call("users/mutations:upsertUser", workosUserId=name, email=address)
        return caller

    def advance(self, seconds: float) -> None:
        """Move the clock and run every job that is due by then."""
        self.now_ns += int(seconds * 1e9)
        self.run(self.runtime.scheduler.settle())

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """Look at the data."""
        result: T = self.run(self.engine.read(work))
        return result

    def counted(self, figure: Instrument) -> list[tuple[str, ...]]:
        """Return the labels of every value of a figure so far."""
        return [measure.labels for measure in self.measures if measure.instrument is figure]

    def commit_count(self) -> int:
        """Return how many commits there have been."""
        commits = self.run(self.engine.commits(self._commits_seen, 1_000_000))
        self._commits_seen = commits[-1].seq if commits else self._commits_seen
        return self._commits_seen


class Caller:
    """Somebody with a token, or nobody."""

    def __init__(self, backend: Backend, identity: Identity | None) -> None:
        self.backend = backend
        self.identity = identity
        self.user_id = ""

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call. Raises CallFailed. Every answer is held against the contract."""
        runtime = self.backend.runtime
        outcome = self.backend.run(runtime.run(CallRequest(canonical_path(path), args, self.identity, None, "test")))
        self.backend.run(runtime.settle())
        if outcome.error is not None:
            data = outcome.error.data()
            validate_response(path, {"status": "error", "errorMessage": outcome.error.message, "errorData": data})
            raise CallFailed(data)
        validate_response(path, {"status": "success", "value": outcome.value})
        return outcome.value

    def fails(self, path: str, code: str | None = None, **args: Any) -> CallFailed:
        """Return the error of a call that must fail, and must change nothing."""
        before = self.backend.commit_count()
        try:
            value = self.call(path, **args)
        except CallFailed as failed:
            assert self.backend.commit_count() == before, f"{path} failed but changed data"
            assert code is None or failed.code == code, f"{path}: {failed} instead of {code}"
            return failed
        raise AssertionError(f"{path} succeeded: {value!r}")
