"""upsertUser: an account is what the token says."""

import pytest

from connvo.schema.profiles import Profile
from connvo.schema.users import User
from connvo.store.snapshot import Snapshot
from tests.support.backend import Backend
from tests.support.people import audit_rows, claiming, me

UPSERT = "users/mutations:upsertUser"


def test_the_first_sign_in_makes_an_account_and_an_empty_profile(backend: Backend) -> None:
    ada = backend.sign_in(
        "ada", email="Ada@Example.org", org_id="org_1", org_role="member", picture="https://x.test/a.png"
    )
    row = me(ada)
    assert row == {
        "_id": ada.user_id,
        "_creationTime": row["_creationTime"],
        "workosUserId": "ada",
        "email": "ada@example.org",
        "orgId": "org_1",
        "orgRole": "member",
        "displayName": "Ada",
        "avatarUrl": "https://x.test/a.png",
        "isActive": True,
        "lastSeenAt": row["createdAt"],
        "createdAt": row["createdAt"],
        "updatedAt": row["createdAt"],
    }
    profile = ada.call("profiles/queries:getCurrentUserProfile")
    assert profile["displayName"] == "Ada"
    assert profile["languages"] == []
    assert [row.resource_id for row in audit_rows(backend, "user.signup")] == [ada.user_id]


def test_signing_in_again_returns_the_same_account(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    again = ada.call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert again == ada.user_id
    assert len(backend.read(lambda db: db.scan(User, "by_creation"))) == 1
    assert len(backend.read(lambda db: db.scan(Profile, "by_creation"))) == 1


def test_the_same_subject_of_another_issuer_is_another_person(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    other = claiming(ada, issuer="https://other.test")
    assert other.call(UPSERT, workosUserId="ada", email="ada@example.org") != ada.user_id


def test_nobody_signs_up_without_a_token(backend: Backend) -> None:
    backend.anonymous.fails(UPSERT, code="UNAUTHORIZED", workosUserId="ada", email="ada@example.org")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workosUserId", "bob"),
        ("email", "bob@example.org"),
        ("displayName", "Bob"),
        ("orgId", "org_2"),
        ("orgRole", "admin"),
    ],
)
@pytest.mark.parametrize("provision", [False, True])
def test_an_argument_that_disagrees_with_the_token_is_refused(
    backend: Backend, field: str, value: str, provision: bool
) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="member", provision=provision)
    args = {"workosUserId": "ada", "email": "ada@example.org", field: value}
    error = ada.fails(UPSERT, code="FORBIDDEN", **args)
    assert error.metadata == {"field": field}


@pytest.mark.parametrize("field", ["orgId", "orgRole"])
def test_an_argument_never_gives_an_organisation(backend: Backend, field: str) -> None:
    ada = backend.sign_in("ada")
    ada.fails(UPSERT, code="FORBIDDEN", workosUserId="ada", email="ada@example.org", **{field: "admin"})


def test_arguments_may_repeat_the_token(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="member")
    same = ada.call(
        UPSERT, workosUserId="ada", email=" ADA@example.org", displayName="Ada ", orgId="org_1", orgRole="member"
    )
    assert same == ada.user_id


@pytest.mark.parametrize(
    ("field", "value"),
    [("workosUserId", ""), ("workosUserId", "  "), ("email", ""), ("email", "ada"), ("email", "a b@c")],
)
def test_an_empty_id_or_no_address_is_invalid(backend: Backend, field: str, value: str) -> None:
    ada = backend.sign_in("ada", provision=False)
    args = {"workosUserId": "ada", "email": "ada@example.org", field: value}
    assert ada.fails(UPSERT, code="VALIDATION_ERROR", **args).metadata == {"field": field}


def test_a_name_that_is_too_long_is_invalid(backend: Backend) -> None:
    ada = claiming(backend.sign_in("ada", provision=False), name=None)
    ada.fails(UPSERT, code="VALIDATION_ERROR", workosUserId="ada", email="ada@example.org", displayName="x" * 81)


def test_arguments_replace_an_address_and_a_name_that_the_token_lacks(backend: Backend) -> None:
    ada = claiming(backend.sign_in("ada", provision=False), email=None, name=None)
    ada.call(UPSERT, workosUserId="ada", email="lovelace@example.org", displayName="Ada L.")
    assert me(ada)["email"] == "lovelace@example.org"
    assert me(ada)["displayName"] == "Ada L."


def test_an_address_that_only_the_argument_gave_is_not_verified(backend: Backend) -> None:
    def is_verified(db: Snapshot) -> bool:
        return db.scan(User, "by_creation")[0].email_claimed

    ada = claiming(backend.sign_in("ada", provision=False), email=None)
    ada.call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert not backend.read(is_verified)
    claiming(ada, email="ada@example.org").call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert backend.read(is_verified)
    ada.call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert backend.read(is_verified), "the same address as before is still the issuer's"
    ada.call(UPSERT, workosUserId="ada", email="other@example.org")
    assert not backend.read(is_verified)


def test_a_user_that_gives_no_name_is_called_after_the_address(backend: Backend) -> None:
    ada = claiming(backend.sign_in("ada", provision=False), name=None)
    ada.call(UPSERT, workosUserId="ada", email="ada@example.org", displayName="")
    assert me(ada)["displayName"] == "ada"


def test_claims_that_are_absent_erase_nothing(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="admin", picture="https://x.test/a.png")
    bare = claiming(ada, org_id=None, org_role=None, picture=None, name=None, email=None)
    before = me(ada)
    bare.call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert me(bare) == before


def test_a_new_role_is_taken_over_and_audited(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="member")
    claiming(ada, org_role="admin").call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert me(ada)["orgRole"] == "admin"
    [row] = audit_rows(backend, "user.role_change")
    assert row.metadata == {"fields": "orgRole", "previousRole": "member", "role": "admin"}


def test_a_role_does_not_move_to_another_organisation(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="admin")
    claiming(ada, org_id="org_2", org_role=None).call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert me(ada)["orgId"] == "org_2"
    assert "orgRole" not in me(ada)


def test_a_role_without_an_organisation_counts_for_nothing(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_role="admin")
    assert "orgRole" not in me(ada)


def test_the_audit_trail_names_fields_and_no_personal_data(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    claiming(ada, email="new@example.org", name="Countess").call(UPSERT, workosUserId="ada", email="new@example.org")
    [row] = audit_rows(backend, "user.update")
    assert row.metadata == {"fields": "displayName,email"}


def test_only_pictures_over_https_are_taken(backend: Backend) -> None:
    ada = backend.sign_in("ada", picture="http://x.test/a.png")
    assert "avatarUrl" not in me(ada)


def test_a_name_chosen_in_the_profile_stays(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    claiming(ada, name="Ada King").call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert me(ada)["displayName"] == "Ada King"
    ada.call("profiles/mutations:updateProfile", displayName="Countess")
    ada.call(UPSERT, workosUserId="ada", email="ada@example.org")
    assert me(ada)["displayName"] == "Countess"
    assert ada.call("profiles/queries:getCurrentUserProfile")["displayName"] == "Countess"


def test_a_deactivated_account_does_not_come_back_by_signing_in(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call("users/mutations:deactivateUser", userId=ada.user_id)
    ada.fails(UPSERT, code="FORBIDDEN", workosUserId="ada", email="ada@example.org")


def test_an_invitation_waits_for_the_owner_of_its_address(backend: Backend) -> None:
    host = backend.sign_in("host")
    meeting = host.call("meetings/lifecycle:createMeeting", title="Talk", participantEmails=["Ada@example.org"])[
        "meetingId"
    ]
    ada = backend.sign_in("ada")
    [waiting] = ada.call("meetings/invitations:listInvitations")
    assert (waiting["meetingId"], waiting["invitedBy"]["displayName"]) == (meeting, "Host")
    ada.call("meetings/invitations:acceptInvitation", meetingId=meeting)
    members = ada.call("meetings/queries:listMeetingParticipants", meetingId=meeting)
    assert ada.user_id in {member["userId"] for member in members}


def test_an_address_that_nobody_verified_opens_no_meeting(backend: Backend) -> None:
    host = backend.sign_in("host")
    meeting = host.call("meetings/lifecycle:createMeeting", title="Talk", participantEmails=["ada@example.org"])[
        "meetingId"
    ]
    eve = claiming(backend.sign_in("eve", provision=False), email=None)
    eve.call(UPSERT, workosUserId="eve", email="ada@example.org")
    eve.fails("meetings/queries:listMeetingParticipants", code="FORBIDDEN", meetingId=meeting)


def test_a_placeholder_stands_for_no_address(backend: Backend) -> None:
    ada = backend.sign_in("ada", provision=False)
    ada.call(UPSERT, workosUserId="ada", email="ada@guest.invalid")
    assert me(ada)["email"] == "ada@example.org"
    ben = claiming(backend.sign_in("ben", provision=False), email=None)
    ben.call(UPSERT, workosUserId="ben", email="ben@guest.invalid")
    assert me(ben)["email"] == "ben@guest.invalid"
