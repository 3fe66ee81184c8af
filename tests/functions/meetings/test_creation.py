"""Creating a meeting: whose it is, what it may look like, what the organiser gets, and who is invited."""

import math
from typing import Any

import msgspec
import pytest

from connvo.schema.invitations import Invitation
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.settings import MeetingSettings
from tests.support.backend import Backend, Caller

CREATE = "meetings/lifecycle:createMeeting"


def stored(backend: Backend, made: dict[str, Any]) -> Meeting:
    found = backend.read(lambda db: db.get(Meeting, MeetingId(made["meetingId"])))
    assert found is not None
    return found


def people(backend: Backend, made: dict[str, Any]) -> list[Participant]:
    return backend.read(lambda db: db.scan(Participant, "by_meeting", made["meetingId"]))


def invited(backend: Backend) -> list[str]:
    return backend.read(lambda db: [row.email for row in db.scan(Invitation, "by_creation")])


def unvouched(backend: Backend, name: str, email: str) -> Caller:
    """Return a person whose token says nothing about the address they typed."""
    caller = backend.sign_in(name, provision=False)
    assert caller.identity is not None
    caller.identity = msgspec.structs.replace(caller.identity, email=None)
    caller.user_id = caller.call("users/mutations:upsertUser", workosUserId=name, email=email)
    return caller


def test_the_caller_is_organiser_and_first_host(backend: Backend) -> None:
    alice = backend.sign_in("alice")
    made = alice.call(CREATE, title="  Planning ")
    meeting = stored(backend, made)
    assert (meeting.organizer_id, meeting.title, meeting.state) == (alice.user_id, "Planning", "scheduled")
    assert meeting.participant_count == 1
    [host] = people(backend, made)
    assert (host.user_id, host.role, host.presence) == (alice.user_id, "host", "invited")


def test_the_answer_describes_the_room_of_the_meeting(backend: Backend) -> None:
    made = backend.sign_in("alice").call(CREATE, title="Planning")
    del made["meetingId"]
    assert made == {
        "webrtcReady": True,
        "videoProvider": "webrtc",
        "features": {"recording": False, "transcription": True, "maxParticipants": 4},
    }


def test_nobody_creates_a_meeting_for_another_user(backend: Backend) -> None:
    alice, bob = backend.sign_in("alice"), backend.sign_in("bob")
    alice.fails(CREATE, code="FORBIDDEN", title="Planning", organizerId=bob.user_id)
    backend.anonymous.fails(CREATE, code="UNAUTHORIZED", title="Planning", organizerId=bob.user_id)
    assert alice.call(CREATE, title="Planning", organizerId=alice.user_id)["meetingId"]


@pytest.mark.parametrize(("asked", "cap"), [(1, 1), (2, 2), (4, 4), (8, 4), (1e300, 4)])
def test_the_answer_shows_the_cap_that_is_stored(backend: Backend, asked: float, cap: int) -> None:
    made = backend.sign_in("alice").call(CREATE, title="Planning", maxParticipants=asked)
    assert made["features"]["maxParticipants"] == stored(backend, made).cap == cap


def test_the_mesh_carries_as_many_as_the_settings_say(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(mesh_participants=6, default_participants=5))
    alice = backend.sign_in("alice")
    assert alice.call(CREATE, title="Planning")["features"]["maxParticipants"] == 5
    assert alice.call(CREATE, title="Planning", maxParticipants=50)["features"]["maxParticipants"] == 6


@pytest.mark.parametrize("kind", ["one-on-one", "small-group", "large-meeting", "webinar"])
def test_a_provider_that_is_not_configured_is_never_chosen(backend: Backend, kind: str) -> None:
    admin = backend.sign_in("alice", org_id="org", org_role="admin")
    made = admin.call(CREATE, title="Planning", meetingType=kind, maxParticipants=80, recordingEnabled=True)
    assert made["videoProvider"] == "webrtc"
    assert made["features"] == {"recording": False, "transcription": True, "maxParticipants": 4}


@pytest.mark.parametrize("wanted", [True, False])
def test_the_choice_about_transcription_is_kept(backend: Backend, wanted: bool) -> None:
    made = backend.sign_in("alice").call(CREATE, title="Planning", transcriptionEnabled=wanted)
    assert made["features"]["transcription"] is stored(backend, made).transcription_enabled is wanted


def test_the_plan_is_stored_as_given(backend: Backend) -> None:
    when = backend.now_ms + 86_400_000
    plan = {"title": "Planning", "description": "Why\nand how", "scheduledAt": when, "duration": 3_600_000}
    meeting = stored(backend, backend.sign_in("alice").call(CREATE, **plan))
    assert (meeting.description, meeting.scheduled_at, meeting.duration) == ("Why\nand how", when, 3_600_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "  "),
        ("title", "x" * 201),
        ("title", 7),
        ("title", None),
        ("description", "x" * 2001),
        ("duration", 3600),
        ("duration", math.nan),
        ("duration", "an hour"),
        ("scheduledAt", 1_000_000),
        ("scheduledAt", math.inf),
        ("maxParticipants", 0),
        ("maxParticipants", 2.5),
        ("maxParticipants", math.nan),
        ("meetingType", "party"),
        ("participantEmails", "ann@example.org"),
        ("organizerId", "nonsense"),
        ("recordingEnabled", "yes"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_by_field(backend: Backend, field: str, value: Any) -> None:
    alice = backend.sign_in("alice")
    error = alice.fails(CREATE, code="VALIDATION_ERROR", **{"title": "Planning", field: value})
    assert error.metadata["field"] == field


def test_a_title_is_needed(backend: Backend) -> None:
    assert backend.sign_in("alice").fails(CREATE, code="VALIDATION_ERROR").metadata["field"] == "title"


def test_null_stands_for_an_argument_left_out(backend: Backend) -> None:
    made = backend.sign_in("alice").call(
        CREATE, title="Planning", description=None, duration=None, maxParticipants=None
    )
    assert stored(backend, made).duration == 1_800_000


def test_guests_are_invited_whether_or_not_they_have_an_account(backend: Backend) -> None:
    alice = backend.sign_in("alice")
    backend.sign_in("bob")
    emails = [" Bob@Example.org", "new@example.org", "bob@example.org", "alice@example.org"]
    made = alice.call(CREATE, title="Planning", participantEmails=emails)
    members = {member.user_id: (member.role, member.presence) for member in people(backend, made)}
    assert members == {alice.user_id: ("host", "invited")}
    assert stored(backend, made).participant_count == 1
    assert invited(backend) == ["bob@example.org", "new@example.org"]


def test_an_invited_person_becomes_a_member_by_joining(backend: Backend) -> None:
    alice = backend.sign_in("alice")
    made = alice.call(CREATE, title="Planning", participantEmails=["New@Example.org"])
    guest = backend.sign_in("nina", email="new@example.org")
    [meeting] = guest.call("meetings/queries:listUserMeetings")
    assert (meeting["_id"], meeting["userRole"], meeting["userPresence"]) == (
        made["meetingId"],
        "participant",
        "invited",
    )
    about = {"meetingId": made["meetingId"]}
    assert guest.call("meetings/queries:getMeeting", **about)["userPresence"] == "invited"
    assert stored(backend, made).participant_count == 1
    alice.call("meetings/lifecycle:startMeeting", **about)
    guest.call("meetings/lifecycle:joinMeeting", **about)
    assert stored(backend, made).participant_count == 2
    assert invited(backend) == []


def test_an_address_that_nobody_verified_opens_no_meeting(backend: Backend) -> None:
    alice = backend.sign_in("alice")
    thief = unvouched(backend, "thief", "new@example.org")
    made = alice.call(CREATE, title="Planning", participantEmails=["new@example.org"])
    unvouched(backend, "other", "new@example.org")
    thief.call("users/mutations:upsertUser", workosUserId="thief", email="new@example.org")
    assert [member.user_id for member in people(backend, made)] == [alice.user_id]
    assert invited(backend) == ["new@example.org"]


def test_a_deactivated_person_is_not_added_by_address(backend: Backend) -> None:
    alice, bob = backend.sign_in("alice"), backend.sign_in("bob")
    bob.call("users/mutations:deactivateUser", userId=bob.user_id)
    made = alice.call(CREATE, title="Planning", participantEmails=["bob@example.org"])
    assert [member.user_id for member in people(backend, made)] == [alice.user_id]


def test_more_people_may_be_invited_than_can_be_in_at_once(backend: Backend) -> None:
    alice = backend.sign_in("alice")
    emails = [f"guest{number}@example.org" for number in range(20)]
    made = alice.call(CREATE, title="Planning", maxParticipants=2, participantEmails=emails)
    assert (stored(backend, made).cap, len(invited(backend))) == (2, 20)


def test_more_guests_than_can_belong_to_a_meeting_are_refused(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(max_members=4))
    alice = backend.sign_in("alice")
    emails = [f"guest{number}@example.org" for number in range(4)]
    error = alice.fails(CREATE, code="CONFLICT", title="Planning", participantEmails=emails)
    assert error.metadata["maxMembers"] == 4
    assert alice.call(CREATE, title="Planning", participantEmails=emails[:3])["meetingId"]


@pytest.mark.parametrize("emails", [["nobody"], ["a@example.org", ""], [f"{n}@example.org" for n in range(101)]])
def test_addresses_that_are_none_or_too_many_are_refused(backend: Backend, emails: list[str]) -> None:
    error = backend.sign_in("alice").fails(CREATE, code="VALIDATION_ERROR", title="Planning", participantEmails=emails)
    assert error.metadata["field"].startswith("participantEmails")


def test_an_invitation_to_a_meeting_with_as_many_members_as_can_be_waits(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(max_members=2))
    alice, bob = backend.sign_in("alice"), backend.sign_in("bob")
    made = alice.call(CREATE, title="Planning", participantEmails=["new@example.org"])
    about = {"meetingId": made["meetingId"], "userId": bob.user_id}
    alice.call("meetings/lifecycle:addParticipant", role="participant", **about)
    guest = backend.sign_in("nina", email="new@example.org")
    accept = {"path": "meetings/invitations:acceptInvitation", "meetingId": made["meetingId"]}
    guest.fails(code="CONFLICT", **accept)
    alice.call("meetings/lifecycle:removeParticipant", **about)
    guest.call(**accept)
    assert stored(backend, made).participant_count == 2
    assert invited(backend) == []


def test_a_removed_member_is_not_brought_back_by_an_invitation(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(max_members=2))
    alice, bob = backend.sign_in("alice"), backend.sign_in("bob")
    made = alice.call(CREATE, title="Planning", participantEmails=["new@example.org"])
    first = {"meetingId": made["meetingId"], "userId": bob.user_id}
    alice.call("meetings/lifecycle:addParticipant", role="participant", **first)
    guest = backend.sign_in("nina", email="new@example.org")
    second = {"meetingId": made["meetingId"], "userId": guest.user_id}
    alice.call("meetings/lifecycle:removeParticipant", **first)
    alice.call("meetings/lifecycle:addParticipant", role="participant", **second)
    alice.call("meetings/lifecycle:removeParticipant", **second)
    assert guest.call("meetings/queries:listUserMeetings") == []


@pytest.mark.parametrize("over", ["cancelMeeting", "endMeeting"])
def test_an_invitation_ends_with_its_meeting(backend: Backend, over: str) -> None:
    alice = backend.sign_in("alice")
    made = alice.call(CREATE, title="Planning", participantEmails=["new@example.org"])
    if over == "endMeeting":
        alice.call("meetings/lifecycle:startMeeting", meetingId=made["meetingId"])
    alice.call(f"meetings/lifecycle:{over}", meetingId=made["meetingId"])
    assert invited(backend) == []
    guest = backend.sign_in("nina", email="new@example.org")
    assert guest.call("meetings/queries:listUserMeetings") == []
