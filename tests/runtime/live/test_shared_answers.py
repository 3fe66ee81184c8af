"""Shared queries that are live: a guard per caller, one run for all, and both on the same snapshot."""

import json
from collections import Counter
from typing import Any

import msgspec
import pytest

from connvo.kernel.identity import Identity
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.queries import LiveQueries
from connvo.runtime.live.query_batch import QueryResult
from connvo.runtime.live.query_runner import QueryRunner
from connvo.runtime.live.requests import AnyRun, BodyRun, GuardRun, QueryAnswer
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from tests.runtime.live.test_queries import commit_of
from tests.support.host import ANN, Host
from tests.support.tables import Item

BOB = msgspec.structs.replace(ANN, subject="bob")
CAT = msgspec.structs.replace(ANN, subject="cat")
PEOPLE = {"ann": ANN, "bob": BOB, "cat": CAT}


class Circle:
    """A circle of three, its live queries, and how often guards and queries ran."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.runs: Counter[str] = Counter()
        self.between: Any = None
        runtime = host.runtime
        self._runner = QueryRunner(host.registry, host.engine, host.settings, runtime.now_ms)
        self.live = LiveQueries(host.engine, runtime.tail, runtime.subscriptions, self._run)
        for name in PEOPLE:
            host.value("circles:letIn", circle="c", name=name)

    def _run(self, db: Snapshot, run: AnyRun, reads: ReadSet) -> QueryAnswer:
        self.runs["guard" if isinstance(run, GuardRun) else run.path.split(":")[1]] += 1
        answer = self._runner.answer(db, run, reads)
        if self.between is not None and not isinstance(run, GuardRun):
            between, self.between = self.between, None
            between()
        return answer

    def watch(self, identity: Identity | None, *paths: str, journal: str | None = None, **args: Any) -> "Watcher":
        """Return somebody who watches queries about the circle."""
        return Watcher(self, identity, [f"circles:{path}" for path in paths or ("written",)], journal, args)

    def write(self, text: str, leave: list[str] | None = None) -> None:
        self.host.value("circles:write", circle="c", text=text, leave=leave)


class Watcher:
    """A client of live queries."""

    def __init__(
        self, circle: Circle, identity: Identity | None, paths: list[str], journal: str | None, args: dict[str, Any]
    ) -> None:
        self.circle = circle
        self.client = ClientSubscriptions(lambda: None)
        text = msgspec.json.encode({"circle": "c", **args})
        request = circle.host.runtime.query_request
        self.queries = [
            QuerySubscription(self.client, tag, request(path, text, identity, journal))
            for tag, path in enumerate(paths)
        ]

    def look(self) -> list[Any]:
        """Return the new answers: values, and the codes of errors."""
        _, answers = self.circle.host.run(self.circle.live.refresh(self.client))
        return [one.error.code if one.error else json.loads(one.value) for one in answers.values()]

    def leave(self) -> None:
        for query in self.queries:
            self.circle.live.drop(query)


@pytest.fixture
def circle(host: Host) -> Circle:
    return Circle(host)


def test_a_change_is_run_once_for_all_and_asks_no_guard(circle: Circle) -> None:
    watchers = [circle.watch(who) for who in PEOPLE.values()]
    assert [one.look() for one in watchers] == [[[]]] * 3
    assert circle.runs == {"guard": 3, "written": 1}
    circle.write("one")
    assert [one.look() for one in watchers] == [[["one"]]] * 3
    assert circle.runs == {"guard": 3, "written": 2}


def test_all_are_given_the_same_bytes(circle: Circle) -> None:
    watchers = [circle.watch(who) for who in PEOPLE.values()]
    for one in watchers:
        one.look()
    circle.write("one")
    for one in watchers:
        one.look()
    bodies = [one.queries[0].body for one in watchers]
    assert bodies[0] is not None
    assert all(body is bodies[0] for body in bodies)


def test_a_guard_that_says_the_same_again_runs_no_query(circle: Circle) -> None:
    ann, bob = circle.watch(ANN), circle.watch(BOB)
    ann.look(), bob.look()
    circle.host.value("circles:letIn", circle="c", name="bob", role="leader")
    assert not ann.client.stale
    assert bob.look() == [[]]
    assert circle.runs == {"guard": 3, "written": 1}


def test_another_audience_gets_another_run_and_the_same_audience_the_same(circle: Circle) -> None:
    circle.host.value("circles:letIn", circle="c", name="ann", role="leader")
    watchers = [circle.watch(who, "count") for who in PEOPLE.values()]
    assert [one.look() for one in watchers] == [["leader: 0"], ["member: 0"], ["member: 0"]]
    assert circle.runs == {"guard": 3, "count": 2}
    circle.host.value("circles:letIn", circle="c", name="bob", role="leader")
    assert watchers[1].look() == ["leader: 0"]
    assert circle.runs == {"guard": 4, "count": 2}


def test_queries_with_the_same_guard_and_arguments_ask_it_once(circle: Circle) -> None:
    ann = circle.watch(ANN, "written", "pages", paginationOpts={"numItems": 2, "cursor": None})
    assert [type(found) for found in ann.look()] == [str, dict], "`written` knows no options"
    both = circle.watch(ANN, "written")
    again = circle.watch(ANN, "written")
    assert (both.look(), again.look()) == ([[]], [[]])
    assert circle.runs["guard"] == 1


def test_a_caller_losing_the_right_sees_nothing_of_the_commit_that_took_it(circle: Circle) -> None:
    ann, bob = circle.watch(ANN), circle.watch(BOB)
    ann.look(), bob.look()
    circle.write("secret", leave=["bob"])
    assert (bob.look(), ann.look()) == (["FORBIDDEN"], [["secret"]])
    circle.write("more")
    assert not bob.client.stale
    circle.host.value("circles:letIn", circle="c", name="bob")
    assert bob.look() == [["secret", "more"]]


@pytest.mark.parametrize("hinted", [True, False], ids=["hint", "no hint"])
def test_a_right_that_is_lost_between_guard_and_query_shows_at_the_next_timestamp(circle: Circle, hinted: bool) -> None:
    """Both ran on a snapshot in which the right was there; the loss is known before the next one is shown."""
    bob = circle.watch(BOB)

    def meanwhile() -> None:
        commits = commit_of(circle.host, lambda other: drop_member(other, "bob"))
        if hinted:
            circle.host.runtime.tail.apply(commits)

    circle.between = meanwhile
    assert bob.look() == [[]]
    if not hinted:
        circle.host.runtime.tail.apply_delta(circle.host.read(circle.host.runtime.tail.delta))
    assert bob.client.stale
    assert bob.look() == ["FORBIDDEN"]


def test_a_new_subscriber_is_given_the_current_answer(circle: Circle) -> None:
    circle.watch(ANN).look()
    assert circle.watch(BOB).look() == [[]]
    assert circle.runs == {"guard": 2, "written": 1}


def test_an_outsider_keeps_no_answer_of_others(circle: Circle) -> None:
    ann = circle.watch(ANN)
    ann.look()
    eve = circle.watch(msgspec.structs.replace(ANN, subject="eve"))
    assert eve.look() == ["FORBIDDEN"]
    assert eve.queries[0].body is None
    circle.write("one")
    assert not eve.client.stale


def test_an_unwatched_query_is_forgotten(circle: Circle) -> None:
    watchers = [circle.watch(who, "written", "count") for who in PEOPLE.values()]
    for one in watchers:
        one.look()
    for one in watchers:
        one.leave()
    assert len(circle.live._answering._answers) == 0
    assert len(circle.host.runtime.subscriptions) == 0


def test_a_shared_page_ends_where_it_ended_and_is_not_run_for_a_guard(circle: Circle) -> None:
    options = {"numItems": 2, "cursor": None}
    for text in ("one", "two", "three"):
        circle.write(text)
    bob = circle.watch(BOB, "pages", paginationOpts=options)
    assert [page["page"] for page in bob.look()] == [["one", "two"]]
    circle.host.value("circles:letIn", circle="c", name="bob", role="leader")
    assert [page["page"] for page in bob.look()] == [["one", "two"]]
    assert circle.runs["pages"] == 1


def test_arguments_that_are_refused_are_refused_to_outsiders_too(circle: Circle) -> None:
    eve = circle.watch(msgspec.structs.replace(ANN, subject="eve"), nothing="such")
    assert eve.look() == ["VALIDATION_ERROR"]
    assert eve.queries[0].question.guard is None


def test_a_run_on_an_older_snapshot_does_not_replace_a_newer_one(circle: Circle) -> None:
    bob = circle.watch(BOB)
    bob.look()
    answers = circle.live._answering._answers
    (kept,) = [held for run, held in answers._by_run.items() if isinstance(run, BodyRun)]
    circle.write("one")
    bob.look()
    newest = kept.answer
    older = QueryResult(QueryAnswer(value=b"[]"), kept.reads, 0.0)
    assert answers.keep(kept.run, older, kept.seq - 1) is kept
    assert kept.answer is newest


def drop_member(other: Any, name: str) -> None:
    """Take somebody out of the circle, as another process."""

    def work(db: Any) -> None:
        (member,) = db.scan(Item, "by_label", f"member c {name}")
        db.delete(member)

    other.write(work)
