"""Live captions are the words of now: few, in order, and gone in time."""

from typing import Any

import pytest

from tests.support.backend import Caller
from tests.support.speech import Talk

LIVE = "transcripts/captions:getLive"


def live(talk: Talk, person: Caller) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = person.call(LIVE, meetingId=talk.meeting_id)
    return shown


def texts(talk: Talk) -> list[tuple[str, bool]]:
    return [(one["text"], one["isInterim"]) for one in live(talk, talk.watcher)]


@pytest.fixture
def now(talk: Talk) -> Talk:
    """A talk whose words are spoken now."""
    talk.zero = talk.backend.now_ms - 1_000
    return talk


def test_words_are_shown_while_they_are_spoken_and_a_moment_after(now: Talk) -> None:
    now.say(now.host, "Hello every", isInterim=True)
    now.say(now.guest, "Good morn", at=0.5, isInterim=True)
    now.say(now.host, "Hello everyone", seconds=2)
    assert texts(now) == [("Hello everyone", False), ("Good morn", True)]
    first = live(now, now.watcher)[0]
    assert first["speaker"]["displayName"] == "Hanna"


def test_they_are_gone_when_their_time_is_over(now: Talk) -> None:
    now.say(now.host, "Hello", at=0)
    now.say(now.guest, "unfin", at=0.5, isInterim=True)
    now.backend.advance(9)
    assert texts(now) == [("unfin", True)]
    now.backend.advance(5)
    assert texts(now) == [("unfin", True)]
    now.backend.advance(6)
    assert texts(now) == []
    assert now.captions() == []


def test_words_that_go_on_stay(now: Talk) -> None:
    for number in range(5):
        now.say(now.host, f"word {number}", at=0, seconds=5.0 * number + 1, isInterim=True)
        now.backend.advance(5)
    assert texts(now) == [("word 4", True)]


def test_at_most_twelve_are_shown_and_the_newest_of_them(now: Talk) -> None:
    for number in range(20):
        now.say(now.host, f"word {number}", at=number / 20)
    now.say(now.guest, "I", at=0, isInterim=True)
    shown = texts(now)
    assert len(shown) == 12
    assert ("I", True) in shown
    assert shown[-1] == ("word 19", False)


def test_a_member_that_leaves_is_speaking_no_more(now: Talk) -> None:
    now.say(now.guest, "Goodb", isInterim=True)
    now.of(now.guest, "leaveMeeting")
    assert texts(now) == []


def test_a_meeting_that_is_not_running_has_no_captions(now: Talk) -> None:
    now.say(now.guest, "Hel", isInterim=True)
    now.end()
    assert live(now, now.host) == []
