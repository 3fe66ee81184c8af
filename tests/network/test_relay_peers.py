"""The TURN server relays to people on public addresses and to nothing else: a real coturn with our configuration."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from connvo.doctor.line import opened, places_of
from connvo.doctor.stun import Endpoint
from connvo.doctor.turn import Client, Refused
from connvo.providers.coturn.config import configuration
from connvo.providers.coturn.plan import Plan, planned
from connvo.providers.turn import MS, turn_servers
from connvo.settings import IceSettings, ServerSettings, Settings, TurnSettings
from tests.doctor.conftest import SECRET, ask
from tests.support.coturn import Coturn, Ports
from tests.support.net import Host, Network

SECONDS = 5.0
FORBIDDEN = 403
PORT = 40_000
RELAYS = {"8.8.4.4": "1.1.1.1", "2001:4860:4860::8844": "2606:4700:4700::1111"}
PUBLIC = {
    "8.8.4.4": ("1.1.1.1", "8.8.8.8", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
    "2001:4860:4860::8844": ("2606:4700:4700::1111", "2001:4860::1", "2a02::1", "2001:200::1", "3ffe::1", "2400::"),
}
NEVER = {
    "8.8.4.4": (
        *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.1.2.3", "169.254.169.254", "168.63.129.16", "192.0.0.192"),
        *("192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1"),
        *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    ),
    "2001:4860:4860::8844": (
        *("::", "::1", "::2", "::100", "::1:0", "::7f00:1", "::10.0.0.0", "::8.8.8.8"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:10.0.0.1"),
        *(
            "64:ff9b::",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::10.0.0.1",
            "64:ff9b:1:ffff::1",
            "100::1",
            "1::",
            "1fff:ffff::1",
        ),
        *("2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2001:db8:ffff::1", "2002:a00:1::1", "3fff::1"),
        *("4000::1", "5f00::1", "fe80::1", "febf:ffff::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1", "ffff:ffff::"),
    ),
}
PRIVATE = {
    "8.8.4.4": (
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
    ),
    "2001:4860:4860::8844": ("fc00::1", "fd00:ec2::254", "fdff:ffff::1"),
}


class Generated(Coturn):
    """A coturn with the configuration that `connvo serve --turn` writes."""

    def __init__(self, plan: Plan, host: Host) -> None:
        settings = plan.settings
        ports = Ports(settings.port, settings.tls_port, settings.first_relay_port, settings.last_relay_port)
        super().__init__(str(plan.listen), ports, plan.secret, command=host.command, place=host.inside)
        self._plan = plan

    def _options(self) -> list[str]:
        folder = Path(self._folder.name)
        written = folder / "coturn.conf"
        written.write_text(configuration(self._plan, str(folder / "pid"), str(folder / "db")))
        return ["-c", str(written)]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A machine with public addresses of its own and, beside them, those of another person."""
    with Network("relay") as network:
        host = network["relay"]
        for address in (*RELAYS, *RELAYS.values()):
            host.add_address(address)
        yield host


@contextmanager
def relaying(host: Host, folder: Path, listen: str, local_peers: bool | None = None) -> Iterator[Generated]:
    server = ServerSettings(data=folder)
    turn = TurnSettings(listen=listen, local_peers=local_peers)
    with Generated(planned(Settings(server=server, turn=turn)), host) as coturn:
        yield coturn


def with_relay(host: Host, coturn: Coturn, work: Callable[[Client, Endpoint], Awaitable[None]]) -> None:
    """Take a relay as a member does, and hand the client and the relay's address to `work`."""
    url = coturn.urls["udp"]
    ice = IceSettings(turn_urls=url, turn_secret=coturn.secret)
    (server,) = turn_servers(ice, "member", time.time() * MS)

    async def run() -> None:
        (place,) = await places_of(url, SECONDS)
        async with opened(place, SECONDS) as line:
            client = Client(line, server.username or "", server.credential or "")
            allocated = await client.allocate()
            try:
                await work(client, allocated.relayed)
            finally:
                await client.release()

    with host.inside():
        asyncio.run(run())


def permitted(host: Host, coturn: Coturn, addresses: tuple[str, ...]) -> list[str]:
    """Return the addresses to which the server grants a permission."""
    found: list[str] = []

    async def ask(client: Client, _: Endpoint) -> None:
        for address in addresses:
            try:
                await client.permit(Endpoint(ip_address(address), PORT))
                found.append(address)
            except Refused as error:
                if error.code != FORBIDDEN:
                    raise

    with_relay(host, coturn, ask)
    return found


@pytest.mark.parametrize("listen", RELAYS)
def test_the_public_is_relayed_to_and_nothing_else(listen: str, host: Host, tmp_path: Path) -> None:
    every = (*PUBLIC[listen], listen, *NEVER[listen], *PRIVATE[listen])
    with relaying(host, tmp_path, listen) as coturn:
        assert permitted(host, coturn, every) == [*PUBLIC[listen], listen]


@pytest.mark.parametrize("listen", RELAYS)
def test_private_networks_can_be_opened_without_opening_more(listen: str, host: Host, tmp_path: Path) -> None:
    every = (*PUBLIC[listen], *NEVER[listen], *PRIVATE[listen])
    with relaying(host, tmp_path, listen, local_peers=True) as coturn:
        assert permitted(host, coturn, every) == [*PUBLIC[listen], *PRIVATE[listen]]


@pytest.mark.parametrize(("listen", "address"), RELAYS.items())
def test_data_reaches_a_person_on_another_address_and_comes_back(
    listen: str, address: str, host: Host, tmp_path: Path
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with relaying(host, tmp_path, listen) as coturn, host.inside(), socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.bind((address, 0))
        peer.settimeout(SECONDS)
        there = Endpoint(ip_address(address), peer.getsockname()[1])

        async def talk(client: Client, relayed: Endpoint) -> None:
            await client.permit(there)
            client.send(there, b"hello")
            heard, sender = await asyncio.to_thread(peer.recvfrom, 100)
            assert (heard, sender[:2]) == (b"hello", (str(relayed.address), relayed.port))
            peer.sendto(b"hello yourself", sender)
            assert await asyncio.wait_for(client.heard(), SECONDS) == b"hello yourself"
            assert client.heard_from == there

        with_relay(host, coturn, talk)


@pytest.mark.parametrize("listen", RELAYS)
def test_the_doctor_finds_nothing_wrong_with_it(listen: str, host: Host, tmp_path: Path) -> None:
    with relaying(host, tmp_path, listen) as coturn, host.inside():
        found = ask(coturn.urls["udp"], secret=coturn.secret)
    assert (found.state, found.advice) == ("ok", ""), found


@pytest.mark.parametrize(
    ("listen", "options", "state", "says", "advice"),
    [
        ("8.8.4.4", ("::",), "failed", "relays to no public address", "contrib/compose/turnserver.conf"),
        ("2001:4860:4860::8844", ("::",), "failed", "relays to no public address", "reads `::` as all addresses"),
        ("8.8.4.4", (), "warning", "relays to 169.254.169.254, 10.213.87.5", "`denied-peer-ip`"),
        ("2001:4860:4860::8844", (), "warning", "64:ff9b:1::a00:1, fd5e:87::5", "`denied-peer-ip`"),
    ],
)
def test_the_doctor_names_the_peers_that_a_relay_wrongly_denies_or_admits(
    listen: str, options: tuple[str, ...], state: str, says: str, advice: str, host: Host
) -> None:
    ports = Ports(3478, 5349, 50_000, 50_040)
    more = [*(f"--denied-peer-ip={one}" for one in options), "--allocation-default-address-family=keep"]
    with Coturn(listen, ports, SECRET, command=host.command, place=host.inside, options=more) as coturn, host.inside():
        found = ask(coturn.urls["udp"])
    assert (found.state, says in found.says, advice in found.advice) == (state, True, True), found
