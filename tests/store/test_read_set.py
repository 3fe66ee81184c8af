"""A range covers exactly the keys between its bounds, and a read set is touched by exactly the keys of its ranges."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.keys import Key, KeyPart, rank
from connvo.store.read_set import Range, ReadSet
from connvo.store.write_set import WrittenKeys

parts: st.SearchStrategy[KeyPart] = st.sampled_from([None, 0, 1, 1.5, -2, "", "a", "b"])
keys = st.lists(parts, min_size=3, max_size=3).map(tuple)
bounds = st.none() | st.tuples(st.lists(parts, min_size=1, max_size=3).map(tuple), st.booleans())
places = st.sampled_from([("t", "i"), ("t", "j"), ("u", "i")])


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    table, index = draw(places)
    prefix = tuple(draw(st.lists(parts, max_size=3)))
    room = 3 - len(prefix)
    cut = [(b[0][:room], b[1]) if b is not None and room else None for b in (draw(bounds), draw(bounds))]
    return Range(table, index, prefix, cut[0], cut[1])


def compare(left: Key, right: Key) -> int:
    """Return -1, 0 or 1, part by part, as far as both go."""
    for a, b in zip(left, right, strict=False):
        ra, rb = rank((a,)), rank((b,))
        if ra != rb:
            return -1 if ra < rb else 1
    return 0


def lies_in(item: Range, key: Key) -> bool:
    """The plain meaning of a range."""
    length = len(item.prefix)
    if key[:length] != item.prefix:
        return False
    rest = key[length:]
    if item.lower is not None:
        order = compare(rest, item.lower[0])
        if order < 0 or (order == 0 and not item.lower[1]):
            return False
    if item.upper is not None:
        order = compare(rest, item.upper[0])
        if order > 0 or (order == 0 and not item.upper[1]):
            return False
    return True


@given(ranges(), keys)
def test_a_range_covers_the_keys_between_its_bounds(item: Range, key: Key) -> None:
    if key[: len(item.prefix)] == item.prefix:
        assert item.covers(key) == lies_in(item, key)


@given(st.lists(ranges(), max_size=6), places, keys)
def test_a_read_set_is_touched_by_a_key_in_any_of_its_ranges(
    items: list[Range], place: tuple[str, str], key: Key
) -> None:
    reads = ReadSet()
    for item in items:
        reads.add(item)
    expected = any((item.table, item.index) == place and lies_in(item, key) for item in items)
    assert reads.touches(*place, key) == expected
    assert WrittenKeys({f"{place[0]}/{place[1]}": [key]}).intersects(reads) == expected


def test_an_inclusive_bound_covers_everything_that_starts_with_it() -> None:
    up_to = Range("t", "i", ("a",), None, ((1,), True))
    assert up_to.covers(("a", 1, "z"))
    assert not up_to.covers(("a", 2, ""))
    below = Range("t", "i", ("a",), None, ((1,), False))
    assert not below.covers(("a", 1, ""))


def test_the_same_range_is_kept_once() -> None:
    reads = ReadSet()
    for _ in range(3):
        reads.add(Range("t", "i", ("a",)))
    reads.add(Range("t", "i", ("b",)))
    assert len(reads) == 2


def test_numbers_are_equal_however_they_are_written() -> None:
    reads = ReadSet()
    reads.add(Range("t", "i", (1,)))
    assert reads.touches("t", "i", (1.0, "x"))
    assert not reads.touches("t", "i", ("1", "x"))
