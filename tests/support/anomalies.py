"""What is wrong with a history: a check for strict serialisability from the outside, after the idea of Elle.

What was read tells the order of writes to each list, and with it who must have come before whom: a write before the
next write of the list (`ww`) and before whoever read it (`wr`), a reader before whoever wrote what it had not yet seen
(`rw`). Who had ended before another began came before it (`real time`). A client's calls come in the order in which it
made them, and what it is shown comes in order and after what it was told (`client`); what is shown before a call is
answered may have come after it. The server says in which order it did things (`timestamp`). A history is as good as one
after the other exactly when all this contains no circle. The first one, in the smallest set of reasons, has a name.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from .history import Append, Fault, History, Key, Read, Transaction, Value

Reason: TypeAlias = Literal["ww", "wr", "rw", "real time", "client", "timestamp"]
Node: TypeAlias = "int | tuple[str, int]"
Edges: TypeAlias = "dict[Node, dict[Node, Reason]]"

# In this order: each set of reasons, and what a circle of them is called.
WRITES: tuple[Reason, ...] = ("ww",)
FLOW: tuple[Reason, ...] = (*WRITES, "wr")
DATA: tuple[Reason, ...] = (*FLOW, "rw")
TIMES: tuple[Reason, ...] = (*DATA, "real time", "client")
ALL: tuple[Reason, ...] = (*TIMES, "timestamp")


class Anomaly(NamedTuple):
    """Something that no order of the transactions explains."""

    fault: Fault
    detail: str


def anomalies(history: History) -> list[Anomaly]:
    """Return what is wrong with a history; nothing when one after the other would have come to the same."""
    return list(_Check(history.transactions).run())


class _Check:
    def __init__(self, transactions: list[Transaction]) -> None:
        self._all = {one.number: one for one in transactions}
        self._writer: dict[tuple[Key, Value], Transaction] = {}
        self._order: dict[Key, tuple[Value, ...]] = {}
        self._edges: dict[Reason, Edges] = {reason: defaultdict(dict) for reason in ALL}

    def run(self) -> Iterator[Anomaly]:
        self._know_writers()
        found = [*self._coherence(), *self._orders()]
        yield from found
        if found:
            return  # the order of writes is not known: nothing can be said of circles
        self._data()
        self._times()
        self._timestamps()
        yield from self._lost()
        yield from self._circles()

    def _know_writers(self) -> None:
        for one in self._all.values():
            for step in one.steps:
                if isinstance(step, Append):
                    if (step.key, step.value) in self._writer:
                        raise ValueError(f"a history appends a value once: {step}")
                    self._writer[step.key, step.value] = one

    def _coherence(self) -> Iterator[Anomaly]:
        for one in self._all.values():
            for step in one.steps:
                if not isinstance(step, Read):
                    continue
                if len(set(step.values)) < len(step.values):
                    yield Anomaly("doubled", str(one))
                if any((step.key, value) not in self._writer for value in step.values):
                    yield Anomaly("foreign", str(one))
            if _disagree(one):
                yield Anomaly("incoherent", str(one))

    def _orders(self) -> Iterator[Anomaly]:
        """Learn the order of each list: every read is a beginning of the longest."""
        reads: dict[Key, list[Read]] = defaultdict(list)
        for one in self._all.values():
            for step in one.steps:
                if isinstance(step, Read):
                    reads[step.key].append(step)
        for key, seen in reads.items():
            longest = max(seen, key=lambda read: len(read.values)).values
            self._order[key] = longest
            for read in seen:
                if read.values != longest[: len(read.values)]:
                    yield Anomaly("forked", f"{key}: {read.values[-3:]} and {longest[-3:]}")

    def _data(self) -> None:
        for key, values in self._order.items():
            for before, after in pairwise(values):
                self._edge("ww", self._writer[key, before], self._writer[key, after])
        for one in self._all.values():
            for read in _outer(one):
                order = self._order[read.key]
                if read.values:
                    self._edge("wr", self._writer[read.key, read.values[-1]], one)
                if len(read.values) < len(order):
                    self._edge("rw", one, self._writer[read.key, order[len(read.values)]])

    def _times(self) -> None:
        """Chain what had ended before something began, by way of the moments between; and each client's own."""
        events = sorted(
            [(one.ended, 0, one.number) for one in self._all.values() if one.ended is not None]
            + [(one.begun, 1, one.number) for one in self._all.values() if one.begun is not None]
        )
        moment = 0
        for _, begins, number in events:
            if begins:
                self._link("real time", ("moment", moment), number)
            else:
                self._link("real time", number, ("moment", moment + 1))
                self._link("real time", ("moment", moment), ("moment", moment + 1))
                moment += 1
        called: dict[str, int] = {}
        shown: dict[str, int] = {}
        for one in self._all.values():
            if one.client is None:
                continue
            pushed = one.begun is None
            for before in [called] + [shown] * pushed:
                if one.client in before:
                    self._link("client", before[one.client], one.number)
            (shown if pushed else called)[one.client] = one.number

    def _timestamps(self) -> None:
        """A snapshot shows every mutation up to its timestamp; snapshots of one timestamp have no order."""
        stamped = sorted(
            (one for one in self._all.values() if one.ts is not None), key=lambda one: (one.ts, not one.writes)
        )
        shown: list[Transaction] = []
        place = 0
        for one in stamped:
            self._link("timestamp", ("stamp", place), one.number)
            if not one.writes:
                shown.append(one)
                continue
            for snapshot in shown:
                self._link("timestamp", snapshot.number, one.number)
            shown.clear()
            self._link("timestamp", one.number, ("stamp", place + 1))
            self._link("timestamp", ("stamp", place), ("stamp", place + 1))
            place += 1

    def _lost(self) -> Iterator[Anomaly]:
        """Find values that were written and are in no list at the end, where the list was read after that."""
        for (key, value), writer in self._writer.items():
            if value in self._order.get(key, ()) or writer.ended is None:
                continue
            for one in self._all.values():
                if one.begun is not None and one.begun > writer.ended and any(r.key == key for r in _outer(one)):
                    yield Anomaly("lost", f"{key} << {value} of {writer}, read by {one}")
                    break

    def _circles(self) -> Iterator[Anomaly]:
        for reasons in (WRITES, FLOW, DATA, TIMES, ALL):
            edges: Edges = defaultdict(dict)
            for reason in reversed(reasons):
                for node, targets in self._edges[reason].items():
                    edges[node].update(targets)
            found = [_circle(edges, part) for part in _tangled(edges)]
            if found:
                yield from (Anomaly(_name(circle), self._tell(circle)) for circle in found)
                return

    def _edge(self, reason: Reason, before: Transaction, after: Transaction) -> None:
        if before is not after:
            self._link(reason, before.number, after.number)

    def _link(self, reason: Reason, before: Node, after: Node) -> None:
        self._edges[reason][before][after] = reason

    def _tell(self, circle: list[tuple[Node, Reason]]) -> str:
        parts = [(self._all[node], reason) for node, reason in circle if isinstance(node, int)]
        return " | ".join(f"{one} --{reason}->" for one, reason in parts)


def _outer(one: Transaction) -> Iterator[Read]:
    """Yield what a transaction read of others: its own appends are taken off the end."""
    own: dict[Key, list[Value]] = defaultdict(list)
    for step in one.steps:
        if isinstance(step, Append):
            own[step.key].append(step.value)
        elif own[step.key] and list(step.values[-len(own[step.key]) :]) == own[step.key]:
            yield Read(step.key, step.values[: -len(own[step.key])])
        else:
            yield step


def _disagree(one: Transaction) -> bool:
    """Return whether a transaction read a list twice and saw different things of others."""
    seen: dict[Key, tuple[Value, ...]] = {}
    return any(seen.setdefault(read.key, read.values) != read.values for read in _outer(one))


def _name(circle: list[tuple[Node, Reason]]) -> Fault:
    reasons = [reason for _, reason in circle]
    if "timestamp" in reasons:
        return "time travel"
    if "real time" in reasons or "client" in reasons:
        return "stale"
    if "rw" in reasons:
        return "lost update" if reasons.count("rw") == 1 else "write skew"
    return "circular" if "wr" in reasons else "dirty write"


def _tangled(edges: Mapping[Node, Mapping[Node, Reason]]) -> Iterator[set[Node]]:
    """Yield the sets of nodes that can all reach each other, of two and more (Tarjan's, without recursion)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    waiting: set[Node] = set()
    for root in list(edges):
        if root in index:
            continue
        work: list[tuple[Node, Iterator[Node]]] = []
        _enter(root, edges, index, low, stack, waiting, work)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    _enter(target, edges, index, low, stack, waiting, work)
                    break
                if target in waiting:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = set()
                    while node not in part:
                        part.add(stack.pop())
                    waiting -= part
                    if len(part) > 1:
                        yield part


def _enter(
    node: Node,
    edges: Mapping[Node, Mapping[Node, Reason]],
    index: dict[Node, int],
    low: dict[Node, int],
    stack: list[Node],
    waiting: set[Node],
    work: list[tuple[Node, Iterator[Node]]],
) -> None:
    index[node] = low[node] = len(index)
    stack.append(node)
    waiting.add(node)
    work.append((node, iter(edges.get(node, {}))))


def _circle(edges: Mapping[Node, Mapping[Node, Reason]], part: set[Node]) -> list[tuple[Node, Reason]]:
    """Return a shortest circle through one node of a tangle: each node with the reason that leads on from it."""
    start = min((node for node in part if isinstance(node, int)), default=next(iter(part)))
    came: dict[Node, Node] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for target in edges.get(node, {}):
            if target == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                path.reverse()
                return [(here, edges[here][there]) for here, there in zip(path, [*path[1:], start], strict=True)]
            if target in part and target not in came:
                came[target] = node
                queue.append(target)
    raise AssertionError("a tangle holds a circle")
