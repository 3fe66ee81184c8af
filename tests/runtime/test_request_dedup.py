"""A request over a socket is carried out once, and answered alike however often it is sent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from connvo.kernel.identity import Identity
from connvo.runtime.outcome import Outcome
from connvo.runtime.request_dedup import (
    RETENTION_MS,
    FirstRequests,
    IdempotencyRecord,
    MutationOrder,
    Request,
    record_ids,
)
from connvo.runtime.services import Runtime
from connvo.settings import LimitSettings
from connvo.store.purging import purge
from connvo.store.transaction import Transaction
from connvo.transport.http.envelope import decode_arguments
from tests.support.host import ANN, REQUEST_ID, Host

BOB = msgspec.structs.replace(ANN, subject="bob")


def send(
    host: Host, path: str, number: int, identity: Identity | None = None, session: str = "s", **args: object
) -> Outcome:
    request = Request.of(session, number, identity)
    return host.run(begin(host, path, identity, request, **args))  # type: ignore[no-any-return]


async def begin(host: Host, path: str, identity: Identity | None, request: Request, **args: object) -> Outcome:
    return await send_through(host.runtime, path, identity, request, **args)


async def send_through(
    runtime: Runtime, path: str, identity: Identity | None, request: Request, **args: object
) -> Outcome:
    def decode(text: msgspec.Raw, path: str) -> dict[str, Any]:
        return decode_arguments(text, path, len(memoryview(text)))

    text = msgspec.Raw(msgspec.json.encode([args]))
    return await runtime.begin(path, text, identity, request, decode).outcome(lambda: REQUEST_ID)


def add(host: Host, number: int, identity: Identity | None = None, session: str = "s") -> Outcome:
    return send(host, "notes:addNote", number, identity, session, owner="ann", text=f"{session}{number}")


def test_sent_again_it_is_answered_as_before(host: Host) -> None:
    first = add(host, 0)
    host.advance(60)
    add(host, 1)
    again = add(host, 0)
    assert bytes(again.value) == bytes(first.value)
    assert again.ts == first.ts
    assert host.notes("ann") == ["s0", "s1"]


def test_sent_again_after_a_restart_it_is_answered_as_before(host: Host) -> None:
    first = add(host, 0)
    host.reopen()
    again = add(host, 0)
    assert (bytes(again.value), again.ts) == (bytes(first.value), first.ts)
    assert host.notes("ann") == ["s0"]


def test_sent_twice_at_once_it_is_carried_out_once(host: Host) -> None:
    async def both() -> list[Outcome]:
        calls = [begin(host, "notes:addNote", None, Request("s", 0, None), owner="ann", text="x") for _ in range(2)]
        return await asyncio.gather(*calls)

    first, second = host.run(both())
    assert (bytes(first.value), first.ts) == (bytes(second.value), second.ts)
    assert host.notes("ann") == ["x"]


def as_first(host: Host, number: int, session: str = "s", text: str = "x") -> Coroutine[Any, Any, Outcome]:
    """Send a request on a connection that says it is the first of its session."""
    line = MutationOrder()
    line.first = True
    return begin(host, "notes:addNote", ANN, Request.of(session, number, ANN, line), owner="ann", text=text)


def test_a_session_that_says_twice_that_it_begins_is_answered_as_before(host: Host) -> None:
    with capture_logs() as lines:
        first = host.run(as_first(host, 0))
        again = host.run(as_first(host, 0))
    assert (bytes(again.value), again.ts) == (bytes(first.value), first.ts)
    assert host.notes("ann") == ["x"]
    assert [line for line in lines if line["log_level"] in ("error", "critical")] == []


def test_so_is_one_that_began_at_another_node(host: Host) -> None:
    first = host.run(as_first(host, 0))
    host.runtime.executor.mutations.first_requests = FirstRequests()
    with capture_logs() as lines:
        answers = host.run(several(as_first(host, 0), as_first(host, 0, "t", "y"), as_first(host, 0, "u", "z")))
    assert (bytes(answers[0].value), answers[0].ts) == (bytes(first.value), first.ts)
    assert host.notes("ann") == ["x", "y", "z"]
    assert [line for line in lines if line["log_level"] in ("error", "critical")] == []


def test_an_account_that_said_so_untruly_is_not_believed_again(host: Host) -> None:
    for session in "stu":
        host.run(as_first(host, 0, session))
    host.runtime.executor.mutations.first_requests = FirstRequests()
    fresh: list[bool] = []
    for session in "stu":
        host.run(as_first(host, 0, session))
        line = MutationOrder()
        line.first = True
        fresh.append(host.runtime.executor.mutations.first_requests.take(Request.of("new" + session, 0, ANN, line)))
    assert fresh == [False] * 3
    assert len(host.notes("ann")) == 3


async def several(*calls: Coroutine[Any, Any, Outcome]) -> list[Outcome]:
    return list(await asyncio.gather(*calls))


def test_requests_numbered_wildly_leave_so_many_receipts(make_host: Callable[..., Host], monkeypatch: Any) -> None:
    monkeypatch.setattr("connvo.runtime.request_dedup.TRIM_EVERY", 64)
    monkeypatch.setattr("connvo.runtime.executor.TRIM_EVERY", 64)
    host = make_host(limits=LimitSettings(idempotency_records=100))
    add(host, 0, BOB)
    numbers = [number * 7_919_317 for number in range(300)]

    async def send_all() -> None:
        for start in range(0, len(numbers), 50):
            calls = [
                begin(host, "notes:draw", ANN, Request.of(f"s{number % 3}", number, ANN))
                for number in numbers[start : start + 50]
            ]
            await several(*calls)
            await host.runtime.settle()

    host.run(send_all())
    kept = host.write(lambda db: record_ids(db, ANN.token_identifier, 10_000))
    assert 100 <= len(kept) <= 100 + 50 + 64
    before = host.last_seq()
    host.run(begin(host, "notes:draw", ANN, Request.of(f"s{numbers[-1] % 3}", numbers[-1], ANN)))
    assert host.last_seq() == before, "the newest are there still"
    assert len(host.write(lambda db: record_ids(db, BOB.token_identifier, 10))) == 1


@pytest.mark.parametrize("path", ["notes:addAndRefuse", "notes:addAndCrash"])
def test_a_failed_mutation_runs_again(host: Host, path: str) -> None:
    for _ in range(2):
        assert send(host, path, 0, owner="ann").error is not None
    assert host.everything(IdempotencyRecord) == []
    assert host.notes("ann") == []
    assert add(host, 0).error is None


def test_an_answer_belongs_to_its_caller(host: Host) -> None:
    for session, number, identity in (
        ("s", 0, None),
        ("s", 0, ANN),
        ("s", 0, BOB),
        ("s", 1, ANN),
        ("t", 0, ANN),
    ):
        assert add(host, number, identity, session).error is None
    assert len(host.notes("ann")) == 5


def test_a_new_token_of_the_same_person_gets_the_same_answer(host: Host) -> None:
    first = add(host, 0, ANN)
    again = add(host, 0, msgspec.structs.replace(ANN, expires_at=ANN.expires_at + 1, name="Ann B."))
    assert again.ts == first.ts


def test_receipts_are_kept_for_a_day_and_dropped_in_pieces(host: Host) -> None:
    def old(db: Transaction) -> bool:
        return purge(db, IdempotencyRecord, "by_creation", until=db.now - RETENTION_MS, limit=3)

    for number in range(5):
        add(host, number)
    host.now_ns += int((RETENTION_MS - 60_000) * 1e6)
    assert not host.write(old)
    assert len(host.everything(IdempotencyRecord)) == 5
    add(host, 9)
    host.now_ns += int(120_000 * 1e6)
    assert host.write(old)
    assert len(host.everything(IdempotencyRecord)) == 3
    assert not host.write(old)
    assert len(host.everything(IdempotencyRecord)) == 1
