"""The networks that other tests break: what is blocked does not arrive, and what is repaired does."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.people import wait_for
from tests.support.net import Host, Network

PORT = 5000
WAIT_SECONDS = 0.2
MANY = 100
MESSAGE = b"a message"


@pytest.fixture
def network() -> Iterator[Network]:
    with Network("ada", "ben", "server") as network:
        yield network


def arrived(sender: Host, receiver: Host, times: int = 1) -> int:
    """Return how many datagrams of so many reach a host."""
    with receiver.inside():
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender.inside():
        mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with door, mouth:
        door.bind((receiver.address, PORT))
        door.settimeout(WAIT_SECONDS)
        for _ in range(times):
            mouth.sendto(MESSAGE, (receiver.address, PORT))
        count = 0
        while count < times:
            try:
                door.recv(len(MESSAGE))
            except TimeoutError:
                break
            count += 1
        return count


def connects(client: Host, server: Host) -> bool:
    """Return whether a host can be reached by TCP."""
    with server.inside():
        listener = socket.create_server((server.address, PORT))
    with listener, client.inside():
        try:
            socket.create_connection((server.address, PORT), WAIT_SECONDS).close()
        except OSError:
            return False
    return True


def test_hosts_reach_each_other_and_nobody_else(network: Network) -> None:
    ada, ben = network["ada"], network["ben"]
    assert arrived(ada, ben) == arrived(ben, ada) == 1
    assert connects(ada, ben)
    with socket.create_server(("127.0.0.1", 0)) as outside, ada.inside(), pytest.raises(ConnectionRefusedError):
        socket.create_connection(outside.getsockname(), WAIT_SECONDS)


def test_one_protocol_between_two_hosts_is_blocked_and_repaired(network: Network) -> None:
    ada, ben, server = (network[name] for name in ("ada", "ben", "server"))
    network.block(ada, ben, "udp")
    assert arrived(ada, ben) == arrived(ben, ada) == 0
    assert connects(ada, ben)
    assert arrived(ada, server) == 1
    network.repair()
    assert arrived(ada, ben) == 1


def test_a_host_or_a_port_of_it_is_cut_off(network: Network) -> None:
    ada, ben, server = (network[name] for name in ("ada", "ben", "server"))
    network.block_ports(ada, server, [PORT])
    assert not connects(ada, server)
    assert connects(ben, server)
    network.repair()
    network.block(ada)
    assert arrived(ada, ben) == arrived(server, ada) == 0
    assert not connects(ada, server)
    assert connects(ben, server)


def test_a_share_of_the_packets_is_lost(network: Network) -> None:
    network.lose(network["ada"], 50)
    assert 0 < arrived(network["ada"], network["ben"], MANY) < MANY


def test_a_host_that_moves_is_reached_at_its_new_address_alone(network: Network) -> None:
    ada, ben = network["ada"], network["ben"]
    old = ben.address
    ben.move()
    assert ben.address != old
    assert arrived(ada, ben) == arrived(ben, ada) == 1


def state(pid: int) -> str:
    """Return the state of a process, as the system calls it: T for one that is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_sleeping_host_does_nothing_until_it_wakes(network: Network) -> None:
    ada = network["ada"]
    process = subprocess.Popen([*ada.command, sys.executable, "-c", "import time\ntime.sleep(1000)"])
    try:
        wait_for(lambda: process.pid in ada.processes(), lambda: "it does not run there")
        ada.sleep()
        wait_for(lambda: state(process.pid) == "T", lambda: state(process.pid))
        ada.wake()
        wait_for(lambda: state(process.pid) != "T", lambda: state(process.pid))
    finally:
        process.kill()
        process.wait()


def test_nothing_is_left_of_a_network(network: Network) -> None:
    ada = network["ada"]
    process = subprocess.Popen([*ada.command, "sleep", "1000"])
    try:
        wait_for(lambda: process.pid in ada.processes(), lambda: "it does not run there")
        network.close()
        wait_for(lambda: process.poll() is not None, lambda: "it still runs")
    finally:
        process.kill()
        process.wait()
