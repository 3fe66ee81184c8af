"""Who is refused by monitoring and by the operators' console, before anything else is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.runtime.jobs.tables import Job
from connvo.schema.meetings import Meeting
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend

M, R, CONSOLE = "monitoring/", "realtime/", "operators/"
SOME_JOB = encode_id(table_of(Job).number, bytes(16))
SOME_MEETING = encode_id(table_of(Meeting).number, bytes(16))
SOME_USER = encode_id(table_of(User).number, bytes(16))
FOR_OPERATORS: dict[str, dict[str, Any]] = {
    M + "bandwidthManager:getCircuitBreakerStatus": {},
    M + "bandwidthManager:resetCircuitBreaker": {"serviceName": "janus"},
    M + "bandwidthManager:executeWithCircuitBreaker": {"serviceName": "janus", "operationId": "x"},
    M + "bandwidthManager:getBandwidthStats": {"includeGlobal": True},
    M + "performanceQueries:getPerformanceMetrics": {},
    M + "performanceQueries:getFunctionPerformanceBreakdown": {},
    M + "performanceQueries:getSLOStatus": {},
    M + "performanceQueries:getPerformanceTrends": {},
    M + "customMetrics:getCustomMetric": {"metricName": "x"},
    R + "batchedOperations:flushAllBatches": {},
    R + "batchedOperations:getBatchStats": {},
    CONSOLE + "audit:listActions": {},
    CONSOLE + "health:getOverview": {},
    CONSOLE + "health:checkParts": {},
    CONSOLE + "jobs:listJobs": {"state": "failed"},
    CONSOLE + "jobs:retryJob": {"jobId": SOME_JOB},
    CONSOLE + "meetings:listRunning": {},
    CONSOLE + "meetings:listFailures": {},
    CONSOLE + "meetings:getTimeline": {"meetingId": SOME_MEETING, "userId": SOME_USER},
    CONSOLE + "users:findUsers": {"text": "ann"},
    CONSOLE + "users:setUserActive": {"userId": SOME_USER, "active": False},
    CONSOLE + "users:eraseUser": {"userId": SOME_USER},
}
FOR_USERS: dict[str, dict[str, Any]] = {
    M + "bandwidthManager:checkBandwidthLimit": {"requestType": "query"},
    M + "bandwidthManager:shouldShedLoad": {"requestPriority": "low"},
    M + "performanceQueries:getSubscriptionMetrics": {},
    M + "performanceQueries:recordCustomMetric": {"metricName": "x", "value": 1},
    R + "subscriptionManager:getSubscriptionStats": {},
    R + "subscriptionManager:terminateSubscription": {"subscriptionId": "x"},
    R + "subscriptionManager:validateAndUpdateSubscription": {"subscriptionId": "x", "lastValidated": 0},
    R + "subscriptionActions:validateAndLogSubscription": {"subscriptionId": "x", "lastValidated": 0},
}
EVERY = {**FOR_OPERATORS, **FOR_USERS}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One server for all tests in which callers are refused: that changes nothing."""
    backend = Backend(tmp_path_factory.mktemp("guards"))
    yield backend
    backend.close()


@pytest.mark.parametrize("path", EVERY)
def test_nobody_gets_in_without_a_token_or_an_account(shared: Backend, path: str) -> None:
    shared.anonymous.fails(path, "UNAUTHORIZED", **EVERY[path])
    stranger = shared.sign_in("sam", provision=False)
    stranger.fails(path, "FORBIDDEN" if path in FOR_OPERATORS and "Stats" not in path else None, **EVERY[path])


@pytest.mark.parametrize("path", FOR_OPERATORS)
def test_a_user_is_no_operator_in_any_role(shared: Backend, path: str) -> None:
    for caller in (shared.sign_in("ann"), shared.sign_in("ada", org_id="org", org_role="admin")):
        caller.fails(path, "FORBIDDEN", **EVERY[path])


@pytest.mark.parametrize("path", EVERY)
def test_an_unknown_argument_is_refused_by_name(shared: Backend, path: str) -> None:
    operator = shared.sign_in("olga", operator=True)
    assert operator.fails(path, "VALIDATION_ERROR", **EVERY[path], surprise=1).metadata["field"] == "surprise"


@pytest.mark.parametrize("path", EVERY)
def test_a_deactivated_account_is_refused(shared: Backend, path: str) -> None:
    gone = shared.sign_in("gone", operator=path in FOR_OPERATORS, provision=False)
    if not gone.backend.read(
        lambda db: db.first(User, "by_token", gone.identity.token_identifier if gone.identity else "")
    ):
        person = shared.sign_in("gone")
        person.call("users/mutations:deactivateUser", userId=person.user_id)
    gone.fails(path, "FORBIDDEN", **EVERY[path])


@pytest.mark.parametrize(
    "path",
    sorted(
        EVERY.keys()
        - {
            CONSOLE + "jobs:retryJob",
            CONSOLE + "users:setUserActive",
            CONSOLE + "users:eraseUser",
            M + "bandwidthManager:executeWithCircuitBreaker",
            R + "batchedOperations:flushAllBatches",
        }
    ),
)
def test_an_operator_needs_no_account(shared: Backend, path: str) -> None:
    operator = shared.sign_in("oskar", operator=True, provision=False)
    if path in FOR_OPERATORS or path.startswith(M + "bandwidth"):
        operator.call(path, **EVERY[path])
    else:
        operator.fails(path, "UNAUTHORIZED", **EVERY[path])
