"""A single insert, delete or retain is transformed like every operation, and shown as one of them again."""

from random import Random

from connvo.rules.notes.documented import SimpleOperation, after_all, place
from connvo.rules.notes.operation import length_after
from connvo.rules.notes.text import apply
from connvo.rules.notes.transform import smaller_left, transform
from connvo.rules.notes.utf16 import units
from tests.support.notes.edits import places, random_operation, random_text
from tests.support.outside import examples


def random_simple(random: Random, text: str) -> SimpleOperation:
    start, end = sorted(random.choices(places(text), k=2))
    if start == end or random.random() < 0.4:
        return SimpleOperation("insert", start, 0, random_text(random, 2) or "x")
    return SimpleOperation(random.choice(["delete", "retain"]), start, end - start)


def test_a_shown_operation_fits_the_text_it_was_applied_to() -> None:
    random = Random("documented")
    for _ in range(examples(5_000)):
        text = random_text(random)
        simple = random_simple(random, text)
        others, now = [], text
        for _ in range(random.randrange(4)):
            others.append(random_operation(random, now, 2))
            now = apply(now, others[-1])
        placed, changed_by = after_all(place(simple), others)
        expected = simple.operation
        for other in others:
            expected = transform(expected, other, smaller_left)
        assert placed.operation == expected
        shown = placed.shown
        assert (shown.position in places(now)) and (shown.end in places(now))
        assert length_after(placed.operation, units(now)) == units(apply(now, placed.operation))
        if simple.type == "insert":
            assert (shown.type, shown.content) == ("insert", simple.content)
        if placed.operation:
            assert (shown.position, shown.length) == (placed.operation[0].position, placed.operation[0].length)
        assert bool(changed_by) or shown == simple
