"""A commit finds the read sets it touches, those alone, and without looking at the others."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connvo.runtime.live.subscriptions import Subscriptions
from connvo.store.read_set import Range, ReadSet
from connvo.store.write_set import WrittenKeys
from tests.support.subscriptions import Told

PLACES = [("items", "by_id"), ("items", "by_owner"), ("boxes", "by_id")]
parts = st.one_of(st.none(), st.sampled_from(["a", "b"]), st.integers(0, 2), st.sampled_from([0.5, 1.0]))
keys = st.lists(parts, min_size=1, max_size=3).map(tuple)
bounds = st.none() | st.tuples(keys, st.booleans())
ranges = st.builds(
    lambda place, prefix, lower, upper: Range(place[0], place[1], prefix, lower, upper),
    st.sampled_from(PLACES),
    st.lists(parts, max_size=2).map(tuple),
    bounds,
    bounds,
)
read_sets = st.lists(ranges, max_size=3)
writes = st.dictionaries(
    st.sampled_from(["/".join(place) for place in PLACES]), st.lists(keys, min_size=1, max_size=3), max_size=3
)


def reading(*items: Range) -> ReadSet:
    reads = ReadSet()
    for item in items:
        reads.add(item)
    return reads


def subscribe(subscriptions: Subscriptions, *items: Range) -> tuple[Told, list[int]]:
    touched: list[int] = []
    subscription = Told(reading(*items), lambda: touched.append(1))
    subscriptions.add(subscription)
    return subscription, touched


@given(sets=st.lists(read_sets, max_size=6), written=writes, removed=st.sets(st.integers(0, 5)))
def test_a_commit_touches_exactly_the_ranges_that_hold_its_keys(
    sets: list[list[Range]], written: dict[str, Any], removed: set[int]
) -> None:
    subscriptions = Subscriptions()
    held = [subscribe(subscriptions, *items)[0] for items in sets]
    for position in removed & set(range(len(held))):
        subscriptions.remove(held[position])
    subscriptions.apply(WrittenKeys(written))
    for position, subscription in enumerate(held):
        expected = position not in removed and WrittenKeys(written).intersects(subscription.reads)
        assert subscription.stale == expected


@given(sets=st.lists(read_sets, max_size=6))
def test_a_removed_subscription_leaves_nothing_behind(sets: list[list[Range]]) -> None:
    subscriptions = Subscriptions()
    held = [subscribe(subscriptions, *items)[0] for items in sets]
    for subscription in [*held, *held]:
        subscriptions.remove(subscription)
    assert len(subscriptions) == 0
    assert all(not index.by_prefix and not index.lengths for index in subscriptions._indexes.values())


def test_one_is_told_once_until_it_is_run_again() -> None:
    subscriptions = Subscriptions()
    _, touched = subscribe(subscriptions, Range("items", "by_id", ("x",)))
    for _ in range(3):
        subscriptions.apply(WrittenKeys({"items/by_id": [("x",)]}))
    assert touched == [1]


def test_when_the_log_has_a_hole_everybody_is_told() -> None:
    subscriptions = Subscriptions()
    told = [subscribe(subscriptions, Range("items", "by_id", (str(n),)))[1] for n in range(5)]
    subscriptions.touch_all()
    assert told == [[1]] * 5


def test_one_may_leave_while_being_told() -> None:
    subscriptions = Subscriptions()
    first, _ = subscribe(subscriptions, Range("items", "by_id", ("x",)))
    other, _ = subscribe(subscriptions, Range("items", "by_id", ("x",)))
    first.told = lambda: subscriptions.remove(other)
    subscriptions.apply(WrittenKeys({"items/by_id": [("x",)]}))
    assert first.stale
    assert len(subscriptions) == 1


def test_unconcerned_subscriptions_cost_nothing(monkeypatch: Any) -> None:
    looked_at: list[Range] = []
    covers = Range.covers

    def counting(self: Range, key: Any) -> bool:
        looked_at.append(self)
        return covers(self, key)

    monkeypatch.setattr(Range, "covers", counting)
    subscriptions = Subscriptions()
    for n in range(10_000):
        subscribe(subscriptions, Range("items", "by_owner", (f"owner-{n}",)), Range("items", "by_id", (str(n),)))
    mine, _ = subscribe(subscriptions, Range("items", "by_owner", ("me",)))
    subscriptions.apply(WrittenKeys({"items/by_owner": [("me", 1.0, "id")], "items/by_id": [("new",)]}))
    assert mine.stale
    assert len(looked_at) == 1
