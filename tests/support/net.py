"""Networks that fail on demand: hosts around one router, each in a network namespace of its own.

A namespace has no name and no file: a process holds it, which ends with the test, however that ends. So nothing is left
behind and runs beside each other never meet. Nothing in a network reaches the machine's own network, nor the other
way round, but by `Host.inside` and `Host.command`.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Literal, Self, TypeAlias

from .outside import needs

NEEDED = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "nsenter": "util-linux", "sysctl": "procps"}
CLONE_NEWNET = 0x40000000
PREFIX = 24
ROUTER, FIRST_ADDRESS = 1, 2
TABLE = "table inet faults { chain forward { type filter hook forward priority 0; }; }"
FLUSH = "flush chain inet faults forward"

Protocol: TypeAlias = Literal["udp", "tcp"]

_libc = ctypes.CDLL(None, use_errno=True)


class _Namespace:
    """A network namespace, for as long as it is held."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._holder.stdout is not None
        if not self._holder.stdout.readline():
            raise RuntimeError("no network namespace could be made: these tests need root")
        self.pid = self._holder.pid
        self.file = Path(f"/proc/{self.pid}/ns/net")
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        self.run("ip", "link", "set", "lo", "up")

    @property
    def command(self) -> tuple[str, ...]:
        """What to put before a command so that it runs here."""
        return ("nsenter", f"--net={self.file}", "--")

    def run(self, *command: str, text: str = "") -> None:
        """Run a command here. Raises RuntimeError with what it said when it fails."""
        done = subprocess.run([*self.command, *command], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")

    def processes(self) -> list[int]:
        """Return the ids of the processes that run here, but for the one that holds it."""
        here = self.file.stat().st_ino
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdecimal() and (entry / "ns" / "net").stat().st_ino == here:
                    found.append(int(entry.name))
            except OSError:
                continue
        return [pid for pid in found if pid != self.pid]

    def close(self) -> None:
        """End whatever still runs here, and let go; a second time changes nothing."""
        if self._holder.poll() is not None:
            return
        for pid in self.processes():
            _send(pid, signal.SIGKILL)
        self._holder.communicate()


class Host:
    """A machine in a network."""

    def __init__(self, name: str, subnet: IPv4Network, router: _Namespace) -> None:
        self.name = name
        self._subnet = subnet
        self._place = _Namespace()
        place, gateway = self._place, f"{subnet[ROUTER]}/{PREFIX}"
        ends = ("type", "veth", "peer", "name", name, "netns", str(router.pid))
        place.run("ip", "link", "add", "eth0", *ends)
        router.run("ip", "address", "add", gateway, "dev", name)
        router.run("ip", "link", "set", name, "up")
        place.run("ip", "link", "set", "eth0", "up")
        self._take(FIRST_ADDRESS)

    @property
    def address(self) -> str:
        """Its address now."""
        return str(self._address)

    @property
    def command(self) -> tuple[str, ...]:
        """What to put before a command so that it runs on this host."""
        return self._place.command

    @property
    def namespace(self) -> Path:
        """The file that names its network namespace."""
        return self._place.file

    def processes(self) -> list[int]:
        """Return the ids of the processes that run on it."""
        return self._place.processes()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put the calling thread on this host: its new sockets, and the processes that it starts, are there."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            with self._place.file.open() as here:
                enter(here.fileno())
            yield
        finally:
            enter(back)
            os.close(back)

    def move(self) -> None:
        """Give it another address in place of the one it has, as a laptop gets in another network."""
        self._place.run("ip", "address", "delete", f"{self.address}/{PREFIX}", "dev", "eth0")
        self._take(int(self._address) - int(self._subnet.network_address) + 1)

    def add_address(self, address: str) -> None:
        """Give the host another address, on its loopback interface: processes on the host reach each other by it."""
        if ":" in address:
            self._place.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.lo.disable_ipv6=0")
        self._place.run("ip", "address", "add", address, "dev", "lo")

    def sleep(self) -> None:
        """Stop every process on it, until `wake`."""
        for pid in self._place.processes():
            _send(pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Let its processes go on."""
        for pid in self._place.processes():
            _send(pid, signal.SIGCONT)

    def close(self) -> None:
        """End it with everything that runs on it."""
        self._place.close()

    def _take(self, number: int) -> None:
        self._address: IPv4Address = self._subnet[number]
        self._place.run("ip", "address", "add", f"{self.address}/{PREFIX}", "dev", "eth0")
        self._place.run("ip", "route", "replace", "default", "via", str(self._subnet[ROUTER]))


class Network:
    """Hosts that all reach each other, until something is put in their way."""

    def __init__(self, *names: str) -> None:
        _check()
        self._router = _Namespace()
        self._rules: list[str] = []
        self._router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._router.run("nft", "-f", "-", text=TABLE)
        subnets = IPv4Network("10.99.0.0/16").subnets(new_prefix=PREFIX)
        self._hosts = {name: Host(name, subnet, self._router) for name, subnet in zip(names, subnets, strict=False)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getitem__(self, name: str) -> Host:
        return self._hosts[name]

    def block(self, one: Host, other: Host | None = None, only: Protocol | None = None) -> None:
        """Let nothing through between two hosts, or one and all others; or nothing of one protocol."""
        self._drop(one, other, "" if only is None else f"meta l4proto {only}")

    def block_ports(self, one: Host, other: Host, ports: Sequence[int], only: Protocol = "tcp") -> None:
        """Let nothing through to these ports of another host, nor from them."""
        listed = f"{{ {', '.join(map(str, ports))} }}"
        self._add(f'iifname "{one.name}" oifname "{other.name}" {only} dport {listed} drop')
        self._add(f'iifname "{other.name}" oifname "{one.name}" {only} sport {listed} drop')

    def lose(self, one: Host, percent: int) -> None:
        """Lose a share of what goes to and from a host."""
        self._drop(one, None, f"numgen random mod 100 < {percent}")

    def repair(self) -> None:
        """Take away all that was put in the way."""
        self._rules = []
        self._apply()

    def close(self) -> None:
        """End all hosts with everything that runs on them."""
        for host in self._hosts.values():
            host.close()
        self._router.close()

    def _drop(self, one: Host, other: Host | None, what: str) -> None:
        there = "" if other is None else f'oifname "{other.name}" '
        back = "" if other is None else f'iifname "{other.name}" '
        self._rules += [f'iifname "{one.name}" {there}{what} drop', f'{back}oifname "{one.name}" {what} drop']
        self._apply()

    def _add(self, rule: str) -> None:
        self._rules.append(rule)
        self._apply()

    def _apply(self) -> None:
        added = [f"add rule inet faults forward {rule}" for rule in self._rules]
        self._router.run("nft", "-f", "-", text="\n".join([FLUSH, *added, ""]))


def _check() -> None:
    needs("root and network namespaces")
    if os.geteuid() != 0:
        raise RuntimeError("tests of failing networks make network namespaces: run them as root")
    missing = {package for program, package in NEEDED.items() if shutil.which(program) is None}
    if missing:
        raise RuntimeError(f"tests of failing networks need {', '.join(sorted(missing))}: run `make servers`")


def enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
