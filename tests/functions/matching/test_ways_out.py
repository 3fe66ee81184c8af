"""Every match can be left: before its meeting by calling it off, and in it by leaving."""

from typing import Any

import pytest

from connvo.schema.matching import Match
from connvo.schema.meetings import Meeting
from tests.support import match_invariants
from tests.support.backend import Caller
from tests.support.matching import ANSWER, CANCEL, CURRENT, ENTER, MINUTE, STATUS, WISHES, Pool

START, JOIN, LEAVE, END, CALL_OFF = (
    f"meetings/lifecycle:{name}Meeting" for name in ("start", "join", "leave", "end", "cancel")
)


def confirmed(pool: Pool) -> tuple[Caller, Caller, str, str]:
    """Return two people with a meeting, their meeting, and their match."""
    ann, bo = pool.person("ann"), pool.person("bo")
    meeting_id = pool.confirm(ann, bo)
    return ann, bo, meeting_id, ann.call(CURRENT)["matchId"]


def refusal(pool: Pool, caller: Caller) -> str:
    now = pool.backend.now_ms
    return caller.fails(ENTER, "CONFLICT", availableFrom=now, availableTo=now + 60 * MINUTE, constraints=WISHES).message


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("way", ["cancel", "decline"])
def test_a_meeting_that_has_not_begun_is_called_off_by_either(each_pool: Pool, way: str, second: bool) -> None:
    ann, bo, meeting_id, match_id = confirmed(each_pool)
    caller, other = (bo, ann) if second else (ann, bo)
    for _ in range(2 if way == "decline" else 1):
        if way == "cancel":
            caller.call(CANCEL)
        else:
            caller.call(ANSWER, matchId=match_id, outcome="declined")
    meeting = each_pool.backend.read(lambda db: db.get(Meeting, meeting_id))
    match = each_pool.backend.read(lambda db: db.get(Match, match_id))
    assert meeting is not None and match is not None
    assert (meeting.state, match.state) == ("cancelled", "void")
    assert [one.call(CURRENT) for one in (ann, bo)] == [None, None]
    assert other.call(STATUS)["status"] == "waiting"
    if way == "cancel":
        assert caller.call(STATUS) is None
        each_pool.enter(caller)
    assert caller.call(STATUS)["status"] == "waiting"
    assert each_pool.cycle()["totalMatches"] == 0
    match_invariants.check(each_pool.backend)
    assert other.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="declined").metadata["state"] == "ended"


def leave(pool: Pool, caller: Caller, meeting_id: str) -> None:
    caller.call(START, meetingId=meeting_id)
    caller.call(JOIN, meetingId=meeting_id)
    caller.call(LEAVE, meetingId=meeting_id)


def end(pool: Pool, caller: Caller, meeting_id: str) -> None:
    caller.call(START, meetingId=meeting_id)
    caller.call(END, meetingId=meeting_id)


def call_off(pool: Pool, caller: Caller, meeting_id: str) -> None:
    caller.call(CALL_OFF, meetingId=meeting_id)


def let_the_time_pass(pool: Pool, caller: Caller, meeting_id: str) -> None:
    pool.backend.now_ns += 121 * 60 * 10**9


@pytest.mark.parametrize("way", [leave, end, call_off, let_the_time_pass])
def test_a_user_whose_meeting_is_over_has_no_match_and_can_enter(pool: Pool, way: Any) -> None:
    ann, bo, meeting_id, match_id = confirmed(pool)
    way(pool, ann, meeting_id)
    assert ann.call(CURRENT) is None
    assert ann.call(STATUS) is None
    assert (bo.call(CURRENT) is not None) == (way is leave)
    assert ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="completed").code == "CONFLICT"
    pool.enter(ann)
    assert ann.call(STATUS)["status"] == "waiting"


def test_a_refusal_names_a_step_that_works(pool: Pool) -> None:
    ann, bo, meeting_id, match_id = confirmed(pool)
    assert "cancel that entry" in refusal(pool, ann)
    ann.call(START, meetingId=meeting_id)
    ann.call(JOIN, meetingId=meeting_id)
    assert "leave it first" in refusal(pool, ann)
    assert "leave it first" in ann.fails(CANCEL, "CONFLICT").message
    assert "leave it" in ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="declined").message
    assert "cancel your entry" in bo.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="declined").message
    assert "cancel that entry" in refusal(pool, bo)
    bo.call(CANCEL)
    pool.enter(bo)
    assert ann.call(CURRENT)["meetingId"] == meeting_id
    ann.call(LEAVE, meetingId=meeting_id)
    pool.enter(ann)


def test_a_user_with_a_proposal_is_told_to_answer_it(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    assert "answer the proposal first" in refusal(pool, ann)
    assert "answer the proposal" in ann.fails(CANCEL, "CONFLICT").message
    ann.call(ANSWER, matchId=match_id, outcome="declined")
    ann.call(CANCEL)
    pool.enter(ann)
