"""Operators see, reset and try the breakers of providers; a provider that recovers gets one probe at a time."""

from typing import Any

import pytest

from connvo.model.provider_health import note_failure
from connvo.runtime.call_request import CallRequest
from connvo.runtime.jobs.server_context import ServerContexts
from connvo.schema.audit import AuditLog
from connvo.settings import JanusSettings
from tests.support.backend import REGISTRY, Backend, Caller

STATUS = "monitoring/bandwidthManager:getCircuitBreakerStatus"
RESET = "monitoring/bandwidthManager:resetCircuitBreaker"
TRY = "monitoring/bandwidthManager:executeWithCircuitBreaker"
# Nothing listens there.
SETTINGS = JanusSettings(
    admin_url="http://127.0.0.1:9/admin", ws_url="ws://127.0.0.1:9/janus", admin_secret="secret", admin_key="key"
)


@pytest.fixture
def served(make_backend: Any) -> Backend:
    made: Backend = make_backend(janus=SETTINGS)
    return made


def operator(backend: Backend) -> Caller:
    return backend.sign_in("olga", operator=True, provision=False)


def fail(backend: Backend, times: int = 3) -> None:
    contexts = ServerContexts(REGISTRY, backend.settings)
    for _ in range(times):
        backend.run(backend.engine.write(lambda db: note_failure(contexts.make(db, lambda: 0), "janus", "unreachable")))


def state(backend: Backend) -> Any:
    return operator(backend).call(STATUS)["breakers"]


def test_a_provider_that_never_failed_is_closed(served: Backend) -> None:
    assert state(served) == [{"service": "janus", "state": "closed", "failures": 0}]
    assert operator(served).call(STATUS)["summary"] == {
        "totalBreakers": 1, "openBreakers": 0, "halfOpenBreakers": 0, "closedBreakers": 1,
    }  # fmt: skip


def test_a_reset_closes_it_and_is_recorded(served: Backend) -> None:
    fail(served)
    assert state(served)[0] == {"service": "janus", "state": "open", "failures": 3}
    assert operator(served).call(RESET, serviceName="janus")["success"] is True
    assert state(served)[0]["state"] == "closed"
    actions = [row.action for row in served.read(lambda db: db.scan(AuditLog, "by_creation"))]
    assert actions.count("breaker.reset") == 1
    assert operator(served).call(RESET, serviceName="none")["success"] is False


def test_a_probe_is_real_and_its_result_counts(served: Backend) -> None:
    found = operator(served).call(TRY, serviceName="janus", operationId="x")
    assert (found["success"], found["error"], "result" in found) == (False, "unreachable", False)
    assert state(served)[0]["failures"] == 1


def test_an_open_breaker_lets_no_probe_through_and_a_half_open_one_at_a_time(served: Backend) -> None:
    fail(served)
    found = operator(served).call(TRY, serviceName="janus", operationId="x")
    assert (found["success"], found["error"], found["circuitState"]) == (False, "open", "open")
    served.now_ns += 6_000_000_000
    other = served.add_node()
    identity = operator(served).identity

    async def both() -> list[Any]:
        import asyncio

        args = {"serviceName": "janus", "operationId": "x"}
        nodes = (served.runtime, other)
        return await asyncio.gather(*[node.run(CallRequest(TRY, args, identity, "action", "id")) for node in nodes])

    errors = sorted(outcome.value["error"] for outcome in served.run(both()))
    assert errors == ["busy", "unreachable"]


@pytest.mark.parametrize(
    ("args", "code", "field"),
    [
        ({"failureThreshold": 5}, "VALIDATION_ERROR", "failureThreshold"),
        ({"recoveryTimeMs": 1}, "VALIDATION_ERROR", "recoveryTimeMs"),
        ({"operationId": ""}, "VALIDATION_ERROR", "operationId"),
        ({"serviceName": "none"}, "NOT_FOUND", None),
    ],
)
def test_other_thresholds_and_names_are_refused(
    served: Backend, args: dict[str, Any], code: str, field: str | None
) -> None:
    error = operator(served).fails(TRY, code, **{"serviceName": "janus", "operationId": "x", **args})
    assert error.metadata.get("field") == field


def test_the_real_thresholds_may_be_named(served: Backend) -> None:
    args = {"failureThreshold": 3, "recoveryTimeMs": 5000}
    assert operator(served).call(TRY, serviceName="janus", operationId="x", **args)["circuitState"] == "closed"
