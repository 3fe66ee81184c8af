"""Who is refused by every function about meetings, before anything else is looked at."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.meetings import Meeting
from connvo.schema.moderation import MuteRequest
from connvo.store.schema import table_of
from tests.support.backend import Backend
from tests.support.scene import Scene

LIFECYCLE, QUERIES, STATE = "meetings/lifecycle", "meetings/queries", "meetings/stateTracking"
CHAT, MODERATION, STREAM = "meetings/chat", "meetings/moderation", "meetings/stream/index"
ATTENDANCE, ROSTER = "meetings/attendance", "meetings/roster"
DOOR, INVITATIONS, LINKS = "meetings/door", "meetings/invitations", "meetings/links"
BLOCKS, REPORTS = "users/blocks", "users/reports"
NOTES, OFFLINE, NOTE_QUERIES = "notes/mutations", "notes/offline", "notes/queries"
SYNC, CURSORS, HISTORY = "notes/sync", "notes/presence", "notes/history"
LIVE, BATCHED = "realtime/subscriptions", "realtime/batchedOperations"
NOTE_AREA = (NOTES, OFFLINE, NOTE_QUERIES, SYNC, CURSORS, HISTORY)
TYPED = {"type": "insert", "position": 0, "content": "x"}
OF_A_CLIENT = {"clientId": "client"}
CHECKPOINT = {"sequence": 0, "version": 0, "contentHash": "any", "timestamp": 0}
AREA = (
    ATTENDANCE,
    ROSTER,
    LIFECYCLE,
    QUERIES,
    STATE,
    CHAT,
    MODERATION,
    STREAM,
    DOOR,
    INVITATIONS,
    LINKS,
    BLOCKS,
    REPORTS,
)
SOME_REQUEST = encode_id(table_of(MuteRequest).number, bytes(16))
ABOUT_A_MEETING: dict[str, dict[str, Any]] = {
    f"{LIFECYCLE}:addParticipant": {"userId": "OUTSIDER", "role": "participant"},
    f"{LIFECYCLE}:addMultipleParticipants": {"participants": []},
    f"{LIFECYCLE}:removeParticipant": {"userId": "GUEST"},
    f"{LIFECYCLE}:updateParticipantRole": {"userId": "GUEST", "newRole": "host"},
    f"{LIFECYCLE}:startMeeting": {},
    f"{LIFECYCLE}:endMeeting": {},
    f"{LIFECYCLE}:cancelMeeting": {},
    f"{LIFECYCLE}:reopenMeeting": {},
    f"{LIFECYCLE}:extendMeeting": {},
    f"{LIFECYCLE}:getMeetingConnectionInfo": {},
    f"{LIFECYCLE}:joinMeeting": {},
    f"{LIFECYCLE}:leaveMeeting": {},
    f"{ATTENDANCE}:listAttendees": {},
    f"{ROSTER}:changesSince": {},
    f"{ROSTER}:listPrivateCards": {},
    f"{QUERIES}:getMeeting": {},
    f"{QUERIES}:getMeetingEnd": {},
    f"{QUERIES}:getOwnMeeting": {},
    f"{QUERIES}:listMeetingParticipants": {},
    f"{STATE}:updateSpeakingStats": {"userId": "SELF", "speakingDurationMs": 1},
    f"{STATE}:updateCurrentTopics": {"topics": []},
    f"{STATE}:recordActivity": {"activityType": "message"},
    f"{CHAT}:sendMessage": {"text": "Hello"},
    f"{CHAT}:changesSince": {},
    f"{CHAT}:listMessages": {"paginationOpts": {"numItems": 5, "cursor": None}},
    f"{MODERATION}:requestMute": {"userId": "GUEST"},
    f"{MODERATION}:getMuteRequest": {},
    f"{MODERATION}:acknowledgeMute": {"requestId": SOME_REQUEST},
    f"{DOOR}:getDoor": {},
    f"{DOOR}:setDoor": {"door": "ask"},
    f"{DOOR}:listWaiting": {},
    f"{DOOR}:admit": {"userId": "OUTSIDER"},
    f"{DOOR}:turnAway": {"userId": "OUTSIDER"},
    f"{DOOR}:listKeptOut": {},
    f"{DOOR}:letInAgain": {"userId": "OUTSIDER"},
    f"{INVITATIONS}:acceptInvitation": {},
    f"{INVITATIONS}:declineInvitation": {},
    f"{INVITATIONS}:inviteAddress": {"email": "somebody@example.org"},
    f"{INVITATIONS}:listInvitedAddresses": {},
    f"{LINKS}:createLink": {},
    f"{LINKS}:revokeLink": {},
    f"{LINKS}:getLink": {},
    f"{NOTES}:applyNoteOperation": {"operation": TYPED, "clientSequence": 0},
    f"{NOTES}:batchApplyNoteOperations": {"operations": [{"operation": TYPED, "clientSequence": 0}]},
    f"{NOTES}:rollbackToSequence": {"targetSequence": 0},
    f"{NOTE_QUERIES}:getMeetingNotes": {},
    f"{OFFLINE}:queueOfflineOperations": {"operations": [], **OF_A_CLIENT},
    f"{OFFLINE}:syncOfflineOperations": OF_A_CLIENT,
    f"{OFFLINE}:getOfflineQueueStatus": OF_A_CLIENT,
    f"{OFFLINE}:retryFailedOperations": OF_A_CLIENT,
    f"{OFFLINE}:clearSyncedOperations": OF_A_CLIENT,
    f"{OFFLINE}:createOfflineCheckpoint": {"checkpointData": CHECKPOINT, **OF_A_CLIENT},
    f"{OFFLINE}:restoreFromCheckpoint": {"checkpointId": "any", **OF_A_CLIENT},
    f"{SYNC}:snapshot": {},
    f"{SYNC}:operationsSince": {"sequence": 0},
    f"{SYNC}:apply": {"number": 1, "sequence": 0, "changes": [], **OF_A_CLIENT},
    f"{SYNC}:access": {},
    f"{SYNC}:setLocked": {"locked": True},
    f"{CURSORS}:setCursor": {"sequence": 0, "anchor": 0, "head": 0, **OF_A_CLIENT},
    f"{CURSORS}:leave": OF_A_CLIENT,
    f"{CURSORS}:listCursors": {},
    f"{HISTORY}:listRevisions": {"paginationOpts": {"numItems": 5, "cursor": None}},
    f"{HISTORY}:getRevision": {"sequence": 0},
    f"{LIVE}:subscribeMeetingNotes": {},
    f"{BATCHED}:batchApplyNoteOperation": {"operation": TYPED, "clientSequence": 0, "expectedVersion": 0},
    f"{REPORTS}:report": {"text": "Spam"},
    f"{STREAM}:generateParticipantTokenPublic": {},
    f"{STREAM}:startRecording": {},
    f"{STREAM}:stopRecording": {},
    f"{STREAM}:getRecordings": {},
}
ABOUT_ONESELF: dict[str, dict[str, Any]] = {
    f"{LIFECYCLE}:createMeeting": {"title": "Planning"},
    f"{BLOCKS}:blockUser": {"userId": "GUEST"},
    f"{BLOCKS}:unblockUser": {"userId": "GUEST"},
    f"{BLOCKS}:listBlockedUsers": {},
    f"{DOOR}:getAdmission": {"meetingId": "MEETING"},
    f"{DOOR}:stopWaiting": {"meetingId": "MEETING"},
    f"{INVITATIONS}:listInvitations": {},
    f"{QUERIES}:listUserMeetings": {},
    f"{QUERIES}:listUpcomingMeetings": {},
    f"{QUERIES}:listPastMeetings": {"paginationOpts": {"numItems": 5, "cursor": None}},
}
FOR_HOSTS = [
    f"{LIFECYCLE}:{name}"
    for name in (
        "addParticipant",
        "addMultipleParticipants",
        "removeParticipant",
        "updateParticipantRole",
        "startMeeting",
        "endMeeting",
        "cancelMeeting",
        "extendMeeting",
    )
] + [
    f"{STATE}:updateCurrentTopics",
    f"{MODERATION}:requestMute",
    f"{DOOR}:setDoor",
    f"{DOOR}:listWaiting",
    f"{DOOR}:admit",
    f"{DOOR}:turnAway",
    f"{DOOR}:listKeptOut",
    f"{DOOR}:letInAgain",
    f"{INVITATIONS}:inviteAddress",
    f"{INVITATIONS}:listInvitedAddresses",
    f"{LINKS}:createLink",
    f"{LINKS}:revokeLink",
    f"{NOTES}:rollbackToSequence",
    f"{SYNC}:setLocked",
    f"{STREAM}:startRecording",
    f"{STREAM}:stopRecording",
]
NOT_FOR_OBSERVERS = [
    *FOR_HOSTS,
    f"{LIFECYCLE}:reopenMeeting",
    f"{STATE}:updateSpeakingStats",
    f"{STATE}:recordActivity",
    f"{CHAT}:sendMessage",
    f"{NOTES}:applyNoteOperation",
    f"{NOTES}:batchApplyNoteOperations",
    f"{OFFLINE}:queueOfflineOperations",
    f"{OFFLINE}:syncOfflineOperations",
    f"{OFFLINE}:retryFailedOperations",
    f"{SYNC}:apply",
    f"{BATCHED}:batchApplyNoteOperation",
    f"{STREAM}:generateParticipantTokenPublic",
]
ALL = [*ABOUT_A_MEETING, *ABOUT_ONESELF]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One scene for all tests in which somebody is refused and no more: that changes nothing, as `fails` makes sure."""
    backend = Backend(tmp_path_factory.mktemp("guards"))
    yield Scene(backend)
    backend.close()


def arguments(scene: Scene, path: str, caller_id: str) -> dict[str, Any]:
    people = {
        "OUTSIDER": scene.outsider.user_id,
        "GUEST": scene.guest.user_id,
        "SELF": caller_id,
        "MEETING": scene.meeting_id,
    }
    rest = ABOUT_ONESELF[path] if path in ABOUT_ONESELF else ABOUT_A_MEETING[path]
    named = {name: people.get(value, value) if isinstance(value, str) else value for name, value in rest.items()}
    return named if path in ABOUT_ONESELF else {"meetingId": scene.meeting_id, **named}


@pytest.mark.parametrize("path", ALL)
def test_nobody_gets_in_without_a_token(shared: Scene, path: str) -> None:
    args = arguments(shared, path, shared.guest.user_id)
    shared.backend.anonymous.fails(path, code="UNAUTHORIZED", **args)


@pytest.mark.parametrize("path", ALL)
def test_a_person_without_an_account_is_refused(shared: Scene, path: str) -> None:
    stranger = shared.backend.sign_in("sam", provision=False)
    stranger.fails(path, code="UNAUTHORIZED", **arguments(shared, path, shared.guest.user_id))


@pytest.mark.parametrize("path", ALL)
def test_a_deactivated_account_is_refused(scene: Scene, path: str) -> None:
    scene.guest.call("users/mutations:deactivateUser", userId=scene.guest.user_id)
    scene.guest.fails(path, code="FORBIDDEN", **arguments(scene, path, scene.guest.user_id))


def test_a_sign_in_that_was_ended_is_refused_by_each(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    for person in (scene.host, scene.guest):
        person.call("users/sessions:endSession")
        for path in ALL:
            error = person.fails(path, code="UNAUTHORIZED", **arguments(scene, path, person.user_id))
            assert error.metadata == {"reason": "session_ended"}


MEETING_MAY_BE_LEFT_OUT = {"users/reports:report"}


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_an_outsider_is_refused(shared: Scene, path: str) -> None:
    args = arguments(shared, path, shared.outsider.user_id)
    error = shared.outsider.fails(path, code="FORBIDDEN", **args)
    assert error.metadata["meetingId"] == shared.meeting_id


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_a_removed_member_is_an_outsider(scene: Scene, path: str) -> None:
    scene.of(scene.host, "removeParticipant", userId=scene.watcher.user_id)
    args = arguments(scene, path, scene.watcher.user_id)
    scene.watcher.fails(path, code="FORBIDDEN", **args)


@pytest.mark.parametrize("path", ABOUT_A_MEETING)
def test_a_meeting_that_does_not_exist_looks_like_a_foreign_one(shared: Scene, path: str) -> None:
    nowhere = encode_id(table_of(Meeting).number, bytes(16))
    args = {**arguments(shared, path, shared.host.user_id), "meetingId": nowhere}
    shared.host.fails(path, code="FORBIDDEN", **args)


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        (path, bad)
        for path in ABOUT_A_MEETING
        for bad in ("", "nonsense", "USER", 7, None)
        if not (bad is None and path in MEETING_MAY_BE_LEFT_OUT)
    ],
)
def test_an_invalid_meeting_id_is_refused_by_name(shared: Scene, path: str, bad: Any) -> None:
    given = shared.host.user_id if bad == "USER" else bad
    args = {**arguments(shared, path, shared.host.user_id), "meetingId": given}
    error = shared.host.fails(path, code="VALIDATION_ERROR", **args)
    assert error.metadata["field"] == "meetingId"


@pytest.mark.parametrize("path", FOR_HOSTS)
def test_a_participant_may_not_call_functions_for_hosts(shared: Scene, path: str) -> None:
    args = arguments(shared, path, shared.guest.user_id)
    error = shared.guest.fails(path, code="INSUFFICIENT_PERMISSIONS", **args)
    assert error.metadata == {"requiredRole": "host", "currentRole": "participant"}


@pytest.mark.parametrize("path", NOT_FOR_OBSERVERS)
def test_an_observer_only_watches(scene: Scene, path: str) -> None:
    scene.start()
    args = arguments(scene, path, scene.watcher.user_id)
    error = scene.watcher.fails(path, code="INSUFFICIENT_PERMISSIONS", **args)
    assert error.metadata["currentRole"] == "observer"


@pytest.mark.parametrize("path", ALL)
def test_an_unknown_argument_is_refused_by_name(shared: Scene, path: str) -> None:
    args = {**arguments(shared, path, shared.host.user_id), "surprise": 1}
    error = shared.host.fails(path, code="VALIDATION_ERROR", **args)
    assert error.metadata["field"] == "surprise"


def test_the_table_of_guards_names_every_function_of_the_area(backend: Backend) -> None:
    served = {
        entry.path
        for entry in backend.runtime.registry.functions()
        if not entry.internal and entry.path.split(":")[0] in (*AREA, *NOTE_AREA)
    } | {f"{LIVE}:subscribeMeetingNotes", f"{BATCHED}:batchApplyNoteOperation"}
    assert served == {*ALL, f"{LINKS}:acceptLink"}  # which test_links.py tries: its argument is called `code`
    assert len(served) == 81
