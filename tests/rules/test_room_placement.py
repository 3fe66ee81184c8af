"""Where rooms go: pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.providers import GETSTREAM, JANUS, MESH, Provider
from connvo.rules.room_placement import (
    MAX_RETRY_SECONDS,
    best,
    on_failed_opening,
    on_growth,
    retry_seconds,
    takes_more,
)

ALL: frozenset[Provider] = frozenset({MESH, JANUS, GETSTREAM})
providers = st.sampled_from(sorted(ALL))
healthy = st.frozensets(providers)
MESH_LIMIT = 4


@pytest.mark.parametrize(("joined", "target"), [(4, None), (5, JANUS)])
def test_a_mesh_moves_when_there_is_one_too_many(joined: int, target: Provider | None) -> None:
    assert on_growth(MESH, joined, MESH_LIMIT, frozenset({MESH, JANUS})) == target


@given(providers, st.integers(1, 100), healthy)
def test_growth_moves_nothing_but_a_mesh_and_only_to_a_media_server(
    provider: Provider, joined: int, there: frozenset[Provider]
) -> None:
    target = on_growth(provider, joined, MESH_LIMIT, there)
    assert target is None or (provider == MESH and target in there - {MESH})


@given(st.lists(providers, max_size=6).map(tuple), st.integers(1, 100), healthy)
def test_a_room_that_did_not_open_goes_to_an_untried_provider_that_can_carry_it(
    tried: tuple[Provider, ...], joined: int, there: frozenset[Provider]
) -> None:
    target = on_failed_opening(tried, joined, MESH_LIMIT, there)
    if target is not None:
        assert target in there
        assert joined <= MESH_LIMIT if target == MESH else target not in tried


def test_the_mesh_is_the_last_resort_of_a_small_room_alone() -> None:
    assert on_failed_opening((JANUS,), 2, MESH_LIMIT, frozenset({MESH})) == MESH
    assert on_failed_opening((JANUS,), 5, MESH_LIMIT, frozenset({MESH})) is None


def test_a_closed_room_is_tried_again_ever_more_rarely() -> None:
    assert [retry_seconds(n) for n in range(6)] == [2, 4, 8, 16, MAX_RETRY_SECONDS, MAX_RETRY_SECONDS]


@given(providers, st.integers(1, 100), healthy)
def test_only_a_full_mesh_without_a_way_out_takes_nobody(
    provider: Provider, joined: int, there: frozenset[Provider]
) -> None:
    takes = takes_more(provider, joined, MESH_LIMIT, there)
    assert takes is not (provider == MESH and joined >= MESH_LIMIT and not there - {MESH})


@given(healthy)
def test_the_best_is_one_of_them(among: frozenset[Provider]) -> None:
    found = best(among)
    assert found in among if among else found is None
