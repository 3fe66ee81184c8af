"""What is made from words goes with them: with a transcript, with a person's words, and with a person."""

from connvo.maintenance.erasure import erase
from tests.support.insights import GENERATE, MINE, Conversation


def whole(conversation: Conversation) -> str:
    """Returns everything that was made, as text."""
    kinds = (*conversation.reports(), *conversation.insights(), *conversation.recommendations(), *conversation.steps())
    return str(kinds)


def test_a_transcript_takes_report_and_insights_along(each_conversation: Conversation) -> None:
    conversation = each_conversation
    conversation.conclude()
    conversation.host.call("transcripts/session:erase", meetingId=conversation.meeting_id)
    assert whole(conversation) == "()"
    report = conversation.report()
    assert (report["state"], report["because"]) == ("empty", "transcript_deleted")
    conversation.backend.advance(0)
    conversation.host.call(GENERATE, meetingId=conversation.meeting_id, forceRegenerate=True)
    conversation.backend.advance(0)
    assert conversation.report()["because"] == "too_few_words"


def test_words_that_are_deleted_while_the_report_is_made_are_in_none(conversation: Conversation) -> None:
    conversation.end()
    conversation.backend.run(conversation.backend.runtime.scheduler.run_due())
    conversation.guest.call("transcripts/editing:deleteMine", meetingId=conversation.meeting_id)
    conversation.backend.advance(0)
    conversation.backend.advance(10)
    assert conversation.report()["state"] in ("ready", "empty")
    assert "release notes" not in whole(conversation)


def test_own_words_take_along_statements_that_rest_on_them_alone(conversation: Conversation) -> None:
    conversation.conclude()
    assert "release notes" in whole(conversation)
    conversation.guest.call("transcripts/editing:deleteMine", meetingId=conversation.meeting_id)
    conversation.backend.advance(0)
    assert "release notes" not in whole(conversation)
    assert "login crash" not in whole(conversation), "others' summaries are made again without them"
    report = conversation.report()
    assert [one["text"] for one in report["decisions"]] == [
        "We decided to launch the mobile app on the tenth of December."
    ]
    assert {one["userId"] for one in report["speaking"]} == {conversation.host.user_id}


def test_an_erased_person_is_nowhere(each_conversation: Conversation) -> None:
    conversation = each_conversation
    conversation.conclude()
    backend, guest = conversation.backend, conversation.guest
    assert guest.user_id in whole(conversation)
    backend.run(erase(backend.runtime, guest.user_id))
    backend.advance(0)
    assert guest.user_id not in whole(conversation)
    assert "release notes" not in whole(conversation)
    assert "screenshots" not in whole(conversation), "the action was theirs"
    found = conversation.host.call(MINE, meetingId=conversation.meeting_id)
    assert "connection" not in {one["type"] for one in found["recommendations"]}
    assert conversation.report()["decisions"]
