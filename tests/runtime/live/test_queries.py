"""Live queries: shared where they may be, at one timestamp, and never missing a commit."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from connvo.kernel.errors import Conflict
from connvo.kernel.identity import Identity
from connvo.runtime.live import live_answers as module
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.queries import LiveQueries
from connvo.runtime.live.requests import AnyRun, QueryAnswer, QueryRequest
from connvo.settings import StoreSettings
from connvo.store.commit_log import Commit
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from tests.support.host import ANN, Host
from tests.support.store import Store
from tests.support.tables import Item

NEVER_SECONDS = 3600.0
BOB = msgspec.structs.replace(ANN, subject="bob")


class Asker:
    """Answers "who has what": the notes of an owner. Counts its runs, and may do something in the middle of one."""

    def __init__(self, host: Host, personal: bool = False, timed: bool = False) -> None:
        self.host = host
        self.runs: Counter[str] = Counter()
        self.personal = personal
        self.timed = timed
        self.between: Any = None
        tail = host.runtime.tail
        self.live = LiveQueries(host.engine, tail, host.runtime.subscriptions, self._run)

    def _run(self, db: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
        assert isinstance(question, QueryRequest)
        self.runs[question.path] += 1
        found = db.fork(reads, db.budget).scan(Item, "by_owner", question.path)
        if self.between is not None:
            self.between()
        text = msgspec.json.encode([item.note for item in found])
        return QueryAnswer(value=text, personal=self.personal, timed=self.timed)

    def refresh(self, watcher: ClientSubscriptions) -> tuple[int, dict[int, Any]]:
        """Return the timestamp and the new answers by tag."""
        ts, answers = self.host.run(self.live.refresh(watcher))
        return ts, {watch.tag: json.loads(answer.value) for watch, answer in answers.items()}


def watching(
    owner: str, identity: Identity | None = None, tag: int = 0, wakes: list[int] | None = None
) -> ClientSubscriptions:
    watcher = ClientSubscriptions(lambda: wakes.append(tag) if wakes is not None else None)
    QuerySubscription(watcher, tag, QueryRequest(owner, b"{}", identity))
    return watcher


def add(host: Store, owner: str, note: str = "") -> None:
    host.write(lambda db: db.insert(Item(owner=owner, note=note)))


def test_only_queries_touched_by_a_commit_are_run_again(host: Host) -> None:
    asker = Asker(host)
    watcher = watching("ann")
    QuerySubscription(watcher, 1, QueryRequest("bob", b"{}", None))
    assert asker.refresh(watcher)[1] == {0: [], 1: []}
    add(host, "ann", "x")
    assert asker.refresh(watcher)[1] == {0: ["x"]}
    add(host, "carl")
    assert asker.refresh(watcher)[1] == {}
    assert asker.runs == {"ann": 2, "bob": 1}


@pytest.mark.parametrize(("personal", "runs"), [(False, 1), (True, 3)])
def test_the_caller_matters_only_where_the_answer_depends_on_it(host: Host, personal: bool, runs: int) -> None:
    asker = Asker(host, personal=personal)
    watchers = [watching("ann", identity) for identity in (ANN, BOB, None, ANN)]
    for watcher in watchers:
        asker.refresh(watcher)
    assert asker.runs["ann"] == runs
    add(host, "ann")
    for watcher in watchers:
        assert len(asker.refresh(watcher)[1]) == 1
    assert asker.runs["ann"] == 2 * runs


def test_an_answer_that_depends_on_the_time_is_not_given_to_a_later_caller(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    asker = Asker(host, timed=True)
    first, second, third = watching("ann"), watching("ann"), watching("ann")
    asker.refresh(first)
    asker.refresh(second)
    assert asker.runs["ann"] == 1
    now += module.SHARED_SECONDS * 2
    asker.refresh(third)
    assert asker.runs["ann"] == 2
    wakes = [first, second, third]
    add(host, "ann", "x")
    assert [asker.refresh(watcher)[1] for watcher in wakes] == [{0: ["x"]}] * 3


def test_every_watch_is_right_at_the_timestamp_that_is_told(host: Host) -> None:
    asker = Asker(host)
    watcher = watching("ann")
    QuerySubscription(watcher, 1, QueryRequest("bob", b"{}", None))
    asker.refresh(watcher)
    host.engine._listeners.local.remove(host.runtime.tail._committed)  # type: ignore[attr-defined]
    add(host, "ann", "a")
    watcher.mark(next(iter(watch for watch in watches_of(asker) if watch.tag == 1)))
    ts, answers = asker.refresh(watcher)
    assert answers == {0: ["a"], 1: []}, "a commit nobody told of is found before its snapshot is shown"
    assert ts == host.read(lambda db: db.timestamp)


def test_where_nothing_is_stale_the_database_is_not_asked(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    asker = Asker(host)
    watcher = watching("ann")
    first, _ = asker.refresh(watcher)
    add(host, "bob")
    with monkeypatch.context() as patched:
        patched.setattr(host.engine, "snapshot", lambda: pytest.fail("a snapshot was taken"))
        ts, answers = asker.refresh(watcher)
    assert ts > first
    assert (ts, answers) == (host.read(lambda db: db.timestamp), {})


def test_a_timestamp_to_be_reached_is_reached_though_nobody_told_of_it(host: Host) -> None:
    asker = Asker(host)
    watcher = watching("ann")
    asker.refresh(watcher)
    (commit,) = commit_elsewhere(host, "bob", "unheard")
    assert host.run(asker.live.refresh(watcher))[0] < commit.ts
    assert host.run(asker.live.refresh(watcher, commit.ts))[0] == commit.ts


def watches_of(asker: Asker) -> list[QuerySubscription]:
    answers: Any = asker.live._answering._answers
    return [watch for held in answers._by_run.values() for watch in held.subscribers]


def commit_elsewhere(host: Host, owner: str, note: str) -> list[Commit]:
    """Add an item through an engine of its own on the same database, as another process would."""
    return commit_of(host, lambda other: add(other, owner, note))


def commit_of(host: Host, write: Callable[[Store], None]) -> list[Commit]:
    """Return the commits of what somebody else writes on the same database."""

    def work() -> list[Commit]:
        other = Store(host.make, host.folder, host.settings.limits, host.settings.store)
        seq = other.last_seq()
        write(other)
        commits = other.commits(seq)
        other.close()
        return commits

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.mark.parametrize("hinted", [True, False], ids=["hint in between", "no hint"])
def test_a_commit_between_run_and_registration_is_not_missed(make_host: Callable[..., Host], hinted: bool) -> None:
    host = make_host(store=StoreSettings(poll_seconds=NEVER_SECONDS))  # or its own look at the log may come first
    asker = Asker(host)
    wakes: list[int] = []
    watcher = watching("ann", wakes=wakes)

    def meanwhile() -> None:
        asker.between = None
        commits = commit_elsewhere(host, "ann", "late")
        if hinted:
            host.runtime.tail.apply(commits)

    asker.between = meanwhile
    wakes.clear()
    assert asker.refresh(watcher)[1] == {0: []}, "right at its own timestamp"
    if not hinted:
        assert not watcher.stale
        host.runtime.tail.apply_delta(host.read(host.runtime.tail.delta))
    assert watcher.stale, "and known to be old"
    assert wakes
    assert asker.refresh(watcher)[1] == {0: ["late"]}
    assert not watcher.stale


def test_a_commit_meanwhile_that_touches_nothing_is_passed_over(host: Host) -> None:
    asker = Asker(host)
    watcher = watching("ann")

    def meanwhile() -> None:
        asker.between = None
        host.runtime.tail.apply(commit_elsewhere(host, "bob", "late"))

    asker.between = meanwhile
    asker.refresh(watcher)
    assert not watcher.stale


def test_an_unwatched_query_is_forgotten(host: Host) -> None:
    asker = Asker(host)
    watchers = [watching("ann"), watching("ann")]
    for watcher in watchers:
        asker.refresh(watcher)
    first, second = watches_of(asker)
    asker.live.drop(first)
    asker.live.drop(first)
    assert len(host.runtime.subscriptions) == 1
    asker.live.drop(second)
    assert len(host.runtime.subscriptions) == 0
    assert len(asker.live._answering._answers) == 0


def test_a_watch_dropped_before_its_first_run_is_not_run(host: Host) -> None:
    asker = Asker(host)
    watcher = watching("ann")
    (watch,) = watcher.stale
    asker.live.drop(watch)
    assert asker.refresh(watcher)[1] == {}
    assert asker.runs == {}


def test_answers_are_equal_if_clients_see_the_same() -> None:
    refused = QueryAnswer(error=Conflict("no", field="a"))
    assert QueryAnswer(value=b"1").looks_like(QueryAnswer(value=b"1", heartbeats=frozenset({("m", "u")})))
    assert not QueryAnswer(value=b"1").looks_like(QueryAnswer(value=b"2"))
    assert not QueryAnswer(value=b"null").looks_like(refused)
    assert refused.looks_like(QueryAnswer(error=Conflict("no", field="a")))
    assert not refused.looks_like(QueryAnswer(error=Conflict("no", field="b")))
    assert not refused.looks_like(QueryAnswer(value=b"null"))


def test_a_run_with_other_reads_than_the_last_is_notified_of_its_current_reads(host: Host) -> None:
    """One client's own question is run again in place; what it read before counts no longer."""
    reading = ["ann"]
    runs = 0

    def run(db: Snapshot, question: AnyRun, reads: ReadSet) -> QueryAnswer:
        nonlocal runs
        runs += 1
        found = db.fork(reads, db.budget).scan(Item, "by_owner", reading[0])
        return QueryAnswer(value=msgspec.json.encode([item.note for item in found]), personal=True)

    live = LiveQueries(host.engine, host.runtime.tail, host.runtime.subscriptions, run)
    watcher = ClientSubscriptions(lambda: None)
    watch = QuerySubscription(watcher, 0, QueryRequest("q", b"{}", ANN))
    host.run(live.refresh(watcher))
    for owner, note in (("ann", "a"), ("ann", "b")):
        add(host, owner, note)
        host.run(live.refresh(watcher))
    assert watch.body and json.loads(watch.body.answer.value) == ["a", "b"]
    reading[0] = "bob"
    add(host, "ann", "c")
    host.run(live.refresh(watcher))
    assert runs == 4
    add(host, "ann", "d")
    assert not watcher.stale
    add(host, "bob", "e")
    assert watcher.stale == {watch}
    host.run(live.refresh(watcher))
    assert json.loads(watch.body.answer.value) == ["e"]
    live.drop(watch)
    assert len(host.runtime.subscriptions) == 0
