"""The difference between two texts turns one into the other, and touches little else."""

from random import Random

import pytest

from connvo.rules.notes.diff import diff
from connvo.rules.notes.operation import Change
from connvo.rules.notes.text import apply
from connvo.rules.notes.utf16 import units
from tests.support.notes.edits import inserted, is_normal, random_operation, random_text
from tests.support.outside import examples


def test_a_difference_makes_the_other_text() -> None:
    random = Random("diff")
    for _ in range(examples(5_000)):
        before = random_text(random, 30)
        after = before
        for _ in range(random.randrange(4)):
            after = apply(after, random_operation(random, after))
        if random.random() < 0.1:
            after = random_text(random)
        operation = diff(before, after)
        assert is_normal(operation)
        assert apply(before, operation) == after


@pytest.mark.parametrize("text", ["", "a", "a\nb\n"])
def test_equal_texts_differ_in_nothing(text: str) -> None:
    assert diff(text, text) == ()


def test_edits_in_two_paragraphs_leave_the_one_between_alone() -> None:
    before = "first line\nsecond line\nthird line\n"
    after = "first word\nsecond line\nthird one\n"
    assert diff(before, after) == (Change(6, 4, "word"), Change(29, 2, "o"))


def test_two_words_of_one_line_are_two_changes() -> None:
    assert diff("the quick brown fox", "the slow brown dog") == (Change(4, 5, "slow"), Change(16, 3, "dog"))


def test_a_changed_character_never_splits_its_pair() -> None:
    assert diff("\U0001f600", "\U0001f601") == (Change(0, 2, "\U0001f601"),)


def test_a_long_text_with_one_changed_line_differs_in_that_line() -> None:
    lines = [f"line {number} of many\n" for number in range(20_000)]
    changed = [*lines[:7_000], "another\n", *lines[7_001:]]
    operation = diff("".join(lines), "".join(changed))
    assert units(inserted(operation)) <= len("another\n")
    assert apply("".join(lines), operation) == "".join(changed)
