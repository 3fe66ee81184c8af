"""A text in pieces is changed as a whole one is, wherever the pieces end."""

from random import Random

import pytest

from connvo.rules.notes import pieces
from connvo.rules.notes.operation import Change, Operation, UnfitOperation
from connvo.rules.notes.pieces import PiecedText, apply_all
from connvo.rules.notes.text import NoteText
from tests.support.notes.edits import random_operation, random_text
from tests.support.outside import examples


@pytest.mark.parametrize("size", [2, 4, 6, 64])
def test_many_operations_make_the_same_text_in_pieces_of_any_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    random = Random(size)
    for _ in range(examples(500)):
        text = random_text(random)
        whole, pieced = NoteText(text), PiecedText(text)
        for _ in range(12):
            operation = random_operation(random, whole.content)
            whole.apply(operation)
            pieced.apply(operation)
            assert pieced.content == whole.content


@pytest.mark.parametrize("size", [2, 4, 8_192])
@pytest.mark.parametrize(
    "operation",
    [
        (Change(2, 0, "x"),),
        (Change(0, 1, "x"), Change(2, 2)),
        (Change(1, 1),),
        (Change(6, 1),),
        (Change(0, 1), Change(7, 0, "x")),
    ],
)
def test_an_operation_that_does_not_fit_changes_nothing(
    operation: Operation, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_BYTES", size)
    text = "a\U0001f600bcd"
    pieced = PiecedText(text)
    with pytest.raises(UnfitOperation):
        pieced.apply(operation)
    assert pieced.content == text


@pytest.mark.parametrize("count", [0, 1, pieces.FEW - 1, pieces.FEW, 40])
def test_a_tail_of_any_length_makes_the_same_text(count: int) -> None:
    random = Random(count)
    whole = NoteText("Agenda \U0001f4cb\n")
    before = whole.content
    operations = []
    for _ in range(count):
        operations.append(random_operation(random, whole.content))
        whole.apply(operations[-1])
    assert apply_all(before, operations) == whole.content
