"""A position inside a pair is found without the text, by following its unit back to where it came from."""

from random import Random

from connvo.rules.notes.operation import Operation
from connvo.rules.notes.pairs import cuts_pair
from connvo.rules.notes.text import NoteText
from connvo.rules.notes.utf16 import wide_places
from tests.support.notes.edits import random_operation, random_text
from tests.support.outside import examples


def test_it_is_found_as_in_the_text() -> None:
    random = Random("pairs")
    for _ in range(examples(1_000)):
        before = random_text(random)
        text, tail = NoteText(before), list[Operation]()
        for _ in range(random.randrange(8)):
            tail.append(random_operation(random, text.content))
            text.apply(tail[-1])
        places = wide_places(before)
        for position in range(len(text) + 1):
            assert cuts_pair(position, tail, places) == text.cuts_pair(position)
