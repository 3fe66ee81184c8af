"""Two who edit one text at once end with the same text, and neither loses a character."""

from collections import Counter
from random import Random

import pytest

from connvo.rules.notes.operation import Change, Operation, length_after, normalize
from connvo.rules.notes.text import apply
from connvo.rules.notes.transform import (
    TieRule,
    complement,
    later_left,
    smaller_left,
    transform,
    transform_pair,
    transform_position,
)
from connvo.rules.notes.utf16 import units
from tests.support.notes.edits import deleted, inserted, is_normal, places, random_operation, random_text
from tests.support.outside import examples

RULES = [later_left, smaller_left]
PARTS = 10
PAIRS = 6_000  # of each part and rule: 120,000 together


def check(text: str, earlier: Operation, later: Operation, rule: TieRule) -> None:
    """Check everything that is promised of one pair."""
    earlier_after, later_after = transform_pair(earlier, later, rule)
    one = apply(apply(text, earlier), later_after)
    assert apply(apply(text, later), earlier_after) == one
    assert is_normal(earlier_after)
    assert is_normal(later_after)
    assert not Counter(inserted(earlier) + inserted(later)) - Counter(one)
    gone = len(deleted(earlier) | deleted(later))
    assert units(one) == units(text) - gone + units(inserted(earlier) + inserted(later))
    assert length_after(later_after, length_after(earlier, units(text))) == units(one)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("part", range(PARTS))
def test_both_orders_make_the_same_text(part: int, rule: TieRule) -> None:
    random = Random(f"pairs {part}")
    for _ in range(examples(PAIRS)):
        text = random_text(random)
        check(text, random_operation(random, text), random_operation(random, text), rule)


def simple_operations(text: str) -> list[Operation]:
    """Return each insert of one of two letters, each delete and each replacement of a short text."""
    found = [normalize([Change(at, 0, letter)]) for at in range(len(text) + 1) for letter in "xy"]
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            found += [normalize([Change(start, end - start, content)]) for content in ("", "x", "yy")]
    return found


@pytest.mark.parametrize("rule", RULES)
def test_all_simple_pairs_of_a_short_text_converge(rule: TieRule) -> None:
    text = "abcd"
    every = simple_operations(text)
    for earlier in every:
        for later in every:
            check(text, earlier, later, rule)


def test_an_insert_inside_a_deleted_range_survives_and_the_delete_splits() -> None:
    insert, delete = (Change(3, 0, "X"),), (Change(1, 4),)
    assert transform(delete, insert, later_left) == (Change(1, 2), Change(4, 2))
    assert transform(insert, delete, later_left) == (Change(1, 0, "X"),)


def test_text_deleted_by_both_is_deleted_once() -> None:
    assert transform((Change(0, 4),), (Change(2, 4),), later_left) == (Change(0, 2),)
    assert transform((Change(2, 1),), (Change(0, 4),), later_left) == ()


def test_two_deletes_with_one_start_leave_the_rest_of_the_longer() -> None:
    assert transform((Change(1, 4),), (Change(1, 2),), later_left) == (Change(1, 2),)


def test_the_later_text_goes_left() -> None:
    earlier, later = (Change(2, 0, "one"),), (Change(2, 0, "two"),)
    assert transform_pair(earlier, later, later_left) == ((Change(5, 0, "one"),), (Change(2, 0, "two"),))


@pytest.mark.parametrize(("later", "expected"), [("a", "ab"), ("c", "bc"), ("\U0001f600", "b\U0001f600")])
def test_the_smaller_text_goes_left(later: str, expected: str) -> None:
    earlier, other = transform_pair((Change(0, 0, "b"),), (Change(0, 0, later),), smaller_left)
    assert apply(apply("", (Change(0, 0, "b"),)), other) == expected
    assert apply(apply("", (Change(0, 0, later),)), earlier) == expected


def test_texts_are_compared_by_utf16_units_as_browsers_do() -> None:
    assert smaller_left("\U0001f600", "\uffff")  # as characters the second is the smaller one
    assert not smaller_left("\uffff", "\U0001f600")


def test_the_complement_is_the_other_answer() -> None:
    for rule in RULES:
        for one, other in [("a", "b"), ("b", "a"), ("a", "a")]:
            assert complement(rule)(one, other) != rule(other, one)


def test_a_replacement_puts_its_text_before_the_deleted_part() -> None:
    replace, insert = (Change(2, 3, "new"),), (Change(2, 0, "x"),)
    assert transform(replace, insert, later_left) == (Change(2, 0, "new"), Change(3, 3))
    assert transform(replace, insert, complement(later_left)) == (Change(3, 3, "new"),)


@pytest.mark.parametrize(
    ("position", "expected"), [(0, 0), (2, 2), (3, 4), (4, 4), (5, 4), (6, 5)], ids=lambda number: str(number)
)
def test_a_cursor_goes_with_its_text(position: int, expected: int) -> None:
    assert transform_position(position, (Change(2, 3, "ab"),)) == expected


def test_an_insert_at_a_cursor_leaves_it_left() -> None:
    assert transform_position(2, (Change(2, 0, "abc"),)) == 2


def test_a_cursor_never_leaves_the_text_nor_enters_a_pair() -> None:
    random = Random("cursors")
    for _ in range(examples(5_000)):
        text = random_text(random)
        operation = random_operation(random, text)
        position = random.choice(places(text))
        assert transform_position(position, operation) in places(apply(text, operation))
