"""The console shows states and numbers: never a title, a name of a member, a word or the arguments of a job."""

import json
from functools import partial
from typing import Any

import pytest

import connvo
from connvo.maintenance.audit_check import verdict
from connvo.maintenance.audit_export import export
from connvo.runtime.jobs.tables import Job
from connvo.schema.audit import AuditLog
from tests.support.audit import all_rows, all_seals, remove, seal_now
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene

JOBS = "operators/jobs:listJobs"
RETRY = "operators/jobs:retryJob"
RUNNING = "operators/meetings:listRunning"
FAILURES = "operators/meetings:listFailures"
TIMELINE = "operators/meetings:getTimeline"
OVERVIEW = "operators/health:getOverview"
AUDIT = "operators/audit"
ACTIONS = f"{AUDIT}:listActions"
ACCESS = "operators/access:getAccess"


@pytest.fixture
def operator(scene: Scene) -> Caller:
    return scene.backend.sign_in("olga", operator=True, provision=False)


def failed_job(backend: Backend) -> str:
    """Return the id of a job that has failed."""
    row = Job(path="users/jobs:forgetReports", arguments="{}", run_at=backend.now_ms, state="failed", reason="broken")
    made: str = backend.run(backend.engine.write(lambda db: db.insert(row).id)).value
    return made


def test_a_failed_job_runs_again_after_a_click(scene: Scene, operator: Caller) -> None:
    job = failed_job(scene.backend)
    listed = operator.call(JOBS, state="failed")
    assert [(one["path"], one["reason"]) for one in listed["jobs"]] == [("users/jobs:forgetReports", "broken")]
    assert "arguments" not in json.dumps(listed)
    assert listed["counts"]["failed"] == 1
    assert any(one["path"].startswith("monitoring/jobs:") for one in listed["periodic"])
    operator.call(RETRY, jobId=job)
    operator.fails(RETRY, "VALIDATION_ERROR", jobId=job)
    scene.backend.advance(1)
    assert operator.call(JOBS, state="failed")["counts"] == {"pending": 0, "running": 0, "failed": 0}
    operator.fails(RETRY, "NOT_FOUND", jobId=job)
    actions = [row.action for row in scene.backend.read(lambda db: db.scan(AuditLog, "by_creation"))]
    assert actions.count("job.retry") == 1


def test_a_running_meeting_is_shown_by_its_connections(scene: Scene, operator: Caller) -> None:
    assert operator.call(RUNNING) == {"total": 0, "meetings": []}
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    found = operator.call(RUNNING)
    (shown,) = found["meetings"]
    assert (found["total"], shown["joined"], shown["sessions"]) == (1, 2, {"connecting": 1})
    assert (shown["quality"], shown["reconnecting"]) == ({"unknown": 1}, 0)
    assert "Planning" not in json.dumps(found) and "Hanna" not in json.dumps(found)


def test_a_failed_call_leads_to_the_timeline_of_its_user(scene: Scene, operator: Caller) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.guest, "desk")
    args = {"meetingId": scene.meeting_id, "sessionId": "desk", "errorType": "ice_failed"}
    scene.guest.call("meetings/webrtc/rooms:handleConnectionFailure", **args)
    (failure,) = operator.call(FAILURES)
    assert (failure["userId"], failure["errorType"]) == (scene.guest.user_id, "ice_failed")
    events = operator.call(TIMELINE, meetingId=failure["meetingId"], userId=failure["userId"])
    assert [one["kind"] for one in events] == ["joined", "failed"]
    scene.backend.advance(2 * 3600)
    assert operator.call(FAILURES) == []
    assert len(operator.call(FAILURES, windowMs=86_400_000)) == 1


@pytest.mark.parametrize("bad", [0, -1, 31 * 86_400_000.0])
def test_a_window_of_failures_is_bounded(operator: Caller, bad: float) -> None:
    operator.fails(FAILURES, "VALIDATION_ERROR", windowMs=bad)


def test_nodes_are_shown_until_they_are_gone(scene: Scene, operator: Caller) -> None:
    backend = scene.backend
    other = backend.add_node()
    for node in (backend.runtime, other):
        node.node.monitor.observe(0.1)
        backend.run(node.measurements.write())
    shown: Any = operator.call(OVERVIEW)
    assert len(shown["nodes"]) == 2
    assert [one["stopped"] for one in shown["nodes"]] == [False, False]
    assert {one["name"] for one in shown["services"]} == {"language_model", "embedding_model", "failed_jobs"}
    backend.advance(300)
    backend.run(backend.runtime.measurements.write())
    backend.advance(400)
    assert len(operator.call(OVERVIEW)["nodes"]) == 1
    assert operator.call("operators/health:checkParts") == []


def test_a_node_that_stopped_in_order_is_the_last_and_says_so(scene: Scene, operator: Caller) -> None:
    backend = scene.backend
    other = backend.add_node()
    backend.run(backend.runtime.measurements.write(stopping=True))
    backend.run(other.measurements.write())
    assert [one["stopped"] for one in operator.call(OVERVIEW)["nodes"]] == [False, True]


def test_failed_jobs_are_among_the_parts(scene: Scene, operator: Caller) -> None:
    def shown() -> tuple[str, str]:
        (part,) = (one for one in operator.call(OVERVIEW)["services"] if one["name"] == "failed_jobs")
        return part["state"], part["detail"]

    assert shown() == ("ok", "0")
    failed_job(scene.backend)
    assert shown() == ("failed", "1")


def test_callers_learn_their_own_identity_and_whether_it_is_an_operators(scene: Scene, operator: Caller) -> None:
    scene.backend.anonymous.fails(ACCESS, "UNAUTHORIZED")
    assert operator.identity is not None and scene.guest.identity is not None
    assert operator.call(ACCESS) == {"operator": True, "identity": operator.identity.token_identifier}
    assert scene.guest.call(ACCESS) == {"operator": False, "identity": scene.guest.identity.token_identifier}
    account = scene.backend.sign_in("oskar", operator=True)
    account.call("users/mutations:deactivateUser", userId=account.user_id)
    assert account.call(ACCESS)["operator"] is False


def test_the_actions_to_choose_from_are_those_that_happened(scene: Scene, operator: Caller) -> None:
    before = operator.call(ACTIONS)
    assert before == sorted(set(before)) and "meeting.create" in before and "job.retry" not in before
    operator.call(RETRY, jobId=failed_job(scene.backend))
    assert operator.call(ACTIONS) == sorted([*before, "job.retry"])


def test_the_trail_is_checked_by_a_job_that_tells_its_result(scene: Scene, operator: Caller) -> None:
    backend = scene.backend
    backend.runtime.node.trail_check = partial(verdict, backend.engine, None)
    assert operator.call(f"{AUDIT}:getCheck") is None
    seal_now(backend)
    operator.call(f"{AUDIT}:beginCheck")
    backend.advance(1)
    found = operator.call(f"{AUDIT}:getCheck")
    assert (found["fault"], found["at"]) == ("", "")
    assert found["rows"] == all_seals(backend)[-1].total
    assert found["head"].startswith(f"{all_seals(backend)[-1].number}:")
    victim = all_rows(backend)[0]
    remove(backend, victim)
    operator.call(f"{AUDIT}:beginCheck", head=found["head"])
    backend.advance(1)
    found = operator.call(f"{AUDIT}:getCheck")
    assert (found["fault"], found["at"]) == ("row_missing", victim.id)
    asked = [row for row in all_rows(backend) if row.action == "audit.verify_begun"]
    assert [row.metadata.get("head", "") != "" for row in asked] == [False, True]
    operator.fails(f"{AUDIT}:beginCheck", code="VALIDATION_ERROR", head="12:abc")


@pytest.mark.parametrize("format", ["jsonl", "csv", "ocsf"])
def test_the_pages_of_an_export_are_the_file_of_the_command(scene: Scene, operator: Caller, format: Any) -> None:
    backend, whole = scene.backend, bytearray()
    seal_now(backend)
    engine, version = backend.engine, connvo.__version__
    count = backend.run(export(engine, format, None, None, version, whole.extend))
    text, cursor, written, pages = "", None, 0, 0
    while True:
        options = {"numItems": 3, "cursor": cursor}
        page = operator.call(f"{AUDIT}:exportPage", format=format, paginationOpts=options)
        text, written, pages = text + page["text"], written + page["rows"], pages + 1
        if page["isDone"]:
            break
        cursor = page["continueCursor"]
    if format == "jsonl":
        text += json.dumps({"rows": written, **page["ending"]}, separators=(",", ":")) + "\n"
    assert text == whole.decode()
    assert (written, pages) == (count, -(-count // 3))
    backend.run(backend.runtime.executor.deferred_audit.flush())
    [row] = [row for row in all_rows(backend) if row.action == "audit.read"]
    assert (row.metadata["filters"], row.metadata["rows"]) == (f"export,{format}", count)
