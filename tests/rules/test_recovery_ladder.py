"""The recovery ladder: a pure function of the situation."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.providers import MESH, Provider
from connvo.rules.recovery_ladder import (
    MAX_PAUSE_SECONDS,
    Attempt,
    Decision,
    ErrorType,
    Rung,
    Situation,
    decide,
    device_fault,
    tries_that_count,
)

MANAGED: Provider = "getstream"
STOP_AFTER = 6
ERRORS: tuple[ErrorType, ...] = get_args(ErrorType)
BASE = Situation(provider=MESH, error_type="ice_failed", mesh_limit=4, stop_after=STOP_AFTER, joined=2, live=2)

error_types = st.sampled_from(ERRORS)
providers = st.sampled_from([MESH, MANAGED])
attempts = st.builds(Attempt, error_types, st.sampled_from(get_args(Rung)))
situations = st.builds(
    Situation,
    provider=providers,
    error_type=error_types,
    device_fault=st.none() | st.just("there is no camera"),
    history=st.lists(attempts, max_size=12).map(tuple),
    live=st.integers(1, 20),
    failing=st.integers(1, 20),
    joined=st.integers(1, 100),
    others_well=st.booleans(),
    provider_healthy=st.booleans(),
    others=st.frozensets(providers),
    mesh_limit=st.just(4),
    relay_available=st.booleans(),
    stop_after=st.just(STOP_AFTER),
)


def climb(errors: list[ErrorType], **changes: object) -> list[Decision]:
    """Return the answers to failures that follow each other within the window."""
    history: tuple[Attempt, ...] = ()
    answers: list[Decision] = []
    for error in errors:
        situation = msgspec.structs.replace(BASE, error_type=error, history=history, **changes)
        answers.append(decide(situation))
        history = (*history, Attempt(error, answers[-1].rung))
    return answers


def rungs(errors: list[ErrorType], **changes: object) -> list[Rung]:
    return [answer.rung for answer in climb(errors, **changes)]


def test_on_the_mesh_it_goes_from_restart_over_relay_to_stop() -> None:
    answers = climb(["ice_failed", "connection_timeout"] * 4)
    assert [a.rung for a in answers] == ["restart", *["relay"] * 4, "stop", "stop", "stop"]
    assert [a.retry_recommended for a in answers] == [True] * 5 + [False] * 3
    assert all(a.fallback_provider is None for a in answers)


def test_pauses_grow_from_the_third_failure_on() -> None:
    assert [a.pause_seconds for a in climb(["ice_failed"] * 5)] == [0, 0, 2, 4, 8]


def test_without_a_relay_it_is_not_asked_for() -> None:
    assert rungs(["ice_failed"] * 6, relay_available=False) == [*["restart"] * 5, "stop"]


def test_a_signalling_failure_rejoins() -> None:
    assert rungs(["signaling_failed"] * 6) == [*["rejoin"] * 5, "stop"]


def test_media_failing_for_the_first_time_rejoins_then_climbs() -> None:
    assert rungs(["media_failed"] * 4) == ["rejoin", "restart", "relay", "relay"]


def test_a_rejoin_does_not_use_up_the_restart() -> None:
    assert rungs(["signaling_failed", "ice_failed", "ice_failed"]) == ["rejoin", "restart", "relay"]


@pytest.mark.parametrize(
    ("error", "details", "why"),
    [
        ("media_failed", "NotAllowedError: Permission denied", "allow"),
        ("media_failed", "DOMException: NotFoundError", "no camera"),
        ("media_failed", "NotReadableError", "another program"),
        ("media_failed", "SomeNotFoundErrorish", None),
        ("media_failed", "encoder crashed", None),
        ("media_failed", None, None),
        ("ice_failed", "NotAllowedError", None),
    ],
)
def test_a_device_that_cannot_be_had_is_told_by_the_browsers_own_name(
    error: ErrorType, details: str | None, why: str | None
) -> None:
    found = device_fault(error, details)
    assert found is None if why is None else found is not None and why in found


@pytest.mark.parametrize("others", [frozenset(), frozenset({MANAGED})])
def test_no_network_repairs_a_missing_camera(others: frozenset[Provider]) -> None:
    answer = decide(msgspec.structs.replace(BASE, device_fault="there is no camera", others=others))
    assert (answer.rung, answer.retry_recommended, answer.fallback_provider) == ("stop", False, None)
    assert "there is no camera" in answer.reason


def test_where_there_is_another_provider_the_third_failure_moves_the_room() -> None:
    answers = climb(["ice_failed"] * 3, others=frozenset({MANAGED}))
    assert [a.rung for a in answers] == ["restart", "relay", "move"]
    assert answers[-1].fallback_provider == MANAGED


def test_without_a_relay_to_try_the_second_failure_moves_the_room() -> None:
    answers = climb(["ice_failed", "connection_timeout"], others=frozenset({MANAGED}), relay_available=False)
    assert [a.rung for a in answers] == ["restart", "move"]


@pytest.mark.parametrize(
    ("provider", "live", "failing", "moves"),
    [
        (MANAGED, 4, 2, True),
        (MANAGED, 4, 1, False),
        (MANAGED, 2, 2, True),
        (MANAGED, 9, 4, False),
        (MANAGED, 1, 1, False),
        (MESH, 4, 3, True),
        (MESH, 4, 2, False),
        (MESH, 2, 2, False),
    ],
)
def test_half_of_the_room_failing_moves_it(provider: Provider, live: int, failing: int, moves: bool) -> None:
    others = frozenset({MANAGED, MESH} - {provider})
    answer = decide(msgspec.structs.replace(BASE, provider=provider, live=live, failing=failing, others=others))
    assert (answer.rung == "move") is moves


def test_on_the_mesh_members_count_that_a_new_negotiation_did_not_help() -> None:
    assert (tries_that_count(MESH), tries_that_count(MANAGED)) == (2, 1)


def test_a_provider_that_does_not_answer_is_left_at_once() -> None:
    answer = decide(msgspec.structs.replace(BASE, provider_healthy=False, others=frozenset({MANAGED})))
    assert answer.fallback_provider == MANAGED


@pytest.mark.parametrize(("joined", "fallback"), [(2, MESH), (4, MESH), (5, None)])
def test_the_way_back_to_the_mesh_is_for_small_rooms(joined: int, fallback: Provider | None) -> None:
    answers = climb(["ice_failed"] * 3, provider=MANAGED, joined=joined, others=frozenset({MESH}))
    assert answers[-1].fallback_provider == fallback


@given(situations)
def test_one_members_word_moves_no_room_in_which_the_others_are_well(situation: Situation) -> None:
    alone = msgspec.structs.replace(situation, others_well=True, failing=1, provider_healthy=True)
    assert decide(alone).rung != "move"


def test_a_member_failing_alone_climbs_to_the_end_of_the_ladder() -> None:
    answers = climb(["ice_failed"] * 6, others=frozenset({MANAGED}), others_well=True)
    assert [a.rung for a in answers] == ["restart", *["relay"] * 4, "stop"]


@given(situations)
def test_only_available_remedies_are_ever_offered(situation: Situation) -> None:
    answer = decide(situation)
    assert answer == decide(situation)
    assert (answer.rung == "move") == (answer.fallback_provider is not None)
    if answer.fallback_provider is not None:
        assert answer.fallback_provider in situation.others
        assert answer.fallback_provider != situation.provider
        assert answer.fallback_provider != MESH or situation.joined <= situation.mesh_limit
    if answer.rung == "relay":
        assert situation.relay_available


@given(situations)
def test_every_answer_has_a_reason_and_a_bounded_pause(situation: Situation) -> None:
    answer = decide(situation)
    assert answer.reason
    assert 0 <= answer.pause_seconds <= MAX_PAUSE_SECONDS
    assert answer.pause_seconds == 0 or answer.rung in ("restart", "relay", "rejoin")


@given(situations)
def test_retrying_ends_with_the_failure_at_which_it_is_to_stop(situation: Situation) -> None:
    answer = decide(situation)
    if answer.rung in ("restart", "relay", "rejoin"):
        assert len(situation.history) + 1 < situation.stop_after


@given(st.lists(error_types, min_size=STOP_AFTER, max_size=12), st.booleans())
def test_any_run_of_failures_on_the_mesh_alone_ends_in_stop_and_stays_there(
    errors: list[ErrorType], relay: bool
) -> None:
    answers = climb(errors, relay_available=relay)
    assert [a.retry_recommended for a in answers] == [n < STOP_AFTER for n in range(1, len(errors) + 1)]


@given(st.lists(error_types, max_size=STOP_AFTER), error_types)
def test_a_connection_once_relayed_is_not_tried_directly_again(errors: list[ErrorType], last: ErrorType) -> None:
    taken = rungs([*errors, last])
    first = taken.index("relay") if "relay" in taken else len(taken)
    assert "restart" not in taken[first:]
