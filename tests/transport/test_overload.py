"""Each door of an overloaded node refuses calls before they begin, the least important first, and calls go on."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connvo.app import Backend, served
from connvo.settings import IdentitySettings, MetricsSettings, ServerSettings, Settings
from connvo.transport.auth.local_issuer import LocalIssuer

LOW = "monitoring/performanceQueries:getSubscriptionMetrics"
NORMAL = "users/queries:getCurrentUser"
HIGH = "meetings/queries:listUserMeetings"
CRITICAL = "meetings/webrtc/signaling:markSignalsProcessed"
FLOOD = 100
# More than any of these doors takes on a busy machine.
PROMPT_SECONDS = 2.0


class Doors:
    """A whole server behind its HTTP doors, whose pressure a test sets."""

    def __init__(self, folder: Path) -> None:
        server = ServerSettings(data=folder)
        self.backend = Backend(Settings(server=server, metrics=MetricsSettings(token="operators-only-0")))
        # The loop outlives the requests, and its lifespan is the backend's.
        self.http = TestClient(served(self.backend), "http://localhost", raise_server_exceptions=False)
        self.http.__enter__()
        token = LocalIssuer.open(folder).mint("ann", IdentitySettings(), time.time(), 60, email="ann@example.org")
        self.headers = {"Authorization": f"Bearer {token}"}
        self.ask("mutation", "users/mutations:upsertUser", workosUserId="ann", email="ann@example.org")

    def close(self) -> None:
        self.http.__exit__()

    def press(self, pressure: float) -> None:
        """Have the node be loaded so much, from now on."""
        monitor = self.backend.runtime.node.monitor
        monitor.observe = lambda *_: None  # type: ignore[method-assign]
        monitor.pressure = pressure

    def ask(self, door: str, path: str, **args: Any) -> Any:
        return self.http.post(f"/api/{door}", json={"path": path, "args": args}, headers=self.headers)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    made = Doors(tmp_path)
    yield made
    made.close()


def test_calls_are_refused_by_the_priority_of_their_function(doors: Doors) -> None:
    expected = {0.0: [], 0.5: [LOW], 0.75: [LOW, NORMAL], 0.9: [LOW, NORMAL, HIGH], 1.0: [LOW, NORMAL, HIGH, CRITICAL]}
    for pressure, refused in expected.items():
        doors.press(pressure)
        answers = {path: doors.ask("query", path) for path in (LOW, NORMAL, HIGH)}
        answers[CRITICAL] = doors.ask("mutation", CRITICAL, signalIds=[])
        assert [path for path, reply in answers.items() if reply.status_code == 503] == refused
        for path in refused:
            reply = answers[path]
            assert reply.json()["code"] == "TooManyConcurrentRequests"
            assert 1 <= int(reply.headers["retry-after"]) <= 3
            assert "access-control-allow-origin" in reply.headers


def test_a_flood_of_refused_calls_changes_nothing_and_health_is_told_at_once(doors: Doors) -> None:
    doors.press(0.6)
    for _ in range(FLOOD):
        assert doors.ask("query", LOW).status_code == 503
    started = time.monotonic()
    assert doors.http.get("/livez").status_code == 200
    assert doors.http.get("/readyz").status_code == 200
    assert doors.ask("mutation", CRITICAL, signalIds=[]).json()["status"] == "success"
    assert time.monotonic() - started < PROMPT_SECONDS
    metrics = doors.http.get("/metrics", headers={"Authorization": "Bearer operators-only-0"}).text
    assert f'connvo_refused_total{{reason="load"}} {float(FLOOD)}' in metrics
    assert "connvo_load_pressure 0.6" in metrics


def test_the_other_address_of_functions_refuses_as_well(doors: Doors) -> None:
    doors.press(0.6)
    reply = doors.http.post(f"/api/run/{LOW.replace(':', '/')}", json={"args": {}}, headers=doors.headers)
    assert (reply.status_code, reply.json()["code"]) == (503, "TooManyConcurrentRequests")
