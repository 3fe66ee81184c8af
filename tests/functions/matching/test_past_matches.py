"""Past matches tell the other's name, the topics and the meeting, and never more of the other than they show now."""

from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.runtime.call_request import CallRequest
from tests.support.backend import Caller
from tests.support.matching import ANSWER, CANCEL, CURRENT, PAST, Pool

TOPICS = {"interests": ["Old Engines", "Chess"]}


def close_profile(caller: Caller) -> None:
    caller.call("settings/mutations:updateSettings", profileVisibility=False)


def meet(pool: Pool, ann: Caller, bo: Caller) -> str:
    """Let two people have their meeting to its end; return it."""
    meeting_id = pool.confirm(ann, bo, **TOPICS)
    ann.call("meetings/lifecycle:startMeeting", meetingId=meeting_id)
    for one in (ann, bo):
        one.call("meetings/lifecycle:joinMeeting", meetingId=meeting_id)
    match_id = ann.call(CURRENT)["matchId"]
    ann.call(ANSWER, matchId=match_id, outcome="completed", feedback={"rating": 5})
    ann.call("meetings/lifecycle:endMeeting", meetingId=meeting_id)
    return meeting_id


def decline(pool: Pool, ann: Caller, bo: Caller) -> None:
    """Let one person decline the other."""
    ann.call(ANSWER, matchId=pool.propose(ann, bo, **TOPICS), outcome="declined")
    for one in (ann, bo):
        one.call(CANCEL)


def test_a_past_match_has_a_name_topics_a_rating_and_its_meeting(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    meeting_id = meet(pool, ann, bo)
    (past,) = ann.call(PAST)
    assert past["partner"]["displayName"] == "Bo"
    assert past["topics"] == ["Old Engines", "Chess"]
    assert (past["meetingId"], past["outcome"], past["rating"]) == (meeting_id, "completed", 5)
    (other,) = bo.call(PAST)
    assert (other["outcome"], other["partner"]["displayName"]) == ("accepted", "Ann")
    assert "rating" not in other


def test_topics_are_those_that_both_named_else_the_callers_own(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.enter(ann, interests=["Chess", "Sailing"])
    pool.enter(bo, interests=["chess", "Jazz"])
    pool.cycle(minScore=0.3)
    ann.call(ANSWER, matchId=ann.call(CURRENT)["matchId"], outcome="declined")
    assert ann.call(PAST)[0]["topics"] == ["Chess"]
    pool.backend.run(erase(pool.backend.runtime, bo.user_id))
    (past,) = ann.call(PAST)
    assert past["topics"] == ["Chess", "Sailing"]
    assert past["partner"] == {"_id": bo.user_id}


def test_the_match_of_now_is_not_past(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    ann.call(ANSWER, matchId=match_id, outcome="accepted")
    assert ann.call(PAST) == []


@pytest.mark.parametrize("met", [True, False])
@pytest.mark.parametrize("change", ["closed", "blocked", "blocked and closed by the other", "deactivated"])
def test_a_name_is_shown_as_far_as_the_other_shows_it_now(pool: Pool, met: bool, change: str) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    (meet if met else decline)(pool, ann, bo)
    (seen,) = ann.call(PAST)
    assert seen["partner"]["displayName"] == "Bo"
    if change == "closed":
        close_profile(bo)
    elif change == "blocked":
        ann.call("users/blocks:blockUser", userId=bo.user_id)
    elif change == "deactivated":
        bo.call("users/mutations:deactivateUser", userId=bo.user_id)
    else:
        close_profile(bo)
        bo.call("users/blocks:blockUser", userId=ann.user_id)
    (past,) = ann.call(PAST)
    assert ("displayName" in past["partner"]) == (met and change == "closed")


def test_a_past_state_of_the_list_shows_names_as_now(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    decline(pool, ann, bo)
    runtime = pool.backend.runtime
    at = pool.backend.run(runtime.latest_ts(ann.identity))

    def then() -> list[dict[str, Any]]:
        request = CallRequest(PAST, {}, ann.identity, "query", "test", at)
        found: list[dict[str, Any]] = pool.backend.run(runtime.run(request)).value
        return found

    assert then()[0]["partner"]["displayName"] == "Bo"
    close_profile(bo)
    assert then()[0]["partner"] == {"_id": bo.user_id}


def test_a_meeting_that_was_called_off_or_left_for_good_has_no_link(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.confirm(ann, bo)
    ann.call(ANSWER, matchId=ann.call(CURRENT)["matchId"], outcome="declined")
    for one in (ann, bo):
        one.call(CANCEL)
        assert "meetingId" not in one.call(PAST)[0]


def test_the_newest_come_first_up_to_a_limit(pool: Pool) -> None:
    ann = pool.person("ann")
    others = [pool.person(f"bo{number}") for number in range(3)]
    for bo in others:
        decline(pool, ann, bo)
    found = ann.call(PAST, limit=2)
    assert [one["partner"]["_id"] for one in found] == [others[2].user_id, others[1].user_id]
    ann.fails(PAST, "VALIDATION_ERROR", limit=float("nan"))
