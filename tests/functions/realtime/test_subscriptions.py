"""A live transcript has each word once, in order, and costs the same at its ten-thousandth chunk."""

import math

import pytest

from tests.support.backend import Backend
from tests.support.scene import Scene
from tests.support.speech import STREAM, Talk


def test_final_words_replace_the_interim_ones_in_one_commit(each_talk: Talk) -> None:
    talk = each_talk
    talk.say(talk.guest, "Hel", isInterim=True)
    talk.say(talk.guest, "Hello ev", seconds=1.5, isInterim=True)
    assert talk.seen(talk.host) == [("Hello ev", True)]
    commits = talk.backend.commit_count()
    talk.say(talk.guest, "Hello everyone", seconds=2)
    assert talk.backend.commit_count() == commits + 1
    assert talk.seen(talk.host) == [("Hello everyone", False)]
    assert talk.captions() == []


def test_words_of_the_next_sentence_stay_when_the_last_one_is_final(talk: Talk) -> None:
    talk.say(talk.guest, "Next", at=5, isInterim=True)
    talk.say(talk.guest, "Hello", at=0)
    assert talk.seen(talk.host) == [("Hello", False), ("Next", True)]


def test_interim_words_that_are_late_are_not_shown(talk: Talk) -> None:
    talk.say(talk.guest, "Hello everyone", seconds=2)
    talk.say(talk.guest, "Hello eve", seconds=1.5, isInterim=True)
    assert talk.seen(talk.host) == [("Hello everyone", False)]


def test_each_speaker_has_interim_words_of_their_own(talk: Talk) -> None:
    talk.say(talk.guest, "Me", at=1, isInterim=True)
    talk.say(talk.host, "too", at=0, isInterim=True)
    assert talk.seen(talk.watcher) == [("too", True), ("Me", True)]


def test_a_stream_is_continued_by_its_next_sequence(talk: Talk) -> None:
    for number in range(7):
        talk.say(talk.guest, str(number), at=number)
    first = talk.stream(talk.host, limit=4)
    assert ([one["text"] for one in first["transcripts"]], first["nextSequence"]) == (list("0123"), 4)
    second = talk.stream(talk.host, fromSequence=first["nextSequence"], subscriptionId="mine")
    assert ([one["text"] for one in second["transcripts"]], second["nextSequence"]) == (list("456"), 7)
    rest = talk.stream(talk.host, fromSequence=7)
    assert (rest["transcripts"], rest["nextSequence"]) == ([], 7)
    error = talk.host.fails(STREAM, "VALIDATION_ERROR", meetingId=talk.meeting_id, fromSequence=math.nan)
    assert error.metadata["field"] == "fromSequence"


def test_members_are_told_their_rights_and_how_long_it_lasts(talk: Talk) -> None:
    of_host, of_guest = talk.stream(talk.host), talk.stream(talk.guest)
    assert (of_host["permissions"], of_guest["permissions"]) == (["read", "export", "manage"], ["read"])
    assert of_host["subscriptionValid"] is True
    assert of_host["validUntil"] > talk.backend.now_ms


def test_a_meeting_that_is_over_is_read_and_not_followed(talk: Talk) -> None:
    talk.say(talk.guest, "Hello")
    talk.say(talk.guest, "unfinish", at=3, isInterim=True)
    talk.end()
    shown = talk.stream(talk.watcher)
    assert [one["text"] for one in shown["transcripts"]] == ["Hello"]
    assert shown["subscriptionValid"] is False
    assert "validUntil" not in shown


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_meeting_that_was_never_there_has_no_stream(scene: Scene, is_cancelled: bool) -> None:
    if is_cancelled:
        scene.of(scene.host, "cancelMeeting")
    scene.host.fails(STREAM, "MEETING_NOT_ACTIVE", meetingId=scene.meeting_id)


def test_an_interim_caption_has_an_id_of_its_own(talk: Talk) -> None:
    talk.say(talk.guest, "Hel", isInterim=True)
    talk.say(talk.host, "Hi", isInterim=True)
    ids = [one["_id"] for one in talk.stream(talk.host)["transcripts"]]
    talk.say(talk.guest, "Hello", isInterim=True)
    assert [one["_id"] for one in talk.stream(talk.host)["transcripts"]] == ids
    assert len(set(ids)) == 2


def test_late_members_read_earlier_captions(backend: Backend) -> None:
    talk = Talk(backend)
    talk.say(talk.host, "Before you came")
    late = backend.sign_in("lara")
    talk.add(late)
    assert talk.seen(late) == [("Before you came", False)]
