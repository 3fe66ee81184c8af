"""The networks that other tests break: what is blocked does not arrive, and what is mended does."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

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
    """Returns how many datagrams of so many reach a host."""
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
    """Returns whether a host can be reached by TCP."""
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


def test_one_protocol_between_two_hosts_is_blocked_and_mended(network: Network) -> None:
    ada, ben, server = (network[name] for name in ("ada", "ben", "server"))
    network.block(ada, ben, "udp")
    assert arrived(ada, ben) == arrived(ben, ada) == 0
    assert connects(ada, ben)
    assert arrived(ada, server) == 1
    network.mend()
    assert arrived(ada, ben) == 1


def test_a_host_or_a_port_of_it_is_cut_off(network: Network) -> None:
    ada, ben, server = (network[name] for name in ("ada", "ben", "server"))
    network.block_ports(ada, server, [PORT])
    assert not connects(ada, server)
    assert connects(ben, server)
    network.mend()
    network.block(ada)
    assert arrived(ada, ben) == arrived(server, ada) == 0
    assert not connects(ada, server)
    assert connects(ben, server)


def test_a_share_of_what_is_sent_is_lost(network: Network) -> None:
    network.lose(network["ada"], 50)
    assert 0 < arrived(network["ada"], network["ben"], MANY) < MANY


def test_a_host_that_moves_is_reached_at_its_new_address_alone(network: Network) -> None:
    ada, ben = network["ada"], network["ben"]
    old = ben.address
    ben.move()
    assert ben.address != old
    assert arrived(ada, ben) == arrived(ben, ada) == 1


def test_a_sleeping_host_does_nothing_until_it_wakes(network: Network) -> None:
    ada = network["ada"]
    counting = "import itertools, time\nfor n in itertools.count(): print(n, flush=True); time.sleep(0.01)"
    with subprocess.Popen([*ada.command, sys.executable, "-c", counting], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n"
        ada.sleep()
        state = f"/proc/{process.pid}/stat"
        with open(state) as stat:
            assert stat.read().rpartition(")")[2].split()[0] == "T"
        ada.wake()
        heard = int(process.stdout.readline())
        while int(process.stdout.readline()) <= heard + 1:
            continue
        process.kill()


def test_nothing_is_left_of_a_network(network: Network) -> None:
    ada = network["ada"]
    with subprocess.Popen([*ada.command, "sleep", "1000"]) as process:
        time.sleep(WAIT_SECONDS)
        network.close()
        assert process.wait(WAIT_SECONDS) != 0
