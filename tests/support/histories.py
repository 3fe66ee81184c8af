"""Recorded histories, and whether any serial order explains them.

Transactions append unique numbers to lists and read whole lists, so every read tells which appends it saw and in what
order. Out of that follow the edges that any serial order must respect; a cycle of them, or a read that no order gives,
is an anomaly. The method is that of "Elle: Inferring Isolation Anomalies from Experimental Observations" (Kingsbury and
Alvaro, 2020), for lists.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf
from typing import Literal, TypeAlias

import msgspec

from .cycles import Edge, shortest_cycles

Outcome: TypeAlias = Literal["done", "failed", "unknown"]


class Append(msgspec.Struct, frozen=True):
    """A number put at the end of a list; no other append of the history has the same one."""

    key: str
    value: int


class Read(msgspec.Struct, frozen=True):
    """A whole list, as it was seen."""

    key: str
    values: tuple[int, ...]


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """What one call did, in order. It took place between `began` and `ended` (seconds), at `ts` if that is known.

    One of unknown outcome may have taken place at any time since it began, or never. `fresh` says that it had to see
    what had ended before it began; a live query may lag behind.
    """

    client: str
    began: float
    ended: float
    ops: tuple[Append | Read, ...]
    outcome: Outcome = "done"
    ts: int | None = None
    fresh: bool = True

    @property
    def end(self) -> float:
        """When it was over at the latest."""
        return self.ended if self.outcome == "done" else inf

    def appends(self) -> Iterator[Append]:
        """Yields what it appended."""
        return (op for op in self.ops if isinstance(op, Append))

    def writes(self) -> bool:
        """Returns whether it appended anything."""
        return any(True for _ in self.appends())

    def seen(self) -> Iterator[Read]:
        """Yields its reads without what it had appended itself before."""
        own: defaultdict[str, int] = defaultdict(int)
        for op in self.ops:
            if isinstance(op, Append):
                own[op.key] += 1
            else:
                yield Read(op.key, op.values[: len(op.values) - own[op.key]])


def anomalies(history: list[Transaction]) -> list[str]:
    """Returns what no serial order that respects real time explains, in words; nothing when one does."""
    return _History(history).anomalies()


class _History:
    """A history with its appends by value and, as far as anybody saw them, the order of each list."""

    def __init__(self, history: list[Transaction]) -> None:
        self.all = history
        self.writer = {(op.key, op.value): index for index, one in enumerate(history) for op in one.appends()}
        self.order: dict[str, tuple[int, ...]] = {}
        for one in history:
            for read in one.seen() if one.outcome == "done" else ():
                self.order[read.key] = max(self.order.get(read.key, ()), read.values, key=len)
        seen = {self.writer.get((key, value)) for key, values in self.order.items() for value in values}
        self.happened = [
            index
            for index, one in enumerate(history)
            if one.outcome == "done" or (one.outcome == "unknown" and index in seen)
        ]

    def anomalies(self) -> list[str]:
        found = [*self.unreadable(), *self.lost(), *self.time_travels()]
        if found:
            return found  # edges between what makes no sense mean nothing
        edges = list(self.data_edges())
        found += self.late(edges)
        found += [self.told(cycle) for cycle in shortest_cycles([*edges, *self.time_edges()])]
        return found

    def unreadable(self) -> Iterator[str]:
        """Reads that no order of the appends gives."""
        for one in self.all:
            if one.outcome != "done":
                continue
            for read, whole in zip(one.seen(), (op for op in one.ops if isinstance(op, Read)), strict=True):
                yield from self.unreadable_values(one, read, whole)

    def unreadable_values(self, one: Transaction, read: Read, whole: Read) -> Iterator[str]:
        key, values = read.key, read.values
        if len(set(whole.values)) < len(whole.values):
            yield f"doubled append: {one.client} read {key} = {list(whole.values)}"
        for value in values:
            writer = self.writer.get((key, value))
            if writer is None:
                yield f"read of what nobody wrote: {one.client} read {value} in {key}"
            elif self.all[writer].outcome == "failed":
                yield f"aborted read: {one.client} read {value} in {key}, whose transaction failed"
            elif self.all[writer] is one:
                yield f"lost own write: {one.client} read {key} = {list(whole.values)} after appending to it"
        if self.order[key][: len(values)] != values:
            yield f"incompatible order: {key} was read as {list(values)} and as {list(self.order[key])}"

    def lost(self) -> Iterator[str]:
        """Acknowledged appends that are in no list, though somebody read the list later."""
        latest: defaultdict[str, float] = defaultdict(lambda: -inf)
        for one in self.all:
            for read in one.seen() if one.outcome == "done" and one.fresh else ():
                latest[read.key] = max(latest[read.key], one.began)
        for one in self.all:
            for op in one.appends() if one.outcome == "done" else ():
                if op.value not in self.order.get(op.key, ()) and latest[op.key] > one.ended:
                    yield f"lost append: {one.client} appended {op.value} to {op.key}, and it is gone"

    def time_travels(self) -> Iterator[str]:
        """Clients that were shown an older time after a newer one."""
        by_client: defaultdict[str, list[Transaction]] = defaultdict(list)
        for one in self.all:
            if one.outcome == "done" and one.ts is not None:
                by_client[one.client].append(one)
        for client, theirs in by_client.items():
            for before, after in pairwise(sorted(theirs, key=lambda one: one.ended)):
                if before.ended <= after.began and (after.ts or 0) < (before.ts or 0):
                    yield f"time travel: {client} was at {before.ts}, then at {after.ts}"

    def data_edges(self) -> Iterator[Edge]:
        """Who must come before whom because of what was seen."""
        for key, values in self.order.items():
            for earlier, later in pairwise(values):
                yield Edge(self.writer[key, earlier], self.writer[key, later], f"ww {key}")
        for index in self.happened:
            one = self.all[index]
            for read in one.seen() if one.outcome == "done" else ():
                order, count = self.order[read.key], len(read.values)
                if count:
                    yield Edge(self.writer[read.key, order[count - 1]], index, f"wr {read.key}")
                if count < len(order):
                    yield Edge(index, self.writer[read.key, order[count]], f"rw {read.key}")

    def time_edges(self) -> Iterator[Edge]:
        """Who must come before whom because it was over before: by way of one point in time per end."""
        ends = sorted((self.all[index].end, index) for index in self.happened if self.all[index].end < inf)
        point = len(self.all)
        for position, (_, index) in enumerate(ends):
            yield Edge(index, point + position, "time")
            if position:
                yield Edge(point + position - 1, point + position, "time")
        for index in self.happened:
            past = _count_before(ends, self.all[index].began) if self.all[index].fresh else 0
            if past:
                yield Edge(point + past - 1, index, "time")

    def late(self, edges: Iterable[Edge]) -> Iterator[str]:
        """Timestamps that contradict what was seen. A reader may have the timestamp of what it read."""
        for edge in edges:
            first, second = self.all[edge.start], self.all[edge.end]
            if first.ts is None or second.ts is None or edge.start == edge.end:
                continue
            same = edge.why.startswith("wr") and not second.writes()
            if first.ts > second.ts or (first.ts == second.ts and not same):
                yield f"wrong time: {first.client} at {first.ts}, then {second.client} at {second.ts} ({edge.why})"

    def told(self, cycle: list[Edge]) -> str:
        steps = [f"{edge.why} {self.all[edge.end].client}" for edge in cycle if edge.end < len(self.all)]
        anti = sum(edge.why.startswith("rw") for edge in cycle)
        real = any(edge.why == "time" for edge in cycle)
        kind = (
            "stale read"
            if real and anti
            else "write skew"
            if anti > 1
            else "lost update"
            if anti
            else "cycle of writes"
        )
        return f"{kind}: " + ", ".join(steps)


def _count_before(ends: list[tuple[float, int]], moment: float) -> int:
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if ends[middle][0] < moment else (low, middle)
    return low
