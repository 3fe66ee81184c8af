"""A client that comes back at another node of the same database goes on as if it had never been away.

`SyncClient` holds every connection to the protocol; that nothing goes back in time is checked there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[SyncHarness, SyncHarness]]:
    """Two nodes that know the same tokens."""
    first, second = SyncHarness(tmp_path), SyncHarness(tmp_path)
    second._identities = first._identities
    yield first, second
    second.close()
    first.close()


def test_a_client_finds_its_queries_and_mutations_again(nodes: tuple[SyncHarness, SyncHarness]) -> None:
    first, second = nodes
    client = SyncClient()
    pipe = first.open(client)
    count = first.watch(pipe, "notes:count")
    first.do(pipe, "notes:add", text="a")
    assert count() == 1
    pipe.cut()
    first.settle()
    second.open(client)
    assert count() == 1
    assert client.settled


def test_a_mutation_that_was_done_and_not_answered_is_answered_elsewhere_and_not_done_again(
    nodes: tuple[SyncHarness, SyncHarness],
) -> None:
    first, second = nodes
    client = SyncClient()
    pipe = first.open(client)
    pipe.read(False)
    number, messages = client.mutate("notes:add", {"text": "once"})
    pipe.say(messages)
    first.settle(pipe)
    assert number in client.pending
    pipe.cut()
    first.settle()
    there = second.open(client)
    assert client.outcomes[number]["success"]
    assert second.watch(there, "notes:count")() == 1


def test_writes_at_one_node_are_shown_at_the_others(nodes: tuple[SyncHarness, SyncHarness]) -> None:
    first, second = nodes
    here, there = first.open(), second.open()
    count = second.watch(there, "notes:count")
    first.do(here, "notes:add", text="a")
    wait_for_poll(second)
    assert count() == 1


def test_a_client_sees_nothing_older_at_a_node_whose_clock_is_behind(
    nodes: tuple[SyncHarness, SyncHarness],
) -> None:
    first, second = nodes
    first.backend.now_ns += 20_000_000_000
    client = SyncClient()
    pipe = first.open(client)
    count: Any = first.watch(pipe, "notes:count")
    for n in range(3):
        first.do(pipe, "notes:add", text=str(n))
    seen = client.newest_ts
    pipe.cut()
    first.settle()
    there = second.open(client)
    assert count() == 3
    second.do(there, "notes:add", text="after")
    assert count() == 4
    assert client.newest_ts > seen


def wait_for_poll(house: SyncHarness) -> None:
    """Let a node look at the log, as it does without any hint."""
    tail = house.backend.runtime.tail
    tail.apply_delta(house.backend.run(house.backend.engine.read(tail.delta)))
    house.settle()
