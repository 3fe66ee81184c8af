"""Reading in the past ends with the right to read: the data are those of then, the right is that of now."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.kernel.errors import RequestError
from connvo.maintenance.erasure import erase
from connvo.runtime.call_request import CallRequest
from connvo.runtime.function import unchanged
from connvo.runtime.outcome import Outcome
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.recordings import MeetingRecording, RecordingFile
from connvo.store.transaction import Transaction
from tests.support.backend import REGISTRY, Backend, Caller
from tests.support.people import claiming
from tests.support.store import ENGINES

TITLE = "Plans of now"
FIRST_PAGE = {"numItems": 10, "cursor": None}


class Past:
    """A meeting of a host and a member, who has kept a timestamp at which it could be read."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.host, self.member = backend.sign_in("host"), backend.sign_in("member")
        self.admin = backend.sign_in("admin", org_id="org", org_role="admin")
        create = "meetings/lifecycle:createMeeting"
        self.meeting: str = self.host.call(create, title=TITLE)["meetingId"]
        self.host.call(
            "meetings/lifecycle:addParticipant", meetingId=self.meeting, userId=self.member.user_id, role="participant"
        )
        self.at: int = backend.run(backend.runtime.latest_ts(self.member.identity))

    def read(self, caller: Caller, path: str, **args: Any) -> Outcome:
        runtime = self.backend.runtime
        outcome: Outcome = self.backend.run(
            runtime.run(CallRequest(path, args, caller.identity, "query", "test", self.at))
        )
        return outcome

    def answers(self) -> list[Outcome]:
        """Return what the member is told of the meeting as it was."""
        return [
            self.read(self.member, "meetings/queries:getMeeting", meetingId=self.meeting),
            self.read(self.member, "meetings/queries:listMeetingParticipants", meetingId=self.meeting),
            self.read(self.member, "meetings/chat:listMessages", meetingId=self.meeting, paginationOpts=FIRST_PAGE),
        ]

    def remove(self) -> None:
        self.host.call("meetings/lifecycle:removeParticipant", meetingId=self.meeting, userId=self.member.user_id)

    def deactivate(self) -> None:
        self.member.call("users/mutations:deactivateUser", userId=self.member.user_id)

    def erase(self) -> None:
        self.backend.run(erase(self.backend.runtime, self.member.user_id))


@pytest.fixture(params=ENGINES)
def past(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Past:
    return Past(make_backend(ENGINES[request.param]))


def test_a_member_reads_the_state_of_that_time(past: Past) -> None:
    past.host.call("meetings/lifecycle:startMeeting", meetingId=past.meeting)
    past.host.call("meetings/lifecycle:joinMeeting", meetingId=past.meeting)
    past.host.call("meetings/chat:sendMessage", meetingId=past.meeting, text="later")
    meeting, participants, messages = past.answers()
    assert meeting.value["title"] == TITLE
    assert len(participants.value) == 2
    assert messages.value["page"] == []
    assert {one.ts for one in (meeting, participants, messages)} == {past.at}


@pytest.mark.parametrize("end", ["remove", "deactivate", "erase"])
def test_a_user_that_may_not_read_any_more_reads_nothing_of_the_past(past: Past, end: str) -> None:
    assert [one.error for one in past.answers()] == [None] * 3
    getattr(past, end)()
    for outcome in past.answers():
        refused = outcome.error is not None and outcome.error.code in ("UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND")
        assert refused or outcome.value is None, outcome


def test_an_erased_user_is_not_read_of_in_the_past(past: Past) -> None:
    asked = {"userId": past.member.user_id}
    assert past.read(past.host, "users/queries:getUserProfile", **asked).value["displayName"] == "Member"
    past.erase()
    with pytest.raises(RequestError) as caught:
        past.read(past.host, "users/queries:getUserProfile", **asked)
    assert caught.value.code == "SnapshotGone"


LISTS: dict[str, dict[str, Any]] = {
    "meetings/queries:listUserMeetings": {},
    "meetings/queries:listUpcomingMeetings": {},
    "meetings/invitations:listInvitations": {},
}
ROLE = "meetings/lifecycle:updateParticipantRole"
# Queries of which all hangs on one right: they refuse, or answer null, once it is gone.
WHOLE = {
    "audit/logging:getAuditHead",
    "embeddings/queries:getEmbedding",
    "embeddings/queries:getEmbeddingAnalytics",
    "embeddings/queries:getEmbeddingsByModel",
    "embeddings/queries:getVectorIndexMeta",
    "insights/availability:getAvailability",
    "insights/queries:getInsightById",
    "insights/queries:getMeetingInsights",
    "insights/report:getMyRatings",
    "insights/report:getReport",
    "interests/queries:listCatalog",
    "matching/analytics:getGlobalMatchingAnalytics",
    "matching/analytics:getMatchHistory",
    "matching/analytics:getMatchingStats",
    "matching/availability:getAvailability",
    "matching/matches:getEntry",
    "matching/matches:getMatchToRate",
    "matching/queue:getQueueStatus",
    "matching/weights:listWeights",
    "meetings/attendance:listAttendees",
    "meetings/chat:changesSince",
    "meetings/chat:listMessages",
    "meetings/door:getAdmission",
    "meetings/door:getDoor",
    "meetings/door:listKeptOut",
    "meetings/door:listWaiting",
    "meetings/invitations:listInvitedAddresses",
    "meetings/links:getLink",
    "meetings/moderation:getMuteRequest",
    "meetings/queries:getMeeting",
    "meetings/queries:getMeetingEnd",
    "meetings/queries:getOwnMeeting",
    "meetings/webrtc/recovery:getRecoveries",
    "meetings/webrtc/recovery:getRoomState",
    "meetings/webrtc/recovery:getTimeline",
    "meetings/webrtc/signaling:getActiveSessions",
    "meetings/webrtc/signaling:getPendingSignals",
    "monitoring/bandwidthManager:checkBandwidthLimit",
    "monitoring/bandwidthManager:getBandwidthStats",
    "monitoring/bandwidthManager:getCircuitBreakerStatus",
    "monitoring/bandwidthManager:shouldShedLoad",
    "monitoring/customMetrics:getCustomMetric",
    "monitoring/performanceQueries:getFunctionPerformanceBreakdown",
    "monitoring/performanceQueries:getPerformanceMetrics",
    "monitoring/performanceQueries:getPerformanceTrends",
    "monitoring/performanceQueries:getSLOStatus",
    "operators/access:getAccess",
    "operators/audit:exportPage",
    "operators/audit:getCheck",
    "operators/audit:listActions",
    "operators/health:getOverview",
    "operators/jobs:listJobs",
    "operators/meetings:getTimeline",
    "operators/meetings:listFailures",
    "operators/meetings:listRunning",
    "operators/users:findUsers",
    "realtime/subscriptionManager:validateAndUpdateSubscription",
    "realtime/subscriptions:validateSubscription",
    "realtime/subscriptions:subscribeTranscriptStream",
    "transcripts/captions:getLive",
    "transcripts/queries:getTranscriptSegments",
    "transcripts/queries:getExtent",
    "transcripts/queries:getSequenceAt",
    "transcripts/queries:listChunks",
    "transcripts/queries:listChunksAfter",
    "transcripts/queries:listSpeakers",
    "transcripts/search:find",
    "transcripts/session:getState",
    "notes/history:getRevision",
    "notes/history:listRevisions",
    "notes/presence:listCursors",
    "notes/queries:getMeetingNotes",
    "notes/sync:access",
    "notes/sync:operationsSince",
    "notes/sync:snapshot",
    "profiles/queries:getCurrentUserProfile",
    "profiles/queries:getProfileByUserIdPublic",
    "realtime/subscriptions:subscribeMeetingNotes",
    "settings/queries:getCurrentUserSettings",
    "users/queries:getCurrentUser",
    "users/queries:getOnboardingState",
    "users/queries:getUserById",
    "users/sessions:listMine",
}


def test_every_query_says_how_its_rights_are_looked_at_again() -> None:
    queries = [one for one in REGISTRY.functions() if one.kind == "query" and not one.internal and one.alias_of is None]
    assert {one.path for one in queries if one.function.recheck is unchanged} == WHOLE


def test_a_list_of_the_past_leaves_out_the_meetings_of_which_one_was_removed(past: Past) -> None:
    own = past.member.call("meetings/lifecycle:createMeeting", title="One's own")["meetingId"]
    past.at = past.backend.run(past.backend.runtime.latest_ts(past.member.identity))
    before = [past.read(past.member, path, **args).value for path, args in LISTS.items()]
    assert [[one.get("_id", one.get("meetingId")) for one in found] for found in before] == [
        [own, past.meeting],
        [own],
        [past.meeting],
    ]
    past.remove()
    after = [past.read(past.member, path, **args) for path, args in LISTS.items()]
    assert [[one.get("_id") for one in found.value] for found in after] == [[own], [own], []]
    assert {found.ts for found in after} == {past.at}
    assert TITLE not in str([found.value for found in after])


@pytest.mark.parametrize("state", ["concluded", "cancelled"])
def test_a_page_of_ended_meetings_is_read_in_the_past_too(past: Past, state: str) -> None:
    past.member.call("meetings/invitations:acceptInvitation", meetingId=past.meeting)
    steps = ["startMeeting", "endMeeting"] if state == "concluded" else ["cancelMeeting"]
    for step in steps:
        past.host.call(f"meetings/lifecycle:{step}", meetingId=past.meeting)
    past.at = past.backend.run(past.backend.runtime.latest_ts(past.member.identity))
    asked = {"paginationOpts": FIRST_PAGE, "state": state}
    assert len(past.read(past.member, "meetings/queries:listPastMeetings", **asked).value["page"]) == 1

    def forget(db: Transaction) -> None:
        member = db.first(Participant, "by_meeting_user", past.meeting, past.member.user_id)
        assert member is not None
        db.delete(member)

    past.backend.run(past.backend.engine.write(forget))
    assert past.read(past.member, "meetings/queries:listPastMeetings", **asked).value["page"] == []


def test_a_member_hiding_from_the_caller_is_bare_in_the_past(past: Past) -> None:
    past.member.call("users/mutations:updateUserProfile", userId=past.member.user_id, displayName="Shy")
    past.at = past.backend.run(past.backend.runtime.latest_ts(past.host.identity))
    path, asked = "meetings/queries:listMeetingParticipants", {"meetingId": past.meeting}
    assert "Shy" in str(past.read(past.host, path, **asked).value)
    past.member.call("settings/mutations:updateSettings", profileVisibility=False)
    told = past.read(past.host, path, **asked).value
    assert "Shy" not in str(told)
    assert [one["userId"] for one in told] == [past.host.user_id, past.member.user_id]
    past.remove()
    assert "Shy" not in str(past.read(past.host, path, **asked).value)


def test_a_hiding_blocked_member_has_no_name_in_the_past(past: Past) -> None:
    past.host.call("users/blocks:blockUser", userId=past.member.user_id)
    past.at = past.backend.run(past.backend.runtime.latest_ts(past.host.identity))
    assert past.read(past.host, "users/blocks:listBlockedUsers").value[0]["displayName"] == "Member"
    past.member.call("settings/mutations:updateSettings", profileVisibility=False)
    assert "Member" not in str(past.read(past.host, "users/blocks:listBlockedUsers").value)


def test_departed_or_deactivated_colleagues_are_not_listed_as_of_then(past: Past) -> None:
    backend = past.backend
    gone, shy, _ = (backend.sign_in(name, org_id="org") for name in ("gone", "shy", "stays"))
    past.at = backend.run(backend.runtime.latest_ts(past.admin.identity))
    path, asked = "users/queries:listActiveUsersInOrg", {"paginationOpts": FIRST_PAGE}
    names = [one.get("displayName") for one in past.read(past.admin, path, **asked).value["page"]]
    assert names == ["Stays", "Shy", "Gone"]
    card = {"userId": gone.user_id}
    assert past.read(past.admin, "users/queries:getUserProfile", **card).value["orgId"] == "org"
    moved = claiming(gone, org_id="elsewhere", org_role="member")
    moved.call("users/mutations:upsertUser", workosUserId="gone", email="gone@example.org")
    past.admin.call("users/mutations:deactivateUser", userId=shy.user_id)
    names = [one.get("displayName") for one in past.read(past.admin, path, **asked).value["page"]]
    assert names == ["Stays"]
    assert "orgId" not in past.read(past.admin, "users/queries:getUserProfile", **card).value


def test_files_of_recordings_are_for_current_hosts(past: Past) -> None:
    past.host.call(ROLE, meetingId=past.meeting, userId=past.member.user_id, newRole="host")
    recording = MeetingRecording(
        meeting_id=MeetingId(past.meeting),
        provider="getstream",
        room_id="room",
        state="ready",
        live=False,
        over=True,
        since=0.0,
        due_at=0.0,
        requested_at=0.0,
        files=(RecordingFile(name="file", started_at=0.0, url="https://files.test/secret"),),
    )
    past.backend.run(past.backend.engine.write(lambda db: db.insert(recording)))
    past.at = past.backend.run(past.backend.runtime.latest_ts(past.member.identity))
    path, asked = "meetings/stream/index:getRecordings", {"meetingId": past.meeting}
    assert "secret" in str(past.read(past.member, path, **asked).value)
    past.host.call(ROLE, meetingId=past.meeting, userId=past.member.user_id, newRole="participant")
    told = past.read(past.member, path, **asked).value
    assert (len(told), "secret" in str(told)) == (1, False)


def test_a_stranger_pins_nothing(past: Past) -> None:
    past.host.call("users/mutations:updateLastSeen")
    past.host.call("meetings/lifecycle:createMeeting", title="More")
    ts = past.backend.run(past.backend.runtime.latest_ts(None))
    assert not past.backend.engine.pinned(ts)


def test_the_first_query_with_a_token_keeps_answers_given_to_a_stranger(past: Past) -> None:
    """The official client asks for its timestamp without the token that it sends with the queries."""
    past.host.call("meetings/lifecycle:createMeeting", title="More")
    past.at = past.backend.run(past.backend.runtime.latest_ts(None))
    before = past.read(past.host, "meetings/queries:listUserMeetings").value
    past.host.call("meetings/lifecycle:createMeeting", title="Even more")
    assert past.read(past.host, "meetings/queries:listUserMeetings").value == before
