"""The use of a sign-in is recorded about once an hour, and no call waits for it."""

import asyncio

import pytest

from connvo.kernel.identity import Identity
from connvo.transport.auth import session_notes as module
from connvo.transport.auth.session_notes import PAUSE_SECONDS, RETRY_SECONDS, SessionNotes


class Notes:
    """Notes on a clock that the test moves; `fails` breaks the database, and without `account` nothing is stored."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.noted: list[str] = []
        self.fails = False
        self.account = True
        self.notes = SessionNotes(self._note, lambda: self.seconds)

    async def _note(self, identity: Identity) -> bool:
        await asyncio.sleep(0)
        if self.fails:
            raise RuntimeError("the database is away")
        if self.account:
            self.noted.append(identity.session)
        return self.account

    def see(self, *sessions: str, authenticated_at: float | None = None, token: str = "") -> None:
        async def work() -> None:
            for session in sessions:
                self.notes.record(
                    Identity(
                        issuer="i",
                        subject="s",
                        expires_at=0,
                        session=session,
                        authenticated_at=authenticated_at,
                        token=token,
                    )
                )
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


def test_a_sign_in_under_the_name_of_an_ended_one_is_noted_like_a_new_one() -> None:
    here = Notes()
    here.see("phone", authenticated_at=1.0)
    here.see("phone", authenticated_at=2.0)
    here.see("", token="desk")
    here.see("", token="sofa")
    assert here.noted == ["phone", "phone", "", ""]


def test_a_failure_is_nobodys_but_the_logs_and_the_next_call_tries_again() -> None:
    here = Notes()
    here.fails = True
    here.see("phone")
    assert here.noted == []
    here.fails, here.seconds = False, RETRY_SECONDS
    here.see("phone")
    assert here.noted == ["phone"]


def test_a_sign_in_that_comes_before_its_account_is_noted_once_there_is_one() -> None:
    here = Notes()
    here.account = False
    here.see("phone")
    here.account = True
    here.see("phone")
    assert here.noted == [], "not at every call"
    here.seconds = RETRY_SECONDS
    here.see("phone", "phone")
    here.seconds *= 2
    here.see("phone")
    assert here.noted == ["phone"]


def test_pending_and_remembered_uses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AT_ONCE", 3)
    here = Notes()
    here.see(*(str(number) for number in range(10)))
    assert here.noted == ["0", "1", "2"]
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    forgetful = Notes()
    forgetful.see("a", "b")
    forgetful.see("b", "a")
    assert forgetful.noted == ["a", "b", "a"]
