"""Nudges in a call: seen by the right person, one at a time, gone when their cause is."""

from itertools import pairwise
from typing import Any

import pytest

from connvo.schema.prompts import PromptSource
from connvo.settings import PromptSettings
from tests.support.backend import Backend, Caller
from tests.support.prompts import LIVE, NUDGES, RATE, Hinted, kinds, stored

QUESTION = "Good. When do we ship the engine?"


def live(call: Hinted, person: Caller) -> dict[str, Any]:
    found: dict[str, Any] = person.call(LIVE, meetingId=call.meeting_id)
    return found


def talk(call: Hinted, person: Caller, minutes: float) -> None:
    """Has one person speak for some minutes without a pause."""
    for _ in range(int(minutes * 12)):
        call.wait(5)
        call.say_now(person, "And then we turn the handle.", seconds=5)


def test_silence_is_pointed_out_to_all_and_over_when_talk_resumes(each_call: Hinted) -> None:
    call = each_call
    call.wait(10)
    assert call.seen(call.host) == []
    call.wait(10)
    for person in (call.host, call.guest, call.watcher):
        (nudge,) = call.nudges(person)
        assert (kinds([nudge]), nudge["relevance"]) == (["silence"], 0.7)
    first = live(call, call.host)
    call.wait(15)
    assert call.nudges(call.host)[0]["relevance"] == 0.8
    call.wait(30)
    assert call.nudges(call.host)[0]["relevance"] == 0.9
    later = live(call, call.host)
    assert later["prompts"][0]["_id"] == first["prompts"][0]["_id"], "it is the same nudge"
    assert later["lastUpdated"] > first["lastUpdated"] > 0
    call.say_now(call.guest, "Here I am again.")
    call.wait(5)
    assert call.seen(call.host) == []
    assert live(call, call.host) == {"prompts": [], "lastUpdated": 0}


def test_a_nudge_expires_after_two_minutes(call: Hinted) -> None:
    call.wait(20)
    assert call.seen(call.host) == ["silence"]
    call.wait(110)
    assert call.seen(call.host) == ["silence"]
    call.wait(15)
    assert call.seen(call.host) == []


def test_nothing_is_said_about_silence_where_not_all_are_heard(backend: Backend) -> None:
    call = Hinted(backend)
    third = backend.sign_in("cy")
    call.add(third)
    call.join(third)
    for _ in range(6):
        call.wait(5)
        call.connected(third)
    assert call.seen(call.host) == []


def test_a_shared_screen_and_a_message_are_no_silence(call: Hinted) -> None:
    call.connect(call.guest, "desk")
    facts = {"state": "connected", "metadata": {"audio": True, "video": True, "screen": True}}
    about = {"meetingId": call.meeting_id, "sessionId": "desk"}
    call.guest.call("meetings/webrtc/signaling:updateSessionState", **about, **facts)
    call.wait(20)
    assert call.seen(call.host) == []
    facts["metadata"] = {"screen": False}
    call.guest.call("meetings/webrtc/signaling:updateSessionState", **about, **facts)
    call.host.call("meetings/chat:sendMessage", meetingId=call.meeting_id, text="Here are my notes")
    call.wait(10)
    assert call.seen(call.host) == []
    call.wait(10)
    assert call.seen(call.host) == ["silence"]


def test_the_member_with_the_most_speech_is_told_alone(call: Hinted) -> None:
    talk(call, call.guest, 3)
    call.wait(5)
    assert call.seen(call.guest) == ["imbalance"]
    assert call.seen(call.host) == []
    assert live(call, call.host)["prompts"] == []
    (nudge,) = call.nudges(call.guest)
    for person in (call.host, call.watcher, call.outsider):
        person.fails(RATE, "NOT_FOUND", promptId=nudge["_id"], feedback="used")
    call.guest.call(RATE, promptId=nudge["_id"], feedback="used")


def test_hosts_are_told_of_a_silent_member_by_name(call: Hinted) -> None:
    talk(call, call.host, 11)
    seen = {one.kind: one for one in stored(call.backend)}
    assert "silent_member" in seen
    assert seen["silent_member"].audience == "hosts"
    call.wait(130)
    (row,) = [one for one in stored(call.backend) if one.kind == "silent_member"]
    assert not row.open and "Gustav" not in row.content, "a name does not outlive the hint"


def test_a_silent_member_does_not_see_the_hint_about_them(call: Hinted) -> None:
    shown: list[list[str]] = []
    for _ in range(12):
        talk(call, call.host, 1)
        shown.append(call.seen(call.guest))
        if "silent_member" in call.seen(call.host):
            (nudge,) = [one for one in call.nudges(call.host) if kinds([one]) == ["silent_member"]]
            assert nudge["content"].startswith("Gustav has not spoken")
            call.guest.fails(RATE, "NOT_FOUND", promptId=nudge["_id"], feedback="used")
            break
    else:
        raise AssertionError("no hint about the silent member")
    assert all("silent_member" not in one for one in shown)


def test_a_question_without_an_answer_is_repeated_and_then_forgotten(each_call: Hinted) -> None:
    call = each_call
    call.say_now(call.host, QUESTION)
    call.wait(55)
    assert call.seen(call.guest) == [], "there is time to think"
    call.wait(10)
    (nudge,) = call.nudges(call.guest)
    assert nudge["content"] == "This question has no answer yet: “When do we ship the engine?”"
    assert len(stored(call.backend)[-1].cites) == 1
    call.say_now(call.guest, "In May, I think.")
    call.wait(5)
    assert call.seen(call.guest) == []
    row = stored(call.backend)[-1]
    assert ("engine" in row.content, row.cites, row.open) == (False, (), False)
    assert call.backend.read(lambda db: db.scan(PromptSource, "by_creation")) == []


def test_hosts_are_told_when_the_planned_time_is_nearly_up(backend: Backend) -> None:
    call = Hinted(backend)
    call.of(call.host, "endMeeting")
    call.meeting_id = call.create(call.host, duration=600_000)
    call.add(call.guest)
    call.start()
    call.join(call.host, call.guest)
    for _ in range(28):
        call.wait(10)
        call.say_now(call.guest, "The mill is oiled.")
        call.say_now(call.host, "So is the store.")
    assert "time" not in {one.kind for one in stored(backend)}
    for _ in range(4):
        call.wait(10)
        call.say_now(call.guest, "The mill is oiled.")
        call.say_now(call.host, "So is the store.")
    assert [one.kind for one in stored(backend)] == ["time"]
    assert (call.seen(call.host), call.seen(call.guest)) == (["time"], [])


def test_dismissed_once_it_is_gone_and_after_two_its_kind_rests(call: Hinted) -> None:
    def lull() -> None:
        call.say_now(call.host, "And on.")
        call.wait(25)

    for _ in range(2):
        while not call.nudges(call.guest):
            lull()
        (nudge,) = call.nudges(call.guest)
        call.guest.call(RATE, promptId=nudge["_id"], feedback="dismissed")
        assert call.seen(call.guest) == []
        assert call.seen(call.host) == ["silence"], "the host has not dismissed it"
    seen: set[str] = set()
    for _ in range(15):
        lull()
        assert call.seen(call.guest) == []
        seen |= set(call.seen(call.host))
    assert seen == {"silence"}


def test_one_comes_at_a_time_and_seldom(call: Hinted) -> None:
    for _ in range(12):
        call.wait(25)
        call.say_now(call.host, QUESTION)
        call.wait(70)
    rows = stored(call.backend)
    assert len(rows) > 3
    times = sorted(one.created_at for one in rows)
    assert all(after - before >= 120_000 for before, after in pairwise(times))
    assert all(sum(begin <= at < begin + 3_600_000 for at in times) <= 10 for begin in times)
    assert sum(one.open for one in rows) <= 1


def test_a_meeting_with_one_person_and_one_that_is_over_get_no_nudges(call: Hinted) -> None:
    call.of(call.guest, "leaveMeeting")
    call.wait(30)
    assert stored(call.backend) == []
    call.of(call.guest, "joinMeeting")
    call.end()
    call.backend.advance(60)
    assert stored(call.backend) == []


def test_an_operator_can_turn_nudges_off(make_backend: Any) -> None:
    call = Hinted(make_backend(prompts=PromptSettings(nudges=False)))
    call.wait(60)
    assert stored(call.backend) == []


def test_transcription_that_is_off_says_nothing_about_silence(call: Hinted) -> None:
    call.host.call("transcripts/session:stop", meetingId=call.meeting_id)
    call.wait(60)
    assert stored(call.backend) == []


@pytest.mark.parametrize("limit", [0, 1, 99])
def test_the_limit_is_clamped(call: Hinted, limit: float) -> None:
    call.wait(20)
    assert len(call.host.call(NUDGES, meetingId=call.meeting_id, limit=limit)) == 1


def test_the_aliases_answer_alike(call: Hinted) -> None:
    call.wait(20)
    about = {"meetingId": call.meeting_id}
    assert call.host.call("prompts/index:getInCallPrompts", **about) == call.nudges(call.host)
    assert call.host.call("prompts/index:subscribeToInCallPrompts", **about) == live(call, call.host)
    call.host.call("prompts/index:updatePromptFeedback", promptId=call.nudges(call.host)[0]["_id"], feedback="used")
