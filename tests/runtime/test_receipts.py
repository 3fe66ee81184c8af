"""A request over a socket is carried out once, and answered alike however often it is sent."""

from typing import Any

import msgspec
import pytest

from connvo.kernel.identity import Identity
from connvo.runtime.execute import Outcome
from connvo.runtime.receipts import RETENTION_MS, Line, Receipt, Request, purge_receipts
from connvo.transport.envelope import decode_arguments

from ..support.host import ANN, REQUEST_ID, Host

BOB = msgspec.structs.replace(ANN, subject="bob")


def send(
    host: Host, path: str, number: int, identity: Identity | None = None, session: str = "s", **args: object
) -> Outcome:
    request = Request.of(session, number, identity)
    return host.run(begin(host, path, identity, request, **args))  # type: ignore[no-any-return]


async def begin(host: Host, path: str, identity: Identity | None, request: Request, **args: object) -> Outcome:
    def decode(text: msgspec.Raw, path: str) -> dict[str, Any]:
        return decode_arguments(text, path, len(memoryview(text)))

    text = msgspec.Raw(msgspec.json.encode([args]))
    return await host.runtime.begin(path, text, identity, request, decode).outcome(lambda: REQUEST_ID)


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
        import asyncio

        calls = [begin(host, "notes:addNote", None, Request("s", 0, None), owner="ann", text="x") for _ in range(2)]
        return await asyncio.gather(*calls)

    first, second = host.run(both())
    assert (bytes(first.value), first.ts) == (bytes(second.value), second.ts)
    assert host.notes("ann") == ["x"]


def test_even_a_session_that_says_twice_that_it_begins_is_carried_out_once(host: Host) -> None:
    def first() -> Outcome:
        request = Request.of("s", 0, None, Line())
        assert request.line is not None
        request.line.first = True
        outcome: Outcome = host.run(begin(host, "notes:addNote", None, request, owner="ann", text="x"))
        return outcome

    assert first().error is None
    assert first().error is not None
    assert host.notes("ann") == ["x"]
    assert add(host, 0).error is None, "and one that says the truth is answered as before"
    assert host.notes("ann") == ["x"]


@pytest.mark.parametrize("path", ["notes:addAndRefuse", "notes:addAndCrash"])
def test_what_failed_runs_again(host: Host, path: str) -> None:
    for _ in range(2):
        assert send(host, path, 0, owner="ann").error is not None
    assert host.everything(Receipt) == []
    assert host.notes("ann") == []
    assert add(host, 0).error is None


def test_an_answer_belongs_to_who_asked(host: Host) -> None:
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
    for number in range(5):
        add(host, number)
    host.now_ns += int((RETENTION_MS - 60_000) * 1e6)
    assert host.write(lambda db: purge_receipts(db, 3)) == 0
    add(host, 9)
    host.now_ns += int(120_000 * 1e6)
    assert host.write(lambda db: purge_receipts(db, 3)) == 3
    assert host.write(lambda db: purge_receipts(db, 3)) == 2
    assert len(host.everything(Receipt)) == 1
