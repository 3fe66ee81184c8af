"""Registrations of clients that poll: each user's own, tied to rights that are asked each time."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from connvo.schema.audit import AuditLog
from connvo.schema.subscriptions import Subscription
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene
from tests.support.store import ENGINES

ESTABLISH = "realtime/subscriptionManager:establishSubscription"
VALIDATE = "realtime/subscriptionManager:validateAndUpdateSubscription"
END = "realtime/subscriptionManager:terminateSubscription"
STATS = "realtime/subscriptionManager:getSubscriptionStats"
LOG = "realtime/subscriptionActions:validateAndLogSubscription"
CHECK = "realtime/subscriptions:validateSubscription"
NOTES = "realtime/subscriptions:subscribeMeetingNotes"
PEOPLE = "realtime/subscriptions:subscribeMeetingParticipants"
METRICS = "monitoring/performanceQueries:getSubscriptionMetrics"
TEN_MINUTES = 600.0


def establish(scene: Scene, person: Caller, id: str = "one", kind: str = "meetingNotes", **more: Any) -> Any:
    return person.call(ESTABLISH, resourceType=kind, resourceId=scene.meeting_id, subscriptionId=id, **more)


def validate(person: Caller, id: str = "one", path: str = VALIDATE) -> Any:
    return person.call(path, subscriptionId=id, lastValidated=0)


def check(scene: Scene, person: Caller, id: str = "one", kind: str = "meetingNotes") -> Any:
    return person.call(CHECK, subscriptionId=id, resourceType=kind, resourceId=scene.meeting_id, lastValidated=0)


def registered(backend: Backend) -> list[Subscription]:
    return backend.read(lambda db: db.scan(Subscription, "by_creation"))


@pytest.fixture(params=ENGINES)
def each(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Scene:
    return Scene(make_backend(ENGINES[request.param]))


def test_a_member_registers_and_is_told_their_permissions(each: Scene) -> None:
    made = establish(each, each.host)
    assert (made["success"], made["rateLimited"], made["subscriptionId"]) == (True, False, "one")
    assert made["permissions"] == ["read", "write", "manage", "export"]
    assert made["validUntil"] == pytest.approx(each.backend.now_ms + TEN_MINUTES * 1000, abs=10)
    assert establish(each, each.watcher)["permissions"] == ["read"]
    found = validate(each.guest, "none"), validate(each.host)
    assert (found[0]["valid"], found[0]["reason"], found[0]["shouldReconnect"]) == (False, "NOT_FOUND", False)
    assert (found[1]["valid"], found[1]["resourceType"]) == (True, "meetingNotes")


def test_one_id_of_two_users_is_two_registrations(scene: Scene) -> None:
    establish(scene, scene.host)
    establish(scene, scene.guest, kind="messages")
    assert validate(scene.host)["resourceType"] == "meetingNotes"
    scene.guest.call(END, subscriptionId="one")
    assert validate(scene.host)["valid"] is True


def test_an_id_stands_for_one_resource_until_it_is_ended(scene: Scene) -> None:
    establish(scene, scene.host)
    establish(scene, scene.host, priority="low")
    args = {"resourceType": "messages", "resourceId": scene.meeting_id, "subscriptionId": "one"}
    scene.host.fails(ESTABLISH, "CONFLICT", **args)
    scene.host.call(END, subscriptionId="one", reason="done")
    scene.host.call(END, subscriptionId="one")
    scene.host.call(ESTABLISH, **args)
    assert len(registered(scene.backend)) == 1


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"resourceType": "secrets"}, "VALIDATION_ERROR"),
        ({"resourceType": "meetingSecrets"}, "VALIDATION_ERROR"),
        ({"subscriptionId": ""}, "VALIDATION_ERROR"),
        ({"subscriptionId": "x" * 129}, "VALIDATION_ERROR"),
        ({"resourceId": "nowhere"}, "FORBIDDEN"),
        ({"priority": "urgent"}, "VALIDATION_ERROR"),
    ],
)
def test_a_bad_registration_is_refused(scene: Scene, args: dict[str, str], code: str) -> None:
    good = {"resourceType": "meetingNotes", "resourceId": scene.meeting_id, "subscriptionId": "one"}
    scene.host.fails(ESTABLISH, code, **{**good, **args})


def test_an_outsider_registers_nothing(scene: Scene) -> None:
    args = {"resourceType": "meetingNotes", "resourceId": scene.meeting_id, "subscriptionId": "one"}
    scene.outsider.fails(ESTABLISH, "FORBIDDEN", **args)
    assert check(scene, scene.outsider)["reason"] == "NOT_FOUND"


def test_a_user_has_at_most_a_hundred(scene: Scene) -> None:
    for number in range(100):
        establish(scene, scene.guest, str(number))
    args = {"resourceType": "meetingNotes", "resourceId": scene.meeting_id, "subscriptionId": "100"}
    assert scene.guest.fails(ESTABLISH, "LIMIT_EXCEEDED", **args).metadata["limit"] == 100
    establish(scene, scene.guest, "5")
    establish(scene, scene.host, "100")
    scene.backend.advance(TEN_MINUTES + 1)
    establish(scene, scene.guest, "100")


def test_only_the_action_extends_a_registration(scene: Scene) -> None:
    until = establish(scene, scene.host)["validUntil"]
    scene.backend.advance(300)
    assert validate(scene.host)["validUntil"] == until
    assert validate(scene.host, path=LOG)["validUntil"] > until + 299_000
    scene.backend.advance(400)
    assert validate(scene.host)["valid"] is True


def test_a_registration_ends_after_ten_minutes(scene: Scene) -> None:
    establish(scene, scene.host)
    scene.backend.now_ns += int((TEN_MINUTES + 1) * 1e9)
    found = validate(scene.host), check(scene, scene.host)
    assert {(one["reason"], one["shouldReconnect"]) for one in found} == {("EXPIRED", True)}
    scene.backend.advance(60)
    assert registered(scene.backend) == []


def test_a_lost_right_is_told_at_once_and_recorded_by_the_action(scene: Scene) -> None:
    establish(scene, scene.guest)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    found = validate(scene.guest), check(scene, scene.guest)
    assert {(one["valid"], one["reason"], one["shouldReconnect"]) for one in found} == {(False, "FORBIDDEN", False)}
    assert scene.guest.call(STATS)["totalActive"] == 0
    assert len(registered(scene.backend)) == 1
    assert validate(scene.guest, path=LOG)["reason"] == "FORBIDDEN"
    assert registered(scene.backend) == []
    lost = [row for row in scene.backend.read(lambda db: db.scan(AuditLog, "by_creation")) if "right" in row.action]
    assert [(row.actor_user_id, row.metadata["resourceType"]) for row in lost] == [
        (scene.guest.user_id, "meetingNotes")
    ]


def test_a_registration_for_another_resource_counts_as_none(scene: Scene) -> None:
    establish(scene, scene.host)
    assert check(scene, scene.host)["valid"] is True
    assert check(scene, scene.host, kind="messages")["reason"] == "NOT_FOUND"
    other = scene.create(scene.host)
    args = {"subscriptionId": "one", "resourceType": "meetingNotes", "resourceId": other, "lastValidated": 0}
    assert scene.host.call(CHECK, **args)["reason"] == "NOT_FOUND"


@pytest.mark.parametrize("path", [VALIDATE, LOG])
def test_a_time_that_is_no_number_is_refused(scene: Scene, path: str) -> None:
    scene.host.fails(path, "VALIDATION_ERROR", subscriptionId="one", lastValidated=math.nan)


def test_statistics_are_of_ones_own_and_count_changes(scene: Scene) -> None:
    establish(scene, scene.host, "notes", priority="high")
    establish(scene, scene.host, "chat", "messages")
    for kind in ("transcripts", "participants", "meetingParticipants", "prompts"):
        establish(scene, scene.host, kind, kind)
    establish(scene, scene.guest, "theirs")
    operation = {"type": "insert", "position": 0, "content": "Agenda"}
    args = {"meetingId": scene.meeting_id, "operation": operation, "clientSequence": 0, "expectedVersion": 0}
    scene.host.call("realtime/batchedOperations:batchApplyNoteOperation", **args)
    scene.backend.runtime.node.recorder.pushed(0.2)
    found = scene.host.call(STATS)
    assert (found["totalActive"], found["byPriority"]) == (6, {"high": 1, "normal": 5})
    stats = {one["subscriptionId"]: one["stats"] for one in found["performanceStats"]}
    assert (stats["notes"]["updateCount"], stats["chat"]["updateCount"]) == (1, 0)
    assert stats["notes"]["avgLatency"] == pytest.approx(200)
    assert stats["notes"]["sloCompliant"] is False
    metrics = scene.host.call(METRICS, subscriptionId="notes")
    assert (metrics["globalStats"]["totalUpdates"], metrics["globalStats"]["sloBreaches"]) == (1, 1)
    assert len(scene.host.call(METRICS)["subscriptions"]) == 6


def test_live_data_say_whether_the_registration_named_holds(scene: Scene) -> None:
    establish(scene, scene.host)
    for path in (NOTES, PEOPLE):
        for id, holds in ((None, True), ("one", True), ("other", False)):
            named = {} if id is None else {"subscriptionId": id}
            assert scene.host.call(path, meetingId=scene.meeting_id, **named)["subscriptionValid"] is holds


def test_hosts_alone_see_addresses_and_those_of_their_organisation_alone(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend()
    host, mate = backend.sign_in("hanna", org_id="org"), backend.sign_in("mia", org_id="org")
    other = backend.sign_in("otto", org_id="elsewhere")
    meeting = host.call("meetings/lifecycle:createMeeting", title="Planning")["meetingId"]
    for person in (mate, other):
        host.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=person.user_id, role="participant")
        person.call("meetings/invitations:acceptInvitation", meetingId=meeting)

    def seen(caller: Caller) -> dict[str, str]:
        found = caller.call(PEOPLE, meetingId=meeting)
        return {one["userId"]: one["user"]["email"] for one in found["participants"]}

    assert seen(host) == {
        host.user_id: "hanna@example.org", mate.user_id: "mia@example.org", other.user_id: "",
    }  # fmt: skip
    assert set(seen(mate).values()) == {""}
    assert mate.call(PEOPLE, meetingId=meeting)["permissions"] == ["read"]
    assert host.call(PEOPLE, meetingId=meeting)["permissions"] == ["read", "invite", "remove", "manage"]


def test_presence_is_changed_at_once(scene: Scene) -> None:
    path = "realtime/batchedOperations:batchUpdatePresence"
    scene.start()
    for presence in ("joined", "left"):
        changed = scene.guest.call(path, meetingId=scene.meeting_id, presence=presence, metadata={"device": "desk"})
        assert changed == {"queued": True, "batchSize": 1}
        shown = scene.host.call(PEOPLE, meetingId=scene.meeting_id)["participants"]
        assert next(one["presence"] for one in shown if one["userId"] == scene.guest.user_id) == presence
    scene.outsider.fails(path, "FORBIDDEN", meetingId=scene.meeting_id, presence="joined")
    scene.end()
    scene.guest.fails(path, "VALIDATION_ERROR", meetingId=scene.meeting_id, presence="joined")


def test_an_operator_flushes_behind_everything_and_counts_running_calls(scene: Scene) -> None:
    operator = scene.backend.sign_in("olga", operator=True, provision=False)
    assert operator.call("realtime/batchedOperations:flushAllBatches") is None
    stats = operator.call("realtime/batchedOperations:getBatchStats")
    assert stats == {"transcripts": {"queueSize": 0}, "noteOps": {"queueSize": 0}, "presence": {"queueSize": 0}}
