"""The endpoints on a runner that only records its calls, with an authenticator that has real keys."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.kernel.part_health import PartHealth
from connvo.runtime.call_request import CallRequest
from connvo.runtime.function import Kind
from connvo.runtime.outcome import Outcome
from connvo.settings import IdentitySettings, LimitSettings, MetricsSettings, RateSettings, ServerSettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.admission import Admission
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.local_issuer import LocalIssuer
from connvo.transport.call_budget import CallBudget
from connvo.transport.call_metrics import CallMetrics
from connvo.transport.http.api_docs import Reference
from connvo.transport.http.function_calls import Calls
from connvo.transport.http.health import Health
from connvo.transport.http.local_keys import key_routes
from connvo.transport.http.operator_access import OperatorAccess
from connvo.transport.http.router import Router

LATEST = 1_795_218_296_954_243_204
FUNCTIONS: dict[str, Kind] = {
    "messages:list": "query",
    "messages:send": "mutation",
    "messages:announce": "action",
    "deep/er/module:fn": "query",
}


class RecordingRunner:
    """Answers every call alike and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Outcome] = lambda call: Outcome(value=call["args"])

    async def run(self, call: CallRequest) -> Outcome:
        self.calls.append(msgspec.structs.asdict(call))
        return self.answer(self.calls[-1])

    async def latest_ts(self, identity: Identity | None) -> int:
        return LATEST

    @asynccontextmanager
    async def read_timestamp(self, identity: Identity | None) -> AsyncIterator[int]:
        yield LATEST


class Desk:
    """A client of the doors, the runner behind them and the issuer whose tokens they believe."""

    def __init__(
        self,
        rates: RateSettings | None = None,
        metrics: dict[str, Any] | None = None,
        argument_bytes: int = 2048,
        **server: Any,
    ) -> None:
        self.runner = RecordingRunner()
        self.issuer = LocalIssuer(ec.generate_private_key(ec.SECP256R1()))
        self.identity = IdentitySettings()
        self.metrics = Metrics("1.2.3")
        self.checks = {"database": PartHealth(True, "reads")}
        operators = OperatorAccess(MetricsSettings(**metrics or {}), "127.0.0.1")
        self.health = Health(self._checks, "1.2.3", self.metrics, operators)
        self.document: dict[str, Any] = {"openapi": "3.1.0", "paths": {}}
        self.reference = Reference(lambda: self.document, "1.2.3")
        settings = ServerSettings(**server)
        auth = Authenticator(issuers_of(self.identity, self.issuer, self._no_network), self.identity)
        limits = LimitSettings(argument_bytes=argument_bytes)
        tally = CallMetrics(self.metrics, FUNCTIONS)
        self.budget = CallBudget(rates or RateSettings(), self.metrics.refused)
        admission = Admission(auth, self.budget)
        calls = Calls(self.runner, admission, settings, limits, self.metrics, tally, FUNCTIONS)
        routes = {
            **calls.routes(),
            **self.health.routes(),
            **self.reference.routes(),
            **key_routes(self.issuer),
        }
        doors = Router(routes, calls.prefixes(), self.metrics, self._no_socket)
        self.doors = doors
        self.http = self.client()

    def client(self, peer: str = "127.0.0.1", host: str = "localhost") -> TestClient:
        """Return a client at an address, of a server by a name."""
        return TestClient(self.doors, f"http://{host}", raise_server_exceptions=False, client=(peer, 50_000))

    def token(self, subject: str = "alice", **claims: Any) -> str:
        return self.issuer.mint(subject, self.identity, time.time(), 60, **claims)

    @property
    def last(self) -> dict[str, Any]:
        return self.runner.calls[-1]

    async def _checks(self) -> dict[str, PartHealth]:
        return self.checks

    async def _no_network(self, url: str) -> bytes:
        raise request_error("AuthProviderUnreachable")

    async def _no_socket(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 1000})


@pytest.fixture
def desk() -> Desk:
    return Desk()
