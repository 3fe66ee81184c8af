"""What is kept for a time only goes automatically."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.model.signalling import jobs, queues
from connvo.schema.history import ConnectionFailure
from connvo.schema.rate_limits import RateLimit
from connvo.schema.sessions import WebrtcSession
from connvo.schema.signals import Negotiation, SignalQueue
from connvo.settings import SignalSettings
from tests.support.call import GUEST, Call

DAY = 24 * 3600
PATIENT = SignalSettings(lost_after_seconds=1e7, closed_after_seconds=1e7)


def count(call: Call, document: Any) -> int:
    return len(call.backend.read(lambda db: db.scan(document, "by_creation")))


def test_expired_signals_go_however_many(make_call: Callable[..., Call], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 3)
    call = make_call(signals=PATIENT)
    for number in range(10):
        call.trickle(call.host, f"c{number}")
    call.backend.advance(60)
    call.trickle(call.guest, "newer")
    call.backend.advance(61)
    assert call.signal_count() == 1
    assert call.names(call.host) == ["newer"]


def test_a_full_bucket_is_forgotten(call: Call) -> None:
    call.trickle(call.host, "c")
    assert count(call, RateLimit) > 0
    call.pending(call.host)
    call.backend.advance(61)
    before = count(call, RateLimit)
    call.backend.advance(3600)
    assert count(call, RateLimit) <= before
    assert not [b for b in call.backend.read(lambda db: db.scan(RateLimit, "by_creation")) if b.action == "signals"]


def test_failures_are_forgotten_after_an_hour(call: Call) -> None:
    call.fail(call.guest)
    call.backend.advance(3500)
    assert count(call, ConnectionFailure) == 1
    call.backend.advance(200)
    assert count(call, ConnectionFailure) == 0


def test_sessions_that_are_over_are_forgotten_after_a_day(call: Call) -> None:
    call.end()
    call.backend.advance(DAY - 100)
    assert count(call, WebrtcSession) == 2
    call.backend.advance(200)
    assert count(call, WebrtcSession) == 0


def test_nothing_of_signalling_outlives_its_meeting(call: Call) -> None:
    call.describe(call.host, "offer", "o", "aaaa")
    call.describe(call.guest, "answer", "a", "bbbb")
    assert (count(call, SignalQueue), count(call, Negotiation)) == (2, 2)
    call.end()
    assert (count(call, SignalQueue), count(call, Negotiation)) == (0, 0)


def test_negotiations_go_with_their_session_or_their_addressee(call: Call) -> None:
    call.describe(call.host, "offer", "o", "aaaa")
    call.describe(call.guest, "answer", "a", "bbbb")
    call.run(call.guest, "closeSession", sessionId=GUEST)
    assert count(call, Negotiation) == 1
    call.of(call.guest, "leaveMeeting")
    assert count(call, Negotiation) == 0


@pytest.mark.parametrize("how", ["leave", "close", "end"])
def test_very_many_signals_go_in_several_transactions(call: Call, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(queues, "DROP_BATCH", 4)
    for number in range(11):
        call.trickle(call.guest, f"from{number}")
        call.trickle(call.host, f"to{number}")
    if how == "leave":
        call.of(call.guest, "leaveMeeting")
    elif how == "close":
        call.run(call.guest, "closeSession", sessionId=GUEST)
    else:
        call.end()
        assert call.pending(call.guest) == call.pending(call.host) == []
    call.backend.advance(0)
    assert call.signal_count() == (11 if how == "close" else 0)


@pytest.mark.parametrize("how", ["leave", "close"])
def test_a_member_that_is_back_at_once_loses_nothing_new(call: Call, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(queues, "DROP_BATCH", 4)
    for number in range(11):
        call.trickle(call.guest, f"old{number}")
    if how == "leave":
        call.of(call.guest, "leaveMeeting")
    else:
        call.run(call.guest, "closeSession", sessionId=GUEST)
    call.connect(call.guest, GUEST)
    call.trickle(call.guest, "new")
    call.trickle(call.host, "answer")
    call.backend.advance(1)
    assert call.names(call.host) == ["new"]
    assert call.names(call.guest) == ["answer"]
    assert call.signal_count() == 2
