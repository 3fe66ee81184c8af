"""Every history that two nodes of a store make is one that a single client could have made alone, in real time.

First the judge itself is judged: on toy stores, each of which lacks one protection.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeAlias

import pytest

from connvo.kernel.clock import now_ns
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.engine import Engine
from connvo.store.snapshot import Snapshot
from connvo.store.sqlite import SqliteEngine
from connvo.store.transaction import Transaction as Writing

from ..support.histories import Append, Read, Transaction, anomalies
from ..support.store import ENGINES
from ..support.tables import Item

KEYS = ("whole-1", "whole-2", "rows-1", "rows-2", "rows-3")
CLIENTS, CALLS = 8, 60
ONE_IN_FAILS = 7
Ops: TypeAlias = tuple[Append | Read, ...]


class Abandoned(Exception):
    """The mutation gives itself up after it has written."""


def one(client: str, began: float, *ops: Append | Read, **more: object) -> Transaction:
    """Returns a transaction that takes half a second."""
    return Transaction(client=client, began=began, ended=began + 0.5, ops=ops, **more)  # type: ignore[arg-type]


def kinds(*history: Transaction) -> set[str]:
    """Returns the names of what is wrong with a history."""
    return {found.partition(":")[0] for found in anomalies(list(history))}


def put(key: str, value: int) -> Append:
    return Append(key, value)


def saw(key: str, *values: int) -> Read:
    return Read(key, values)


def test_a_serial_history_is_sound() -> None:
    assert not kinds(
        one("ann", 0, put("x", 1), ts=1),
        one("bob", 1, saw("x", 1), put("x", 2), saw("x", 1, 2), ts=2),
        one("ann", 2, saw("x", 1, 2), saw("y"), ts=2),
    )


def test_calls_at_the_same_time_may_be_in_any_order() -> None:
    assert not kinds(one("ann", 0, put("x", 1)), one("bob", 0.2, saw("x")), one("cy", 0.3, saw("x", 1)))


def test_what_had_no_answer_may_or_may_not_have_happened() -> None:
    torn = one("ann", 0, put("x", 1), outcome="unknown")
    assert not kinds(torn, one("bob", 1, saw("x")))
    assert not kinds(torn, one("bob", 1, saw("x")), one("cy", 2, saw("x", 1)))
    assert kinds(torn, one("bob", 1, saw("x", 1)), one("cy", 2, saw("x"))) == {"stale read"}


def test_a_lost_update_is_found() -> None:
    history = [
        one("ann", 0, saw("x"), put("x", 1)),
        one("bob", 0, saw("x"), put("x", 2)),
        one("cy", 2, saw("x", 1, 2)),
    ]
    assert kinds(*history) == {"lost update"}


def test_a_lost_append_is_found() -> None:
    assert kinds(one("ann", 0, put("x", 1)), one("bob", 0, put("x", 2)), one("cy", 2, saw("x", 2))) == {"lost append"}


def test_write_skew_is_found() -> None:
    history = [
        one("ann", 0, saw("x"), put("y", 1)),
        one("bob", 0, saw("y"), put("x", 2)),
        one("cy", 2, saw("x", 2), saw("y", 1)),
    ]
    assert kinds(*history) == {"write skew"}


def test_a_stale_read_is_found_unless_it_may_be_one() -> None:
    wrote = one("ann", 0, put("x", 1))
    assert kinds(wrote, one("bob", 1, saw("x")), one("cy", 2, saw("x", 1))) == {"stale read"}
    assert not kinds(wrote, one("bob", 1, saw("x"), fresh=False), one("cy", 2, saw("x", 1)))


def test_half_a_transaction_is_found() -> None:
    assert kinds(
        one("ann", 0, put("x", 1), put("y", 2)), one("bob", 0, saw("x", 1), saw("y")), one("cy", 2, saw("y", 2))
    )


def test_reads_that_no_order_gives_are_found() -> None:
    ann = one("ann", 0, put("x", 1), put("x", 2))
    assert kinds(ann, one("bob", 1, saw("x", 1, 2)), one("cy", 2, saw("x", 2))) == {"incompatible order"}
    assert kinds(ann, one("bob", 1, saw("x", 1, 2, 2))) == {"doubled append"}
    assert kinds(ann, one("bob", 1, saw("x", 1, 2, 3))) == {"read of what nobody wrote"}
    assert "aborted read" in kinds(one("ann", 0, put("x", 1), outcome="failed"), one("bob", 1, saw("x", 1)))
    assert "lost own write" in kinds(one("ann", 0, saw("x", 1), put("x", 1)), one("bob", 0, saw("x", 1)))


def test_timestamps_that_lie_are_found() -> None:
    wrote = one("ann", 0, put("x", 1), ts=5)
    assert kinds(wrote, one("bob", 1, saw("x", 1), ts=4)) == {"wrong time"}
    assert kinds(wrote, one("bob", 1, saw("x", 1), put("x", 2), ts=5), one("cy", 2, saw("x", 1, 2))) == {"wrong time"}
    assert kinds(wrote, one("ann", 1, saw("y"), ts=3)) == {"time travel"}


class Toy:
    """Lists in memory. Calls of one round run at the same time; `protects` says what it does about that."""

    def __init__(self, protects: str) -> None:
        self.protects = protects
        self.lists: dict[str, tuple[int, ...]] = {}
        self.history: list[Transaction] = []

    def round(self, moment: float, plans: list[list[tuple[str, int | None]]]) -> None:
        """Runs calls at the same time; a plan names keys, with a value to append or with None to read."""
        before = dict(self.lists)
        touched: set[str] = set()
        for number, plan in enumerate(plans):
            lists = dict(self.lists if self.protects == "everything" else before)
            ops: list[Append | Read] = []
            for key, value in plan:
                if value is None:
                    ops.append(Read(key, lists.get(key, ())))
                else:
                    ops.append(Append(key, value))
                    lists[key] = (*lists.get(key, ()), value)
            written = {key for key, value in plan if value is not None}
            clash = self.protects == "writes" and touched & written
            if not clash:
                self.lists |= {key: lists[key] for key in written}
                touched |= written
            outcome = "failed" if clash else "done"
            self.history.append(one(f"client-{number}", moment, *ops, outcome=outcome))


def plan(random_: random.Random, values: "Callable[[], int]") -> list[tuple[str, int | None]]:
    """Returns what a call does: it reads some lists and appends to one."""
    keys = random_.sample(KEYS, random_.randint(1, 3))
    return [*((key, None) for key in keys), (random_.choice(KEYS), values())]


@pytest.mark.parametrize(
    ("protects", "found"), [("everything", set()), ("writes", {"write skew"}), ("nothing", {"lost append"})]
)
def test_a_store_that_lacks_a_protection_is_found_out(protects: str, found: set[str]) -> None:
    toy, random_ = Toy(protects), random.Random(3)
    numbers = iter(range(10_000))
    for moment in range(100):
        toy.round(moment, [plan(random_, lambda: next(numbers)) for _ in range(3)])
    toy.round(101, [[(key, None) for key in KEYS]])
    told = {line.partition(":")[0] for line in anomalies(toy.history)}
    assert bool(told) == bool(found) and found <= told


def read_list(db: Snapshot, key: str) -> tuple[int, ...]:
    """Returns a list: one document that holds it, or a document for each number, in order."""
    if key.startswith("whole"):
        item = db.first(Item, "by_label", key)
        return () if item is None else tuple(map(int, item.tags))
    return tuple(item.size for item in db.scan(Item, "by_owner", key))


def append(db: Writing, key: str, value: int) -> None:
    """Puts a number at the end of a list, whose end is found by reading it."""
    if not key.startswith("whole"):
        db.insert(Item(owner=key, rank=float(db.count(Item, "by_owner", key, limit=10_000)), size=value))
    elif item := db.first(Item, "by_label", key):
        db.patch(item, tags=[*item.tags, str(value)])
    else:
        db.insert(Item(label=key, tags=[str(value)]))


class Client:
    """Calls one node after another and records what it did."""

    def __init__(self, number: int, nodes: list[Engine]) -> None:
        self.number = number
        self.name = f"client-{number}"
        self.nodes = nodes
        self.random = random.Random(number)
        self.made = 0
        self.history: list[Transaction] = []

    def next_value(self) -> int:
        self.made += 1
        return self.number * 1_000_000 + self.made

    async def run(self) -> None:
        for _ in range(CALLS):
            node = self.random.choice(self.nodes)
            await (self.look(node) if self.random.random() < 0.3 else self.change(node))

    async def look(self, node: Engine) -> None:
        keys = self.random.sample(KEYS, 3)
        began = monotonic()
        ops, ts = await node.read(lambda db: (tuple(Read(key, read_list(db, key)) for key in keys), db.timestamp))
        self.note(began, ops, ts=ts)

    async def change(self, node: Engine) -> None:
        steps = plan(self.random, self.next_value)
        gives_up = self.random.randrange(ONE_IN_FAILS) == 0
        began, tried = monotonic(), tuple(Append(key, value) for key, value in steps if value is not None)

        def work(db: Writing) -> Ops:
            ops: list[Append | Read] = []
            for key, value in steps:
                if value is None:
                    ops.append(Read(key, read_list(db, key)))
                else:
                    append(db, key, value)
                    ops.append(Append(key, value))
            if gives_up:
                raise Abandoned
            return tuple(ops)

        try:
            committed = await node.write(work)
        except Abandoned:
            self.history.append(one(self.name, began, *tried, outcome="failed"))
        else:
            self.note(began, committed.value, ts=committed.ts)

    def note(self, began: float, ops: Ops, ts: int) -> None:
        self.history.append(Transaction(client=self.name, began=began, ended=monotonic(), ops=ops, ts=ts))


async def record(nodes: list[Engine]) -> list[Transaction]:
    """Returns what clients did and saw at these nodes, and what one of them saw at the end."""
    for node in nodes:
        await node.open()
    try:
        clients = [Client(number, nodes) for number in range(1, CLIENTS + 1)]
        await asyncio.gather(*(client.run() for client in clients))
        for node in nodes:
            for _ in range(3):
                await clients[0].look(node)
        return [entry for client in clients for entry in client.history]
    finally:
        for node in nodes:
            await node.close()


def two_nodes(engine: str, folder: Path) -> list[Engine]:
    return [ENGINES[engine](folder, LimitSettings(), StoreSettings(), now_ns) for _ in range(2)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_histories_of_two_nodes_are_serial_in_real_time(engine: str, tmp_path: Path) -> None:
    history = asyncio.run(record(two_nodes(engine, tmp_path)))
    assert len(history) >= CLIENTS * CALLS
    assert {transaction.outcome for transaction in history} == {"done", "failed"}
    assert anomalies(history) == []


def test_a_node_that_trusts_its_memory_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteEngine, "_notice_other_writers", lambda engine: None)
    assert anomalies(asyncio.run(record(two_nodes("sqlite", tmp_path))))
