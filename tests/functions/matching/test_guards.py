"""Callers that every function of matching refuses, and the switch that takes matching away."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.schema.matching import QueueEntry
from connvo.schema.meetings import Meeting
from connvo.settings import MatchingSettings
from connvo.store.schema import table_of
from tests.support.backend import REGISTRY, Backend
from tests.support.matching import (
    ANSWER,
    APPLY,
    AVAILABLE,
    CANCEL,
    CURRENT,
    CYCLE,
    ENTER,
    ENTRIES,
    GLOBAL,
    HISTORY,
    OPTIMIZE,
    PAST,
    SCORE,
    SET_STATUS,
    STATS,
    STATUS,
    TO_RATE,
    VERSIONS,
    WISHES,
    Pool,
)

SOME_ENTRY = table_of(QueueEntry).new_id(bytes(16))
SOME_MEETING = table_of(Meeting).new_id(bytes(16))
OWN: dict[str, dict[str, Any]] = {
    ENTER: {"availableFrom": 0.0, "availableTo": 0.0, "constraints": WISHES},
    CANCEL: {},
    STATUS: {},
    ANSWER: {"matchId": "x", "outcome": "accepted"},
    HISTORY: {},
    STATS: {},
    CURRENT: {},
    PAST: {},
    TO_RATE: {"meetingId": SOME_MEETING},
    "matching/matches:getEntry": {},
}
OPERATORS: dict[str, dict[str, Any]] = {
    ENTRIES: {},
    SET_STATUS: {"queueId": SOME_ENTRY, "status": "expired"},
    CYCLE: {},
    OPTIMIZE: {},
    APPLY: {"version": 0},
    VERSIONS: {},
}
EVERY = {**OWN, **OPERATORS, GLOBAL: {}}


def arguments(pool: Pool, path: str) -> dict[str, Any]:
    if path != SCORE:
        return EVERY[path]
    user = pool.person("someone").user_id
    return {"user1Id": user, "user2Id": user, "user1Constraints": WISHES, "user2Constraints": WISHES}


def test_every_function_is_in_this_test() -> None:
    public = {
        entry.path
        for entry in REGISTRY.functions()
        if not entry.internal and entry.alias_of is None and entry.path.startswith("matching/")
    }
    assert public == {*EVERY, SCORE, AVAILABLE}


@pytest.mark.parametrize("path", [*EVERY, SCORE, AVAILABLE])
def test_callers_without_a_token_an_account_or_an_active_one_are_refused(pool: Pool, path: str) -> None:
    args = {} if path == AVAILABLE else arguments(pool, path)
    pool.backend.anonymous.fails(path, "UNAUTHORIZED", **args)
    without = pool.backend.sign_in("sam", provision=False)
    assert without.fails(path, **args).code in ("UNAUTHORIZED", "FORBIDDEN")
    gone = pool.person("gone")
    gone.call("users/mutations:deactivateUser", userId=gone.user_id)
    gone.fails(path, "FORBIDDEN", **args)


@pytest.mark.parametrize("path", [*OPERATORS, GLOBAL, SCORE])
def test_users_are_no_operators(pool: Pool, path: str) -> None:
    pool.person("ann").fails(path, "FORBIDDEN", **arguments(pool, path))


@pytest.mark.parametrize("path", OPERATORS)
def test_admins_are_no_operators(pool: Pool, path: str) -> None:
    admin = pool.person("admin", org_id="org", org_role="admin")
    admin.fails(path, "FORBIDDEN", **arguments(pool, path))


def test_operators_and_admins_are_told_that_they_may_see_numbers(pool: Pool) -> None:
    sees = {
        name: pool.backend.sign_in(name, **claims).call(AVAILABLE)["seesNumbers"]
        for name, claims in (
            ("ann", {"org_id": "org"}),
            ("admin", {"org_id": "org", "org_role": "admin"}),
            ("chief", {"operator": True}),
        )
    }
    assert sees == {"ann": False, "admin": True, "chief": True}


def test_matching_can_be_taken_away_as_a_whole(make_backend: Callable[..., Backend]) -> None:
    pool = Pool(make_backend(matching=MatchingSettings(enabled=False)))
    ann = pool.person("ann")
    assert ann.call(AVAILABLE) == {"enabled": False, "hasOrganisation": False, "seesNumbers": False}
    for path in OWN:
        assert ann.fails(path, "SERVICE_UNAVAILABLE", **OWN[path]).metadata["reason"] == "matching_off"
    for path in (*OPERATORS, GLOBAL, SCORE):
        pool.operator.fails(path, "SERVICE_UNAVAILABLE", **arguments(pool, path))
    pool.backend.advance(120)
