"""At its end a meeting has a report: each statement shows what it rests on, and changes by people stay."""

from typing import Any

import pytest

from connvo.model.insights import pipeline
from connvo.rules.insights.report import MAX_TEXT
from connvo.schema.audit import AuditLog
from tests.support.backend import Backend, Caller
from tests.support.insights import (
    AVAILABILITY,
    DELETE,
    EDIT,
    ENABLE,
    GENERATE,
    LINES,
    MINE,
    RATE,
    RATINGS,
    REMOVE,
    REPORT,
    Conversation,
)

SECTIONS = ("overview", "topics", "decisions", "actions", "questions")


def items(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for section in SECTIONS for item in report[section]]


def regenerate(conversation: Conversation) -> None:
    """Has the host ask for the report again, and makes it."""
    conversation.host.call(GENERATE, meetingId=conversation.meeting_id, forceRegenerate=True)
    conversation.backend.advance(0)


def test_the_end_of_a_meeting_makes_its_report(each_conversation: Conversation) -> None:
    conversation = each_conversation
    assert conversation.report() is None
    conversation.conclude()
    report = conversation.report()
    host, guest = conversation.host.user_id, conversation.guest.user_id
    assert (report["state"], report["source"], report["language"], report["revision"]) == ("ready", "rules", "en", 1)
    assert "Mobile app" in [topic["text"] for topic in report["topics"]]
    assert [one["text"] for one in report["decisions"]] == [
        "We decided to launch the mobile app on the tenth of December."
    ]
    asked, promised = report["actions"]
    assert (asked["text"], asked["ownerId"]) == (
        "Gustav, can you send the store screenshots to the agency by Friday?",
        guest,
    )
    assert (promised["ownerId"], promised["dueWords"]) == (guest, "tomorrow")
    (question,) = report["questions"]
    assert (question["askedBy"], len(question["cites"])) == (host, 2)
    assert {one["userId"] for one in report["speaking"]} == {host, guest}
    assert {one["_id"] for one in report["people"]} == {host, guest}


def test_every_statement_cites_segments_of_the_transcript(conversation: Conversation) -> None:
    conversation.conclude()
    stored = {segment.id for segment in conversation.segments()}
    found = items(conversation.report())
    assert len(found) > 6
    for item in found:
        assert item["cites"], item["text"]
        assert {cite["segmentId"] for cite in item["cites"]} <= stored


def test_a_citation_leads_to_its_words_within_a_long_paragraph(backend: Backend) -> None:
    conversation = Conversation(backend, ())
    lines = (*LINES[:5:2], *LINES[1:4:2])
    for number, line in enumerate(lines):
        conversation.say(conversation.host, line, at=number * 5.0, seconds=4.0)
    assert len(conversation.segments()) == 1
    conversation.conclude()
    starts = {chunk.text: chunk.start_ms for chunk in conversation.chunks()}
    (decision,) = conversation.report()["decisions"]
    assert decision["text"] == LINES[4]
    assert [cite["startMs"] for cite in decision["cites"]] == [starts[LINES[4]]]


def test_a_report_is_shown_live_to_people_in_the_call(conversation: Conversation) -> None:
    late = conversation.backend.sign_in("lara")
    conversation.add(late)
    conversation.conclude()
    assert conversation.report(conversation.guest) == conversation.report(conversation.host)
    assert late.fails(REPORT, "FORBIDDEN", meetingId=conversation.meeting_id).metadata["reason"] == "not_attended"


def test_a_short_talk_has_no_report_and_a_reason(backend: Backend) -> None:
    conversation = Conversation(backend, ("Test test.", "I can hear you."))
    conversation.conclude()
    report = conversation.report()
    assert (report["state"], report["because"], items(report)) == ("empty", "too_few_words", [])
    assert conversation.host.call(MINE, meetingId=conversation.meeting_id) is None


def test_so_has_a_meeting_in_which_nobody_spoke(backend: Backend) -> None:
    conversation = Conversation(backend, ())
    conversation.conclude()
    assert conversation.report()["state"] == "empty"
    assert conversation.steps() == []


@pytest.mark.parametrize("person", ["host", "guest"])
def test_an_attendee_edits_an_item_for_all_revisions(conversation: Conversation, person: str) -> None:
    conversation.conclude()
    item = conversation.item("actions")
    caller: Caller = getattr(conversation, person)
    caller.call(EDIT, meetingId=conversation.meeting_id, itemId=item["itemId"], text=" Send the pictures. ", done=True)
    changed = conversation.item("actions")
    assert (changed["text"], changed["edited"], changed["done"]) == ("Send the pictures.", True, True)
    regenerate(conversation)
    report = conversation.report()
    assert report["revision"] == 2
    assert [one["text"] for one in report["actions"]].count("Send the pictures.") == 1
    assert item["text"] not in [one["text"] for one in report["actions"]], "what was reworded does not come back"


def test_a_deleted_item_does_not_come_back(conversation: Conversation) -> None:
    conversation.conclude()
    item = conversation.item("decisions")
    conversation.guest.call(RATE, meetingId=conversation.meeting_id, itemId=item["itemId"], vote="down")
    conversation.host.call(REMOVE, meetingId=conversation.meeting_id, itemId=item["itemId"])
    assert conversation.report()["decisions"] == []
    regenerate(conversation)
    assert conversation.report()["decisions"] == []
    assert conversation.guest.call(RATINGS, meetingId=conversation.meeting_id) == []
    conversation.host.fails(EDIT, "NOT_FOUND", meetingId=conversation.meeting_id, itemId=item["itemId"], text="Again")


def test_a_vote_is_each_persons_own_and_can_be_taken_back(conversation: Conversation) -> None:
    conversation.conclude()
    item = conversation.item("topics")
    asked = {"meetingId": conversation.meeting_id, "itemId": item["itemId"]}
    conversation.host.call(RATE, **asked, vote="up")
    conversation.guest.call(RATE, **asked, vote="up")
    conversation.guest.call(RATE, **asked, vote="down")
    about = {"meetingId": conversation.meeting_id}
    assert conversation.host.call(RATINGS, **about) == [{"itemId": item["itemId"], "vote": "up"}]
    assert conversation.guest.call(RATINGS, **about) == [{"itemId": item["itemId"], "vote": "down"}]
    conversation.guest.call(RATE, **asked)
    assert conversation.guest.call(RATINGS, **about) == []


@pytest.mark.parametrize("text", ["", "   ", "x" * (MAX_TEXT + 1)])
def test_a_text_out_of_bounds_is_refused(conversation: Conversation, text: str) -> None:
    conversation.conclude()
    item = conversation.item("actions")
    conversation.host.fails(
        EDIT, "VALIDATION_ERROR", meetingId=conversation.meeting_id, itemId=item["itemId"], text=text
    )


def test_only_an_action_can_be_done(conversation: Conversation) -> None:
    conversation.conclude()
    topic = conversation.item("topics")
    conversation.host.fails(
        EDIT, "VALIDATION_ERROR", meetingId=conversation.meeting_id, itemId=topic["itemId"], done=True
    )


def test_an_attendee_gives_an_action_another_owner_and_day(conversation: Conversation) -> None:
    host, guest = conversation.host, conversation.guest
    conversation.conclude()
    item = next(one for one in conversation.report()["actions"] if one["ownerId"] == guest.user_id)
    about = {"meetingId": conversation.meeting_id, "itemId": item["itemId"]}
    host.call(EDIT, **about, ownerId=host.user_id, dueOn="2026-12-24")
    regenerate(conversation)
    [changed] = [one for one in conversation.report()["actions"] if one["text"] == item["text"]]
    assert (changed["ownerId"], changed["dueOn"], changed["edited"]) == (host.user_id, "2026-12-24", True)
    assert "dueWords" not in changed, "the words were of another day"
    guest.call(EDIT, **about, ownerId=None, dueOn=None)
    [changed] = [one for one in conversation.report()["actions"] if one["text"] == item["text"]]
    assert not changed.keys() & {"ownerId", "dueOn", "dueWords"}


@pytest.mark.parametrize(
    "day", ["tomorrow", "2026-02-30", "2026-1-1", "2026-12-24T10:00", "", "0001-01-01", "\u0662026-12-24"]
)
def test_a_day_that_is_no_date_is_refused(conversation: Conversation, day: str) -> None:
    conversation.conclude()
    about = {"meetingId": conversation.meeting_id, "itemId": conversation.item("actions")["itemId"]}
    assert conversation.host.fails(EDIT, "VALIDATION_ERROR", **about, dueOn=day).metadata["field"] == "dueOn"


def test_an_owner_was_in_the_call_and_only_an_action_has_one(conversation: Conversation) -> None:
    late = conversation.backend.sign_in("lara")
    conversation.add(late)
    conversation.conclude()
    about = {"meetingId": conversation.meeting_id, "itemId": conversation.item("actions")["itemId"]}
    before = conversation.report()
    for stranger in (late, conversation.outsider):
        conversation.host.fails(EDIT, "VALIDATION_ERROR", **about, ownerId=stranger.user_id)
    topic = {**about, "itemId": conversation.item("topics")["itemId"]}
    conversation.host.fails(EDIT, "VALIDATION_ERROR", **topic, ownerId=conversation.host.user_id)
    conversation.host.fails(EDIT, "VALIDATION_ERROR", **topic, dueOn="2026-12-24")
    assert conversation.report() == before


def test_insights_follow_changes_of_the_report(conversation: Conversation) -> None:
    host, guest = conversation.host, conversation.guest
    about = {"meetingId": conversation.meeting_id}
    conversation.conclude()
    action = next(one for one in conversation.report()["actions"] if one["ownerId"] == guest.user_id)
    sentence = conversation.item("overview")
    host.call(EDIT, **about, itemId=action["itemId"], ownerId=host.user_id)
    host.call(REMOVE, **about, itemId=sentence["itemId"])
    conversation.backend.advance(pipeline.FOLLOW_SECONDS)
    mine, theirs = (person.call(MINE, **about) for person in (host, guest))
    assert action["text"] in mine["actionItems"] and action["text"] not in theirs["actionItems"]
    assert sentence["text"] not in mine["summary"] + theirs["summary"]
    assert len(conversation.insights()) == 2


def test_an_observer_reads_and_does_not_write(conversation: Conversation) -> None:
    conversation.join(conversation.watcher)
    conversation.conclude()
    assert conversation.report(conversation.watcher)["state"] == "ready"
    about = {"meetingId": conversation.meeting_id, "itemId": conversation.item("actions")["itemId"]}
    conversation.watcher.fails(EDIT, "INSUFFICIENT_PERMISSIONS", **about, text="Mine")
    conversation.watcher.fails(REMOVE, "INSUFFICIENT_PERMISSIONS", **about)
    conversation.watcher.call(RATE, **about, vote="up")


def test_a_host_switches_reports_off_before_the_end(conversation: Conversation) -> None:
    conversation.guest.fails(ENABLE, "INSUFFICIENT_PERMISSIONS", meetingId=conversation.meeting_id, enabled=False)
    conversation.host.call(ENABLE, meetingId=conversation.meeting_id, enabled=False)
    conversation.conclude()
    assert conversation.report()["state"] == "off"
    assert (conversation.reports(), conversation.insights(), conversation.steps()) == ([], [], [])
    error = conversation.host.fails(GENERATE, "VALIDATION_ERROR", meetingId=conversation.meeting_id)
    assert error.metadata["reason"] == "insights_off"
    conversation.host.call(ENABLE, meetingId=conversation.meeting_id, enabled=True)
    conversation.backend.advance(0)
    assert conversation.report()["state"] == "ready"


def test_switched_off_after_the_end_everything_is_deleted(conversation: Conversation) -> None:
    conversation.conclude()
    assert conversation.recommendations()
    conversation.host.call(ENABLE, meetingId=conversation.meeting_id, enabled=False)
    assert (conversation.reports(), conversation.insights(), conversation.recommendations()) == ([], [], [])
    assert conversation.guest.call(MINE, meetingId=conversation.meeting_id) is None
    trail = conversation.backend.read(lambda db: db.scan(AuditLog, "by_creation", reverse=True, limit=1))
    assert trail[0].action == "insights.off"


def test_changes_of_a_report_leave_a_trail_without_words(conversation: Conversation) -> None:
    conversation.conclude()
    item = conversation.item("actions")
    about = {"meetingId": conversation.meeting_id, "itemId": item["itemId"]}
    conversation.host.call(EDIT, **about, text="Secret words")
    conversation.host.call(REMOVE, **about)
    trail = conversation.backend.read(lambda db: db.scan(AuditLog, "by_creation", reverse=True, limit=2))
    assert [one.action for one in trail] == ["report.delete_item", "report.edit_item"]
    assert "Secret" not in str(trail)


def test_without_a_model_the_server_says_that_rules_work(conversation: Conversation) -> None:
    found = conversation.outsider.call(AVAILABILITY)
    assert found["state"] == "none"
    assert "model" not in found
    assert "actions" in found["works"]


def test_ones_own_insights_can_be_deleted_beside_the_report(conversation: Conversation) -> None:
    conversation.conclude()
    mine = conversation.guest.call(MINE, meetingId=conversation.meeting_id)
    conversation.guest.call(DELETE, insightId=mine["_id"])
    assert conversation.report()["state"] == "ready"
