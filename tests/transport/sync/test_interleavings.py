"""Several clients, the whole server and a real database, with connections that are lost, slow and come back.

Promises held against every step: mutations all or nothing, in call order, exactly once; everything a client is shown
is one state of the data and none older than the last; when all is quiet, everybody sees the same.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from connvo.settings import SyncSettings
from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness

CLIENTS = 3
STRANGER_QUERIES = SyncSettings().stranger_queries
# People have their turns in real time, so a busy machine needs long.
TIMEOUT_SECONDS = 400
QUERIES = [
    ("notes:inChannel", {"channel": "left"}),
    ("notes:inChannel", {"channel": "right"}),
    ("notes:count", {"channel": "left"}),
    ("notes:inChannel", {"channel": "refused"}),
    ("values:whoami", {}),
    ("errors:queryRefuses", {}),
]
who = st.integers(0, CLIENTS - 1)


class Clients(RuleBasedStateMachine):
    """What may happen to three clients."""

    make: Callable[[], SyncHarness]

    @initialize()
    def start(self) -> None:
        self.house = self.make()
        self.clients = [SyncClient() for _ in range(CLIENTS)]
        self.pipes = [self.house.connect(client) for client in self.clients]
        self.calls: list[list[str]] = [[] for _ in self.clients]

    @rule(n=who, query=st.sampled_from(QUERIES))
    def subscribe(self, n: int, query: tuple[str, dict[str, Any]]) -> None:
        path, args = query
        if len(self.clients[n].queries) < STRANGER_QUERIES:  # one more would be refused
            self.say(n, self.clients[n].subscribe(path, args)[1])

    @rule(n=who, which=st.integers(0, 5))
    def unsubscribe(self, n: int, which: int) -> None:
        numbers = sorted(self.clients[n].queries)
        if which < len(numbers):
            self.say(n, self.clients[n].unsubscribe(numbers[which]))

    @rule(n=who, times=st.integers(1, 4))
    def add(self, n: int, times: int) -> None:
        for _ in range(times):
            text = f"{n}:{len(self.calls[n]):04}"
            self.calls[n].append(text)
            self.say(n, self.clients[n].mutate("notes:addPair", {"text": text})[1])

    @rule(n=who, path=st.sampled_from(["errors:mutationRefuses", "errors:mutationBreaks", "no:such"]))
    def fail(self, n: int, path: str) -> None:
        self.say(n, self.clients[n].mutate(path, {})[1])

    @rule(n=who, subject=st.sampled_from([None, "alice", "bob"]))
    def authenticate(self, n: int, subject: str | None) -> None:
        if self.clients[n].pending:
            return  # a session that changes hands does not get the former caller's answers
        token = None if subject is None else self.house.token(subject)
        self.say(n, self.clients[n].authenticate(token))

    @rule(n=who, most=st.integers(1, 5))
    def deliver(self, n: int, most: int) -> None:
        self.pipes[n].deliver(most)

    @rule(rounds=st.integers(1, 12))
    def work(self, rounds: int) -> None:
        self.house.step(rounds)

    @rule(n=who, on=st.booleans())
    def read(self, n: int, on: bool) -> None:
        self.pipes[n].read(on)

    @rule(n=who)
    def lose(self, n: int) -> None:
        self.pipes[n].cut()
        self.pipes[n] = self.house.connect(self.clients[n])

    @rule()
    def settle(self) -> None:
        self.house.settle(*self.pipes)

    def say(self, n: int, messages: list[dict[str, Any]]) -> None:
        self.pipes[n].say(messages)

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        for pipe in self.pipes:
            pipe.read(True)
        self.house.settle(*self.pipes)
        self.check_outcomes()
        self.house.close()

    def check_outcomes(self) -> None:
        witness = self.house.open()
        left = self.house.watch(witness, "notes:inChannel", channel="left")()
        texts = [row["text"] for row in left]
        for n, client in enumerate(self.clients):
            assert client.settled, "everybody converges"
            assert [text for text in texts if text[0] == str(n)] == self.calls[n], "in call order, each once"
            witness = self.house.open()  # each may have as many queries as a client
            for number, query in client.queries.items():
                if query["udfPath"] != "values:whoami":
                    shown = self.house.watch(witness, query["udfPath"], **query["args"][0])()
                    assert client.results[number] == shown
            check_history(client)


def check_history(client: SyncClient) -> None:
    """Whatever a client was shown at a time was one state of the data."""
    of = {number: (query["udfPath"], query["args"][0].get("channel")) for number, query in client.queries.items()}
    for _, results in client.history:
        shown = {of[number]: value for number, value in results.items() if number in of}
        left, right = shown.get(QUERY_LEFT), shown.get(QUERY_RIGHT)
        if left is not None and right is not None:
            assert [row["text"] for row in left] == [row["text"] for row in right]
        if left is not None and QUERY_COUNT in shown:
            assert len(left) == shown[QUERY_COUNT]
        assert shown.get(QUERY_REFUSED, []) == []


QUERY_LEFT, QUERY_RIGHT, QUERY_COUNT, QUERY_REFUSED = (
    (path, args["channel"]) for path, args in QUERIES if "channel" in args
)


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_any_interleaving_keeps_the_promises(make_house: Callable[..., SyncHarness]) -> None:
    Clients.make = staticmethod(make_house)
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Clients, settings=settings(max_examples=40, stateful_step_count=40, deadline=None))
