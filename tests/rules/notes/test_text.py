"""Operations make of a text what an editor in a browser makes of it."""

from random import Random

import pytest

from connvo.rules.notes.operation import Change, Operation, UnfitOperation
from connvo.rules.notes.text import NoteText, apply
from connvo.rules.notes.utf16 import units, wide_places
from tests.support.notes.edits import random_operation, random_text
from tests.support.outside import examples


def by_units(text: str, operation: Operation) -> str:
    """Apply an operation to the units themselves, as a browser does."""
    data = text.encode("utf-16-le")
    for change in reversed(operation):
        data = data[: 2 * change.position] + change.content.encode("utf-16-le") + data[2 * change.end :]
    return data.decode("utf-16-le")


def test_a_text_is_spliced_as_its_units_are() -> None:
    random = Random("apply")
    for _ in range(examples(2_000)):
        text = random_text(random)
        edited = NoteText(text)
        for _ in range(10):
            operation = random_operation(random, text)
            text = by_units(text, operation)
            edited.apply(operation)
            assert edited.content == text
            assert len(edited) == units(text)
            assert [at for at in range(len(edited)) if edited.cuts_pair(at)] == [at + 1 for at in wide_places(text)]


@pytest.mark.parametrize("operation", [(Change(1, 0, "x"),), (Change(1, 1),), (Change(0, 1),)])
def test_a_pair_is_never_cut(operation: Operation) -> None:
    edited = NoteText("\U0001f600")
    with pytest.raises(UnfitOperation):
        edited.apply(operation)
    assert edited.content == "\U0001f600"


@pytest.mark.parametrize("operation", [(Change(4, 0, "x"),), (Change(0, 4),), (Change(9, 1),)])
def test_nothing_is_changed_beyond_the_end(operation: Operation) -> None:
    with pytest.raises(UnfitOperation):
        apply("abc", operation)


def test_backspace_takes_a_whole_flag_or_half_of_it() -> None:
    flag = "\U0001f1e9\U0001f1ea"
    assert apply(f"a{flag}", (Change(1, 4),)) == "a"
    assert apply(f"a{flag}", (Change(3, 2),)) == "a\U0001f1e9"


def test_crlf_counts_as_two() -> None:
    assert apply("one\r\ntwo", (Change(5, 3, "2"),)) == "one\r\n2"
