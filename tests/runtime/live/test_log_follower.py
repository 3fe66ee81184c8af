"""Every commit is applied once, in order, however one hears of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connvo.bus.local import LocalBus, LocalHub
from connvo.runtime.live import log_follower as module
from connvo.runtime.live.log_follower import LogDelta, LogFollower
from connvo.runtime.live.subscriptions import Subscriptions
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit, decode_commits, encode_commits
from connvo.store.read_set import Range, ReadSet
from connvo.store.snapshot import Snapshot
from connvo.store.write_set import WrittenKeys
from tests.support.host import Host
from tests.support.store import ENGINES, Store
from tests.support.subscriptions import Told
from tests.support.tables import Item

POLL = 0.001


class Seen(Subscriptions):
    """Writes down what is applied."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[WrittenKeys] = []
        self.holes = 0
        self._more = asyncio.Event()

    def apply(self, written: WrittenKeys) -> None:
        self.written.append(written)
        self._more.set()

    async def has(self, count: int) -> None:
        """Wait until so much has been applied."""
        while len(self.written) < count:
            self._more.clear()
            await self._more.wait()

    def touch_all(self) -> None:
        self.holes += 1


def started(host: Host, poll: float = 3600.0) -> tuple[LogFollower, Seen]:
    seen = Seen()
    tail = LogFollower(host.engine, seen, poll)
    host.run(tail.start())
    return tail, seen


def add(host: Store, owner: str = "x") -> None:
    host.write(lambda db: db.insert(Item(owner=owner)))


def deaf(host: Host) -> tuple[LogFollower, Seen]:
    """Return a started tail that is not told of commits made here, as if another process had made them."""
    tail, seen = started(host)
    host.engine._listeners.local.remove(tail._committed)  # type: ignore[attr-defined]
    return tail, seen


def commit(seq: int) -> Commit:
    return Commit(seq, seq, WrittenKeys({"testItems/by_owner": [(str(seq), None, 0.0, "id")]}))


def test_commits_made_here_are_applied_as_they_are_made(host: Host) -> None:
    add(host)
    tail, seen = started(host)
    for n in range(1, 4):
        add(host)
        assert len(seen.written) == n
        assert tail.seq == host.last_seq()
    host.run(tail.stop())


def test_a_snapshot_is_never_ahead_of_the_applied_commits(host: Host) -> None:
    tail, seen = deaf(host)
    for _ in range(3):
        add(host)
    assert seen.written == []
    assert tail.apply_delta(host.read(tail.delta)) == tail.seq == host.last_seq()
    assert len(seen.written) == 3
    host.run(tail.stop())


def test_hints_may_come_late_twice_and_in_any_order(host: Host) -> None:
    tail, seen = started(host)
    first = tail.seq + 1
    tail.apply([commit(first + 1)])
    tail.apply([commit(first)])
    tail.apply([commit(first), commit(first + 1), commit(first + 1)])
    assert len(seen.written) == 2
    assert tail.seq == first + 1
    host.run(tail.stop())


def test_a_hint_with_the_commits_spares_the_look(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    tail, seen = started(host)
    first = tail.seq + 1
    looks: list[Snapshot] = []
    monkeypatch.setattr(tail, "delta", looks.append)
    tail.wake(first + 2, encode_commits([commit(first + 2)]))
    tail.wake(first + 1, encode_commits([commit(first), commit(first + 1)]))
    assert [written.keys for written in seen.written] == [commit(first + n).written.keys for n in range(3)]
    assert tail.seq == first + 2
    host.run(asyncio.sleep(2 * module.GAP_SECONDS))
    assert looks == []
    host.run(tail.stop())


def test_news_of_applied_commits_are_not_looked_at(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    tail, seen = started(host)
    first = tail.seq + 1
    tail.apply([commit(first)])
    monkeypatch.setattr(module, "decode_commits", lambda news: pytest.fail("decoded"))
    tail.wake(first, encode_commits([commit(first)]))
    assert len(seen.written) == 1
    host.run(tail.stop())


@pytest.mark.parametrize("make_host", ["postgres"], indirect=True)
def test_commits_of_others_are_known_once_a_mutation_ran_behind_them(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail, seen = started(host)
    monkeypatch.setattr(tail, "delta", lambda db: pytest.fail("looked at the log"))
    elsewhere = Store(host.make, host.folder)
    for _ in range(2):
        add(elsewhere)
    elsewhere.close()
    add(host)
    assert len(seen.written) == 3
    assert (tail.seq, tail.ts) == host.read(lambda db: (db.log.sequence(), db.timestamp))
    host.run(tail.stop())


def test_a_group_is_told_of_in_hints_that_the_bus_can_carry(make_host: Callable[..., Host]) -> None:
    host = make_host(store=StoreSettings(group_seconds=60.0))  # one group, however slow the machine
    street, told = LocalHub(), list[tuple[int | None, str]]()
    tail = LogFollower(host.engine, Seen(), 3600.0, LocalBus(street))
    host.run(tail.start())
    host.run(LocalBus(street).open(lambda seq, news="": told.append((seq, news))))
    host.together(*[lambda db: db.insert(Item())] * (module.MAX_HINT_COMMITS + 1))
    first = tail.seq - module.MAX_HINT_COMMITS
    assert [(seq, [one.seq for one in decode_commits(news)]) for seq, news in told] == [
        (tail.seq - 1, [*range(first, tail.seq)]),
        (tail.seq, [tail.seq]),
    ]
    told.clear()
    host.together(*[lambda db: db.insert(Item())] * (module.MAX_DELTA_COMMITS + 1))
    assert told == [(tail.seq, "")]
    host.run(tail.stop())


@pytest.mark.parametrize("news", ["", "something else", "[[1,1]]"])
def test_a_hint_whose_news_are_none_has_it_look(host: Host, news: str) -> None:
    tail, seen = deaf(host)
    add(host)
    tail.wake(tail.seq + 1, news)
    host.run(seen.has(1))
    host.run(tail.stop())


def test_a_commit_whose_predecessor_is_not_told_of_is_found_in_the_log(host: Host) -> None:
    tail, seen = deaf(host)
    for _ in range(2):
        add(host)
    newest = host.commits(tail.seq)[-1]
    tail.wake(newest.seq, encode_commits([newest]))
    assert seen.written == []
    host.run(seen.has(2))
    assert tail.seq == newest.seq
    host.run(tail.stop())


def test_a_hole_in_the_log_touches_everybody(host: Host) -> None:
    tail, seen = deaf(host)
    for _ in range(2):
        add(host)
    host.write(lambda db: (db.rows.run("DELETE FROM _log", ()), db.insert(Item())))
    tail.apply_delta(host.read(tail.delta))
    assert seen.holes == 1
    assert tail.seq == host.last_seq()
    host.run(tail.stop())


def test_a_long_absence_is_caught_up_in_pieces(host: Host, monkeypatch: object) -> None:
    tail, seen = deaf(host)
    count = 2 * module.BATCH + 1
    host.together(*[lambda db: db.insert(Item()) for _ in range(count)])
    tail.apply_delta(host.read(tail.delta))
    assert len(seen.written) == count
    assert seen.holes == 0
    host.run(tail.stop())


@pytest.mark.parametrize("engine", ENGINES)
def test_commits_of_another_process_are_found_without_a_hint(engine: str, tmp_path: Path) -> None:
    here = Store(ENGINES[engine], tmp_path, LimitSettings(), StoreSettings())
    there = Store(ENGINES[engine], tmp_path, LimitSettings(), StoreSettings())
    subscriptions = Subscriptions()
    tail = LogFollower(here.engine, subscriptions, POLL)
    here.run(tail.start())
    told = here.runner.get_loop().create_future()
    reads = ReadSet()
    reads.add(Range("testItems", "by_owner", ("them",)))
    subscriptions.add(Told(reads, lambda: told.set_result(True)))
    there.write(lambda db: db.insert(Item(owner="them")))

    async def wait() -> bool:
        return bool(await told)

    assert here.run(wait())
    here.run(tail.stop())
    here.close()
    there.close()


def test_a_read_set_is_compared_with_commits_applied_before_it(host: Host) -> None:
    tail, _ = started(host)
    at = tail.seq
    reads = ReadSet()
    reads.add(Range("testItems", "by_owner", (str(at + 2),)))
    tail.apply([commit(at + 1)])
    assert not tail.touched_since(at, reads)
    tail.apply([commit(at + 2)])
    assert tail.touched_since(at, reads)
    assert tail.touched_since(at + 1, reads)
    assert not tail.touched_since(at + 2, reads)
    for n in range(3, module.REMEMBERED + 4):
        tail.apply([commit(at + n)])
    assert tail.touched_since(at, ReadSet()), "what is no longer known may have touched it"
    host.run(tail.stop())


@pytest.mark.parametrize("hint", [None, 1_000_000])
def test_a_hint_has_it_look_at_once(host: Host, hint: int | None) -> None:
    tail, seen = deaf(host)
    add(host)
    tail.wake(hint)
    host.run(seen.has(1))
    host.run(tail.stop())


def test_two_nodes_tell_each_other_of_their_commits(tmp_path: Path) -> None:
    street = LocalHub()
    here, there = (Store(ENGINES["postgres"], tmp_path, LimitSettings(), StoreSettings()) for _ in range(2))
    seen = Seen()
    tail = LogFollower(here.engine, seen, 3600.0, LocalBus(street))
    here.run(tail.start())
    other = LogFollower(there.engine, Seen(), 3600.0, LocalBus(street))
    there.run(other.start())
    add(there)
    add(here)  # before it lies one that was not seen here: no reason to wait for the next look
    here.run(seen.has(2))
    for store, each in ((here, tail), (there, other)):
        store.run(each.stop())
        store.close()


def test_a_look_that_fails_in_a_way_nobody_foresaw_is_followed_by_another(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail, seen = started(host, POLL)
    host.engine._listeners.local.remove(tail._committed)  # type: ignore[attr-defined]
    news, calls = tail.delta, iter(range(100))

    def fail_first(db: Snapshot) -> LogDelta:
        if next(calls) == 0:
            raise RuntimeError("nobody foresaw this")
        return news(db)

    with capture_logs() as logs, monkeypatch.context() as broken:
        broken.setattr(tail, "delta", fail_first)
        add(host)
        host.run(asyncio.wait_for(seen.has(1), 10))
    assert [line["event"] for line in logs] == ["tail_failed"]
    host.run(tail.stop())
