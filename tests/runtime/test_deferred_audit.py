"""Audit events without a transaction of their own are bounded, merged, and written soon after."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from connvo.kernel.errors import Forbidden, Invalid
from connvo.kernel.identity import Identity
from connvo.runtime import deferred_audit
from connvo.runtime.deferred_audit import DeferredAudit, Noted
from connvo.runtime.origins import Origin, agent_of

ENTRY: Any = SimpleNamespace(kind="mutation", path="a:b")
QUERY: Any = SimpleNamespace(kind="query", path="a:c")


class Desk:
    """A deferred audit whose writes are kept."""

    def __init__(self) -> None:
        self.written: list[tuple[list[Noted], int]] = []
        self.fails = False
        self.audit = DeferredAudit(self._write)

    async def _write(self, events: list[Noted], dropped: int) -> None:
        if self.fails:
            raise OSError("no database")
        self.written.append((events, dropped))

    def refuse(self, subject: str = "ada", entry: Any = ENTRY, error: Exception | None = None, **args: object) -> None:
        who = Identity(issuer="i", subject=subject, expires_at=0)
        self.audit.note_refusal(entry, args, who, lambda: Origin(request_id="1"), error or Forbidden("no"))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred_audit, "FLUSH_SECONDS", 0.0)


def test_equal_events_are_one_with_their_number() -> None:
    async def work() -> None:
        desk = Desk()
        for _ in range(5):
            desk.refuse(meeting_id="m")
        desk.refuse("bob", meetingId="m")
        desk.refuse(entry=QUERY)
        desk.refuse(entry=QUERY, error=Forbidden("no", reason="operators_only"))
        desk.refuse(error=Invalid("wrong"))
        await asyncio.sleep(0.01)
        [(events, dropped)] = desk.written
        assert [(one.token_identifier, one.path, one.count, one.meeting_id) for one in events] == [
            ("i|ada", "a:b", 5, "m"),
            ("i|bob", "a:b", 1, "m"),
            ("i|ada", "a:c", 1, None),
        ]
        assert dropped == 0

    asyncio.run(work())


def test_a_bounded_number_is_held_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred_audit, "MAX_HELD", 3)

    async def work() -> None:
        desk = Desk()
        for number in range(10):
            desk.refuse(f"p{number}")
        await desk.audit.close()
        [(events, dropped)] = desk.written
        assert (len(events), dropped) == (3, 7)

    asyncio.run(work())


def test_events_that_cannot_be_written_are_counted_and_told_of_later() -> None:
    async def work() -> None:
        desk = Desk()
        desk.fails = True
        desk.refuse()
        desk.refuse()
        await desk.audit.flush()
        desk.fails = False
        await desk.audit.flush()
        assert desk.written == [([], 2)]

    asyncio.run(work())


@pytest.mark.parametrize(
    ("header", "kept"),
    [(None, None), (b"", None), (b"Firefox", "Firefox"), (b"a\r\n\x1b[31mb", "a[31mb"), (b"x" * 300, "x" * 200)],
)
def test_a_user_agent_is_printable_and_short(header: bytes | None, kept: str | None) -> None:
    assert agent_of(header) == kept
