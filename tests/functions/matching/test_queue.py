"""The queue: one open entry a person, refused input, and how an entry stands."""

import math
from typing import Any

import pytest

from connvo.schema.matching import QueueEntry
from connvo.store.schema import table_of
from connvo.telemetry.instruments import QUEUE_ENTRIES
from tests.support.matching import CANCEL, CURRENT, ENTER, ENTRIES, MINUTE, SET_STATUS, STATUS, WISHES, Pool

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
UNKNOWN = table_of(QueueEntry).new_id(bytes(16))


def test_a_person_enters_and_sees_their_entry(each_pool: Pool) -> None:
    ann = each_pool.person("ann")
    entry_id = each_pool.enter(ann, interests=["Chess", "chess "], roles=["Peer"], orgConstraints="any")
    status = ann.call(STATUS)
    assert status["_id"] == entry_id
    assert status["status"] == "waiting"
    assert status["constraints"] == {"interests": ["Chess"], "roles": ["Peer"]}
    assert (status["potentialMatches"], status["queuePosition"]) == (0, 1)
    assert "estimatedWaitTime" not in status
    assert ann.call("matching/matches:getEntry")["_id"] == entry_id
    ann.call(CANCEL)
    assert ann.call(STATUS) is None


def test_nobody_is_twice_in_the_queue_or_meets_themselves(pool: Pool) -> None:
    ann = pool.person("ann")
    pool.enter(ann)
    now = pool.backend.now_ms
    ann.fails(ENTER, "CONFLICT", availableFrom=now, availableTo=now + HOUR, constraints=WISHES)
    assert pool.cycle()["totalMatches"] == 0
    assert ann.call(CURRENT) is None


BAD: list[tuple[float, float, dict[str, Any], str]] = [
    (-2 * MINUTE, HOUR, {}, "availableFrom"),
    (0, 5 * MINUTE, {}, "availableTo"),
    (0, 365 * DAY, {}, "availableTo"),
    (8 * DAY, 8 * DAY + HOUR, {}, "availableTo"),
    (HOUR, 0, {}, "availableTo"),
    (0, HOUR, {"interests": []}, "constraints.interests"),
    (0, HOUR, {"roles": []}, "constraints.roles"),
    (0, HOUR, {"interests": ["x"] * 21}, "constraints.interests"),
    (0, HOUR, {"interests": ["\u200b"]}, "constraints.interests[0]"),
    (0, HOUR, {"orgConstraints": "mine"}, "constraints.orgConstraints"),
    (0, HOUR, {"utcOffset": 1e9}, "constraints.utcOffset"),
    (0, HOUR, {"unknown": 1}, "constraints.unknown"),
]


@pytest.mark.parametrize(("start", "end", "wishes", "field"), BAD)
def test_bad_input_is_refused_and_changes_nothing(
    pool: Pool, start: float, end: float, wishes: dict[str, Any], field: str
) -> None:
    ann, now = pool.person("ann"), pool.backend.now_ms
    refused = ann.fails(
        ENTER,
        "VALIDATION_ERROR",
        availableFrom=now + start,
        availableTo=now + end,
        constraints={**WISHES, **wishes},
    )
    assert refused.metadata["field"] == field


def test_a_window_that_is_no_number_is_refused(pool: Pool) -> None:
    ann, now = pool.person("ann"), pool.backend.now_ms
    for start, end in ((math.nan, now + HOUR), (now, math.nan), (-math.inf, now + HOUR), (now, math.inf)):
        ann.fails(ENTER, "VALIDATION_ERROR", availableFrom=start, availableTo=end, constraints=WISHES)


def test_entering_is_limited_to_five_and_then_one_a_minute(pool: Pool) -> None:
    ann = pool.person("ann")
    for _ in range(5):
        pool.enter(ann)
        ann.call(CANCEL)
    now = pool.backend.now_ms
    ann.fails(ENTER, "RATE_LIMIT_EXCEEDED", availableFrom=now, availableTo=now + HOUR, constraints=WISHES)
    pool.backend.advance(60)
    pool.enter(ann)


def test_an_entry_that_does_not_wait_cannot_be_cancelled(pool: Pool) -> None:
    ann, bo, eve = pool.person("ann"), pool.person("bo"), pool.person("eve")
    ann.fails(CANCEL, "NOT_FOUND")
    entry_id = pool.enter(ann)
    eve.fails(CANCEL, "NOT_FOUND", queueId=entry_id)
    eve.fails(CANCEL, "NOT_FOUND", queueId=UNKNOWN)
    eve.fails(CANCEL, "VALIDATION_ERROR", queueId="nothing")
    pool.enter(bo)
    pool.cycle()
    ann.fails(CANCEL, "CONFLICT")
    ann.fails(CANCEL, "CONFLICT", queueId=entry_id)


def test_an_entry_stands_among_those_it_could_be_paired_with(pool: Pool) -> None:
    ann, bo, cy = pool.person("ann"), pool.person("bo"), pool.person("cy")
    pool.enter(bo)
    pool.enter(cy, interests=["Something else"], roles=["other"])
    pool.backend.now_ns += 1_000_000_000
    pool.enter(ann)
    status = ann.call(STATUS)
    assert (status["potentialMatches"], status["queuePosition"]) == (1, 2)
    bo.call("users/blocks:blockUser", userId=ann.user_id)
    status = ann.call(STATUS)
    assert (status["potentialMatches"], status["queuePosition"]) == (0, 1)


def test_the_usual_wait_is_the_median_of_the_last_hour(pool: Pool) -> None:
    for number in range(5):
        pool.propose(pool.person(f"a{number}"), pool.person(f"b{number}"))
    ann = pool.person("ann")
    pool.enter(ann)
    assert ann.call(STATUS)["estimatedWaitTime"] >= 0
    pool.backend.now_ns += int(3_700 * 1e9)
    assert "estimatedWaitTime" not in ann.call(STATUS)


def test_an_entry_whose_time_has_passed_expires(pool: Pool) -> None:
    ann = pool.person("ann")
    pool.enter(ann, minutes=15)
    pool.backend.advance(15 * 60 + 11)
    assert ann.call(STATUS) is None
    pool.enter(ann)
    assert pool.backend.counted(QUEUE_ENTRIES) == [("waiting",), ("expired",), ("waiting",)]


def test_operators_see_waiting_entries_by_time(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    first, second = pool.enter(ann), pool.enter(bo, start=180)
    entries = pool.operator.call(ENTRIES)
    assert [one["_id"] for one in entries] == [first]
    assert [one["_id"] for one in pool.operator.call(ENTRIES, timeWindow=4 * HOUR)] == [first, second]
    assert len(pool.operator.call(ENTRIES, timeWindow=4 * HOUR, limit=1)) == 1
    pool.operator.fails(ENTRIES, "VALIDATION_ERROR", limit=math.nan)


def test_an_operator_sets_drawn_steps_only(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    entry_id = pool.enter(ann)
    for status in ("matched",):
        pool.operator.fails(SET_STATUS, "CONFLICT", queueId=entry_id, status=status)
    pool.operator.fails(SET_STATUS, "VALIDATION_ERROR", queueId=entry_id, status="waiting", matchedWith=bo.user_id)
    pool.operator.fails(SET_STATUS, "NOT_FOUND", queueId=UNKNOWN, status="expired")
    pool.operator.call(SET_STATUS, queueId=entry_id, status="waiting")
    pool.enter(bo)
    pool.cycle()
    pool.operator.call(SET_STATUS, queueId=entry_id, status="waiting")
    assert [one.call(STATUS)["status"] for one in (ann, bo)] == ["waiting", "waiting"]
    pool.operator.call(SET_STATUS, queueId=entry_id, status="expired")
    assert ann.call(STATUS) is None
    pool.operator.fails(SET_STATUS, "CONFLICT", queueId=entry_id, status="waiting")


def test_an_operator_cannot_take_a_meeting_back(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.confirm(ann, bo)
    entry_id = ann.call(STATUS)["_id"]
    pool.operator.fails(SET_STATUS, "CONFLICT", queueId=entry_id, status="waiting")
