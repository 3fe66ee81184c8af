"""A link lets people in who have it, while a host wants that: no further, no longer, and nobody who was removed."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.model.meetings.links import CODE_LENGTH
from connvo.schema.links import MeetingLink
from connvo.schema.meetings import Meeting
from connvo.settings import MeetingSettings
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller, CallFailed
from tests.support.people import audit_rows
from tests.support.scene import LIFECYCLE, Scene

CREATE, ACCEPT, REVOKE = (f"meetings/links:{name}" for name in ("createLink", "acceptLink", "revokeLink"))
GET = "meetings/links:getLink"
UNKNOWN_CODE = "0" * CODE_LENGTH


def make(scene: Scene) -> str:
    """Return the code of the meeting's link."""
    code: str = scene.host.call(CREATE, meetingId=scene.meeting_id)["code"]
    return code


def links(scene: Scene) -> list[MeetingLink]:
    """Return every stored link."""
    return scene.backend.read(lambda db: db.scan(MeetingLink, "by_creation"))


def test_every_user_with_the_link_becomes_a_participant(scene: Scene) -> None:
    before = scene.meeting().participant_count
    accepted = scene.outsider.call(ACCEPT, code=make(scene))
    assert accepted == {"meetingId": scene.meeting_id}
    member = scene.membership(scene.outsider)
    assert (member.role, member.presence) == ("participant", "invited")
    assert scene.meeting().participant_count == before + 1


def test_a_meeting_has_one_live_link(scene: Scene) -> None:
    assert make(scene) == make(scene)
    assert len(links(scene)) == 1


def test_codes_are_long_and_differ(backend: Backend) -> None:
    host = backend.sign_in("hanna")
    codes = set()
    for _ in range(20):
        meeting = host.call(f"{LIFECYCLE}:createMeeting", title="x")["meetingId"]
        codes.add(host.call(CREATE, meetingId=meeting)["code"])
    assert len(codes) == 20
    assert {len(code) for code in codes} == {CODE_LENGTH}


def test_opening_the_link_again_changes_nothing(scene: Scene) -> None:
    code = make(scene)
    scene.outsider.call(ACCEPT, code=code)
    before = scene.backend.commit_count()
    assert scene.outsider.call(ACCEPT, code=code) == {"meetingId": scene.meeting_id}
    assert scene.backend.commit_count() == before


@pytest.mark.parametrize("who", ["host", "watcher"])
def test_a_member_keeps_their_role(scene: Scene, who: str) -> None:
    person: Caller = getattr(scene, who)
    before = scene.membership(person)
    person.call(ACCEPT, code=make(scene))
    assert scene.membership(person) == before


def test_a_removed_person_does_not_come_back_by_the_same_link(scene: Scene) -> None:
    code = make(scene)
    scene.outsider.call(ACCEPT, code=code)
    scene.of(scene.host, "removeParticipant", userId=scene.outsider.user_id)
    refused(scene.outsider, code, "NOT_FOUND")
    refused(scene.outsider, make(scene), "FORBIDDEN")
    assert scene.member(scene.outsider) is None


def test_nor_under_another_name_for_the_link_has_a_new_code(scene: Scene) -> None:
    code = make(scene)
    scene.outsider.call(ACCEPT, code=code)
    scene.of(scene.host, "removeParticipant", userId=scene.outsider.user_id)
    refused(scene.backend.sign_in("oskar"), code, "NOT_FOUND")
    for member in (scene.host, scene.guest):
        assert member.call(GET, meetingId=scene.meeting_id) == {"code": make(scene)}
    assert scene.backend.sign_in("lara").call(ACCEPT, code=make(scene)) == {"meetingId": scene.meeting_id}


def test_members_see_the_live_link(scene: Scene) -> None:
    assert scene.guest.call(GET, meetingId=scene.meeting_id) is None
    code = make(scene)
    for member in (scene.guest, scene.watcher):
        assert member.call(GET, meetingId=scene.meeting_id) == {"code": code}
    scene.host.call(REVOKE, meetingId=scene.meeting_id)
    assert scene.guest.call(GET, meetingId=scene.meeting_id) is None


def test_a_person_removed_before_they_ever_used_the_link_is_kept_out_too(scene: Scene) -> None:
    code = make(scene)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    refused(scene.guest, code, "NOT_FOUND")
    refused(scene.guest, make(scene), "FORBIDDEN")


def test_a_new_link_is_no_new_invitation_of_a_removed_person(scene: Scene) -> None:
    old = make(scene)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.host.call(REVOKE, meetingId=scene.meeting_id)
    new = make(scene)
    assert new != old
    refused(scene.guest, old, "NOT_FOUND")
    refused(scene.guest, new, "FORBIDDEN")
    assert scene.outsider.call(ACCEPT, code=new) == {"meetingId": scene.meeting_id}


def test_a_host_may_add_a_removed_person_again(scene: Scene) -> None:
    make(scene)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.add(scene.guest)
    assert scene.guest.call(ACCEPT, code=make(scene)) == {"meetingId": scene.meeting_id}


def test_a_revoked_link_lets_nobody_in(scene: Scene) -> None:
    code = make(scene)
    scene.host.call(REVOKE, meetingId=scene.meeting_id)
    refused(scene.outsider, code, "NOT_FOUND")
    before = scene.backend.commit_count()
    assert scene.host.call(REVOKE, meetingId=scene.meeting_id) is None
    assert scene.backend.commit_count() == before


@pytest.mark.parametrize("over", ["endMeeting", "cancelMeeting"])
def test_a_link_ends_with_its_meeting(scene: Scene, over: str) -> None:
    code = make(scene)
    if over == "endMeeting":
        scene.start()
    scene.of(scene.host, over)
    assert links(scene) == []
    refused(scene.outsider, code, "NOT_FOUND")
    error = scene.host.fails(CREATE, code="VALIDATION_ERROR", meetingId=scene.meeting_id)
    assert error.metadata["field"] == "meetingId"


def test_a_link_brings_in_no_more_members_than_a_meeting_can_have(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(max_members=2))
    host, guest, late = (backend.sign_in(name) for name in ("hanna", "gustav", "lara"))
    meeting = host.call(f"{LIFECYCLE}:createMeeting", title="x")["meetingId"]
    code = host.call(CREATE, meetingId=meeting)["code"]
    guest.call(ACCEPT, code=code)
    assert "2 members" in refused(late, code, "CONFLICT").message
    assert guest.call(ACCEPT, code=code) == {"meetingId": meeting}


@pytest.mark.parametrize("code", ["", "nonsense", UNKNOWN_CODE, "0" * 10_000])
def test_an_unknown_code_is_refused_and_not_repeated(scene: Scene, code: str) -> None:
    make(scene)
    error = refused(scene.outsider, code, "NOT_FOUND")
    assert not code or code not in str(error.metadata) + error.message


@pytest.mark.parametrize("path", [CREATE, REVOKE])
def test_links_are_for_hosts(scene: Scene, path: str) -> None:
    make(scene)
    for person in (scene.guest, scene.watcher):
        error = person.fails(path, code="INSUFFICIENT_PERMISSIONS", meetingId=scene.meeting_id)
        assert error.metadata["requiredRole"] == "host"
    scene.outsider.fails(path, code="FORBIDDEN", meetingId=scene.meeting_id)
    nowhere = encode_id(table_of(Meeting).number, bytes(16))
    scene.host.fails(path, code="FORBIDDEN", meetingId=nowhere)
    scene.host.fails(path, code="VALIDATION_ERROR", meetingId="nonsense")


@pytest.mark.parametrize("path", [CREATE, REVOKE, ACCEPT])
def test_only_people_with_an_account_are_let_near_links(scene: Scene, path: str) -> None:
    args = {"code": make(scene)} if path == ACCEPT else {"meetingId": scene.meeting_id}
    stranger = scene.backend.sign_in("sam", provision=False)
    for person in (scene.backend.anonymous, stranger):
        assert failure(person, path, args) == "UNAUTHORIZED"
    scene.outsider.call("users/mutations:deactivateUser", userId=scene.outsider.user_id)
    assert failure(scene.outsider, path, args) == "FORBIDDEN"


def test_the_creation_use_and_end_of_a_link_are_on_record_and_its_code_is_not(scene: Scene) -> None:
    code = make(scene)
    scene.outsider.call(ACCEPT, code=code)
    scene.host.call(REVOKE, meetingId=scene.meeting_id)
    rows = [
        row
        for deed in ("create_link", "accept_link", "revoke_link")
        for row in audit_rows(scene.backend, f"meeting.{deed}")
    ]
    assert [row.actor_user_id for row in rows] == [scene.host.user_id, scene.outsider.user_id, scene.host.user_id]
    assert {row.resource_id for row in rows} == {scene.meeting_id}
    assert code not in str(rows)


def refused(person: Caller, code: str, reason: str) -> Any:
    """Return the error of a link that must not let this person in, and must change nothing."""
    before = person.backend.commit_count()
    error = failing(person, ACCEPT, {"code": code})
    assert (error.code, person.backend.commit_count()) == (reason, before)
    return error


def failure(person: Caller, path: str, args: dict[str, Any]) -> str:
    """Return the code of an error."""
    return str(failing(person, path, args).code)


def failing(person: Caller, path: str, args: dict[str, Any]) -> Any:
    """Return the error of a call. The `code` of a link is an argument, which `Caller.fails` reads otherwise."""
    with pytest.raises(CallFailed) as raised:
        person.call(path, **args)
    return raised.value


def test_a_removed_person_is_told_so_and_an_outsider_is_not(scene: Scene) -> None:
    scene.start()
    look = "meetings/queries:getMeeting"
    assert "reason" not in scene.outsider.fails(look, "FORBIDDEN", meetingId=scene.meeting_id).metadata
    scene.join(scene.guest)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    error = scene.guest.fails(look, "FORBIDDEN", meetingId=scene.meeting_id)
    assert error.metadata["reason"] == "removed"
