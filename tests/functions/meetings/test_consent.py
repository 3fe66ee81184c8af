"""Consent: nobody is put on a meeting without a way out, and strangers learn neither addresses nor private names."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.schema.invitations import DeclinedInvitation, Invitation, PendingMembership
from connvo.schema.meetings import Participant
from connvo.settings import MeetingSettings
from connvo.store.snapshot import Snapshot
from tests.support.backend import Backend, Caller
from tests.support.scene import LIFECYCLE, Scene
from tests.support.store import ENGINES

QUERIES, INVITATIONS, BLOCKS = "meetings/queries", "meetings/invitations", "users/blocks"
UPCOMING, OWN = f"{QUERIES}:listUpcomingMeetings", f"{QUERIES}:listUserMeetings"
PAGE = {"paginationOpts": {"numItems": 50, "cursor": None}}
SECRET_NAME, SECRET_PICTURE = "Victoria Timm", "https://pictures.test/victoria.png"

InMeeting = dict[str, Any]
# Every function that returns people, as a host asks it about a meeting and a person.
TELLING: dict[str, Callable[[str, str], InMeeting]] = {
    f"{QUERIES}:listMeetingParticipants": lambda meeting, _: {"meetingId": meeting},
    f"{QUERIES}:getMeeting": lambda meeting, _: {"meetingId": meeting},
    f"{QUERIES}:listUserMeetings": lambda *_: {},
    f"{QUERIES}:listUpcomingMeetings": lambda *_: {},
    f"{QUERIES}:listPastMeetings": lambda *_: PAGE,
    "meetings/chat:listMessages": lambda meeting, _: {"meetingId": meeting, **PAGE},
    "meetings/door:listWaiting": lambda meeting, _: {"meetingId": meeting},
    f"{INVITATIONS}:listInvitations": lambda *_: {},
    f"{INVITATIONS}:listInvitedAddresses": lambda meeting, _: {"meetingId": meeting},
    "meetings/moderation:getMuteRequest": lambda meeting, _: {"meetingId": meeting},
    "meetings/webrtc/signaling:getActiveSessions": lambda meeting, _: {"meetingId": meeting},
    "meetings/webrtc/recovery:getTimeline": lambda meeting, person: {"meetingId": meeting, "userId": person},
    "meetings/webrtc/recovery:getRecoveries": lambda meeting, _: {"meetingId": meeting},
    "meetings/webrtc/recovery:getRoomState": lambda meeting, _: {"meetingId": meeting},
    "meetings/stream/index:getRecordings": lambda meeting, _: {"meetingId": meeting},
    "profiles/queries:getProfileByUserIdPublic": lambda _, person: {"userId": person},
    "users/queries:getUserProfile": lambda _, person: {"userId": person},
    "users/queries:listActiveUsersInOrg": lambda *_: PAGE,
    f"{BLOCKS}:listBlockedUsers": lambda *_: {},
}


@pytest.fixture
def victim(scene: Scene) -> Caller:
    """A person with a private profile, whom the host of the scene does not know."""
    person = scene.backend.sign_in("vic", email="vic.tim@example.org", picture=SECRET_PICTURE)
    person.call("users/mutations:updateUserProfile", userId=person.user_id, displayName=SECRET_NAME)
    person.call("settings/mutations:updateSettings", profileVisibility=False)
    return person


def asked(scene: Scene, person: Caller, role: str = "participant") -> Any:
    """Have the host add a person, who does not answer."""
    return scene.of(scene.host, "addParticipant", userId=person.user_id, role=role)


def ids(person: Caller, path: str) -> list[str]:
    return [one.get("meetingId") or one["_id"] for one in person.call(path)]


def waiting(person: Caller) -> list[str]:
    return ids(person, f"{INVITATIONS}:listInvitations")


def answer(person: Caller, scene: Scene, what: str) -> None:
    person.call(f"{INVITATIONS}:{what}Invitation", meetingId=scene.meeting_id)


def card(scene: Scene, viewer: Caller, person: Caller) -> dict[str, Any]:
    members = viewer.call(f"{QUERIES}:listMeetingParticipants", meetingId=scene.meeting_id)
    found: dict[str, Any] = next(member["user"] for member in members if member["userId"] == person.user_id)
    return found


@pytest.mark.parametrize("path", TELLING)
def test_no_function_identifies_a_user_to_a_stranger(scene: Scene, victim: Caller, path: str) -> None:
    asked(scene, victim)
    made = scene.host.call(
        f"{LIFECYCLE}:createMeeting", title="By address", participantEmails=["vic.tim@example.org", "no@example.org"]
    )
    scene.start()
    scene.join(scene.host)
    for meeting_id in (scene.meeting_id, made["meetingId"]):
        told = str(scene.host.call(path, **TELLING[path](meeting_id, victim.user_id)))
        assert SECRET_NAME not in told
        assert SECRET_PICTURE not in told
        if meeting_id == made["meetingId"]:
            assert victim.user_id not in told


def test_an_address_gets_the_same_answer_with_an_account_and_without(scene: Scene, victim: Caller) -> None:
    answers = []
    for address in ("vic.tim@example.org", "no@example.org"):
        made = scene.host.call(f"{LIFECYCLE}:createMeeting", title="Talk", participantEmails=[address])
        about = {"meetingId": made["meetingId"]}
        members = scene.host.call(f"{QUERIES}:listMeetingParticipants", **about)
        [invited] = scene.host.call(f"{INVITATIONS}:listInvitedAddresses", **about)
        count = scene.host.call(f"{QUERIES}:getMeeting", **about)["participantCount"]
        answers.append((len(members), count, invited["status"], invited["email"] == address))
        victim.call(f"{INVITATIONS}:declineInvitation", **about) if waiting(victim) else None
        assert len(scene.host.call(f"{INVITATIONS}:listInvitedAddresses", **about)) == 1
    assert answers == [(1, 1, "invited", True)] * 2


@pytest.mark.parametrize("how", ["accept", "join", "link"])
def test_a_user_that_agrees_is_shown_to_the_meeting(scene: Scene, victim: Caller, how: str) -> None:
    asked(scene, victim)
    assert card(scene, scene.host, victim) == {"_id": victim.user_id}
    assert card(scene, victim, victim)["displayName"] == SECRET_NAME
    if how == "accept":
        answer(victim, scene, "accept")
    elif how == "join":
        scene.start()
        scene.join(victim)
    else:
        code = scene.host.call("meetings/links:createLink", meetingId=scene.meeting_id)["code"]
        victim.call("meetings/links:acceptLink", code=code)
    assert card(scene, scene.host, victim)["displayName"] == SECRET_NAME
    assert card(scene, scene.watcher, victim)["displayName"] == SECRET_NAME
    assert waiting(victim) == []
    assert ids(victim, UPCOMING) == [scene.meeting_id]


def test_an_invitation_of_a_stranger_is_no_meeting_of_ones_own(scene: Scene) -> None:
    asked(scene, scene.outsider)
    assert waiting(scene.outsider) == [scene.meeting_id]
    assert ids(scene.outsider, UPCOMING) == []
    [listed] = scene.outsider.call(OWN)
    assert (listed["_id"], listed["userPresence"]) == (scene.meeting_id, "invited")


@pytest.mark.parametrize("known", ["met", "colleague"])
def test_an_acquaintance_of_a_host_is_added_without_being_asked(scene: Scene, known: str) -> None:
    if known == "met":
        scene.start()
        scene.join(scene.host, scene.guest)
        host, person = scene.host, scene.guest
    else:
        host = scene.backend.sign_in("cora", org_id="acme", org_role="member")
        person = scene.backend.sign_in("carl", org_id="acme", org_role="member")
        person.call("settings/mutations:updateSettings", profileVisibility=False)
    other = scene.create(host)
    host.call(f"{LIFECYCLE}:addParticipant", meetingId=other, userId=person.user_id, role="participant")
    assert waiting(person) == []
    assert other in ids(person, UPCOMING)
    members = host.call(f"{QUERIES}:listMeetingParticipants", meetingId=other)
    assert all(member["user"].get("displayName") for member in members)


def test_spam_leaves_ones_own_meetings_where_they_were(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(create_burst=100, unanswered_invitations=20))
    scene = Scene(backend)
    own = scene.create(scene.outsider)
    refused = 0
    for _ in range(30):
        meeting_id = scene.create(scene.host)
        about = {"meetingId": meeting_id, "userId": scene.outsider.user_id, "role": "participant"}
        if refused:
            scene.host.fails(f"{LIFECYCLE}:addParticipant", code="CONFLICT", **about)
        else:
            scene.host.call(f"{LIFECYCLE}:addParticipant", **about)
        refused = len(waiting(scene.outsider)) == 20
    assert ids(scene.outsider, UPCOMING) == [own]
    listed = ids(scene.outsider, OWN)
    assert (len(listed), own in listed) == (11, True)
    assert ids(scene.outsider, OWN)[-1] == own
    scene.outsider.call(f"{BLOCKS}:blockUser", userId=scene.host.user_id)
    assert (waiting(scene.outsider), ids(scene.outsider, OWN)) == ([], [own])


@pytest.mark.parametrize("way", ["decline", "leave"])
def test_declining_is_final_for_the_meeting(scene: Scene, way: str) -> None:
    asked(scene, scene.outsider)
    if way == "decline":
        answer(scene.outsider, scene, "decline")
    else:
        scene.of(scene.outsider, "leaveMeeting")
    assert scene.member(scene.outsider) is None
    assert (waiting(scene.outsider), ids(scene.outsider, OWN)) == ([], [])
    about = {"meetingId": scene.meeting_id, "userId": scene.outsider.user_id, "role": "participant"}
    assert scene.host.fails(f"{LIFECYCLE}:addParticipant", code="CONFLICT", **about).metadata["reason"] == "declined"
    many = [{"userId": scene.outsider.user_id, "role": "participant"}]
    [skipped] = scene.of(scene.host, "addMultipleParticipants", participants=many)["skipped"]
    assert "declined" in skipped["reason"]
    code = scene.host.call("meetings/links:createLink", meetingId=scene.meeting_id)["code"]
    scene.outsider.call("meetings/links:acceptLink", code=code)
    assert ids(scene.outsider, UPCOMING) == [scene.meeting_id]


def test_a_participant_or_host_of_the_meeting_does_not_decline_it(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    about = {"meetingId": scene.meeting_id}
    for person in (scene.guest, scene.host):
        person.fails(f"{INVITATIONS}:declineInvitation", code="VALIDATION_ERROR", **about)
    scene.of(scene.guest, "leaveMeeting")
    answer(scene.guest, scene, "decline")
    assert scene.member(scene.guest) is None


def test_an_unasked_host_neither_inherits_a_meeting_nor_is_bound_to_it(scene: Scene) -> None:
    asked(scene, scene.outsider, "host")
    scene.host.call("users/mutations:deactivateUser", userId=scene.host.user_id)
    assert scene.meeting().organizer_id == scene.guest.user_id
    answer(scene.outsider, scene, "decline")
    assert scene.member(scene.outsider) is None


def test_a_blocked_person_notices_nothing_and_reaches_nobody(scene: Scene, victim: Caller) -> None:
    before = asked(scene, scene.outsider)
    victim.call(f"{BLOCKS}:blockUser", userId=scene.host.user_id)
    after = asked(scene, victim)
    assert before.keys() == after.keys()
    assert before["success"] is after["success"] is True
    made = scene.host.call(f"{LIFECYCLE}:createMeeting", title="x", participantEmails=["vic.tim@example.org"])
    assert len(scene.host.call(f"{INVITATIONS}:listInvitedAddresses", meetingId=made["meetingId"])) == 1
    assert (waiting(victim), ids(victim, OWN), ids(victim, UPCOMING)) == ([], [], [])
    victim.call(f"{BLOCKS}:unblockUser", userId=scene.host.user_id)
    assert set(waiting(victim)) == {scene.meeting_id, made["meetingId"]}


def test_a_blocked_person_is_asked_for_even_if_known_and_sees_no_private_profile(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.guest.call("settings/mutations:updateSettings", profileVisibility=False)
    seen = {"path": "users/queries:getUserProfile", "userId": scene.guest.user_id}
    assert scene.host.call(**seen)["displayName"] == "Gustav"
    scene.guest.call(f"{BLOCKS}:blockUser", userId=scene.host.user_id)
    assert scene.host.call(**seen) is None
    other = scene.create(scene.host)
    scene.host.call(f"{LIFECYCLE}:addParticipant", meetingId=other, userId=scene.guest.user_id, role="participant")
    assert other not in ids(scene.guest, OWN)
    assert [one["userId"] for one in scene.guest.call(f"{BLOCKS}:listBlockedUsers")] == [scene.host.user_id]


def test_an_unanswered_invitation_ends_with_the_meeting(scene: Scene) -> None:
    asked(scene, scene.outsider)
    answer(scene.watcher, scene, "decline")
    scene.start()
    scene.end()

    def left(db: Snapshot) -> list[int]:
        tables = (PendingMembership, DeclinedInvitation, Invitation)
        return [len(db.scan(document, "by_creation")) for document in tables]

    assert scene.backend.read(left) == [0, 0, 0]
    assert scene.meeting().participant_count == 2
    assert ids(scene.outsider, OWN) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_budgets_of_meetings_and_invitations(make_backend: Any, engine: str) -> None:
    limits = MeetingSettings(create_burst=3, create_per_minute=1, invite_burst=2, invite_per_hour=60)
    backend: Backend = make_backend(ENGINES[engine], meetings=limits)
    host = backend.sign_in("hanna")
    meeting_id = host.call(f"{LIFECYCLE}:createMeeting", title="One")["meetingId"]
    host.fails(f"{LIFECYCLE}:createMeeting", code="RATE_LIMIT_EXCEEDED", title="x", participantEmails=mails(3))
    host.call(f"{LIFECYCLE}:createMeeting", title="Two", participantEmails=mails(1))
    people = [backend.sign_in(name) for name in ("ada", "ben")]
    add = {"path": f"{LIFECYCLE}:addParticipant", "meetingId": meeting_id, "role": "participant"}
    host.call(userId=people[0].user_id, **add)
    error = host.fails(code="RATE_LIMIT_EXCEEDED", userId=people[1].user_id, **add)
    assert (error.metadata["action"], 0 < error.metadata["retryAfterSeconds"] <= 60) == ("invitation", True)
    host.call(f"{LIFECYCLE}:createMeeting", title="Three")
    error = host.fails(f"{LIFECYCLE}:createMeeting", code="RATE_LIMIT_EXCEEDED", title="Four")
    assert (error.metadata["action"], 0 < error.metadata["retryAfterSeconds"] <= 60) == ("createMeeting", True)
    backend.now_ns += int(61e9)
    host.call(userId=people[1].user_id, **add)
    host.call(f"{LIFECYCLE}:createMeeting", title="Four")
    assert ids(people[1], f"{INVITATIONS}:listInvitations") == [meeting_id]
    people[1].call(f"{INVITATIONS}:acceptInvitation", meetingId=meeting_id)
    member = backend.read(lambda db: db.first(Participant, "by_meeting_user", meeting_id, people[1].user_id))
    assert member is not None
    assert (member.asked, member.accepted_at is not None) == (False, True)


def test_only_so_many_meetings_of_one_organiser_wait_for_their_start(make_backend: Any) -> None:
    host = make_backend(meetings=MeetingSettings(scheduled_per_member=2)).sign_in("hanna")
    first = host.call(f"{LIFECYCLE}:createMeeting", title="One")["meetingId"]
    host.call(f"{LIFECYCLE}:createMeeting", title="Two")
    assert host.fails(f"{LIFECYCLE}:createMeeting", code="CONFLICT", title="Three").metadata["limit"] == 2
    host.call(f"{LIFECYCLE}:cancelMeeting", meetingId=first)
    host.call(f"{LIFECYCLE}:createMeeting", title="Three")


def test_too_many_unanswered_invitations_of_an_address_are_refused(make_backend: Any) -> None:
    host = make_backend(meetings=MeetingSettings(unanswered_invitations=2)).sign_in("hanna")
    for _ in range(2):
        host.call(f"{LIFECYCLE}:createMeeting", title="x", participantEmails=mails(1))
    error = host.fails(f"{LIFECYCLE}:createMeeting", code="CONFLICT", title="x", participantEmails=mails(1))
    assert error.metadata["reason"] == "unanswered"


@pytest.mark.parametrize("what", ["blockUser", "unblockUser"])
def test_blocking_oneself_or_nobody_is_refused(scene: Scene, what: str) -> None:
    if what == "blockUser":
        scene.guest.fails(f"{BLOCKS}:{what}", code="VALIDATION_ERROR", userId=scene.guest.user_id)
    before = scene.backend.commit_count()
    scene.guest.call(f"{BLOCKS}:unblockUser", userId=scene.host.user_id)
    assert scene.guest.call(f"{BLOCKS}:listBlockedUsers") == []
    assert scene.backend.commit_count() == before + 1, "the rate was counted, and nothing else"


def mails(count: int) -> list[str]:
    return [f"guest{number}@example.org" for number in range(count)]


def test_an_address_stays_invited_regardless_of_its_user(scene: Scene) -> None:
    host, person = scene.host, scene.backend.sign_in("pia")
    made = host.call("meetings/lifecycle:createMeeting", title="Probe", participantEmails=["pia@example.org"])
    meeting = made["meetingId"]

    def listed() -> Any:
        return host.call("meetings/invitations:listInvitedAddresses", meetingId=meeting)

    before = listed()
    host.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=person.user_id, role="participant")
    host.call("meetings/lifecycle:removeParticipant", meetingId=meeting, userId=person.user_id)
    assert listed() == before and len(before) == 1
    assert person.call("meetings/invitations:listInvitations") == [], "and the removed person is not brought back"
