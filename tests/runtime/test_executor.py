"""A call runs the function it names, and what comes of it is a value or an error that tells no more than it should."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from connvo.kernel.errors import RequestError
from connvo.runtime.call_request import CallRequest
from connvo.runtime.outcome import Outcome
from connvo.settings import LimitSettings
from connvo.store.engine import OutcomeUnknown, StoreUnavailable
from tests.support.host import ANN, REQUEST_ID, Host
from tests.support.tables import Item

from .sample import notes
from .sample._jobs import write_note
from .sample.notes import HIDDEN


def test_a_mutation_writes_and_a_query_reads_it(host: Host) -> None:
    added = host.call("notes:addNote", owner="ann", text="hello")
    assert host.value("notes:listNotes", owner="ann") == ["hello"]
    assert [item.id for item in host.everything(Item)] == [added.value]


def test_a_result_is_as_new_as_its_snapshot_or_its_commit(host: Host) -> None:
    written = host.call("notes:addNote", owner="ann", text="hello")
    assert written.ts == host.commits()[-1].ts
    assert host.call("notes:listNotes", owner="ann").ts == written.ts
    assert host.call("notes:callerOfAnAction").ts == 0


def test_an_alias_runs_the_original(host: Host) -> None:
    host.value("index:addNote", owner="ann", text="x")
    host.value("rooms/index:ringBell", iceName="y")
    assert (host.notes("ann"), host.notes("bell")) == (["x"], ["y"])


def test_an_action_calls_queries_and_mutations_internal_ones_too(host: Host) -> None:
    for text in ("x", "y"):
        host.value("notes:addNote", owner="ann", text=text)
    assert host.value("notes:copyNotes", source="ann", target="bob") == 2
    assert host.notes("bob") == ["x", "y"]


def test_each_mutation_of_an_action_stands_alone(host: Host) -> None:
    assert host.call("notes:copyAndCrash", target="bob").error
    assert host.notes("bob") == ["first"]


def test_the_caller_is_known_to_every_kind_of_function(host: Host) -> None:
    assert host.value("notes:whoAmI") is None
    assert host.value("notes:whoAmI", identity=ANN) == "ann"
    assert host.value("notes:callerOfAnAction", identity=ANN) == "ann"


@pytest.mark.parametrize(
    "path", ["notes:nothing", "nowhere:listNotes", "notes:helper", "_jobs:writeNote", "_jobs:ring"]
)
def test_unknown_and_internal_functions_are_the_same_to_a_caller(host: Host, path: str) -> None:
    error = host.error(path, owner="ann", text="x")
    assert error.code == "NOT_FOUND"
    assert f"Could not find public function for '{path}'" in error.message


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("notes:listNotes", "mutation", "as Mutation, but it is defined as Query"),
        ("notes:addNote", "action", "as Action, but it is defined as Mutation"),
        ("notes:copyNotes", "query", "as Query, but it is defined as Action"),
    ],
)
def test_a_function_is_called_by_its_own_kind(host: Host, path: str, kind: Any, words: str) -> None:
    error = host.error(path, kind=kind)
    assert error.code == "VALIDATION_ERROR"
    assert words in error.message


def test_wrong_arguments_never_reach_the_function(host: Host) -> None:
    error = host.error("notes:addNote", owner="ann", text=3)
    assert error.code == "VALIDATION_ERROR"
    assert error.metadata == {"field": "text"}


def test_a_refusal_is_told_and_leaves_nothing(host: Host) -> None:
    error = host.error("notes:addAndRefuse", owner="ann")
    assert error.data() == {
        "code": "CONFLICT",
        "message": "This is taken",
        "statusCode": 409,
        "metadata": {"owner": "ann"},
    }
    assert host.error("notes:passOnARefusal").code == "CONFLICT"
    assert host.everything(Item) == []


@pytest.mark.parametrize("path", ["notes:crash", "notes:addAndCrash", "notes:copyAndCrash", "notes:timeOutItself"])
def test_an_unforeseen_error_hides_its_detail_and_is_found_by_its_request_id(host: Host, path: str) -> None:
    arguments: dict[str, Any] = {"notes:addAndCrash": {"owner": "x"}, "notes:copyAndCrash": {"target": "x"}}.get(
        path, {}
    )
    with capture_logs() as logs:
        error = host.call(path, **arguments).error
    assert error
    assert error.data() == {
        "code": "INTERNAL_ERROR",
        "message": f"[Request ID: {REQUEST_ID}] Server Error",
        "statusCode": 500,
    }
    (line,) = [line for line in logs if line["event"] == "function_failed"]
    assert line["request_id"] == REQUEST_ID
    assert line["function"] == path
    assert HIDDEN in str(line["exc_info"])
    assert host.notes("x") in ([], ["first"])


def test_an_action_runs_no_longer_than_it_may(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(action_seconds=0.01))
    error = host.error("notes:waitForEver")
    assert error.code == "LIMIT_EXCEEDED"


def test_a_query_reads_no_more_than_it_may(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(rows_read=100))
    host.write(lambda db: [db.insert(Item(owner="ann")) for _ in range(101)])
    assert host.error("notes:listNotes", owner="ann").code == "LIMIT_EXCEEDED"
    assert len(host.value("notes:listNotes", owner="ann", limit=100)) == 100


def test_arguments_are_no_larger_than_they_may_be(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(argument_bytes=1024))
    frame = len('{"owner":"ann","text":""}')
    host.value("notes:addNote", owner="ann", text="x" * (1024 - frame))
    error = host.error("notes:addNote", owner="ann", text="é" * 512)
    assert error.code == "LIMIT_EXCEEDED"
    size = frame + 1024
    assert error.message == f"Arguments for notes:addNote are too large (actual: {size} bytes, limit: 1024 bytes)"
    assert error.metadata == {"actual": size, "limit": 1024}


def test_a_door_that_knows_the_size_of_the_arguments_says_it(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(argument_bytes=1024))

    def call(text: str, size: int) -> Outcome:
        arguments = {"owner": "ann", "text": text}
        outcome: Outcome = host.run(
            host.runtime.run(CallRequest("notes:addNote", arguments, None, None, REQUEST_ID, size=size))
        )
        return outcome

    assert call("x", 1025).error
    assert call("x", 1024).error is None


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_surrogate_pair_is_no_text(host: Host, text: str) -> None:
    assert host.error("notes:addNote", owner="ann", text=text).code == "VALIDATION_ERROR"
    assert host.error("notes:listNotes", owner=text).code == "VALIDATION_ERROR"


def test_text_that_the_database_does_not_keep_is_refused(host: Host) -> None:
    assert host.error("notes:addNote", owner="ann", text="a\0b").code == "VALIDATION_ERROR"


def test_time_stands_still_within_a_run(host: Host) -> None:
    first, second = host.value("notes:moments")
    assert first == second
    first, second, created = host.value("notes:momentsOfAMutation")
    assert first == second == created
    assert host.value("notes:moments")[0] > first


def test_random_numbers_differ_between_runs_and_repeat_when_a_run_is_repeated(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host.value("notes:draw") != host.value("notes:draw")
    run_once = host.engine.write
    drawn: list[Any] = []

    async def run_twice(work: Callable[[Any], Any], *caller: Any) -> Any:
        drawn.append((await run_once(work, *caller)).value.value)
        committed = await run_once(work, *caller)
        drawn.append(committed.value.value)
        return committed

    monkeypatch.setattr(host.engine, "write", run_twice)
    host.value("notes:draw")
    assert drawn[0] == drawn[1]


def test_a_query_can_be_run_in_the_past(host: Host) -> None:
    ts = host.run(host.runtime.latest_ts(ANN))
    host.value("notes:addNote", owner="ann", text="later")
    past = host.call("notes:listNotes", owner="ann", at=ts)
    assert (past.value, past.ts) == ([], ts)


def test_a_past_that_is_not_kept_and_a_future_are_refused_as_requests(host: Host) -> None:
    ts = host.call("notes:addNote", owner="ann", text="x").ts
    host.value("notes:addNote", owner="ann", text="y")
    for at, code in ((ts, "SnapshotGone"), (2**62, "BadTimestamp")):
        with pytest.raises(RequestError) as caught:
            host.call("notes:listNotes", owner="ann", at=at)
        assert caught.value.code == code
        assert caught.value.status == 400


def test_more_calls_than_may_wait_are_refused_as_requests(make_host: Callable[..., Host]) -> None:
    host = make_host(limits=LimitSettings(queued_mutations=2))

    async def many() -> list[Any]:
        calls = [
            host.runtime.run(CallRequest("notes:addNote", {"owner": "ann", "text": str(n)}, None, None, REQUEST_ID))
            for n in range(4)
        ]
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = host.run(many())
    assert [getattr(answer, "code", None) for answer in answers[2:]] == ["TooManyConcurrentRequests"] * 2
    assert [answer.status for answer in answers[2:]] == [503] * 2
    assert host.notes("ann") == ["0", "1"]


def test_calls_of_one_client_apply_in_their_order(host: Host) -> None:
    async def many() -> None:
        calls = [
            host.runtime.run(CallRequest("notes:addNote", {"owner": "ann", "text": str(n)}, None, None, REQUEST_ID))
            for n in range(50)
        ]
        await asyncio.gather(*calls)

    host.run(many())
    assert host.notes("ann") == [str(n) for n in range(50)]


def test_a_database_that_fails_is_a_service_that_is_not_there(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database cannot be written: disk I/O error on /dev/sda")

    monkeypatch.setattr(host.engine, "write", fail)
    with capture_logs() as logs:
        error = host.call("notes:addNote", owner="ann", text="x").error
    assert error
    assert error.code == "SERVICE_UNAVAILABLE"
    assert "sda" not in error.message
    assert "sda" in logs[0]["reason"]
    monkeypatch.undo()


def test_a_call_with_an_unknown_outcome_says_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    async def vanish(*_: object, **__: object) -> None:
        raise OutcomeUnknown("the database went away while it committed")

    monkeypatch.setattr(host.engine, "write", vanish)
    error = host.call("notes:addNote", owner="ann", text="x").error
    assert error
    assert (error.code, error.metadata) == ("SERVICE_UNAVAILABLE", {"outcome": "unknown"})
    assert "may have been carried out" in error.message
    monkeypatch.undo()


def test_the_server_itself_calls_functions_by_their_python_names(host: Host) -> None:
    host.run(host.runtime.call(write_note, owner="ann", text="x"))
    assert host.run(host.runtime.call(notes.list_notes, owner="ann")) == ["x"]
    assert host.run(host.runtime.call(notes.who_am_i, ANN)) == "ann"


def test_health_tells_whether_the_database_reads_and_jobs_run(host: Host) -> None:
    health = host.run(host.runtime.health())
    assert health["database"].passed is True
    assert health["scheduler"].passed is False
