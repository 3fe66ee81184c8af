"""Insights are each person's own: made for those who were there, kept, rated, and deleted for good."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.audit import AuditLog
from connvo.schema.insights import Insight, InsightId, Recommendation
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.insights import (
    BY_ID,
    CONNECTIONS,
    DELETE,
    FEEDBACK,
    GENERATE,
    LIST,
    MINE,
    Conversation,
)

LINK = "https://example.org/plan"


def own(conversation: Conversation, person: Caller) -> dict[str, Any]:
    found: dict[str, Any] = person.call(MINE, meetingId=conversation.meeting_id)
    return found


def stored(conversation: Conversation, person: Caller) -> Insight:
    return next(one for one in conversation.insights() if one.user_id == person.user_id)


def admin_of(backend: Backend, organisation: str) -> Caller:
    return backend.sign_in(f"admin-{organisation}", org_id=organisation, org_role="admin")


def test_people_in_the_call_have_insights_of_their_own(each_conversation: Conversation) -> None:
    conversation = each_conversation
    conversation.conclude()
    assert {one.user_id for one in conversation.insights()} == {conversation.host.user_id, conversation.guest.user_id}
    guest, host = own(conversation, conversation.guest), own(conversation, conversation.host)
    assert guest["summary"] == host["summary"]
    assert guest["summary"].startswith("Sentences from the transcript: ")
    assert len(guest["actionItems"]) == 2, "both actions are the guest's"
    assert host["actionItems"] == []
    assert guest["meetingTitle"] == "Planning"
    assert guest["meetingDate"] == conversation.meeting().started_at
    kinds = {one["type"] for one in guest["recommendations"]}
    assert {"connection", "follow-up"} <= kinds
    assert any("Hanna" in one["content"] for one in guest["recommendations"])


def test_links_are_only_those_that_stood_in_the_chat_or_the_notes(conversation: Conversation) -> None:
    say = {"meetingId": conversation.meeting_id, "text": f"See {LINK}, and (https://example.org/a_(b))."}
    conversation.guest.call("meetings/chat:sendMessage", **say)
    operation = {"type": "insert", "position": 0, "content": f"{LINK} http://notes.example"}
    conversation.host.call(
        "notes/mutations:applyNoteOperation",
        meetingId=conversation.meeting_id,
        operation=operation,
        clientSequence=0,
        expectedVersion=0,
    )
    conversation.conclude()
    assert [(link["type"], link["url"]) for link in own(conversation, conversation.host)["links"]] == [
        ("chat", LINK),
        ("chat", "https://example.org/a_(b)"),
        ("notes", "http://notes.example"),
    ]


def test_a_removed_member_keeps_their_own_insights(conversation: Conversation) -> None:
    conversation.of(conversation.host, "removeParticipant", userId=conversation.guest.user_id)
    conversation.conclude()
    assert own(conversation, conversation.guest)["summary"]
    assert len(conversation.guest.call(LIST)) == 1
    conversation.guest.fails(GENERATE, "FORBIDDEN", meetingId=conversation.meeting_id)


def test_an_absent_member_has_none(conversation: Conversation) -> None:
    conversation.conclude()
    assert conversation.watcher.call(MINE, meetingId=conversation.meeting_id) is None
    conversation.outsider.fails(MINE, "FORBIDDEN", meetingId=conversation.meeting_id)


def test_asking_before_the_end_is_a_mistake_of_the_caller(conversation: Conversation) -> None:
    error = conversation.host.fails(GENERATE, "VALIDATION_ERROR", meetingId=conversation.meeting_id)
    assert error.metadata["state"] == "active"


def test_asking_joins_the_run_and_tells_each_their_own(conversation: Conversation) -> None:
    conversation.end()
    under_way = conversation.guest.call(GENERATE, meetingId=conversation.meeting_id)
    assert under_way == {"success": True, "insightsGenerated": 0, "participantInsights": []}
    conversation.backend.advance(0)
    guest = conversation.guest.call(GENERATE, meetingId=conversation.meeting_id)
    assert guest["participantInsights"] == [stored(conversation, conversation.guest).id]
    host = conversation.host.call(GENERATE, meetingId=conversation.meeting_id)
    assert sorted(host["participantInsights"]) == sorted(one.id for one in conversation.insights())
    watcher = conversation.watcher.call(GENERATE, meetingId=conversation.meeting_id)
    assert watcher == {"success": True, "insightsGenerated": 0, "participantInsights": []}
    assert [step.key for step in conversation.steps()] == ["rules"]


def test_only_a_host_has_them_made_again_and_not_often(conversation: Conversation) -> None:
    conversation.conclude()
    again = {"meetingId": conversation.meeting_id, "forceRegenerate": True}
    conversation.guest.fails(GENERATE, "INSUFFICIENT_PERMISSIONS", **again)
    before = [one.id for one in conversation.insights()]
    for _ in range(3):
        conversation.host.call(GENERATE, **again)
        conversation.backend.advance(0)
    error = conversation.host.fails(GENERATE, "RATE_LIMIT_EXCEEDED", **again)
    assert error.metadata["retryAfterSeconds"] > 0
    assert [one.id for one in conversation.insights()] == before
    assert conversation.report()["revision"] == 4


def test_feedback_is_kept_field_by_field(conversation: Conversation) -> None:
    conversation.conclude()
    found = stored(conversation, conversation.guest)
    conversation.guest.call(FEEDBACK, insightId=found.id, feedback={"read": True, "rating": 5})
    conversation.guest.call(FEEDBACK, insightId=found.id, feedback={"useful": False, "notes": " Good "})
    conversation.host.call(GENERATE, meetingId=conversation.meeting_id, forceRegenerate=True)
    conversation.backend.advance(0)
    kept = stored(conversation, conversation.guest)
    assert (kept.read, kept.useful, kept.rating, kept.notes) == (True, False, 5, "Good")
    assert kept.revision == 2


@pytest.mark.parametrize("bad", [{"rating": 0}, {"rating": 6}, {"rating": 2.5}, {"notes": "x" * 1001}, {"stars": 5}])
def test_feedback_out_of_bounds_is_refused(conversation: Conversation, bad: dict[str, Any]) -> None:
    conversation.conclude()
    found = stored(conversation, conversation.guest)
    conversation.guest.fails(FEEDBACK, "VALIDATION_ERROR", insightId=found.id, feedback=bad)


def test_an_unknown_insight_and_a_foreign_one_look_alike(conversation: Conversation) -> None:
    conversation.conclude()
    foreign = stored(conversation, conversation.guest).id
    unknown = encode_id(table_of(Insight).number, bytes(16))
    calls: list[tuple[str, dict[str, Any]]] = [(BY_ID, {}), (DELETE, {}), (FEEDBACK, {"feedback": {"read": True}})]
    for path, more in calls:
        messages = {
            conversation.host.fails(path, "NOT_FOUND", insightId=one, **more).message.replace(one, "")
            for one in (foreign, unknown)
        }
        assert len(messages) == 1


def test_an_admin_of_the_same_organisation_sees_them_without_coaching(conversation: Conversation) -> None:
    backend = conversation.backend
    assert backend.sign_in("gustav", org_id="acme").user_id == conversation.guest.user_id
    conversation.conclude()
    found = stored(conversation, conversation.guest)

    def coach(db: Any) -> None:
        db.insert(
            Recommendation(
                insight_id=found.id,
                meeting_id=found.meeting_id,
                user_id=UserId(conversation.guest.user_id),
                type="coaching",
                connects=False,
                content="Speak slower.",
                confidence=0.8,
                created_at=0.0,
            )
        )

    backend.run(backend.engine.write(coach))
    same, other = admin_of(backend, "acme"), admin_of(backend, "umbrella")
    seen = same.call(BY_ID, insightId=found.id)
    assert seen["summary"] == found.summary
    assert "coaching" not in {one["type"] for one in seen["recommendations"]}
    assert "coaching" in {one["type"] for one in own(conversation, conversation.guest)["recommendations"]}
    other.fails(BY_ID, "NOT_FOUND", insightId=found.id)
    other.fails(DELETE, "NOT_FOUND", insightId=found.id)
    same.fails(FEEDBACK, "FORBIDDEN", insightId=found.id, feedback={"read": True})
    same.call(DELETE, insightId=found.id)
    trail = backend.read(lambda db: db.scan(AuditLog, "by_creation", reverse=True, limit=1))
    assert (trail[0].action, trail[0].actor_user_id) == ("insights.delete", same.user_id)


def test_deleted_insights_are_not_made_again(conversation: Conversation) -> None:
    conversation.conclude()
    found = stored(conversation, conversation.guest)
    conversation.guest.call(DELETE, insightId=found.id)
    conversation.host.call(GENERATE, meetingId=conversation.meeting_id, forceRegenerate=True)
    conversation.backend.advance(0)
    assert conversation.guest.call(MINE, meetingId=conversation.meeting_id) is None
    assert conversation.guest.call(LIST) == []
    assert conversation.guest.call(CONNECTIONS) == []
    conversation.guest.fails(BY_ID, "NOT_FOUND", insightId=found.id)
    emptied = stored(conversation, conversation.guest)
    assert (emptied.deleted, emptied.summary, emptied.action_items, emptied.links) == (True, "", (), ())
    assert own(conversation, conversation.host)["summary"]


def add_insights(conversation: Conversation, person: Caller, count: int) -> list[str]:
    """Stores insights of meetings that are deleted, and returns their titles, the newest first."""

    def work(db: Any) -> None:
        for number in range(count):
            gone = encode_id(table_of(Meeting).number, number.to_bytes(16, "big"))
            db.insert(
                Insight(
                    meeting_id=MeetingId(gone),
                    user_id=UserId(person.user_id),
                    revision=1,
                    meeting_title=f"Meeting {number}",
                    created_at=float(number),
                )
            )

    conversation.backend.run(conversation.backend.engine.write(work))
    return [f"Meeting {number}" for number in reversed(range(count))]


def test_pages_are_newest_first_and_never_shrink(conversation: Conversation) -> None:
    titles = add_insights(conversation, conversation.guest, 45)
    pages = [
        [one["meetingTitle"] for one in conversation.guest.call(LIST, offset=offset)] for offset in (0, 20, 40, 60)
    ]
    assert pages == [titles[:20], titles[20:40], titles[40:], []]
    assert len(conversation.guest.call(LIST, limit=1000)) == 45
    assert [one["meetingTitle"] for one in conversation.guest.call(LIST, limit=0, offset=-5)] == titles[:1]
    conversation.guest.fails(LIST, "VALIDATION_ERROR", limit=float("nan"))
    assert conversation.host.call(LIST) == []


def test_recommendations_across_meetings_come_by_confidence_then_date(conversation: Conversation) -> None:
    values = [(0.6, 3.0), (0.9, 1.0), (0.9, 2.0), (0.7, 9.0)]

    def work(db: Any) -> None:
        for confidence, at in values:
            db.insert(
                Recommendation(
                    insight_id=InsightId(encode_id(table_of(Insight).number, bytes(16))),
                    meeting_id=MeetingId(conversation.meeting_id),
                    user_id=UserId(conversation.guest.user_id),
                    type="follow-up",
                    connects=True,
                    content=f"{confidence} {at}",
                    confidence=confidence,
                    created_at=at,
                )
            )

    conversation.backend.run(conversation.backend.engine.write(work))
    found = conversation.guest.call(CONNECTIONS)
    assert [one["content"] for one in found] == ["0.9 2.0", "0.9 1.0", "0.7 9.0", "0.6 3.0"]
    assert found[0]["meetingTitle"] == "Planning"
    assert [one["content"] for one in conversation.guest.call(CONNECTIONS, limit=1)] == ["0.9 2.0"]


def connections(person: Caller) -> list[dict[str, Any]]:
    return [one for one in person.call(CONNECTIONS) if one["type"] == "connection"]


def test_a_person_that_hides_or_has_blocked_is_not_recommended(conversation: Conversation) -> None:
    conversation.conclude()
    assert connections(conversation.guest)
    assert connections(conversation.host)
    conversation.host.call("settings/mutations:updateSettings", profileVisibility=False)
    assert connections(conversation.guest) == []
    conversation.host.call("settings/mutations:updateSettings", profileVisibility=True)
    conversation.host.call("users/blocks:blockUser", userId=conversation.guest.user_id)
    assert connections(conversation.guest) == []
    assert connections(conversation.host) == []
