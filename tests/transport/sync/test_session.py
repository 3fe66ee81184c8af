"""The protocol state of one client, without a socket: random interleavings of what may happen between two ends."""

import json
from collections import deque
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from connvo.kernel.errors import Conflict
from connvo.runtime.live.requests import QueryAnswer
from connvo.transport.sync.messages import Authenticate, Connect, ModifyQuerySet, Mutation, decode
from connvo.transport.sync.session import ProtocolFault, SyncSession
from tests.support.sync_client import SyncClient

CLOCK = {"clientClockSkew": 0, "serverTs": 0}
KEYS = ("a", "b", "c")


def test_a_transition_cannot_overtake_an_answer() -> None:
    session = SyncSession()
    session.begin(0)
    with pytest.raises(ValueError, match="after the answers"):
        session.transition(5, {}, CLOCK)


def test_time_never_goes_back() -> None:
    session = SyncSession()
    session.modify(ModifyQuerySet(base_version=0, new_version=1, modifications=[]))
    session.transition(5, {}, CLOCK)
    with pytest.raises(ValueError, match="back"):
        session.transition(4, {}, CLOCK)


def test_an_answer_is_shown_no_older_than_it_is() -> None:
    session = SyncSession()
    session.begin(0)
    session.answer(None, None, 9, [])
    with pytest.raises(ValueError, match="after the answers"):
        session.transition(8, {}, CLOCK)


def test_a_timestamp_seen_on_another_connection_is_reached_again() -> None:
    session = SyncSession()
    session.advance(9)
    assert session.least == 9
    with pytest.raises(ValueError, match="back in time"):
        session.transition(8, {}, CLOCK)


def test_versions_must_chain() -> None:
    session = SyncSession()
    with pytest.raises(ProtocolFault):
        session.modify(ModifyQuerySet(base_version=1, new_version=2, modifications=[]))
    with pytest.raises(ProtocolFault):
        session.check_identity(1)


class Interleavings(RuleBasedStateMachine):
    """One client and the server's state of it, with every message, commit and answer a step of its own.

    The data are a list of texts per key. A mutation appends its own number; receipts make it exactly once.
    """

    queries = Bundle("queries")

    @initialize()
    def start(self) -> None:
        self.ts = 1000
        self.data: dict[str, list[int]] = {key: [] for key in KEYS}
        self.states: dict[int, dict[str, list[int]]] = {}
        self.receipts: dict[int, int] = {}
        self.client = SyncClient()
        self.calls: list[int] = []
        self.connect()

    def connect(self) -> None:
        self.session = SyncSession()
        self.to_server: deque[str] = deque()
        self.to_client: deque[str] = deque()
        self.running: deque[tuple[int, str, bool]] = deque()
        self.committed: deque[tuple[int | None]] = deque()
        self.watched: dict[int, str] = {}
        self.stale: set[int] = set()
        self.say(self.client.connect())

    def say(self, messages: list[dict[str, Any]]) -> None:
        self.to_server.extend(json.dumps(message) for message in messages)

    @rule(target=queries, key=st.sampled_from(KEYS))
    def subscribe(self, key: str) -> int:
        number, messages = self.client.subscribe(f"data:{key}")
        self.say(messages)
        return number

    @rule(number=consumes(queries))
    def unsubscribe(self, number: int) -> None:
        self.say(self.client.unsubscribe(number))

    @rule(key=st.sampled_from(KEYS), fails=st.booleans())
    def call(self, key: str, fails: bool) -> None:
        number, messages = self.client.mutate(f"data:{key}", {"fails": fails})
        self.calls.append(number)
        self.say(messages)

    @rule(token=st.sampled_from([None, "t"]))
    def authenticate(self, token: str | None) -> None:
        self.say(self.client.authenticate(token))

    @precondition(lambda self: self.to_server)
    @rule()
    def server_hears(self) -> None:
        message = decode(self.to_server.popleft())
        match message:
            case Connect():
                self.session.connect()
            case ModifyQuerySet():
                added, removed = self.session.modify(message)
                for number in removed:
                    self.watched.pop(number)
                    self.stale.discard(number)
                for add in added:
                    self.watched[add.query_id] = add.udf_path[-1]
                    self.stale.add(add.query_id)
            case Mutation():
                if self.session.begin(message.request_id):
                    fails = msgspec.json.decode(message.args)[0]["fails"]
                    self.running.append((message.request_id, message.udf_path[-1], fails))
            case Authenticate():
                self.session.check_identity(message.base_version)
                self.session.authenticated()
                self.stale |= self.watched.keys()

    @precondition(lambda self: self.running)
    @rule()
    def database_commits(self) -> None:
        number, key, fails = self.running.popleft()
        if fails:
            self.committed.append((None,))
            return
        if number not in self.receipts:
            self.receipts[number] = self.commit(key, number)
        self.committed.append((self.receipts[number],))

    @rule(key=st.sampled_from(KEYS))
    def somebody_else_commits(self, key: str) -> None:
        self.commit(key, -1)

    def commit(self, key: str, text: int) -> int:
        self.ts += 1
        self.data[key].append(text)
        self.states[self.ts] = {key: list(texts) for key, texts in self.data.items()}
        self.stale |= {number for number, watched in self.watched.items() if watched == key}
        return self.ts

    @precondition(lambda self: self.committed)
    @rule()
    def server_answers(self) -> None:
        (ts,) = self.committed.popleft()
        error = Conflict("no") if ts is None else None
        self.to_client.append(self.session.answer(ts, error, ts or 0, []).decode())

    @precondition(lambda self: not self.running and not self.committed)
    @rule()
    def server_shows(self) -> None:
        if not self.session.transition_due and not self.stale:
            return
        answers = {n: QueryAnswer(value=msgspec.json.encode(self.data[self.watched[n]])) for n in self.stale}
        self.stale.clear()
        text = self.session.transition(self.ts, answers, CLOCK)
        if text is not None:
            self.to_client.append(text.decode())

    @precondition(lambda self: self.to_client)
    @rule()
    def client_hears(self) -> None:
        self.client.receive(self.to_client.popleft())
        shown_at, results = self.client.history[-1] if self.client.history else (0, {})
        state = self.states.get(shown_at)
        if state is not None:
            for number in results.keys() & self.client.queries.keys():
                assert results[number] == state[self.client.queries[number]["udfPath"][-1]]

    @rule()
    def connection_is_lost(self) -> None:
        while self.running:
            self.database_commits()
        self.connect()

    @invariant()
    def own_mutations_are_applied_once_and_in_order(self) -> None:
        for texts in getattr(self, "data", {}).values():
            own = [text for text in texts if text >= 0]
            assert own == sorted(set(own))

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        while (
            self.to_server
            or self.running
            or self.committed
            or self.to_client
            or self.session.transition_due
            or self.stale
        ):
            if self.to_server:
                self.server_hears()
            elif self.running:
                self.database_commits()
            elif self.committed:
                self.server_answers()
            elif self.to_client:
                self.client_hears()
            else:
                self.server_shows()
        assert self.client.settled
        assert self.client.outcomes.keys() == set(self.calls)
        for number, query in self.client.queries.items():
            assert self.client.results[number] == self.data[query["udfPath"][-1]]


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
