"""Live queries that run a slice at a time, among commits and each other: every answer belongs to the timestamp told."""

import asyncio
import json
from collections import defaultdict
from functools import partial
from random import Random
from time import thread_time
from typing import Any

import msgspec
import pytest

from connvo.kernel.errors import LimitExceeded
from connvo.runtime.live import queries as live_module
from connvo.runtime.live import query_batch, refresh_queue
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, Left, QuerySubscription
from connvo.runtime.live.queries import LiveQueries
from connvo.runtime.live.requests import AnyRun, QueryAnswer, QueryRequest
from connvo.runtime.live.time_shares import Shares
from connvo.settings import LimitSettings
from connvo.store.engine import StoreBusy
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot
from connvo.store.transaction import Transaction
from tests.support.host import ANN, Host
from tests.support.tables import Item

OWNERS = [f"owner{number}" for number in range(8)]
WATCHERS, COMMITS = 5, 40


def live_of(host: Host, personal: bool = True, share: float = 1e9) -> LiveQueries:
    """Return live queries that answer with the notes of the owner whom a path names."""

    def run(db: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
        assert isinstance(question, QueryRequest)
        found = db.fork(reads, Budget.of(LimitSettings())).scan(Item, "by_owner", question.path)
        return QueryAnswer(value=msgspec.json.encode([item.note for item in found]), personal=personal)

    live = LiveQueries(host.engine, host.runtime.tail, host.runtime.subscriptions, run)
    live._shares = live._queue._shares = Shares(share=share)
    return live


def insert(db: Transaction, owner: str, note: str) -> None:
    """Note something."""
    db.insert(Item(owner=owner, note=note))


class Client:
    """One client: what it is shown at which timestamp."""

    def __init__(self, live: LiveQueries, number: int) -> None:
        self.live = live
        self.woken, self.looked = asyncio.Event(), asyncio.Event()
        self.watcher = ClientSubscriptions(self.woken.set)
        self.shown: dict[str, list[str]] = {}
        self.seen: list[tuple[int, dict[str, list[str]]]] = []
        identity = msgspec.structs.replace(ANN, subject=f"person{number % 2}")
        for tag, owner in enumerate(OWNERS):
            QuerySubscription(self.watcher, tag, QueryRequest(owner, b"{}", identity))

    async def look(self) -> None:
        """Have shown what has changed, again and again."""
        while True:
            self.woken.clear()
            ts, answers = await self.live.refresh(self.watcher)
            self.shown |= {watch.question.path: json.loads(answer.value) for watch, answer in answers.items()}
            self.seen.append((ts, dict(self.shown)))
            self.looked.set()
            await self.woken.wait()

    async def wait_until(self, ts: int) -> None:
        """Return when it has been shown what there was at a timestamp."""
        while not self.seen or self.seen[-1][0] < ts:
            self.looked.clear()
            await self.looked.wait()


@pytest.mark.parametrize("personal", [True, False], ids=["personal", "shared"])
@pytest.mark.parametrize("long", [True, False], ids=["long", "short"])
def test_a_client_is_never_shown_two_timestamps_at_once(
    host: Host, personal: bool, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_batch, "SLICE_SECONDS", -1.0)  # every run is a slice of its own
    monkeypatch.setattr(live_module, "SLICE_SECONDS", 0.0001)
    if long:
        monkeypatch.setattr(refresh_queue, "LONG_SECONDS", -1.0)
    chance = Random(7)
    history: list[tuple[int, str, str]] = []

    async def main() -> list[Client]:
        clients = [Client(live_of(host, personal), 0)]
        clients += [Client(clients[0].live, number) for number in range(1, WATCHERS)]
        looking = [asyncio.create_task(client.look()) for client in clients]
        for number in range(COMMITS):
            owner, note = chance.choice(OWNERS), str(number)
            committed = await host.engine.write(partial(insert, owner=owner, note=note))
            history.append((committed.ts, owner, note))
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
        async with asyncio.timeout(30):
            for client in clients:
                await client.wait_until(history[-1][0])
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
        await clients[0].live.stop()
        return clients

    for client in host.run(main()):
        assert [ts for ts, _ in client.seen] == sorted(ts for ts, _ in client.seen), "time never goes back"
        for ts, shown in client.seen:
            there: dict[str, list[str]] = defaultdict(list)
            for when, owner, note in history:
                if when <= ts:
                    there[owner].append(note)
            assert shown == {owner: there[owner] for owner in OWNERS}


def test_a_client_does_not_wait_for_each_of_a_crowd(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_batch, "SLICE_SECONDS", 0.004)

    async def main() -> list[str]:
        live, told, first = live_of(host), list[str](), asyncio.Event()
        run = live._run

        def run_slowly(db: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
            until = thread_time() + 0.001
            while thread_time() < until:
                pass
            return run(db, question, reads)

        monkeypatch.setattr(live, "_run", run_slowly)
        monkeypatch.setattr(live._answering, "party", lambda client: client.person.rstrip("0123456789"))

        async def refresh(name: str, queries: int) -> None:
            client = ClientSubscriptions(lambda: None, name)
            for tag in range(queries):
                caller = msgspec.structs.replace(ANN, subject=name)
                QuerySubscription(client, tag, QueryRequest(f"owner{tag}", b"{}", caller))
            await live.refresh(client)
            told.append(name)
            first.set()

        crowd: list[asyncio.Task[None]] = []
        for _ in range(live_module.SHORT_AT_ONCE):  # each runner takes what has come
            crowd += [asyncio.create_task(refresh(f"crowd{len(crowd) + nth}", 10)) for nth in range(20)]
            await asyncio.sleep(0.005)
        await first.wait()
        await refresh("other", 1)
        await asyncio.gather(*crowd)
        return told

    told = host.run(main())
    assert told.index("other") <= 3 * live_module.SHORT_AT_ONCE, "behind those who are being answered"


def test_a_client_with_one_stale_query_does_not_wait_for_a_client_with_many(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_batch, "SLICE_SECONDS", -1.0)

    async def main() -> list[str]:
        live, told = live_of(host), list[str]()
        much, little = ClientSubscriptions(lambda: None, "much"), ClientSubscriptions(lambda: None, "little")
        for tag in range(200):
            QuerySubscription(much, tag, QueryRequest(f"owner{tag}", b"{}", ANN))

        async def refresh(name: str, watcher: ClientSubscriptions) -> None:
            await live.refresh(watcher)
            told.append(name)

        tasks = [asyncio.create_task(refresh("much", much))]
        await asyncio.sleep(0)
        for number in range(3):
            QuerySubscription(little, number, QueryRequest("owner0", b"{}", ANN))
            tasks.append(asyncio.create_task(refresh("little", little)))
            await tasks[-1]
        await asyncio.gather(*tasks)
        return told

    assert host.run(main()) == ["little", "little", "little", "much"]


def test_a_user_that_has_used_the_share_waits_and_others_do_not(host: Host) -> None:
    async def main() -> tuple[bool, int]:
        live = live_of(host, share=0.25)
        live._shares.charge("much", 1000.0)
        much, little = ClientSubscriptions(lambda: None, "much"), ClientSubscriptions(lambda: None, "little")
        for watcher in (much, little):
            QuerySubscription(watcher, 0, QueryRequest("owner0", b"{}", ANN))
        waiting = asyncio.create_task(live.refresh(much))
        _, answers = await live.refresh(little)
        much.leave()
        with pytest.raises(Left):
            await waiting
        await live.stop()
        return waiting.done(), len(answers)

    assert host.run(main()) == (True, 1)


def test_a_client_whose_queries_take_too_long_together_is_told_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(live_module, "MAX_REFRESH_SECONDS", 0.0)
    live = live_of(host)
    watcher = ClientSubscriptions(lambda: None)
    for tag, owner in enumerate(OWNERS):
        QuerySubscription(watcher, tag, QueryRequest(owner, b"{}", ANN))
    with pytest.raises(StoreBusy, match="take too long"):
        host.run(live.refresh(watcher))
    assert len(watcher.stale) == len(OWNERS), "nothing counts as shown"


def test_a_refresh_that_turns_out_to_be_long_goes_on_where_it_was(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "LONG_SECONDS", 0.0)
    live = live_of(host)
    watcher = ClientSubscriptions(lambda: None)
    for tag, owner in enumerate(OWNERS):
        QuerySubscription(watcher, tag, QueryRequest(owner, b"{}", ANN))
    _, answers = host.run(live.refresh(watcher))
    assert len(answers) == len(OWNERS)
    assert len(host.runtime.subscriptions) == len(OWNERS)


def test_results_that_are_too_large_together_are_refused_and_the_others_stay(host: Host) -> None:
    for owner in ("large", "larger"):
        for note in ("x" * 60, "y" * 60):
            host.write(partial(insert, owner=owner, note=note))
    live = live_of(host)
    watcher = ClientSubscriptions(lambda: None, max_bytes=100)
    owners = ["a", "large", "larger", "b"]
    watches = [QuerySubscription(watcher, tag, QueryRequest(owner, b"{}", ANN)) for tag, owner in enumerate(owners)]
    _, answers = host.run(live.refresh(watcher))
    assert [type(answers[watch].error) for watch in watches] == [type(None), type(None), LimitExceeded, type(None)]
    assert len(host.runtime.subscriptions) == 3
    for watch in watches:
        live.drop(watch)
    assert watcher._sizes._bytes == 0
    assert len(host.runtime.subscriptions) == 0


def test_a_stop_leaves_nothing_running(host: Host) -> None:
    async def main() -> Any:
        live = live_of(host, share=0.25)
        live._shares.charge("much", 1000.0)
        watcher = ClientSubscriptions(lambda: None, "much")
        QuerySubscription(watcher, 0, QueryRequest("owner0", b"{}", ANN))
        waiting = asyncio.create_task(live.refresh(watcher))
        await asyncio.sleep(0)
        await live.stop()
        watcher.leave()
        with pytest.raises(Left):
            await waiting
        return live._tasks

    assert host.run(main()) == set()
