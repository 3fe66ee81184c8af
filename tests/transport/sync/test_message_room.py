"""Room for messages that have begun: bounded in all and for each account, and given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.transport.budgets import Occupancy
from connvo.transport.sync.message_room import FREE_BYTES, SHARES, MessagePlace, message_room

LARGEST = 4 * FREE_BYTES
TOTAL = SHARES * LARGEST


def place_of(room: Occupancy, key: str) -> MessagePlace:
    return MessagePlace(room, lambda: key)


def test_one_account_has_its_part_and_leaves_room_to_others() -> None:
    room = message_room(TOTAL, LARGEST)
    first, second, other = (place_of(room, key) for key in ("ann", "ann", "ben"))
    assert first.hold(LARGEST)
    assert not second.hold(FREE_BYTES + 1)
    assert other.hold(LARGEST)
    assert first.hold(0)
    assert second.hold(LARGEST)


def test_small_messages_need_no_room() -> None:
    room = message_room(LARGEST, LARGEST)
    assert MessagePlace(room, lambda: "ann").hold(LARGEST)
    assert MessagePlace(room, lambda: "ben").hold(FREE_BYTES)
    assert not MessagePlace(room, lambda: "ben").hold(FREE_BYTES + 1)


def test_room_is_given_back_to_the_account_that_took_it() -> None:
    room, keys = message_room(TOTAL, LARGEST), ["network"]
    place = MessagePlace(room, lambda: keys[-1])
    assert place.hold(LARGEST // 2)
    keys.append("ann")  # the client signs in while its message arrives
    assert place.hold(LARGEST)
    assert place.hold(0)
    for key in keys:
        assert place_of(room, key).hold(LARGEST)


@pytest.mark.parametrize("total", [1, LARGEST - 1])
def test_the_largest_message_always_has_room_in_an_empty_room(total: int) -> None:
    assert MessagePlace(message_room(total, LARGEST), lambda: "ann").hold(LARGEST)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, LARGEST)), max_size=60))
def test_no_more_is_held_than_there_is_room(steps: list[tuple[int, int]]) -> None:
    total = 2 * LARGEST
    room = message_room(total, LARGEST)
    places = [place_of(room, f"{number % 3}") for number in range(6)]
    held = [0] * len(places)
    for number, size in steps:
        if places[number].hold(size):
            held[number] = size if size > FREE_BYTES else 0
        assert sum(held) <= total
        assert all(held[key] + held[key + 3] <= LARGEST for key in range(3))
    for place in places:
        assert place.hold(0)
    assert MessagePlace(room, lambda: "0").hold(LARGEST)
