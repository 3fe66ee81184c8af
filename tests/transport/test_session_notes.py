"""A sign-in is noted when it is seen: once an hour, and never in the way of a call."""

import asyncio

import pytest

from connvo.kernel.identity import Identity
from connvo.transport import session_notes as module
from connvo.transport.session_notes import PAUSE_SECONDS, SessionNotes


class Notes:
    """Notes on a clock that the test moves; `fails` breaks the database."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.noted: list[str] = []
        self.fails = False
        self.notes = SessionNotes(self._note, lambda: self.seconds)

    async def _note(self, identity: Identity) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise RuntimeError("the database is away")
        self.noted.append(identity.session)

    def see(self, *sessions: str) -> None:
        async def work() -> None:
            for session in sessions:
                self.notes.saw(Identity(issuer="i", subject="s", expires_at=0, session=session))
            await self.notes.settle()

        asyncio.run(work())


def test_a_sign_in_is_noted_once_an_hour() -> None:
    here = Notes()
    here.see("phone", "phone", "laptop")
    here.see("phone")
    assert sorted(here.noted) == ["laptop", "phone"]
    here.seconds = PAUSE_SECONDS
    here.see("phone")
    assert here.noted.count("phone") == 2


def test_a_failure_is_nobodys_but_the_logs() -> None:
    here = Notes()
    here.fails = True
    here.see("phone")
    assert here.noted == []


def test_what_is_under_way_and_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AT_ONCE", 3)
    here = Notes()
    here.see(*(str(number) for number in range(10)))
    assert here.noted == ["0", "1", "2"]
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    forgetful = Notes()
    forgetful.see("a", "b")
    forgetful.see("b", "a")
    assert forgetful.noted == ["a", "b", "a"]
