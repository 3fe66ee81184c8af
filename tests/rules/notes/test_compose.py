"""One operation does what two in a row do."""

from random import Random

from connvo.rules.notes.compose import compose
from connvo.rules.notes.operation import EMPTY, Change, Operation
from connvo.rules.notes.text import apply
from tests.support.notes.edits import is_normal, random_operation, random_text
from tests.support.outside import examples


def test_a_composed_operation_makes_the_same_text() -> None:
    random = Random("compose")
    for _ in range(examples(20_000)):
        text = random_text(random)
        first = random_operation(random, text)
        middle = apply(text, first)
        second = random_operation(random, middle)
        both = compose(first, second)
        assert is_normal(both)
        assert apply(text, both) == apply(middle, second)


def test_letters_typed_in_a_row_are_one_change() -> None:
    typed: Operation = EMPTY
    for at, letter in enumerate("hello"):
        typed = compose(typed, (Change(at, 0, letter),))
    assert typed == (Change(0, 0, "hello"),)


def test_a_text_that_is_deleted_again_leaves_nothing() -> None:
    assert compose((Change(4, 0, "oops"),), (Change(4, 4),)) == ()


def test_backspace_over_own_and_older_text_keeps_the_older_part() -> None:
    assert compose((Change(3, 0, "ab"),), (Change(1, 3),)) == (Change(1, 2, "b"),)
