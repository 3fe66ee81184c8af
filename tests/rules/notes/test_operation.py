"""The normal form of operations, and the ways in which a list of changes is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.notes.operation import Change, UnfitOperation, length_after, normalize


def test_changes_that_touch_are_one() -> None:
    assert normalize([Change(0, 1, "a"), Change(1, 0, "b"), Change(1, 2)]) == (Change(0, 3, "ab"),)


def test_changes_that_change_nothing_are_left_out() -> None:
    assert normalize([Change(0), Change(3, 0, ""), Change(5, 1)]) == (Change(5, 1),)


@pytest.mark.parametrize(
    "changes",
    [[Change(-1, 0, "a")], [Change(0, -1)], [Change(3, 0, "a"), Change(2, 0, "b")], [Change(0, 3), Change(2, 1)]],
)
def test_a_segment_that_goes_back_overlaps_or_is_negative_is_refused(changes: list[Change]) -> None:
    with pytest.raises(UnfitOperation):
        normalize(changes)


@given(st.lists(st.builds(Change, st.integers(0, 9), st.integers(0, 9), st.sampled_from(["", "a", "\U0001f600"]))))
def test_the_normal_form_of_a_normal_form_is_itself(changes: list[Change]) -> None:
    try:
        normal = normalize(changes)
    except UnfitOperation:
        return
    assert normalize(normal) == normal


def test_the_length_after_an_operation_counts_units() -> None:
    assert length_after((Change(0, 1, "\U0001f600"), Change(3, 2)), 5) == 4


def test_an_operation_beyond_the_end_is_refused() -> None:
    with pytest.raises(UnfitOperation):
        length_after((Change(4, 2),), 5)
