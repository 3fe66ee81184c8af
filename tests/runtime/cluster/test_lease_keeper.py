"""Several nodes on one database: each registers its sockets, and the living clear up after the dead."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.runtime.cluster.node_leases import Node
from connvo.runtime.jobs.tables import Job
from connvo.settings import NodeSettings, Settings
from connvo.store.engine import StoreUnavailable
from tests.runtime.sample._jobs import LISTENED, PERIOD, RUNG
from tests.support.host import Host
from tests.support.store import ENGINES
from tests.support.tables import Item

ANN, BOB = ("m", "ann"), ("m", "bob")
MISSES = NodeSettings().missed_renewals
LEASE = NodeSettings().renew_seconds * MISSES


@pytest.fixture(params=ENGINES)
def join(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Host]]:
    """Adds a node to those of one database."""
    made: list[Host] = []
    RUNG.clear()
    LISTENED.clear()

    def make() -> Host:
        made.append(Host(ENGINES[request.param], tmp_path, Settings()))
        return made[-1]

    yield make
    for host in made:
        host.close()


@pytest.fixture
def pair(join: Callable[[], Host]) -> tuple[Host, Host]:
    return join(), join()


def hold(host: Host, *pairs: tuple[str, str]) -> None:
    _do(host, "hold", *pairs)


def release(host: Host, *pairs: tuple[str, str]) -> None:
    _do(host, "release", *pairs)


def _do(host: Host, name: str, *pairs: tuple[str, str]) -> None:
    async def work() -> None:
        getattr(host.runtime.presence, name)(pairs)
        await host.runtime.settle()

    host.run(work())


def registered(host: Host, node: str | None = None) -> list[str]:
    return sorted(host.notes(f"at {node or host.runtime.lease.node}"))


def expired(host: Host) -> dict[str, float | None]:
    found: list[Item] = host.read(lambda db: db.scan(Item, "by_owner", "expired"))
    return {item.note: item.rank for item in found}


def nodes(host: Host) -> set[str]:
    return {node.id for node in host.everything(Node)}


def own(host: Host) -> str:
    assert host.runtime.lease.node is not None
    return host.runtime.lease.node


def test_each_node_has_a_lease_until_it_leaves(join: Callable[[], Host]) -> None:
    first, second = join(), join()
    assert nodes(first) == {own(first), own(second)}
    left = own(second)
    second.run(second.runtime.lease.leave())
    assert left not in nodes(first)


def test_a_person_is_registered_from_the_first_socket_to_the_last_in_two_writes(join: Callable[[], Host]) -> None:
    host = join()
    before = host.last_seq()
    hold(host, ANN)
    hold(host, ANN)
    release(host, ANN)
    assert registered(host) == ["m ann"]
    assert host.last_seq() == before + 1
    release(host, ANN)
    assert registered(host) == []
    assert host.last_seq() == before + 2


def test_as_long_as_nobody_comes_or_goes_a_node_writes_one_row(join: Callable[[], Host]) -> None:
    host = join()
    hold(host, *[("m", str(n)) for n in range(500)])
    before = host.last_seq()
    host.run(host.runtime.lease.renew())
    (commit,) = host.commits(before)
    assert {place.split("/")[0] for place in commit.written.keys} == {"nodes"}


def test_registrations_of_a_dead_node_are_cleared_as_of_its_last_renewal(pair: tuple[Host, Host]) -> None:
    alive, dead = pair
    hold(alive, ANN)
    hold(dead, ANN, BOB)
    alive.run(alive.runtime.lease.renew())
    heard = alive.now_ns / 1e6
    for _ in range(MISSES):
        assert registered(alive, own(dead)) == ["m ann", "m bob"]
        alive.now_ns += 5_000_000_000
        alive.run(alive.runtime.lease.renew())
    assert registered(alive, own(dead)) == []
    assert registered(alive) == ["m ann"]
    assert set(expired(alive)) == {"m ann", "m bob"}
    assert all(since == pytest.approx(heard, abs=10) for since in expired(alive).values())
    assert nodes(alive) == {own(alive)}


def test_a_node_that_was_taken_for_dead_begins_a_new_lease_and_registers_again(pair: tuple[Host, Host]) -> None:
    alive, slow = pair
    hold(slow, ANN)
    before = own(slow)
    alive.outlive()
    assert registered(alive, before) == []
    hold(slow, BOB)
    assert own(slow) != before
    assert registered(slow) == ["m ann", "m bob"]
    assert nodes(alive) == {own(alive), own(slow)}


def test_a_node_that_was_taken_for_dead_finds_out_when_it_renews(pair: tuple[Host, Host]) -> None:
    alive, slow = pair
    hold(slow, ANN)
    before = own(slow)
    alive.outlive()
    slow.run(slow.runtime.lease.renew())
    slow.run(slow.runtime.settle())
    assert own(slow) != before
    assert registered(slow) == ["m ann"]


def test_a_node_that_renews_between_the_look_and_the_burial_lives(pair: tuple[Host, Host]) -> None:
    alive, late = pair
    hold(late, ANN)
    lease = alive.runtime.lease
    for _ in range(MISSES):
        alive.run(lease.renew())

    async def look_and_wait() -> list[Any]:
        async with lease.lock:
            return await lease._renew()

    (dead,) = alive.run(look_and_wait())
    late.run(late.runtime.lease.renew())
    alive.run(lease._clear(dead.id, dead.renewals, dead.since))
    assert registered(late) == ["m ann"]
    assert nodes(alive) == {own(alive), own(late)}


def test_two_that_clear_up_after_the_same_node_do_it_once(join: Callable[[], Host]) -> None:
    first, second, dead = join(), join(), join()
    hold(dead, *[("m", str(n)) for n in range(5)])
    for _ in range(MISSES):
        first.run(first.runtime.lease.renew())
        second.run(second.runtime.lease.renew())
    for host in (first, second, first, second):
        host.run(host.runtime.lease.renew())
    assert len(first.notes("expired")) == 5
    assert nodes(first) == {own(first), own(second)}


def test_a_node_that_stops_is_cleared_at_once(pair: tuple[Host, Host]) -> None:
    stays, leaves = pair
    hold(leaves, ANN)
    leaves.run(leaves.runtime.lease.leave())
    assert set(expired(stays)) == {"m ann"}


def test_a_failed_write_is_repeated_with_the_next_renewal(
    join: Callable[[], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = join()

    async def fail(work: object) -> None:
        raise StoreUnavailable("the database is away")

    with monkeypatch.context() as away:
        away.setattr(host.engine, "write", fail)
        hold(host, ANN)
    assert registered(host) == []
    host.run(host.runtime.lease.renew())
    host.run(host.runtime.settle())
    assert registered(host) == ["m ann"]


def test_a_node_without_a_fresh_lease_runs_no_jobs(join: Callable[[], Host], monkeypatch: pytest.MonkeyPatch) -> None:
    host = join()
    assert host.runtime.lease.leads
    monkeypatch.setattr("connvo.runtime.cluster.lease_keeper.monotonic", lambda: 1e12)
    assert not host.runtime.lease.leads


def test_everybodys_grace_begins_again_when_nobody_could_listen_for_a_lease(join: Callable[[], Host]) -> None:
    host = join()
    assert len(LISTENED) == 1, "there was nobody before the first node"
    join()
    assert len(LISTENED) == 1, "one more node is no reason"
    host.now_ns += int((LEASE - 1) * 1e9)
    host.run(host.runtime.lease.renew())
    assert len(LISTENED) == 1
    host.now_ns += int((LEASE + 1) * 1e9)
    host.run(host.runtime.lease.renew())
    assert len(LISTENED) == 2, "the database was away"


def run_an_action_at(node: Host) -> None:
    """Store an action as the node that runs it has marked it."""
    node.write(
        lambda db: db.insert(Job(path="_jobs:ring", arguments="{}", run_at=db.now, state="running", node=own(node)))
    )


def test_actions_of_a_dead_node_have_failed_and_those_of_others_go_on(pair: tuple[Host, Host]) -> None:
    alive, dead = pair
    run_an_action_at(alive)
    run_an_action_at(dead)
    alive.run(alive.runtime.scheduler.close_crashed())
    assert [job.state for job in alive.jobs()] == ["running", "running"]
    alive.outlive()
    assert {(job.state, job.node) for job in alive.jobs()} == {("running", own(alive)), ("failed", None)}


def test_a_node_that_starts_lets_the_actions_of_others_run(join: Callable[[], Host]) -> None:
    first = join()
    run_an_action_at(first)
    join()
    assert [job.state for job in first.jobs()] == ["running"]


def test_each_job_and_each_periodic_function_runs_once_however_many_nodes_look(pair: tuple[Host, Host]) -> None:
    first, second = pair
    for n in range(20):
        first.value("notes:remind", after=0, text=str(n))
    first.value("notes:planARing", text="y")
    for host in pair:
        host.now_ns += int((PERIOD + 1) * 1e9)
    for host in (second, first, second):
        host.run(host.runtime.scheduler.settle())
    assert sorted(first.notes("later"), key=int) == [str(n) for n in range(20)]
    assert RUNG == ["y"]
    assert len(first.notes("tick")) == 1
