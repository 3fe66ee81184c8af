"""What the store should do, said once more in plain Python: documents in a list, scans by sorting and filtering."""

from functools import partial
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from connvo.kernel.keys import Key, part, rank
from connvo.store.schema import table_of
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.store import TICK_NS, Store
from tests.support.tables import Item

ITEMS = table_of(Item)
reuses_the_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
INDEXES = [index for index in ITEMS.indexes if index != "by_id"]

words = st.sampled_from(["", "a", "ab", "b", "é", "\uffff", "\U0001f600", '"', "\\u0000", "'; --", "%"])
numbers = st.sampled_from(
    [-1e300, -2.5, -1.0, -0.0, 0.0, 1e-7, 0.1, 1.0, 2.0, 2.0**53, 1234567890123.4567]
) | st.floats(allow_nan=False, allow_infinity=False)
sizes = st.integers(-3, 3) | st.sampled_from([2**53 + 1, -(2**63), 2**63 - 1, 2**70])
owners = st.sampled_from(["ann", "bob", ""])

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "owner": owners,
    "rank": st.none() | numbers,
    "flag": st.booleans(),
    "label": st.none() | words,
    "size": sizes,
    "note": words,
    "tags": st.lists(words, max_size=2),
}
items = st.builds(Item, **FIELDS)
changes = st.fixed_dictionaries({}, optional=FIELDS)


class ScanCase(msgspec.Struct, frozen=True):
    """The arguments of a scan."""

    index: str
    prefix: tuple[object, ...]
    bounds: dict[str, Any]
    reverse: bool
    limit: int | None

    def run(self, db: Snapshot) -> list[Item]:
        """Return what the store finds."""
        return db.scan(Item, self.index, *self.prefix, **self.bounds, reverse=self.reverse, limit=self.limit)

    def expected(self, documents: list[Item]) -> list[Item]:
        """Return what it should find among these documents."""
        found = [document for document in documents if self._takes(ITEMS.key(self.index, document))]
        found.sort(key=lambda document: rank(ITEMS.key(self.index, document)), reverse=self.reverse)
        return found[: self.limit]

    def _takes(self, key: Key) -> bool:
        length = len(self.prefix)
        if key[:length] != tuple(part(value) for value in self.prefix):
            return False
        if not self.bounds:
            return True
        after, since = self.bounds.get("after"), self.bounds.get("since")
        before, until = self.bounds.get("before"), self.bounds.get("until")
        have = rank(key[length : length + 1])
        return (
            key[length] is not None
            and (after is None or have > rank((part(after),)))
            and (since is None or have >= rank((part(since),)))
            and (before is None or have < rank((part(before),)))
            and (until is None or have <= rank((part(until),)))
        )


class Write(msgspec.Struct, frozen=True):
    """One write: an insert, a patch or a deletion of one of the documents that are there."""

    item: Item | None
    position: int
    changes: dict[str, Any] | None

    def run(self, db: Transaction) -> None:
        """Make the write."""
        if self.item is not None:
            db.insert(self.item)
            return
        documents = db.scan(Item, "by_creation")
        if not documents:
            return
        chosen = documents[self.position % len(documents)]
        if self.changes is None:
            db.delete(chosen)
        else:
            db.patch(chosen, **self.changes)


positions = st.integers(0, 100)
writes = (
    st.builds(Write, items, positions, st.none())
    | st.builds(Write, st.none(), positions, changes)
    | st.builds(Write, st.none(), positions, st.none())
)


def columns(index: str) -> list[str]:
    """Return the columns of an index, with those that end every index."""
    return [*ITEMS.indexes[index], "creation_time", "id"]


@st.composite
def scan_cases(draw: st.DrawFn, documents: list[Item]) -> ScanCase:
    """Draws a scan, mostly by values that some document really has."""
    index = draw(st.sampled_from(INDEXES))
    names = columns(index)
    length = draw(st.integers(0, len(names) - 1))
    values = [draw(_value(name, documents)) for name in names[: length + 1]]
    bounds: dict[str, Any] = {}
    for kinds in (("after", "since"), ("before", "until")):
        value = draw(st.none() | _value(names[length], documents))
        if value is not None:
            bounds[draw(st.sampled_from(kinds))] = value
    return ScanCase(index, tuple(values[:length]), bounds, draw(st.booleans()), draw(st.none() | st.integers(0, 5)))


def _value(name: str, documents: list[Item]) -> st.SearchStrategy[Any]:
    real = [getattr(document, name) for document in documents]
    if name == "creation_time":
        return st.sampled_from([*real, 0.0])
    if name == "id":
        return st.sampled_from([*real, ""])
    return st.sampled_from(real) | FIELDS[name] if real else FIELDS[name]


def fill(store: Store, documents: list[Item], frozen: bool = False) -> list[Item]:
    """Make these the only documents, each by a mutation of its own; with `frozen`, all at the same time."""
    store.clear(Item)
    store.tick_ns = 0 if frozen else TICK_NS
    return store.together(*(partial(Transaction.insert, document=document) for document in documents))
