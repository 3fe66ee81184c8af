"""From the queue to the meeting: both accept, or the proposal ends and nobody loses more than they should."""

from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.schema.matching import Match, MatchAnswer, QueueEntry
from connvo.schema.meetings import Meeting
from tests.support.backend import Caller
from tests.support.matching import ANSWER, CANCEL, CURRENT, HISTORY, STATS, STATUS, Pool

MINUTE_S, DAY_S = 60.0, 86_400.0


def answer(caller: Caller, match_id: str, outcome: str = "accepted", **more: Any) -> None:
    caller.call(ANSWER, matchId=match_id, outcome=outcome, **more)


def test_a_cycle_follows_an_entry_within_seconds(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.enter(ann)
    pool.enter(bo)
    pool.backend.advance(2.1)
    match = ann.call(CURRENT)
    assert match["state"] == "proposed"
    assert match["partner"] == {"_id": bo.user_id, "displayName": "Bo"}
    assert match["explanation"] == ["You both want to talk about Climbing.", "You both come as mentor."]
    assert 0 < match["score"] <= 1
    assert match["respondBy"] > pool.backend.now_ms
    assert bo.call(CURRENT)["matchId"] == match["matchId"]


def test_the_second_acceptance_makes_the_meeting_and_both_see_it(each_pool: Pool) -> None:
    ann, bo = each_pool.person("ann"), each_pool.person("bo")
    match_id = each_pool.propose(ann, bo)
    answer(ann, match_id)
    assert ann.call(CURRENT)["myAnswer"] == "accepted"
    seen = bo.call(CURRENT)
    assert "myAnswer" not in seen
    assert "meetingId" not in seen
    answer(ann, match_id)
    answer(bo, match_id)
    meeting_id = ann.call(CURRENT)["meetingId"]
    assert bo.call(CURRENT)["meetingId"] == meeting_id
    for one in (ann, bo):
        meeting = one.call("meetings/queries:getMeeting", meetingId=meeting_id)
        assert (meeting["userRole"], meeting["state"]) == ("host", "scheduled")
    bo.call("meetings/lifecycle:startMeeting", meetingId=meeting_id)
    for one in (ann, bo):
        one.call("meetings/lifecycle:joinMeeting", meetingId=meeting_id)
    answer(bo, match_id)
    assert len(each_pool.backend.read(lambda db: db.scan(Meeting, "by_creation"))) == 1


def test_a_meeting_of_tomorrow_is_planned_for_the_common_time(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    start = pool.backend.now_ms + 24 * 60 * 60_000
    pool.enter(ann, start=24 * 60, minutes=120)
    pool.enter(bo, start=25 * 60, minutes=120)
    pool.cycle()
    match = ann.call(CURRENT)
    assert match["startsAt"] == pytest.approx(start + 60 * 60_000, abs=1_000)
    assert match["respondBy"] == pytest.approx(pool.backend.now_ms + 12 * 3_600_000, abs=1_000)
    for one in (ann, bo):
        answer(one, match["matchId"])
    meeting = ann.call("meetings/queries:getMeeting", meetingId=ann.call(CURRENT)["meetingId"])
    assert meeting["scheduledAt"] == match["startsAt"]
    assert meeting["duration"] == 30 * 60_000


def waited_since(pool: Pool, caller: Caller) -> float:
    entry = pool.backend.read(lambda db: db.first(QueueEntry, "by_open", caller.user_id, True))
    assert entry is not None
    return entry.waited_since


def entry_of(pool: Pool, caller: Caller) -> QueueEntry:
    found = pool.backend.read(lambda db: db.scan(QueueEntry, "by_open", caller.user_id, reverse=True, limit=1))
    return found[0]


def test_after_a_decline_both_keep_their_place_and_have_no_lapse(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    before = [waited_since(pool, one) for one in (ann, bo)]
    answer(ann, match_id)
    pool.backend.now_ns += 30 * 10**9
    answer(bo, match_id, "declined")
    answer(bo, match_id, "declined")
    assert [waited_since(pool, one) for one in (ann, bo)] == before
    assert [entry_of(pool, one).lapses for one in (ann, bo)] == [0, 0]
    assert [one.call(CURRENT) for one in (ann, bo)] == [None, None]
    assert [one.call(STATUS)["status"] for one in (ann, bo)] == ["waiting", "waiting"]
    bo.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="accepted")
    answer(ann, match_id)


def test_a_user_may_decline_after_they_accepted(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    first = pool.propose(ann, bo)
    answer(ann, first)
    answer(ann, first, "declined")
    bo.fails(ANSWER, "CONFLICT", matchId=first, outcome="accepted")


def test_a_user_that_does_not_answer_has_a_lapse_and_the_other_none(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    kept, lost = waited_since(pool, ann), waited_since(pool, bo)
    answer(ann, match_id)
    pool.backend.now_ns += 121 * 10**9
    bo.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="accepted")
    pool.backend.advance(10)
    assert waited_since(pool, ann) == kept
    assert waited_since(pool, bo) > lost
    assert [entry_of(pool, one).lapses for one in (ann, bo)] == [0, 1]
    assert [one.call(STATUS)["status"] for one in (ann, bo)] == ["waiting", "waiting"]


def test_the_third_lapse_ends_an_entry(pool: Pool) -> None:
    ann = pool.person("ann")
    pool.enter(ann, minutes=600)
    for number in range(3):
        other = pool.person(f"other{number}")
        pool.enter(other, minutes=600)
        pool.cycle()
        match_id = other.call(CURRENT)["matchId"]
        answer(other, match_id)
        pool.backend.advance(140)
        other.call(CANCEL)
    entry = entry_of(pool, ann)
    assert (entry.status, entry.is_open, entry.lapses) == ("expired", False, 3)


def test_two_people_are_not_matched_twice_in_90_days(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    answer(ann, pool.propose(ann, bo), "declined")
    assert pool.cycle()["totalMatches"] == 0
    for one in (ann, bo):
        one.call(CANCEL)
    pool.backend.now_ns += int(89 * DAY_S * 1e9)
    for one in (ann, bo):
        pool.enter(one)
    assert pool.cycle()["totalMatches"] == 0
    for one in (ann, bo):
        one.call(CANCEL)
    pool.backend.now_ns += int(2 * DAY_S * 1e9)
    pool.propose(ann, bo)


def test_after_a_lapse_two_people_are_matched_again_a_day_later(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.propose(ann, bo)
    pool.backend.advance(140)
    assert pool.cycle()["totalMatches"] == 0
    for one in (ann, bo):
        one.call(CANCEL)
    pool.backend.now_ns += int((DAY_S + 1) * 1e9)
    pool.propose(ann, bo)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_block_works_both_ways_and_on_a_proposal(pool: Pool, swapped: bool) -> None:
    ann, bo = (pool.person(name) for name in ("ann", "bo"))
    blocker, blocked = (bo, ann) if swapped else (ann, bo)
    match_id = pool.propose(ann, bo)
    answer(blocked, match_id)
    blocker.call("users/blocks:blockUser", userId=blocked.user_id)
    assert [one.call(CURRENT) for one in (ann, bo)] == [None, None]
    assert [one.call(STATUS)["status"] for one in (ann, bo)] == ["waiting", "waiting"]
    blocker.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="accepted")
    assert pool.cycle()["totalMatches"] == 0


def test_people_with_a_block_between_them_are_not_proposed(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    bo.call("users/blocks:blockUser", userId=ann.user_id)
    for one in (ann, bo):
        pool.enter(one)
    assert pool.cycle()["totalMatches"] == 0


def test_a_block_cancels_a_meeting_that_has_not_begun(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    meeting_id = pool.confirm(ann, bo)
    ann.call("users/blocks:blockUser", userId=bo.user_id)
    meeting = pool.backend.read(lambda db: db.get(Meeting, meeting_id))
    assert meeting is not None
    assert meeting.state == "cancelled"
    assert [one.call(STATUS)["status"] for one in (ann, bo)] == ["waiting", "waiting"]


def test_a_block_of_another_person_leaves_a_match_alone(pool: Pool) -> None:
    ann, bo, eve = (pool.person(name) for name in ("ann", "bo", "eve"))
    pool.propose(ann, bo)
    ann.call("users/blocks:blockUser", userId=eve.user_id)
    assert ann.call(CURRENT)["state"] == "proposed"


def deactivate(pool: Pool, caller: Caller) -> None:
    caller.call("users/mutations:deactivateUser", userId=caller.user_id)


def remove(pool: Pool, caller: Caller) -> None:
    pool.backend.run(erase(pool.backend.runtime, caller.user_id))


def deactivate_by_operator(pool: Pool, caller: Caller) -> None:
    pool.operator.call("operators/users:setUserActive", userId=caller.user_id, active=False)


def erase_by_operator(pool: Pool, caller: Caller) -> None:
    """Begin an erasure; its job does not run, as no time passes."""
    pool.operator.call("operators/users:eraseUser", userId=caller.user_id)


@pytest.mark.parametrize("gone", [deactivate, deactivate_by_operator, erase_by_operator, remove])
@pytest.mark.parametrize("step", ["waiting", "proposed", "accepted", "confirmed"])
def test_a_user_that_is_gone_is_in_no_match(pool: Pool, step: str, gone: Any) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    if step == "waiting":
        pool.enter(ann)
    elif step == "confirmed":
        pool.confirm(ann, bo)
    else:
        match_id = pool.propose(ann, bo)
        if step == "accepted":
            answer(bo, match_id)
    gone(pool, ann)
    planned = pool.backend.read(lambda db: [one.state for one in db.scan(Meeting, "by_creation")])
    assert "scheduled" not in planned
    if step == "waiting":
        pool.enter(bo)
        assert bo.call(STATUS)["potentialMatches"] == 0
    assert pool.cycle()["totalMatches"] == 0
    assert bo.call(CURRENT) is None
    assert bo.call(STATUS)["status"] == "waiting"
    ann.fails(STATUS)


def test_erasure_leaves_no_fact_about_a_user(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.hold(ann, bo)
    answer(ann, match_id, "completed", feedback={"rating": 2, "comments": "Bo was late"})
    pool.backend.run(erase(pool.backend.runtime, ann.user_id))
    assert pool.backend.read(lambda db: db.scan(QueueEntry, "by_open", ann.user_id)) == []
    assert pool.backend.read(lambda db: db.scan(MatchAnswer, "by_user", ann.user_id)) == []
    match = pool.backend.read(lambda db: db.get(Match, match_id))
    assert match is not None
    assert match.explanation == ()
    kept = bo.call(HISTORY)[0]
    assert set(kept["features"].values()) == {0.5}
    bo.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="completed")


def test_a_foreign_or_unknown_match_is_not_found(pool: Pool) -> None:
    ann, bo, eve = (pool.person(name) for name in ("ann", "bo", "eve"))
    match_id = pool.propose(ann, bo)
    entry_id = ann.call(STATUS)["_id"]
    for outcome in ("accepted", "declined", "completed"):
        for wrong in (match_id, entry_id, "nothing", ""):
            eve.fails(ANSWER, "NOT_FOUND", matchId=wrong, outcome=outcome)
    bo.fails(ANSWER, "NOT_FOUND", matchId=entry_id, outcome="accepted")
    ann.fails(ANSWER, "VALIDATION_ERROR", matchId=match_id, outcome="maybe")
    answer(ann, entry_id)
    assert ann.call(CURRENT)["myAnswer"] == "accepted"


def test_a_closed_profile_shows_no_name_before_both_have_accepted(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    bo.call("settings/mutations:updateSettings", profileVisibility=False)
    match_id = pool.propose(ann, bo)
    assert ann.call(CURRENT)["partner"] == {"_id": bo.user_id}
    for one in (ann, bo):
        answer(one, match_id)
    assert ann.call(CURRENT)["partner"]["displayName"] == "Bo"


FACTS = {"field": "Software", "experience": "Senior", "languages": ["German"]}
HIDE = "settings/mutations:updateSettings"


@pytest.mark.parametrize("when", ["before", "while waiting"])
def test_a_match_is_no_oracle_on_a_closed_profile(pool: Pool, when: str) -> None:
    seen = []
    for number, facts in enumerate((FACTS, {"field": "Retail", "experience": "Intern", "languages": ["French"]})):
        ann, bo = pool.person(f"ann{number}", org_id="org"), pool.person(f"bo{number}", org_id="org")
        ann.call("profiles/mutations:updateProfile", **FACTS)
        bo.call("profiles/mutations:updateProfile", **facts)
        wishes: dict[str, Any] = {"interests": [f"Topic {number}"], "utcOffset": 60}
        pool.enter(ann, **wishes)
        if when == "before":
            bo.call(HIDE, profileVisibility=False)
        pool.enter(bo, **{**wishes, "utcOffset": 60 + 300 * number}, orgConstraints=("any", "same_org")[number])
        if when == "while waiting":
            bo.call(HIDE, profileVisibility=False)
        pool.cycle()
        match = ann.call(CURRENT)
        answer(ann, match["matchId"], "declined")
        for one in (ann, bo):
            one.call(CANCEL)
        (past,) = ann.call(HISTORY)
        seen.append((match["score"], match["explanation"][1:], past["features"], ann.call(STATS)["topFeatures"]))
    assert seen[0] == seen[1]


def test_a_user_can_enter_again_once_their_meeting_is_over(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    meeting_id = pool.confirm(ann, bo)
    ann.call("meetings/lifecycle:startMeeting", meetingId=meeting_id)
    ann.call("meetings/lifecycle:endMeeting", meetingId=meeting_id)
    pool.enter(ann)
    assert ann.call(STATUS)["status"] == "waiting"
    assert [one.call(CURRENT) for one in (ann, bo)] == [None, None]


def test_waiting_lowers_the_bar(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    for one, role in ((ann, "mentor"), (bo, "other")):
        pool.enter(one, interests=["Climbing", role], roles=[role])
    assert pool.cycle(minScore=0.9)["totalMatches"] == 0
    pool.backend.now_ns += int(11 * MINUTE_S * 1e9)
    assert pool.cycle(minScore=0.9)["totalMatches"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"minScore": 0.0},
        {"minScore": 1.5},
        {"minScore": float("nan")},
        {"maxMatches": 0},
        {"maxMatches": 1001},
        {"maxMatches": 1.5},
        {"shardCount": 0},
    ],
)
def test_a_cycle_with_bad_numbers_is_refused(pool: Pool, wrong: dict[str, float]) -> None:
    pool.operator.fails("matching/engine:runMatchingCycle", "VALIDATION_ERROR", **wrong)


def test_a_cycle_reads_a_long_queue_in_pages(pool: Pool) -> None:
    people = [pool.person(f"p{number}") for number in range(52)]
    for one in people:
        pool.enter(one)
    assert pool.cycle()["totalMatches"] == 26
    assert all(one.call(CURRENT) is not None for one in people)


def test_a_cycle_reports_its_proposals(pool: Pool) -> None:
    for number in range(4):
        pool.enter(pool.person(f"p{number}"))
    found = pool.cycle(shardCount=4, maxMatches=1)
    assert (found["processedShards"], found["totalMatches"]) == (1, 1)
    assert found["averageScore"] > 0.6
    assert found["processingTimeMs"] >= 0
    assert pool.cycle()["totalMatches"] == 1
