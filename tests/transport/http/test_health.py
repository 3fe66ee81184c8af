"""Users, orchestrators and Prometheus learn the state of the server, and operators the reasons."""

from connvo.kernel.part_health import PartHealth
from connvo.transport.http.health import DeepCheck, OutsideHealth
from tests.transport.conftest import Desk


def test_a_working_server_says_so(desk: Desk) -> None:
    reply = desk.http.get("/api/health")
    assert reply.status_code == 200
    body = reply.json()
    assert (body["status"], body["version"]) == ("healthy", "1.2.3")
    assert body["timestamp"] > 1_700_000_000_000
    assert set(body) == {"status", "timestamp", "version"}
    assert desk.http.get("/health").json()["status"] == "healthy"
    assert desk.http.get("/livez").json() == {"status": "alive"}
    assert desk.http.get("/version").json() == {"version": "1.2.3"}
    ready = desk.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.headers["cache-control"] == "no-store"


def test_a_failing_part_is_named_and_the_process_still_lives(desk: Desk) -> None:
    desk.checks["database"] = PartHealth(False, "the database cannot be read: disk I/O error")
    for path in ("/api/health", "/readyz"):
        reply = desk.http.get(path)
        assert reply.status_code == 503
        assert reply.json()["checks"]["database"] == {"ok": False, "detail": desk.checks["database"].detail}
    assert desk.http.get("/api/health").json()["status"] == "unhealthy"
    assert desk.http.get("/livez").status_code == 200


def test_a_failing_optional_part_is_reported_and_the_server_stays_ready(desk: Desk) -> None:
    down = PartHealth(False, "starts again within 4 s")
    desk.health.add_optional("turn", lambda: down)
    ready = desk.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["checks"]["turn"] == {"ok": False, "detail": down.detail}
    health = desk.http.get("/api/health")
    assert (health.status_code, health.json()["status"]) == (200, "healthy")
    assert health.json()["checks"]["turn"]["ok"] is False


def test_a_stopping_server_is_not_ready(desk: Desk) -> None:
    desk.health.stopping = True
    reply = desk.http.get("/readyz")
    assert (reply.status_code, reply.json()["checks"]["server"]["detail"]) == (503, "stopping")
    assert desk.http.get("/livez").status_code == 200


def test_figures_are_in_the_prometheus_format(desk: Desk) -> None:
    desk.metrics.committed(3)
    desk.metrics.watch("made_up", "A gauge.", lambda: 7.0)
    reply = desk.http.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    lines = reply.text.splitlines()
    for expected in (
        'connvo_info{version="1.2.3"} 1.0',
        "connvo_commits_total 3.0",
        "connvo_commit_group_size_count 1.0",
        "connvo_calls_running 0.0",
        "connvo_made_up 7.0",
    ):
        assert expected in lines


def test_the_outside_is_asked_on_request_and_seldom(desk: Desk) -> None:
    asked = []

    async def glance() -> DeepCheck:
        asked.append(1)
        return {"turn:t.example": OutsideHealth("failed", "nothing answers")}

    assert "outside" not in desk.http.get("/readyz?deep=1").json(), "nothing to ask"
    desk.health.set_deep_check(glance, age=60.0)
    assert "outside" not in desk.http.get("/readyz").json()
    assert asked == []
    for _ in range(3):
        reply = desk.http.get("/readyz?deep=1")
        assert (reply.status_code, reply.json()["status"]) == (200, "ready")
        assert reply.json()["outside"] == {"turn:t.example": {"state": "failed", "detail": "nothing answers"}}
    assert len(asked) == 1, "what was heard a moment ago is told again"
