"""What is remembered of a distant database is what a snapshot would read, before and behind the tail of the log."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.store.commit_log import Commit
from connvo.store.read_cache import ReadCache, SnapshotCache
from connvo.store.schema import table_of
from connvo.store.write_set import WrittenKeys
from connvo.store.writer_cache import ABSENT
from tests.support.outside import examples
from tests.support.tables import Item, ItemId

ITEMS = table_of(Item)
PLACES = (("testItems/by_id", "a"), ("testItems/by_id", "b"), ("testItems/by_label", "a"))
places = st.sampled_from(PLACES)
Place = tuple[str, str]


class World:
    """A log, what each place holds after each of its commits, and a memory that is told of them later."""

    def __init__(self) -> None:
        self.log: list[Commit] = []
        self.told = 0
        self.memory = ReadCache()
        self.open: list[tuple[int, SnapshotCache]] = []
        self.remembered = 0

    def commit(self, touched: Iterable[Place]) -> None:
        """Write to places."""
        keys: dict[str, list[tuple[None | int | float | str, ...]]] = {}
        for place, name in touched:
            keys.setdefault(place, []).append((name,) if place.endswith("by_id") else (name, 1.0, "id"))
        self.log.append(Commit(len(self.log) + 1, 0, WrittenKeys(keys)))

    def tell(self) -> None:
        """Tell the memory of the next commit."""
        if self.told < len(self.log):
            self.memory.apply(self.log[self.told].written)
            self.told += 1

    def begin(self) -> None:
        """Begin a snapshot of the newest state."""
        seq = len(self.log)
        self.open.append((seq, SnapshotCache(self.memory, seq, self.log[self.told : seq])))

    def read(self, nth: int, place: Place) -> None:
        """Read a place in a snapshot, by memory where there is one."""
        if not self.open:
            return
        seq, memories = self.open[nth % len(self.open)]
        name, key = place
        by_id = name.endswith("by_id")
        known = memories.get(ITEMS, key) if by_id else memories.first(name, (key,))
        if known is not None:
            self.remembered += 1
            assert known == self.truth(place, seq)
        elif by_id:
            memories.put_read(ITEMS, Item(id=ItemId(key)), self.truth(place, seq))
        else:
            memories.put_first(name, (key,), self.truth(place, seq))

    def end(self, nth: int) -> None:
        """End a snapshot, once the commits up to it were told."""
        if self.open:
            seq, memories = self.open.pop(nth % len(self.open))
            while self.told < seq:
                self.tell()
            self.memory.put(memories.found, seq, self.log[seq : self.told])

    def truth(self, place: Place, seq: int) -> str:
        """Return what a place holds after a commit: that of the last one that wrote to it."""
        name, key = place
        writers = [
            commit.seq for commit in self.log[:seq] if any(k[0] == key for k in commit.written.keys.get(name, []))
        ]
        return str(writers[-1]) if writers else ABSENT if name.endswith("by_label") else "0"


writes = st.tuples(st.just("commit"), st.sets(places, min_size=1, max_size=2))
steps = st.sampled_from([("tell",), ("begin",), ("begin",)]) | writes
snapshots = st.tuples(st.just("end"), st.integers(0, 2)) | st.tuples(st.just("read"), st.integers(0, 2), places)


@settings(max_examples=examples(400))
@given(st.lists(steps | snapshots | snapshots, min_size=25, max_size=50))
def test_no_snapshot_meets_values_that_are_untrue_in_it(happenings: list[tuple[object, ...]]) -> None:
    world = World()
    for name, *arguments in happenings:
        getattr(world, str(name))(*arguments)


def test_reads_of_a_newer_snapshot_are_kept_from_an_older_one() -> None:
    world = World()
    world.begin()
    world.commit([PLACES[0]])
    world.begin()
    world.read(1, PLACES[0])
    world.end(1)
    world.read(0, PLACES[0])
    assert not world.remembered


def test_a_read_need_not_be_repeated() -> None:
    world = World()
    for _ in range(2):
        world.begin()
        for place in PLACES:
            world.read(0, place)
        world.end(0)
    assert world.remembered == len(PLACES)


def test_the_oldest_entry_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.store.read_cache.MAX_ENTRIES", 2)
    memory = ReadCache()
    memory.put({("t/by_id", (name,)): name for name in "abc"}, 1, [])
    assert [memory.get(("t/by_id", (name,)), 1) for name in "abc"] == [None, "b", "c"]
