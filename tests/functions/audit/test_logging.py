"""The audit trail is read by those whom it concerns, by any filters together, newest first."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.model.audit_reading import Filters
from connvo.runtime.call_request import CallRequest
from connvo.runtime.origins import Origin, calling_from
from connvo.schema.meetings import Meeting
from connvo.store.schema import table_of
from tests.support.audit import all_rows, seal_now
from tests.support.backend import Backend, Caller
from tests.support.people import claiming
from tests.support.scene import Scene

GET, LIST, HEAD = "audit/logging:getAuditLogs", "audit/logging:listAuditLogs", "audit/logging:getAuditHead"
NOWHERE = encode_id(table_of(Meeting).number, bytes(16))
HERE = Origin(request_id="request-1", address="192.0.2.7", agent="Firefox/150")


class Trail(Scene):
    """A meeting with a host, an admin of the guest's organisation, and an operator without an account."""

    def __init__(self, backend: Backend) -> None:
        with calling_from(lambda: HERE):
            super().__init__(backend)
            self.start()
            self.join(self.host, self.guest)
        self.admin = backend.sign_in("adam", org_id="acme", org_role="admin")
        self.worker = backend.sign_in("wim", org_id="acme")
        self.stranger = backend.sign_in("stan", org_id="other", org_role="admin")
        self.operator = backend.sign_in("ops", operator=True, provision=False)
        self.worker.call("settings/mutations:updateSettings", pushNotifications=False)

    def logs(self, caller: Caller, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = caller.call(GET, limit=200, **filters)["logs"]
        return found

    def pages(self, caller: Caller, size: int = 3, **filters: Any) -> Iterator[list[dict[str, Any]]]:
        cursor: str | None = None
        while True:
            page = caller.call(LIST, paginationOpts={"numItems": size, "cursor": cursor}, **filters)
            yield page["page"]
            if page["isDone"]:
                return
            cursor = page["continueCursor"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    backend = Backend(tmp_path_factory.mktemp("trail"))
    yield Trail(backend)
    backend.close()


@pytest.fixture
def trail(backend: Backend) -> Trail:
    return Trail(backend)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["_id"] for row in rows]


def test_an_operator_sees_all_newest_first(shared: Trail) -> None:
    told = shared.logs(shared.operator)
    assert ids(told) == [row.id for row in reversed(all_rows(shared.backend))]
    assert told[0].keys() <= {
        "_id", "_creationTime", "actorUserId", "resourceType", "resourceId", "action", "metadata", "timestamp",
    }  # fmt: skip


def test_users_see_their_own_deeds(shared: Trail) -> None:
    for filters in ({}, {"actorUserId": shared.guest.user_id}):
        rows = shared.logs(shared.guest, **filters)
        assert rows
        assert {row["actorUserId"] for row in rows} == {shared.guest.user_id}


def test_a_host_sees_the_rows_about_the_meeting(shared: Trail) -> None:
    filters = {"resourceType": "meetings", "resourceId": shared.meeting_id}
    rows = shared.logs(shared.host, **filters)
    assert {row["actorUserId"] for row in rows} >= {shared.host.user_id}
    assert ids(rows) == ids(shared.logs(shared.operator, **filters))
    listed = [row for page in shared.pages(shared.host, meetingId=shared.meeting_id) for row in page]
    assert {row["meetingId"] for row in listed} == {shared.meeting_id}


def test_an_admin_sees_the_rows_of_the_organisation(shared: Trail) -> None:
    rows = shared.logs(shared.admin)
    assert {row["actorUserId"] for row in rows} == {shared.admin.user_id, shared.worker.user_id}
    assert ids(shared.logs(shared.admin, actorUserId=shared.worker.user_id)) == [
        row["_id"] for row in rows if row["actorUserId"] == shared.worker.user_id
    ]
    assert shared.logs(shared.admin, actorUserId=shared.guest.user_id) == []
    assert {row["actorUserId"] for row in shared.logs(shared.stranger)} == {shared.stranger.user_id}


def test_an_admin_sees_no_blocks_and_no_search_for_people(trail: Trail) -> None:
    before = ids(trail.logs(trail.admin))
    trail.worker.call("users/blocks:blockUser", userId=trail.admin.user_id)
    assert trail.logs(trail.admin, action="user.block") == []
    assert ids(trail.logs(trail.admin)) == before
    assert [row["resourceId"] for row in trail.logs(trail.worker, action="user.block")] == [trail.admin.user_id]
    assert len(trail.logs(trail.operator, action="user.block")) == 1


def test_others_are_refused(shared: Trail) -> None:
    for path, more in ((GET, {}), (LIST, {"paginationOpts": {"numItems": 5, "cursor": None}})):
        shared.guest.fails(path, "FORBIDDEN", actorUserId=shared.host.user_id, **more)
        shared.guest.fails(path, "FORBIDDEN", resourceType="meetings", resourceId=shared.meeting_id, **more)
        shared.outsider.fails(path, "FORBIDDEN", resourceType="meetings", resourceId=NOWHERE, **more)
        shared.backend.anonymous.fails(path, "UNAUTHORIZED", **more)
        shared.backend.sign_in("sam", provision=False).fails(path, "UNAUTHORIZED", **more)
    for caller in (shared.host, shared.admin):
        assert caller.fails(HEAD, "FORBIDDEN").metadata == {"reason": "operators_only"}
    shared.backend.anonymous.fails(HEAD, "UNAUTHORIZED")


def test_a_former_host_is_refused(trail: Trail) -> None:
    about = {"resourceType": "meetings", "resourceId": trail.meeting_id}
    trail.of(trail.host, "updateParticipantRole", userId=trail.guest.user_id, newRole="host")
    assert trail.logs(trail.guest, **about)
    trail.of(trail.host, "updateParticipantRole", userId=trail.guest.user_id, newRole="participant")
    trail.guest.fails(GET, "FORBIDDEN", **about)


def test_a_deactivated_operator_is_refused(trail: Trail) -> None:
    known = trail.backend.sign_in("ops", operator=True)
    known.call("users/mutations:deactivateUser", userId=known.user_id)
    for path in (GET, HEAD):
        known.fails(path, "FORBIDDEN")


FILTERS: dict[str, Callable[[Trail], Any]] = {
    "resourceType": lambda trail: "meetings",
    "resourceId": lambda trail: trail.meeting_id,
    "actorUserId": lambda trail: trail.host.user_id,
    "action": lambda trail: "meeting.add_participant",
}
FIELDS = {
    "resourceType": "resource_type", "resourceId": "resource_id", "actorUserId": "actor_user_id", "action": "action",
}  # fmt: skip
CHOSEN = [names for count in (1, 2, 3, 4) for names in itertools.combinations(FILTERS, count)]


@pytest.mark.parametrize("names", CHOSEN, ids="+".join)
def test_all_filters_hold_together(shared: Trail, names: tuple[str, ...]) -> None:
    filters = {name: FILTERS[name](shared) for name in names}
    wanted = Filters(**{FIELDS[name]: value for name, value in filters.items()})
    expected = [row.id for row in reversed(all_rows(shared.backend)) if wanted.hold(row)]
    assert expected
    assert ids(shared.logs(shared.operator, **filters)) == expected
    pages = list(shared.pages(shared.operator, **filters))
    assert [row["_id"] for page in pages for row in page] == expected
    assert ids(shared.operator.call(GET, limit=2, **filters)["logs"]) == expected[:2]


def test_time_and_outcome_are_filters_too(shared: Trail) -> None:
    rows = all_rows(shared.backend)
    first, last = rows[2].creation_time, rows[5].creation_time
    found = [row for page in shared.pages(shared.operator, size=2, **{"from": first, "to": last}) for row in page]
    assert ids(found) == [row.id for row in reversed(rows[2:6])]
    assert [row for page in shared.pages(shared.operator, outcome="denied") for row in page] == []


def test_pages_are_whole_and_exactly_one_page_is_not_cut(shared: Trail) -> None:
    total = len(all_rows(shared.backend))
    for size in (1, total - 1, total, 100):
        pages = list(shared.pages(shared.operator, size))
        assert sum(map(len, pages)) == total
    assert len(list(shared.pages(shared.operator, total))) == 1


def test_a_page_looks_at_a_bounded_number_of_rows(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    from connvo.functions.audit import logging as functions
    from connvo.model import audit_reading

    monkeypatch.setattr(audit_reading, "EXAMINED", 4)
    monkeypatch.setattr(functions, "MAX_EXAMINED", 4)
    pages = list(trail.pages(trail.operator, resourceType="users"))
    rows = [row for page in pages for row in page]
    assert ids(rows) == [row.id for row in reversed(all_rows(trail.backend)) if row.resource_type == "users"]
    assert any(len(page) < 3 for page in pages[:-1])
    trail.operator.fails(GET, "LIMIT_EXCEEDED", resourceType="users")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"action": "x" * 201}, "action"), ({"resourceType": "x" * 201}, "resourceType"), ({"limit": "many"}, "limit")],
)
def test_a_wrong_filter_is_refused_by_name(shared: Trail, wrong: dict[str, Any], field: str) -> None:
    assert shared.operator.fails(GET, "VALIDATION_ERROR", **wrong).metadata["field"] == field


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (1, 1), (-5, 1), (2.9, 2), (1000, None)])
def test_the_limit_is_clamped(shared: Trail, limit: float, count: int | None) -> None:
    found = shared.operator.call(GET, limit=limit)["logs"]
    assert len(found) == (min(200, len(all_rows(shared.backend))) if count is None else count)


def test_operators_alone_see_where_a_call_came_from(shared: Trail) -> None:
    for caller, shown in ((shared.operator, True), (shared.host, False)):
        rows: list[dict[str, Any]] = [
            row for page in shared.pages(caller, 100, actorUserId=shared.host.user_id) for row in page
        ]
        assert all(row["requestId"] == "request-1" for row in rows)
        assert all(row["outcome"] == "success" for row in rows)
        assert all(("ipAddress" in row, "userAgent" in row) == (shown, shown) for row in rows)
        assert rows


def test_the_head_is_the_newest_seal(trail: Trail) -> None:
    before = trail.operator.call(HEAD)
    assert (before["seal"], before["hash"]) == (0, "")
    assert before["unsealed"] == len(all_rows(trail.backend))
    seal = seal_now(trail.backend)[-1]
    head = trail.operator.call(HEAD)
    assert (head["seal"], head["hash"], head["unsealed"], head["sealedAt"]) == (1, seal.hash, 0, seal.sealed_at)


def test_refusals_are_noted_once_with_their_number(trail: Trail) -> None:
    backend = trail.backend
    for _ in range(3):
        trail.guest.fails("meetings/lifecycle:endMeeting", "INSUFFICIENT_PERMISSIONS", meetingId=trail.meeting_id)
    trail.outsider.fails("meetings/chat:sendMessage", "FORBIDDEN", meetingId=trail.meeting_id, text="Secret words")
    trail.outsider.fails("meetings/chat:listMessages", "FORBIDDEN", meetingId=trail.meeting_id,
                         paginationOpts={"numItems": 1, "cursor": None})  # fmt: skip
    trail.outsider.fails(HEAD, "FORBIDDEN")
    trail.outsider.fails("meetings/lifecycle:endMeeting", "FORBIDDEN", meetingId=NOWHERE)
    backend.run(backend.runtime.executor.deferred_audit.flush())
    denied = [row for row in all_rows(backend) if row.outcome == "denied"]
    told = {(row.actor_user_id, row.resource_id, row.metadata["code"], row.metadata["count"]) for row in denied}
    assert told == {
        (trail.guest.user_id, "meetings/lifecycle:endMeeting", "INSUFFICIENT_PERMISSIONS", 3),
        (trail.outsider.user_id, "meetings/chat:sendMessage", "FORBIDDEN", 1),
        (trail.outsider.user_id, HEAD, "FORBIDDEN", 1),
        (trail.outsider.user_id, "meetings/lifecycle:endMeeting", "FORBIDDEN", 1),
    }
    seen = [row for page in trail.pages(trail.host, meetingId=trail.meeting_id, outcome="denied") for row in page]
    assert len(seen) == 2


def test_reads_of_operators_are_noted(trail: Trail) -> None:
    backend = trail.backend
    trail.logs(trail.operator, action="meeting.start")
    trail.logs(trail.operator, action="user.signup")
    trail.logs(trail.host)
    backend.run(backend.runtime.executor.deferred_audit.flush())
    [row] = [row for row in all_rows(backend) if row.action == "audit.read"]
    assert (row.actor_user_id, row.resource_id) == (None, GET)
    assert (row.metadata["filters"], row.metadata["count"]) == ("action", 2)
    assert len(str(row.metadata["operator"])) == 16


def test_rows_of_a_meeting_outlast_it(trail: Trail) -> None:
    from connvo.maintenance.erasure import erase

    backend = trail.backend
    alone = backend.sign_in("solo")
    meeting = alone.call("meetings/lifecycle:createMeeting", title="Alone")["meetingId"]
    backend.run(erase(backend.runtime, alone.user_id))
    kept = [row for row in all_rows(backend) if row.meeting_id == meeting]
    assert [row.action for row in kept][:1] == ["meeting.create"]


def test_a_past_snapshot_gives_no_right_back(trail: Trail) -> None:
    backend = trail.backend
    runtime = backend.runtime
    at = backend.run(runtime.latest_ts(trail.admin.identity))
    moved = claiming(trail.admin, org_id="other")

    def rows(caller: Caller) -> list[str]:
        page = {"paginationOpts": {"numItems": 50, "cursor": None}}
        told = [
            backend.run(runtime.run(CallRequest(path, args, caller.identity, "query", "test", at))).value
            for path, args in ((GET, {}), (LIST, page))
        ]
        assert ids(told[0]["logs"]) == ids(told[1]["page"])
        return ids(told[0]["logs"])

    before = rows(trail.admin)
    trail.worker.call("settings/mutations:updateSettings", pushNotifications=True)
    assert rows(trail.admin) == before
    assert not set(rows(moved)) & set(before)
    demoted = claiming(trail.admin, org_role="member")
    assert set(rows(demoted)) < set(before)
