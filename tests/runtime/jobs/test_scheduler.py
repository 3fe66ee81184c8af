"""Deferred calls are rows of the transaction that asks for them: mutations run exactly once, actions at most once."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from connvo.runtime.call_request import CallRequest
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import action, internal_action, internal_mutation, mutation, taken_back_by
from connvo.runtime.jobs.deferred import MAX_REQUEUES, REQUEUE_MS
from connvo.runtime.jobs.scheduler import FAILED_RETENTION_MS
from connvo.runtime.jobs.tables import Job
from connvo.settings import LimitSettings
from tests.runtime.sample import _jobs
from tests.runtime.sample._jobs import RUNG
from tests.support.host import Host
from tests.support.tables import Item


def plan(host: Host, path: str, arguments: str = "{}", state: Any = "pending") -> None:
    """Store a job as another version of the program may have left it."""
    host.write(lambda db: db.insert(Job(path=path, arguments=arguments, run_at=db.now, state=state)))


def states(host: Host) -> list[tuple[str, str | None]]:
    return [(job.state, job.reason) for job in host.jobs()]


def test_a_call_is_made_after_its_time_and_not_before(host: Host) -> None:
    host.value("notes:remind", after=10, text="x")
    host.advance(9)
    assert host.notes("later") == []
    host.advance(2)
    assert host.notes("later") == ["x"]
    assert host.jobs() == []


def test_a_call_can_be_planned_for_a_time(host: Host) -> None:
    host.value("notes:remindAt", when=host.now_ns / 1e6 + 5000, text="x")
    host.advance(4)
    assert host.notes("later") == []
    host.advance(2)
    assert host.notes("later") == ["x"]


def test_calls_are_made_in_the_order_of_their_times(host: Host) -> None:
    for after in (30, 10, 20):
        host.value("notes:remind", after=after, text=str(after))
    host.advance(60)
    assert host.notes("later") == ["10", "20", "30"]


def test_a_call_is_made_once(host: Host) -> None:
    host.value("notes:remind", after=0, text="x")
    for _ in range(3):
        host.advance(5)
    host.reopen()
    host.advance(5)
    assert host.notes("later") == ["x"]


def test_more_calls_than_fit_in_one_look_are_all_made(host: Host) -> None:
    for number in range(230):
        plan(host, "_jobs:writeNote", f'{{"owner":"later","text":"{number}"}}')
    host.advance(1)
    assert len(host.notes("later")) == 230
    assert host.jobs() == []


def test_a_mutation_that_fails_plans_nothing(host: Host) -> None:
    host.error("notes:remind", after=0, text="x", refuse=True)
    host.advance(5)
    assert host.notes("later") == []


def test_a_call_that_was_taken_back_is_not_made(host: Host) -> None:
    job = host.value("notes:remind", after=10, text="x")
    host.value("notes:forget", jobId=job)
    host.advance(20)
    assert host.notes("later") == []
    assert host.jobs() == []


def test_taking_a_call_back_fails_with_its_mutation(host: Host) -> None:
    job = host.value("notes:remind", after=10, text="x")
    host.error("notes:forget", jobId=job, refuse=True)
    host.advance(20)
    assert host.notes("later") == ["x"]


@pytest.mark.parametrize("job", ["", "no job"])
def test_taking_back_a_missing_job_is_no_mistake(host: Host, job: str) -> None:
    host.value("notes:forget", jobId=job)


def test_a_finished_or_failed_job_cannot_be_taken_back(host: Host) -> None:
    done = host.value("notes:remind", after=0, text="x")
    failed = host.value("notes:planAFailure")
    host.advance(1)
    for job in (done, failed):
        host.value("notes:forget", jobId=job)
    assert host.notes("later") == ["x"]
    assert states(host) == [("failed", "RuntimeError")]


def test_a_call_survives_a_restart(host: Host) -> None:
    host.value("notes:remind", after=10, text="x")
    host.reopen()
    host.advance(20)
    assert host.notes("later") == ["x"]


def test_an_action_plans_calls_too(host: Host) -> None:
    host.value("notes:remindFromOutside", text="x")
    host.advance(11)
    assert host.notes("later") == ["x"]


def test_a_mutation_that_fails_leaves_its_reason_and_nothing_else_and_is_not_tried_again(host: Host) -> None:
    host.value("notes:planAFailure")
    with capture_logs() as logs:
        host.advance(1)
        host.advance(1)
    assert host.notes("broken") == []
    assert states(host) == [("failed", "RuntimeError")]
    assert [line["function"] for line in logs] == ["_jobs:breakDown"]


def test_one_that_fails_does_not_hold_up_the_others(host: Host) -> None:
    host.value("notes:planAFailure")
    host.value("notes:remind", after=0, text="x")
    host.advance(1)
    assert host.notes("later") == ["x"]


@pytest.mark.parametrize(
    ("path", "arguments", "reason"),
    [
        ("gone:byNow", "{}", "there is no function gone:byNow"),
        ("_jobs:writeNote", "{}", "ArgumentValidationError: the argument `owner` is missing"),
        ("_jobs:writeNote", '{"owner":"x","text":3}', "ArgumentValidationError: the argument `text`: "),
    ],
)
def test_a_call_that_this_version_does_not_understand_fails_cleanly(
    host: Host, path: str, arguments: str, reason: str
) -> None:
    plan(host, path, arguments)
    host.value("notes:remind", after=0, text="x")
    host.advance(1)
    assert states(host) == [("pending", None)], "it may be another version's, which runs beside this one"
    wait_for_another_version(host)
    ((state, why),) = states(host)
    assert state == "failed"
    assert why and why.startswith(reason)
    assert host.notes("later") == ["x"]


def wait_for_another_version(host: Host) -> None:
    for _ in range(MAX_REQUEUES + 1):
        host.advance(REQUEUE_MS / 1000)


def test_a_call_that_this_version_does_not_know_is_made_by_one_that_does(host: Host) -> None:
    plan(host, "_jobs:writeNote", '{"owner":"later","text":"x"}')
    entry = host.registry._entries.pop("_jobs:writeNote")
    for _ in range(3):
        host.advance(REQUEUE_MS / 1000)
    assert states(host) == [("pending", None)]
    host.registry._entries["_jobs:writeNote"] = entry
    host.advance(REQUEUE_MS / 1000)
    assert host.notes("later") == ["x"]
    assert host.jobs() == []


def test_failures_are_forgotten_after_a_week(host: Host) -> None:
    host.value("notes:planAFailure")
    host.advance(1)
    host.advance(FAILED_RETENTION_MS / 1000 - 10)
    assert len(host.jobs()) == 1
    host.advance(20)
    assert host.jobs() == []


def test_a_week_counts_from_the_failure_however_long_the_call_had_waited(host: Host) -> None:
    host.write(lambda db: db.insert(Job(path="gone:byNow", arguments="{}", run_at=0.0)))
    plan(host, "_jobs:ring", '{"text":"x","fail":false}', "running")
    host.reopen()
    wait_for_another_version(host)
    host.advance(1)
    assert [state for state, _ in states(host)] == ["failed", "failed"]


def test_arguments_are_checked_when_the_call_is_planned(host: Host) -> None:
    error = host.error("notes:planARing", text="x", fail="maybe")
    assert error.code == "VALIDATION_ERROR"
    assert host.jobs() == []


@pytest.mark.parametrize("when", [float("nan"), float("inf")])
def test_a_time_that_is_none_plans_nothing(host: Host, when: float) -> None:
    assert host.error("notes:remindAt", when=when, text="x").code in ("INTERNAL_ERROR", "VALIDATION_ERROR")
    host.advance(5)
    assert host.jobs() == []


def test_an_action_runs_once_and_leaves_no_row(host: Host) -> None:
    host.value("notes:planARing", text="x")
    host.advance(1)
    host.advance(1)
    assert RUNG == ["x"]
    assert host.jobs() == []


def test_two_that_look_at_once_make_a_call_once(host: Host) -> None:
    host.value("notes:remind", after=0, text="x")
    host.value("notes:planARing", text="y")

    async def look_twice() -> None:
        await asyncio.gather(host.runtime.scheduler.run_due(), host.runtime.scheduler.run_due())
        await host.runtime.scheduler.settle()

    host.run(look_twice())
    assert host.notes("later") == ["x"]
    assert RUNG == ["y"]


def test_an_action_that_fails_is_not_tried_again(host: Host) -> None:
    host.value("notes:planARing", text="x", fail=True)
    host.advance(1)
    host.advance(1)
    assert RUNG == ["x"]
    assert states(host) == [("failed", "RuntimeError")]


def test_an_action_that_ran_when_the_server_stopped_has_failed(host: Host) -> None:
    for _ in range(130):
        plan(host, "_jobs:ring", '{"text":"x","fail":false}', "running")
    host.reopen()
    host.advance(1)
    assert RUNG == []
    assert states(host) == [("failed", "the server stopped while it ran")] * 130


def test_the_work_of_an_action_that_fails_is_taken_back_once(host: Host) -> None:
    plan(host, "_jobs:telephone", '{"text":"answered","fail":false}')
    plan(host, "_jobs:telephone", '{"text":"failed","fail":true}')
    for _ in range(3):
        host.advance(1)
    assert sorted(RUNG) == ["answered", "failed"]
    assert host.notes("taken back") == ["failed"]
    assert states(host) == [("failed", "RuntimeError")]


def test_the_work_of_an_action_whose_node_is_gone_is_taken_back_once(host: Host) -> None:
    for number in range(130):
        plan(host, "_jobs:telephone", f'{{"text":"{number}","fail":false}}', "running")
    for _ in range(2):
        host.reopen()
        host.advance(1)
    assert RUNG == []
    assert sorted(map(int, host.notes("taken back"))) == list(range(130))


def test_only_internal_functions_take_work_back() -> None:
    async def public(ctx: ActionCtx) -> None:
        """Meet the outside world."""

    def undo(ctx: MutationCtx) -> None:
        """Take it back."""

    with pytest.raises(TypeError, match="only internal actions"):
        taken_back_by(internal_mutation(undo))(action(public))
    with pytest.raises(TypeError, match="only internal actions"):
        taken_back_by(mutation(undo))(internal_action(public))


def test_an_action_runs_no_longer_than_it_may(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(action_seconds=0.01))
    plan(host, "notes:waitForEver")
    host.advance(1)
    assert states(host) == [("failed", "The action ran longer than one call may")]


def test_an_action_may_have_a_time_limit_of_its_own(
    make_host: Callable[..., Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_jobs, "LASTING_SECONDS", 0.01)
    host = make_host()
    plan(host, "_jobs:workForMinutes", '{"text":"x"}')
    host.advance(1)
    assert states(host) == [("failed", "The action ran longer than one call may")]


def test_stopping_does_not_wait_for_an_action_that_takes_minutes(host: Host) -> None:
    plan(host, "_jobs:workForMinutes", '{"text":"x"}')

    async def start_and_stop() -> None:
        await host.runtime.scheduler.run_due()
        await asyncio.sleep(0)
        await host.runtime.scheduler.stop()

    host.now_ns += 1_000_000_000
    host.run(start_and_stop())
    assert RUNG == ["x"]
    host.reopen()
    host.advance(1)
    assert states(host) == [("failed", "the server stopped while it ran")]


def test_stopping_lets_running_actions_end(host: Host) -> None:
    host.value("notes:planARing", text="x")

    async def start_and_stop() -> None:
        await host.runtime.scheduler.run_due()
        await host.runtime.scheduler.stop()

    host.now_ns += 1_000_000_000
    host.run(start_and_stop())
    assert RUNG == ["x"]
    assert host.jobs() == []


def test_jobs_planned_by_a_planned_call_are_made_too(host: Host) -> None:
    plan(host, "notes:remind", '{"after":1,"text":"x"}')
    host.advance(1)
    host.advance(2)
    assert host.notes("later") == ["x"]


def test_the_loop_wakes_up_for_planned_jobs(host: Host) -> None:
    async def watch() -> list[str]:
        found: list[Item] = []
        host.runtime.scheduler.start()
        assert host.runtime.scheduler.running
        await host.runtime.run(CallRequest("notes:remind", {"after": 0, "text": "x"}, None, None, "r"))
        while not found:
            await pause()
            found = await host.engine.read(lambda db: db.scan(Item, "by_owner", "later"))
        await host.runtime.scheduler.stop()
        return [item.note for item in found]

    assert host.run(watch()) == ["x"]
    assert not host.runtime.scheduler.running


@pytest.mark.parametrize("turns", range(5))
def test_the_loop_can_be_stopped_at_the_very_moment_in_which_it_wakes_up(host: Host, turns: int) -> None:
    async def wake_and_stop() -> None:
        host.runtime.scheduler.start()
        await pause()
        host.runtime.scheduler._wake.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(host.runtime.scheduler.stop(), 5)

    host.run(wake_and_stop())
    assert not host.runtime.scheduler.running


def test_the_loop_outlives_any_failure_in_it(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.runtime.jobs.scheduler.RETRY_SECONDS", 0.0)
    run_due = host.runtime.scheduler.run_due
    calls: list[int] = []

    async def fail_once() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("nobody foresaw this")
        return await run_due()

    monkeypatch.setattr(host.runtime.scheduler, "run_due", fail_once)

    async def watch() -> None:
        host.runtime.scheduler.start()
        while len(calls) < 2:
            await pause()
        assert host.runtime.scheduler.running
        await host.runtime.scheduler.stop()

    with capture_logs() as logs:
        host.run(watch())
    assert [line["event"] for line in logs] == ["scheduler_failed"]


async def pause() -> None:
    """Let everything else run for a moment."""
    await asyncio.sleep(0.001)
