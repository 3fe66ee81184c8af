"""A client that asks for its permissions is told what the functions enforce, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.rules.permissions import MATRIX, RESOURCE_TYPES, Permission, ResourceType
from connvo.runtime.call_request import CallRequest
from connvo.schema.meetings import Meeting
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller, CallFailed
from tests.support.scene import Scene

VALIDATE = "auth/permissions:validateSubscriptionPermissions"
REFRESH = "auth/permissions:refreshSubscriptionPermissions"
NOWHERE = encode_id(table_of(Meeting).number, bytes(16))
PAGE = {"numItems": 10, "cursor": None}
TYPED = {"type": "insert", "position": 0, "content": "x"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One meeting for all tests that change nothing."""
    backend = Backend(tmp_path_factory.mktemp("permissions"))
    scene = Scene(backend)
    scene.start()
    scene.join(scene.host, scene.guest)
    yield scene
    backend.close()


@pytest.fixture
def scene(backend: Backend) -> Scene:
    return Scene(backend)


def asked(scene: Scene, caller: Caller, *required: str, resource: str = "meetingNotes") -> dict[str, Any]:
    """Return the answer to a question for permissions on the meeting."""
    answer: dict[str, Any] = caller.call(
        VALIDATE, resourceType=resource, resourceId=scene.meeting_id, requiredPermissions=list(required)
    )
    return answer


def cached(scene: Scene, resource: str, *permissions: str, meeting: str | None = None) -> dict[str, Any]:
    """Return the permissions that a client believes to have."""
    return {
        "resourceType": resource,
        "resourceId": meeting or scene.meeting_id,
        "permissions": list(permissions),
        "lastValidated": 0,
    }


def test_each_role_is_told_its_row_of_the_table(shared: Scene) -> None:
    people: dict[Any, Caller] = {"host": shared.host, "participant": shared.guest, "observer": shared.watcher}
    for resource in RESOURCE_TYPES:
        for role, person in people.items():
            held = list(MATRIX[resource][role])
            answer = asked(shared, person, *held, resource=resource)
            assert answer == {"granted": True, "permissions": held, "metadata": {}}


def test_it_is_granted_only_if_every_one_is_held(shared: Scene) -> None:
    assert asked(shared, shared.guest, "read", "write")["granted"]
    answer = asked(shared, shared.guest, "read", "export", "manage")
    assert answer["granted"] is False
    assert answer["permissions"] == ["read", "write"]
    assert answer["metadata"]["error"] == "INSUFFICIENT_PERMISSIONS: You do not hold manage, export"


@pytest.mark.parametrize("resource", ["", "meetings", "meeting", "Prompts", "x" * 300])
def test_another_resource_is_refused_by_a_value(shared: Scene, resource: str) -> None:
    answer = asked(shared, shared.host, "read", resource=resource)
    assert (answer["granted"], answer["permissions"]) == (False, [])
    assert answer["metadata"]["error"].startswith("VALIDATION_ERROR: The resource type is one of meetingNotes, ")


def test_a_foreign_meeting_and_none_look_the_same(shared: Scene) -> None:
    foreign = asked(shared, shared.outsider, "read")
    nowhere = shared.outsider.call(
        VALIDATE, resourceType="meetingNotes", resourceId=NOWHERE, requiredPermissions=["read"]
    )
    assert foreign == nowhere
    assert foreign["metadata"]["error"].startswith("FORBIDDEN: ")
    assert (foreign["granted"], foreign["permissions"]) == (False, [])


def test_callers_without_a_sign_in_are_refused(shared: Scene) -> None:
    for caller in (shared.backend.anonymous, shared.backend.sign_in("sam", provision=False)):
        caller.fails(
            VALIDATE, "UNAUTHORIZED",
            resourceType="prompts", resourceId=shared.meeting_id, requiredPermissions=["read"],
        )  # fmt: skip
        caller.fails(REFRESH, "UNAUTHORIZED", subscriptions=[cached(shared, "prompts")])


@pytest.mark.parametrize("wrong", [["fly"], ["READ"], "read", [1]])
def test_an_unknown_permission_is_refused(shared: Scene, wrong: Any) -> None:
    shared.host.fails(
        VALIDATE, "VALIDATION_ERROR",
        resourceType="prompts", resourceId=shared.meeting_id, requiredPermissions=wrong,
    )  # fmt: skip


def test_an_item_is_valid_only_if_nothing_was_lost(shared: Scene) -> None:
    answer = shared.guest.call(
        REFRESH,
        subscriptions=[
            cached(shared, "meetingNotes", "read", "write"),
            cached(shared, "meetingNotes", "read", "manage", "export"),
            cached(shared, "transcripts"),
            cached(shared, "nonsense", "read"),
            cached(shared, "messages", "read", meeting=NOWHERE),
            cached(shared, "messages", "fly"),
        ],
    )
    assert [one["valid"] for one in answer] == [True, False, True, False, False, False]
    assert [one["updatedPermissions"] for one in answer] == [
        ["read", "write"], ["read", "write"], ["read"], [], [], ["read", "write"],
    ]  # fmt: skip
    reasons = [one.get("reason") for one in answer]
    assert reasons[0] is None
    assert reasons[2] is None
    assert reasons[1] == "INSUFFICIENT_PERMISSIONS: You do not hold manage, export"
    assert str(reasons[3]).startswith("VALIDATION_ERROR: ")
    assert str(reasons[4]).startswith("FORBIDDEN: ")
    assert reasons[5] == "INSUFFICIENT_PERMISSIONS: You do not hold others that do not exist"


@pytest.mark.parametrize("count", [0, 51])
def test_the_number_of_items_is_bounded(shared: Scene, count: int) -> None:
    items = [cached(shared, "prompts", "read")] * count
    assert shared.host.fails(REFRESH, "VALIDATION_ERROR", subscriptions=items).metadata["field"] == "subscriptions"
    assert len(shared.host.call(REFRESH, subscriptions=[cached(shared, "prompts")] * 50)) == 50


def test_a_right_that_was_taken_away_is_gone_at_once(scene: Scene) -> None:
    assert asked(scene, scene.guest, "write")["granted"]
    scene.host.call("notes/sync:setLocked", meetingId=scene.meeting_id, locked=True)
    assert not asked(scene, scene.guest, "write")["granted"]
    assert asked(scene, scene.host, "write")["granted"]
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    assert asked(scene, scene.guest, "write", "manage")["granted"]
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    assert asked(scene, scene.guest)["permissions"] == []
    scene.watcher.call("users/mutations:deactivateUser", userId=scene.watcher.user_id)
    with pytest.raises(CallFailed) as refused:
        asked(scene, scene.watcher, "read")
    assert refused.value.code == "FORBIDDEN"


def test_a_past_snapshot_gives_no_right_back(scene: Scene) -> None:
    backend = scene.backend
    at = backend.run(backend.runtime.latest_ts(scene.guest.identity))
    asked_of = {"resourceType": "prompts", "resourceId": scene.meeting_id, "requiredPermissions": ["read"]}
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    outcome = backend.run(
        backend.runtime.run(CallRequest(VALIDATE, asked_of, scene.guest.identity, "query", "test", at))
    )
    assert (outcome.value["granted"], outcome.value["permissions"]) == (False, [])
    listed = {"subscriptions": [cached(scene, "prompts", "read")]}
    outcome = backend.run(backend.runtime.run(CallRequest(REFRESH, listed, scene.guest.identity, "query", "test", at)))
    assert outcome.value[0]["valid"] is False


# A function that enforces a permission, with arguments that would work for those who hold it.
ENFORCED: list[tuple[ResourceType, Permission, str, dict[str, Any]]] = [
    ("meetingNotes", "read", "notes/sync:access", {}),
    ("meetingNotes", "write", "notes/mutations:applyNoteOperation", {"operation": TYPED, "clientSequence": 0}),
    ("meetingNotes", "manage", "notes/sync:setLocked", {"locked": False}),
    ("transcripts", "read", "transcripts/session:getState", {}),
    ("transcripts", "export", "transcripts/export:getFile", {"format": "txt"}),
    ("transcripts", "manage", "transcripts/session:erase", {}),
    ("participants", "read", "meetings/queries:listMeetingParticipants", {}),
    ("participants", "invite", "meetings/links:createLink", {}),
    ("participants", "remove", "meetings/lifecycle:removeParticipant", {"userId": "OTHER"}),
    ("participants", "manage", "meetings/door:listKeptOut", {}),
    ("messages", "read", "meetings/chat:listMessages", {"paginationOpts": PAGE}),
    ("messages", "write", "meetings/chat:sendMessage", {"text": "Hello"}),
    ("prompts", "read", "prompts/queries:getInCallPrompts", {}),
    ("prompts", "manage", "prompts/actions:generatePreCallIdeas", {"forceRegenerate": True}),
]


@pytest.mark.parametrize(("resource", "permission", "path", "more"), ENFORCED, ids=[one[2] for one in ENFORCED])
def test_functions_enforce_the_told_permissions(
    shared: Scene, resource: ResourceType, permission: Permission, path: str, more: dict[str, Any]
) -> None:
    args = {name: shared.outsider.user_id if value == "OTHER" else value for name, value in more.items()}
    for person in (shared.host, shared.guest, shared.watcher, shared.outsider):
        told = asked(shared, person, permission, resource=resource)["granted"]
        try:
            person.call(path, meetingId=shared.meeting_id, **args)
            code = ""
        except CallFailed as failed:
            code = failed.code
        assert (code not in ("INSUFFICIENT_PERMISSIONS", "FORBIDDEN")) == told, f"{person.user_id}: {code}"
