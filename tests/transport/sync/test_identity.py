"""Who a client is: proven, refreshed, expired, taken away."""

import json
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.meetings import Meeting
from connvo.store.schema import table_of
from connvo.transport.sync import close_codes
from tests.protocol.sample.notes import RUNS
from tests.support.audit import all_rows
from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness
from tests.support.sync_pipe import Pipe

HOUR = 3600.0
CLOSED = (close_codes.NORMAL, close_codes.NOT_AUTHENTICATED)
SOME_MEETING = encode_id(table_of(Meeting).number, bytes(16))


def authenticate(house: SyncHarness, pipe: Pipe, token: str | None) -> None:
    pipe.say(pipe.client.authenticate(token))
    house.settle(pipe)


def last_transition(pipe: Pipe) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pipe.heard[-1])
    assert found["type"] == "Transition"
    return found


def test_a_token_of_the_same_person_runs_nothing_again(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice", session="laptop", token="1", issued_at=1.0))
    house.watch(pipe, "notes:inChannel", channel="kept")
    whoami = house.watch(pipe, "values:whoami")
    runs = RUNS["kept"]
    authenticate(house, pipe, house.token("alice", lifetime=2 * HOUR, session="laptop", token="2", issued_at=2.0))
    transition = last_transition(pipe)
    assert transition["endVersion"]["identity"] == 2
    assert transition["modifications"] == []
    assert RUNS["kept"] == runs
    assert whoami() == "alice"


def test_another_user_is_shown_only_permitted_fields(house: SyncHarness) -> None:
    pipe = house.open()
    whoami = house.watch(pipe, "values:whoami")
    for token, name in ((house.token("alice"), "alice"), (house.token("bob"), "bob"), (None, None)):
        authenticate(house, pipe, token)
        assert whoami() == name


def test_a_claim_that_changed_counts_as_another_person(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice", org_id="one"))
    house.value(pipe, "users/mutations:upsertUser", workosUserId="alice", email="alice@example.org")
    colleagues = house.watch(
        pipe, "users/queries:listActiveUsersInOrg", paginationOpts={"numItems": 5, "cursor": None, "id": -1}
    )
    other = house.open(token=house.token("carol", org_id="two"))
    house.value(other, "users/mutations:upsertUser", workosUserId="carol", email="carol@example.org")
    assert colleagues()["page"] == []
    authenticate(house, pipe, house.token("alice", org_id="two"))
    assert [row["displayName"] for row in colleagues()["page"]] == ["carol"]


def test_a_mutation_is_called_by_the_identity_at_the_time_of_the_call(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice"))
    args = {"workosUserId": "alice", "email": "alice@example.org"}
    number, messages = pipe.client.mutate("users/mutations:upsertUser", args)
    pipe.say([*messages, *pipe.client.authenticate(None)])
    house.settle(pipe)
    assert pipe.client.outcomes[number]["success"]


def test_every_call_on_a_socket_is_a_use_of_the_sign_in(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice"))
    house.do(pipe, "notes:add", text="x")
    pipe.say(pipe.client.act("values:act", {})[1])
    house.settle(pipe)
    assert house.admission.users == ["alice", "alice"]


@pytest.mark.parametrize("kind", ["User", "Admin"])
def test_a_token_that_is_refused_ends_the_connection(house: SyncHarness, kind: str) -> None:
    pipe = house.open()
    house.watch(pipe, "notes:count")
    pipe.say([{"type": "Authenticate", "baseVersion": 0, "tokenType": kind, "value": "forged"}])
    house.settle(pipe)
    (error,) = pipe.client.auth_errors
    assert error["authUpdateAttempted"] is True
    assert error["baseVersion"] == 0
    assert pipe.closed == (close_codes.NORMAL, close_codes.NOT_AUTHENTICATED)


def test_a_key_server_that_is_away_signs_nobody_out(house: SyncHarness) -> None:
    pipe = house.open()
    house.keys_away = True
    authenticate(house, pipe, house.token("alice"))
    assert pipe.client.auth_errors == []
    assert pipe.closed == (close_codes.BUSY, close_codes.KEYS_UNREACHABLE)
    house.keys_away = False
    again = house.open(pipe.client, token=pipe.client.token)
    assert house.watch(again, "values:whoami")() == "alice"


def test_an_expired_token_does_nothing_more_and_is_replaced_without_loss(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.open(client, token=house.token("alice", lifetime=HOUR))
    house.watch(pipe, "notes:count")
    house.pass_time(HOUR + 60)
    assert pipe.open, "nobody is cut off for being idle"
    number, messages = client.mutate("notes:add", {"text": "late"})
    pipe.say(messages)
    house.settle(pipe)
    (error,) = client.auth_errors
    assert error["authUpdateAttempted"] is False
    assert error["baseVersion"] == 1
    assert pipe.closed == (close_codes.NORMAL, close_codes.NOT_AUTHENTICATED)
    assert house.watch(house.open(), "notes:count")() == 0
    house.open(client, token=house.token("alice"))
    assert client.outcomes[number]["success"]
    assert house.watch(house.open(), "notes:count")() == 1


def test_a_clock_that_is_a_little_off_does_no_harm(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice", lifetime=HOUR))
    house.pass_time(HOUR + house.backend.settings.identity.leeway_seconds - 1)
    assert house.do(pipe, "notes:add", text="x")["success"]


def test_an_expired_token_is_shown_nothing_new(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice", lifetime=HOUR))
    count = house.watch(pipe, "notes:count")
    house.pass_time(HOUR + 60)
    house.do(house.open(), "notes:add", text="x")
    assert count() == 0
    assert pipe.client.auth_errors[0]["authUpdateAttempted"] is False
    assert pipe.closed is not None


def test_an_action_needs_a_token_that_is_valid(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice", lifetime=HOUR))
    house.pass_time(HOUR + 60)
    pipe.say(pipe.client.act("values:act", {})[1])
    house.settle(pipe)
    assert pipe.client.auth_errors
    assert list(pipe.client.actions.values()) == [None]


def test_mutations_before_a_refused_token_are_answered(house: SyncHarness) -> None:
    pipe = house.open()
    number, messages = pipe.client.mutate("notes:add", {"text": "x"})
    pipe.say([*messages, *pipe.client.authenticate("forged")])
    house.settle(pipe)
    assert pipe.client.auth_errors
    assert pipe.client.pending[number].answer is not None


def test_a_deactivated_user_loses_every_result_at_that_commit(house: SyncHarness) -> None:
    alice = house.person("alice")
    meeting = house.value(alice.pipe, "meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
    account = house.watch(alice.pipe, "users/queries:getCurrentUser")
    seen = house.watch(alice.pipe, "meetings/queries:getMeeting", meetingId=meeting)
    second = house.open(token=alice.token)
    elsewhere = house.watch(second, "meetings/queries:getMeeting", meetingId=meeting)
    assert seen()["title"] == elsewhere()["title"] == "Talk"
    house.do(second, "users/mutations:deactivateUser", userId=alice.id)
    for view in (account, seen, elsewhere):
        assert view()["data"]["code"] == "FORBIDDEN"


def test_the_sockets_of_a_deactivated_account_end_after_its_last_results(house: SyncHarness) -> None:
    alice, host = house.person("alice"), house.person("hanna")
    views = [house.watch(pipe, "users/queries:getCurrentUser") for pipe in (alice.pipe, host.pipe)]
    silent = house.open(token=alice.token)
    house.do(alice.pipe, "users/mutations:deactivateUser", userId=alice.id)
    assert views[0]()["data"]["code"] == "FORBIDDEN"
    assert alice.pipe.closed == CLOSED
    assert [error["authUpdateAttempted"] for error in alice.pipe.client.auth_errors] == [False]
    assert not house.do(silent, "users/mutations:updateLastSeen")["success"]
    assert silent.closed == CLOSED
    assert host.pipe.closed is None
    assert "failed" not in views[1]()


def test_an_action_of_a_deactivated_account_ends_its_socket_too(house: SyncHarness) -> None:
    alice = house.person("alice")
    other = house.open(token=alice.token)
    house.do(alice.pipe, "users/mutations:deactivateUser", userId=alice.id)
    number, messages = other.client.act("prompts/actions:generatePreCallIdeas", {"meetingId": SOME_MEETING})
    other.say(messages)
    house.settle(other)
    assert other.client.actions[number] is not None
    assert other.closed == CLOSED


def test_a_token_of_a_deactivated_account_is_refused_before_it_is_confirmed(house: SyncHarness) -> None:
    alice = house.person("alice")
    house.watch(alice.pipe, "users/queries:getCurrentUser")
    house.do(alice.pipe, "users/mutations:deactivateUser", userId=alice.id)
    again = house.open(alice.pipe.client, alice.token)
    assert again.closed == CLOSED
    assert [error["authUpdateAttempted"] for error in again.client.auth_errors] == [False, True]


def test_an_account_that_is_active_again_is_served_again(house: SyncHarness) -> None:
    alice = house.person("alice")
    view = house.watch(alice.pipe, "users/queries:getCurrentUser")
    house.do(alice.pipe, "users/mutations:deactivateUser", userId=alice.id)
    operator = house.backend.sign_in("otto", operator=True, provision=False)
    operator.call("operators/users:setUserActive", userId=alice.id, active=True)
    again = house.open(alice.pipe.client, alice.token)
    assert again.closed is None
    assert view()["isActive"]


def test_a_removed_member_loses_every_result_at_that_commit(house: SyncHarness) -> None:
    host, guest = house.person("hanna"), house.person("gustav")
    meeting = house.value(host.pipe, "meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
    member = {"meetingId": meeting, "userId": guest.id}
    house.value(host.pipe, "meetings/lifecycle:addParticipant", **member, role="participant")
    views = [
        house.watch(guest.pipe, path, meetingId=meeting)
        for path in (
            "meetings/queries:getMeeting",
            "meetings/queries:listMeetingParticipants",
            "meetings/webrtc/signaling:getPendingSignals",
            "meetings/webrtc/signaling:getActiveSessions",
        )
    ]
    assert all("failed" not in view() for view in views if view())
    house.value(host.pipe, "meetings/lifecycle:removeParticipant", **member)
    assert [view()["data"]["code"] for view in views] == ["FORBIDDEN"] * len(views)
    house.value(host.pipe, "meetings/lifecycle:addParticipant", **member, role="participant")
    assert all("failed" not in view() for view in views if view())


def test_a_sign_in_that_was_ended_loses_every_result_at_that_commit(house: SyncHarness) -> None:
    alice = house.person("alice")
    meeting = house.value(alice.pipe, "meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
    phone = house.open(token=house.token("alice", session="phone"))
    house.value(phone, "users/sessions:describeSession", browser="safari", system="ios")
    views = [
        house.watch(phone, "users/queries:getCurrentUser"),
        house.watch(phone, "meetings/queries:getMeeting", meetingId=meeting),
        house.watch(phone, "users/sessions:listMine"),
    ]
    kept = house.watch(alice.pipe, "users/sessions:listMine")
    assert "failed" not in views[0]() and len(kept()) == 2
    [row] = [row for row in kept() if not row["current"]]
    house.do(alice.pipe, "users/sessions:endSession", sessionId=row["_id"])
    assert [view()["data"]["code"] for view in views] == ["UNAUTHORIZED"] * len(views)
    assert len(kept()) == 1
    refused = house.do(phone, "meetings/lifecycle:endMeeting", meetingId=meeting)
    assert refused["errorData"]["code"] == "UNAUTHORIZED"


def test_a_client_that_signs_in_again_on_the_same_connection_is_shown_everything_again(house: SyncHarness) -> None:
    alice = house.person("alice")
    phone = house.open(token=house.token("alice", session="phone", issued_at=house.backend.now_ms))
    account = house.watch(phone, "users/queries:getCurrentUser")
    house.value(alice.pipe, "users/sessions:endOtherSessions")
    assert account()["data"]["code"] == "UNAUTHORIZED"
    house.pass_time(1)
    authenticate(house, phone, house.token("alice", session="phone", issued_at=house.backend.now_ms))
    assert account()["workosUserId"] == "alice"


def test_watching_the_audit_trail_as_an_operator_leaves_a_row_in_it(house: SyncHarness) -> None:
    trail = "audit/logging:listAuditLogs"
    page = {"numItems": 5, "cursor": None}
    operator = house.open(token=house.token("otto", operator=True))
    view = house.watch(operator, trail, action="user.signup", paginationOpts=page)
    alice = house.person("alice")
    own = house.watch(alice.pipe, trail, paginationOpts=page)
    house.backend.run(house.backend.runtime.executor.deferred_audit.flush())
    house.settle()
    assert [len(shown()["page"]) for shown in (view, own)] == [1, 1]
    [row] = [row for row in all_rows(house.backend) if row.action == "audit.watch"]
    assert (row.resource_id, row.metadata["filters"], row.metadata["count"]) == (trail, "action", 1)
    assert row.source is not None
