"""An end of a match tells neither user what the other did: declined, blocked, did not answer, or closed the account."""

from typing import Any

import pytest

from tests.support.backend import Caller
from tests.support.matching import ANSWER, CURRENT, HISTORY, STATS, STATUS, Pool
from tests.support.people import audit_rows

LOGS = "audit/logging:getAuditLogs"


def declined(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    partner.call(ANSWER, matchId=match_id, outcome="declined")


def blocked(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    partner.call("users/blocks:blockUser", userId=other.user_id)


def deactivated(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    partner.call("users/mutations:deactivateUser", userId=partner.user_id)


def closed_by_operator(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    pool.operator.call("operators/users:setUserActive", userId=partner.user_id, active=False)


def erased(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    pool.operator.call("operators/users:eraseUser", userId=partner.user_id)


def unanswered(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    pool.backend.advance(131)


ENDS = [declined, blocked, deactivated, closed_by_operator, erased, unanswered]


def shown(caller: Caller) -> dict[str, Any]:
    """Return all that a user can read of their matches, without what differs from run to run."""
    status = caller.call(STATUS)
    entry = caller.call("matching/matches:getEntry")
    return {
        "current": caller.call(CURRENT),
        "status": (status["status"], sorted(status.keys() - {"estimatedWaitTime"})),
        "entry": (entry["status"], sorted(entry)),
        "history": [(one["outcome"], one["features"]) for one in caller.call(HISTORY)],
        "stats": caller.call(STATS),
    }


@pytest.mark.parametrize("accepted", [False, True])
def test_every_end_of_a_proposal_is_told_alike(pool: Pool, accepted: bool) -> None:
    seen = []
    for number, end in enumerate(ENDS):
        ann, bo = pool.person(f"ann{number}"), pool.person(f"bo{number}")
        for one in (ann, bo):
            pool.enter(one, interests=[f"Topic {number}"], minutes=600)
        pool.cycle()
        match_id = ann.call(CURRENT)["matchId"]
        if accepted:
            ann.call(ANSWER, matchId=match_id, outcome="accepted")
        end(pool, bo, match_id, ann)
        refused = [
            ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome=outcome)
            for outcome in ("declined", "completed", *(() if accepted else ("accepted",)))
        ]
        told = [(one.message, {**one.metadata, "matchId": ""}) for one in refused]
        assert {one.metadata["state"] for one in refused} == {"ended"}
        seen.append((told, shown(ann)))
        assert seen[-1] == seen[0]
        if ann.call(STATUS) is not None:
            ann.call("matching/queue:cancelQueueEntry")
        if end in (declined, blocked, unanswered):
            bo.call("matching/queue:cancelQueueEntry")


def test_a_proposal_past_its_time_is_refused_as_one_that_ended(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    pool.backend.now_ns += 121 * 10**9
    late = ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="accepted")
    pool.backend.advance(10)
    swept = ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="accepted")
    assert (late.message, late.metadata) == (swept.message, swept.metadata)


def cancelled(pool: Pool, partner: Caller, match_id: str, other: Caller) -> None:
    partner.call("matching/queue:cancelQueueEntry")


@pytest.mark.parametrize("end", [declined, cancelled, blocked, deactivated, closed_by_operator, erased])
def test_the_end_of_a_planned_meeting_tells_no_cause(pool: Pool, end: Any) -> None:
    ann, bo = pool.person("ann"), pool.person("bo", org_id="org")
    meeting_id = pool.confirm(ann, bo)
    match_id = ann.call(CURRENT)["matchId"]
    end(pool, bo, match_id, ann)
    (row,) = audit_rows(pool.backend, "meeting.cancel")
    assert (row.actor_user_id, row.metadata, row.org_id) == (None, {"reason": "match_ended"}, None)
    assert (row.request_id, row.source) == (None, None)
    logs = ann.call(LOGS, resourceId=meeting_id)["logs"]
    assert [one["metadata"] for one in logs if one["action"] == "meeting.cancel"] == [{"reason": "match_ended"}]
    refused = ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="completed")
    assert refused.metadata["state"] == "ended"
    assert shown(ann)["status"][0] == "waiting"
