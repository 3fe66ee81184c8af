"""How long a meeting lives: it waits for its people, opens again for those who left, and can be extended."""

from typing import Any

import pytest

from connvo.functions.meetings.queries import get_meeting
from connvo.model.membership.timeouts import register_sockets, reset_heartbeats
from connvo.runtime.context import QueryCtx
from connvo.schema.invitations import Invitation
from connvo.schema.links import MeetingLink
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.recordings import MeetingRecording
from connvo.schema.rooms import RoomPlacement, VideoRoom
from connvo.settings import MeetingSettings, RecordingSettings
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.backend import Backend, Caller, CallFailed
from tests.support.people import audit_rows
from tests.support.scene import LIFECYCLE, Scene

SWEEP, MS = 31, 1_000.0
# Shorter than a member in a meeting may be silent.
STEP = 60
GRACE, REOPEN, LONGEST, WARNING, EXTENSION, MOST = 120, 7_200, 1_200, 300, 600, 1_800
LINKS = "meetings/links"
NODE = "node"


@pytest.fixture
def short(make_backend: Any) -> Scene:
    """A scene whose meetings end after two empty minutes, or twenty, and can be opened again for two hours."""
    backend: Backend = make_backend(
        meetings=MeetingSettings(
            empty_grace_seconds=GRACE,
            reopen_seconds=REOPEN,
            max_length_seconds=LONGEST,
            end_warning_seconds=WARNING,
            extension_seconds=EXTENSION,
            max_extended_length_seconds=MOST,
        )
    )
    return Scene(backend)


def look(scene: Scene, person: Caller, here: bool = True) -> None:
    """Have a socket of a person watch the meeting, or no more."""
    pair = [(scene.meeting_id, person.user_id)]
    came, went = (pair, []) if here else ([], pair)
    scene.backend.run(scene.backend.runtime.call(register_sockets, node=NODE, came=came, went=went))


def leave_all(scene: Scene) -> None:
    """Have the meeting start, and end because everybody has left."""
    if scene.meeting().state == "scheduled":
        scene.start()
    scene.join(scene.host, scene.guest)
    scene.of(scene.guest, "leaveMeeting")
    scene.of(scene.host, "leaveMeeting")
    scene.backend.advance(GRACE + SWEEP)
    assert scene.meeting().state == "concluded"


def ending(scene: Scene, person: Caller) -> dict[str, Any]:
    found: dict[str, Any] = person.call("meetings/queries:getMeetingEnd", meetingId=scene.meeting_id)
    return found


def code_of(scene: Scene) -> str:
    code: str = scene.host.call(f"{LINKS}:createLink", meetingId=scene.meeting_id)["code"]
    return code


def accept(person: Caller, code: str) -> str:
    """Return what came of opening a link."""
    try:
        person.call(f"{LINKS}:acceptLink", code=code)
    except CallFailed as failed:
        return failed.code
    return "let in"


# Waiting for people


def test_a_meeting_whose_host_waits_in_the_lobby_goes_on(short: Scene) -> None:
    short.start()
    look(short, short.host)
    short.backend.advance(GRACE * 5)
    assert short.meeting().state == "active"


def test_a_meeting_that_was_left_goes_on_while_an_invited_user_waits_in_its_lobby(short: Scene) -> None:
    short.start()
    short.join(short.host)
    look(short, short.guest)
    short.of(short.host, "leaveMeeting")
    for _ in range(5):
        short.backend.advance(GRACE + SWEEP)
        assert short.meeting().state == "active"
    look(short, short.guest, here=False)
    short.backend.advance(GRACE + 2 * SWEEP)
    assert short.meeting().state == "concluded"


def test_a_member_that_left_and_still_looks_does_not_keep_it_open(short: Scene) -> None:
    short.start()
    short.join(short.host)
    look(short, short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(GRACE + SWEEP)
    assert short.meeting().state == "concluded"


def test_a_member_that_was_removed_and_still_looks_does_not_keep_it_open(short: Scene) -> None:
    short.start()
    short.join(short.host)
    look(short, short.guest)
    short.of(short.host, "removeParticipant", userId=short.guest.user_id)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(GRACE + SWEEP)
    assert short.meeting().state == "concluded"


def test_a_user_that_polls_the_lobby_without_a_socket_waits_too(short: Scene) -> None:
    short.start()
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    for _ in range(10):
        short.backend.advance(GRACE - SWEEP)
        short.guest.call("meetings/queries:getMeeting", meetingId=short.meeting_id)
    assert short.meeting().state == "active"
    short.backend.advance(GRACE + SWEEP)
    assert short.meeting().state == "concluded"


@pytest.mark.parametrize("state", ["scheduled", "active"])
def test_a_lobby_that_shows_an_active_meeting_is_a_heartbeat(short: Scene, state: str) -> None:
    if state == "active":
        short.start()

    def look(db: Snapshot) -> set[tuple[str, str]]:
        ctx = QueryCtx(db, short.guest.identity, short.backend.now_ms, short.backend.settings)
        get_meeting(ctx, MeetingId(short.meeting_id))
        return ctx.dependencies.heartbeats

    expected = {(short.meeting_id, short.guest.user_id)} if state == "active" else set()
    assert short.backend.read(look) == expected


def test_after_an_outage_people_have_the_whole_grace_to_come_back(short: Scene) -> None:
    short.start()
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.now_ns += (GRACE + SWEEP) * 10**9
    short.backend.run(short.backend.runtime.call(reset_heartbeats))
    short.backend.advance(GRACE - SWEEP)
    assert short.meeting().state == "active"
    short.backend.advance(2 * SWEEP)
    assert short.meeting().state == "concluded"


def test_removing_an_invited_person_is_nobodys_departure(short: Scene) -> None:
    short.start()
    short.of(short.host, "removeParticipant", userId=short.guest.user_id)
    assert short.meeting().empty_since is None


def test_nothing_is_recorded_of_an_empty_room_that_is_waited_for(short: Scene) -> None:
    short.start()
    short.join(short.host)
    look(short, short.guest)
    begin_recording(short)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(GRACE + SWEEP)
    [recording] = short.backend.read(lambda db: db.scan(MeetingRecording, "by_creation"))
    assert (recording.state, recording.reason) == ("stopping", "room_empty")
    assert short.meeting().state == "active"


# Opening again


def test_a_meeting_that_ended_empty_says_until_when_it_can_open_again(short: Scene) -> None:
    leave_all(short)
    meeting = short.meeting()
    assert meeting.ended_at is not None
    expected = {
        "state": "concluded",
        "startedAt": meeting.started_at,
        "canExtend": False,
        "endedAt": meeting.ended_at,
        "endReason": "empty",
        "reopenableUntil": meeting.ended_at + REOPEN * MS,
    }
    assert ending(short, short.host) == ending(short, short.guest) == expected
    del expected["reopenableUntil"]
    assert ending(short, short.watcher) == expected
    [listed] = short.guest.call("meetings/queries:listPastMeetings", paginationOpts={"numItems": 5, "cursor": None})[
        "page"
    ]
    assert listed["reopenableUntil"] == meeting.reopen_until


@pytest.mark.parametrize(
    ("who", "call"),
    [
        ("host", "startMeeting"),
        ("host", "reopenMeeting"),
        ("guest", "reopenMeeting"),
        ("host", "joinMeeting"),
        ("guest", "joinMeeting"),
    ],
)
def test_a_member_that_takes_part_opens_it_again(short: Scene, who: str, call: str) -> None:
    leave_all(short)
    before = short.meeting()
    short.of(getattr(short, who), call)
    meeting = short.meeting()
    assert (meeting.state, meeting.ended_at, meeting.end_reason, meeting.reopen_until) == ("active", None, None, None)
    assert {meeting.started_at} == short.backend.read(lambda db: {m.meeting_at for m in members(db, meeting)})
    assert (meeting.started_at or 0) > (before.ended_at or 0)
    assert {m.meeting_state for m in short.backend.read(lambda db: members(db, meeting))} == {"active"}
    assert [row.actor_user_id for row in audit_rows(short.backend, "meeting.reopen")] == [getattr(short, who).user_id]
    short.join(short.guest, short.host)
    assert short.membership(short.host).presence == "joined"


def members(db: Snapshot, meeting: Meeting) -> list[Participant]:
    return db.scan(Participant, "by_meeting", meeting.id)


def test_two_members_opening_it_again_at_once_are_both_right(short: Scene) -> None:
    leave_all(short)
    short.of(short.guest, "reopenMeeting")
    before = short.backend.commit_count()
    assert short.of(short.host, "reopenMeeting") is None
    assert short.backend.commit_count() == before
    short.join(short.host)


@pytest.mark.parametrize("call", ["reopenMeeting", "joinMeeting", "startMeeting"])
def test_an_observer_or_a_participant_opens_no_more_than_they_may(short: Scene, call: str) -> None:
    leave_all(short)
    code = "VALIDATION_ERROR" if call == "joinMeeting" else "INSUFFICIENT_PERMISSIONS"
    short.watcher.fails(f"{LIFECYCLE}:{call}", code=code, meetingId=short.meeting_id)
    if call == "startMeeting":
        short.guest.fails(f"{LIFECYCLE}:{call}", code=code, meetingId=short.meeting_id)


def test_its_link_and_its_invitations_last_as_long_as_it_can_open_again(short: Scene) -> None:
    short.meeting_id = short.create(short.host, participantEmails=["nina@example.org"])
    short.add(short.guest)
    code = code_of(short)
    leave_all(short)
    assert code_of(short) == code
    assert accept(short.outsider, code) == "let in"
    nina = short.backend.sign_in("nina")
    short.of(nina, "joinMeeting")
    assert short.meeting().state == "active"
    short.of(short.outsider, "joinMeeting")


def test_after_that_time_it_is_over_for_good(short: Scene) -> None:
    short.meeting_id = short.create(short.host, participantEmails=["nina@example.org"])
    short.add(short.guest)
    code = code_of(short)
    leave_all(short)
    until = short.meeting().reopen_until or 0
    short.backend.now_ns = int((until + 1) * 1e6)
    # Before the next sweep, too.
    assert accept(short.outsider, code) == "NOT_FOUND"
    for person, call in ((short.host, "startMeeting"), (short.guest, "reopenMeeting"), (short.guest, "joinMeeting")):
        person.fails(f"{LIFECYCLE}:{call}", code="VALIDATION_ERROR", meetingId=short.meeting_id)
    short.host.fails(f"{LINKS}:createLink", code="VALIDATION_ERROR", meetingId=short.meeting_id)
    short.backend.advance(SWEEP)
    assert short.meeting().reopen_until is None
    left = short.backend.read(lambda db: [db.scan(MeetingLink, "by_creation"), db.scan(Invitation, "by_creation")])
    assert left == [[], []]
    assert "reopenableUntil" not in ending(short, short.host)


def test_a_meeting_that_a_host_ended_stays_ended(short: Scene) -> None:
    short.start()
    short.join(short.host)
    short.end()
    assert ending(short, short.host)["endReason"] == "ended_by_host"
    for person, call in ((short.host, "startMeeting"), (short.host, "reopenMeeting"), (short.host, "joinMeeting")):
        person.fails(f"{LIFECYCLE}:{call}", code="VALIDATION_ERROR", meetingId=short.meeting_id)


def test_a_host_can_end_a_meeting_for_good_that_ended_empty(short: Scene) -> None:
    code = code_of(short)
    leave_all(short)
    lasted = (short.meeting().ended_at or 0) - (short.meeting().started_at or 0)
    short.guest.fails(f"{LIFECYCLE}:endMeeting", code="INSUFFICIENT_PERMISSIONS", meetingId=short.meeting_id)
    assert short.end() == {"success": True, "duration": lasted}
    assert accept(short.outsider, code) == "NOT_FOUND"
    assert ending(short, short.host)["endReason"] == "ended_by_host"
    short.host.fails(f"{LIFECYCLE}:startMeeting", code="VALIDATION_ERROR", meetingId=short.meeting_id)
    short.host.fails(f"{LIFECYCLE}:endMeeting", code="VALIDATION_ERROR", meetingId=short.meeting_id)


def test_a_revoked_link_stays_revoked(short: Scene) -> None:
    code = code_of(short)
    leave_all(short)
    short.host.call(f"{LINKS}:revokeLink", meetingId=short.meeting_id)
    assert accept(short.outsider, code) == "NOT_FOUND"


def test_no_member_removed_by_a_host_opens_it_again(short: Scene) -> None:
    code = code_of(short)
    short.start()
    short.of(short.host, "removeParticipant", userId=short.guest.user_id)
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(GRACE + SWEEP)
    assert accept(short.guest, code) == "NOT_FOUND"
    assert accept(short.guest, code_of(short)) == "FORBIDDEN"
    for call in ("reopenMeeting", "joinMeeting"):
        short.guest.fails(f"{LIFECYCLE}:{call}", code="FORBIDDEN", meetingId=short.meeting_id)


def test_it_opens_in_a_room_of_its_own_with_nothing_of_before(short: Scene) -> None:
    short.start()
    short.host.call("meetings/webrtc/index:initializeWebRTCRoom", meetingId=short.meeting_id)
    begin_recording(short)
    leave_all(short)
    before = short.meeting()
    short.of(short.guest, "reopenMeeting")
    meeting = short.meeting()
    assert meeting.generation == before.generation + 1
    assert meeting.room_id == f"webrtc_{meeting.id}_{meeting.generation}"
    [room] = short.backend.read(lambda db: db.scan(VideoRoom, "by_creation"))
    assert room.room_id == meeting.room_id
    assert short.backend.read(lambda db: db.scan(RoomPlacement, "by_creation")) == []
    [recording] = short.backend.read(lambda db: db.scan(MeetingRecording, "by_creation"))
    assert recording.state == "stopping"
    short.join(short.host, short.guest)
    info = short.of(short.guest, "getMeetingConnectionInfo")
    assert info["connectionInfo"]["roomId"] == meeting.room_id
    assert short.sessions() == []


def test_it_can_end_empty_and_open_again_more_than_once(short: Scene) -> None:
    for _ in range(3):
        leave_all(short)
        short.of(short.guest, "reopenMeeting")
        short.backend.advance(GRACE * 3)
        assert short.meeting().state == "active", "nobody has been in since it opened again"


def test_a_meeting_whose_host_has_gone_is_passed_to_the_member_that_opens_it(short: Scene) -> None:
    leave_all(short)
    short.host.call("users/mutations:deactivateUser", userId=short.host.user_id)
    short.of(short.guest, "joinMeeting")
    assert short.membership(short.guest).role == "host"
    assert short.meeting().organizer_id == short.guest.user_id
    short.of(short.guest, "endMeeting")


def test_it_is_passed_to_another_host_that_is_still_there(short: Scene) -> None:
    short.add(short.outsider, "host")
    leave_all(short)
    short.host.call("users/mutations:deactivateUser", userId=short.host.user_id)
    short.of(short.guest, "joinMeeting")
    assert short.membership(short.guest).role == "participant"
    assert short.meeting().organizer_id == short.outsider.user_id
    assert short.membership(short.outsider).role == "host"


def test_a_host_without_an_account_does_not_count_as_another_host(short: Scene) -> None:
    short.add(short.outsider, "host")
    leave_all(short)
    short.outsider.call("users/mutations:deactivateUser", userId=short.outsider.user_id)
    short.of(short.host, "reopenMeeting")
    args = {"meetingId": short.meeting_id, "userId": short.host.user_id}
    short.host.fails(f"{LIFECYCLE}:removeParticipant", code="VALIDATION_ERROR", **args)


def test_without_such_a_time_an_empty_meeting_is_over_at_once(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(empty_grace_seconds=GRACE, reopen_seconds=0)))
    code = code_of(scene)
    leave_all(scene)
    assert accept(scene.outsider, code) == "NOT_FOUND"
    scene.host.fails(f"{LIFECYCLE}:startMeeting", code="VALIDATION_ERROR", meetingId=scene.meeting_id)


def test_a_meeting_that_lasted_too_long_is_over_for_good(short: Scene) -> None:
    short.start()
    stay(short, LONGEST + SWEEP)
    assert ending(short, short.host)["endReason"] == "too_long"
    short.host.fails(f"{LIFECYCLE}:startMeeting", code="VALIDATION_ERROR", meetingId=short.meeting_id)


# Going on for longer


def stay(scene: Scene, seconds: int) -> None:
    """Let time pass with the host in the meeting."""
    while seconds > 0:
        if scene.meeting().state == "active":
            scene.join(scene.host)
        scene.backend.advance(min(seconds, STEP))
        seconds -= STEP


def test_everybody_sees_when_the_meeting_started_and_when_its_longest_duration_ends_it(short: Scene) -> None:
    assert ending(short, short.host) == {"state": "scheduled", "canExtend": False}
    short.start()
    started_at = short.meeting().started_at or 0
    ends_at = started_at + LONGEST * MS
    expected = {
        "state": "active",
        "startedAt": started_at,
        "endsAt": ends_at,
        "warnAt": ends_at - WARNING * MS,
        "canExtend": True,
    }
    for person in (short.host, short.guest, short.watcher):
        assert ending(short, person) == expected
    short.backend.advance(60)
    short.join(short.guest)
    assert ending(short, short.guest) == expected, "joining later changes neither"


def test_a_host_extends_a_meeting_which_then_goes_on(short: Scene) -> None:
    short.start()
    stay(short, LONGEST - 300)
    now = short.backend.now_ms
    ends_at = short.of(short.host, "extendMeeting")["endsAt"]
    assert ends_at == pytest.approx(now + EXTENSION * MS, abs=10)
    assert ending(short, short.guest)["endsAt"] == ends_at
    assert len(audit_rows(short.backend, "meeting.extend")) == 1
    stay(short, EXTENSION - 60)
    assert short.meeting().state == "active"
    stay(short, 60 + SWEEP)
    assert short.meeting().state == "concluded"


def test_a_wish_for_less_than_it_has_changes_nothing(short: Scene) -> None:
    short.start()
    before = short.backend.commit_count()
    assert short.of(short.host, "extendMeeting") == {"endsAt": ending(short, short.host)["endsAt"]}
    assert short.backend.commit_count() == before


def test_no_wish_goes_beyond_the_longest_of_all(short: Scene) -> None:
    short.start()
    stay(short, LONGEST - 60)
    short.of(short.host, "extendMeeting")
    stay(short, EXTENSION - 60)
    ends_at = short.of(short.host, "extendMeeting")["endsAt"]
    assert ends_at == (short.meeting().started_at or 0) + MOST * MS
    assert ending(short, short.host)["canExtend"] is False
    error = short.host.fails(f"{LIFECYCLE}:extendMeeting", code="VALIDATION_ERROR", meetingId=short.meeting_id)
    assert error.message == "A meeting can last 30 minutes at most"


def test_extended_meetings_do_not_hide_those_that_are_overdue(short: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.model.membership.jobs.SWEEP_BATCH", 1)
    first, second = short.create(short.guest), short.meeting_id
    for person, meeting_id in ((short.guest, first), (short.host, second)):
        short.backend.advance(1)
        person.call(f"{LIFECYCLE}:startMeeting", meetingId=meeting_id)
    short.backend.advance(LONGEST - 100)
    short.guest.call(f"{LIFECYCLE}:extendMeeting", meetingId=first)
    short.backend.advance(100 + SWEEP)
    assert short.meeting().state == "concluded"
    assert short.guest.call("meetings/queries:getMeeting", meetingId=first)["state"] == "active"


@pytest.mark.parametrize("state", ["scheduled", "concluded"])
def test_only_an_active_meeting_is_extended(short: Scene, state: str) -> None:
    if state == "concluded":
        leave_all(short)
    error = short.host.fails(f"{LIFECYCLE}:extendMeeting", code="VALIDATION_ERROR", meetingId=short.meeting_id)
    assert error.metadata["state"] == state


def begin_recording(scene: Scene) -> None:
    """Store a recording of the meeting's room that runs."""
    meeting = scene.meeting()

    def work(db: Transaction) -> None:
        db.insert(
            MeetingRecording(
                meeting_id=meeting.id, provider=meeting.provider, room_id=meeting.room_id or "", state="recording",
                live=True, over=False, since=db.now, due_at=db.now + RecordingSettings().start_seconds * 1e6,
                requested_at=db.now,
            )
        )  # fmt: skip

    scene.backend.run(scene.backend.engine.write(work))
