"""A TURN server for tests: Debian's coturn with a shared secret, on an address of the test's own."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple, Self

from .certificate import Certificate
from .outside import needs
from .ports import own_port, own_row

READY_SECONDS = 10.0
POLL_SECONDS = 0.02
STOP_SECONDS = 5.0
RELAYS = 40
BINDING = bytes.fromhex("000100002112a442") + bytes(12)
MAX_ANSWER_BYTES = 1500


class Ports(NamedTuple):
    """Where it listens (UDP and TCP; TLS), and from where to where it relays."""

    plain: int
    tls: int
    first: int
    last: int


class Coturn:
    """A TURN server; without a secret one for anybody.

    `command` is put before the program to run it elsewhere, `place` makes the context in which its port is tried,
    `relay` is the address it relays from where that is another one, and `options` are more of its own, e.g.
    `--allow-loopback-peers`.
    """

    def __init__(
        self,
        address: str,
        ports: Ports,
        secret: str,
        tls: Certificate | None = None,
        *,
        command: Sequence[str] = (),
        place: Callable[[], AbstractContextManager[None]] = nullcontext,
        relay: str = "",
        options: Sequence[str] = (),
    ) -> None:
        self.address = address
        self.ports = ports
        self.secret = secret
        self._tls = tls
        self._before = command
        self._place = place
        self._relay = relay
        self._more = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        """Returns its addresses by the way to them: udp, tcp and, with a certificate, tls."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        plain, tls = f"{host}:{self.ports.plain}", f"{host}:{self.ports.tls}"
        urls = {"udp": f"turn:{plain}?transport=udp", "tcp": f"turn:{plain}?transport=tcp"}
        return urls | ({"tls": f"turns:{tls}?transport=tcp"} if self._tls else {})

    def start(self) -> None:
        """Start it unless it runs; return once it listens. Raises AssertionError with what it said instead."""
        if self._process is not None:
            return
        needs("coturn")
        program = shutil.which("turnserver") or shutil.which("turnserver", path="/usr/sbin:/usr/local/sbin")
        assert program, "these tests run coturn: on Debian, apt install coturn"
        self._folder = tempfile.TemporaryDirectory(prefix="connvo-coturn-")
        log = Path(self._folder.name) / "log"
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [*self._before, program, *self._options()], stdout=said, stderr=subprocess.STDOUT
            )
        until = monotonic() + READY_SECONDS
        while not self._listens():
            assert self._process.poll() is None and monotonic() < until, f"coturn: {log.read_text()[-2000:]}"
            sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it in order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(kill=True)

    def _end(self, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if not kill:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                kill = True
        if kill:
            process.kill()
            process.wait()
        self._folder.cleanup()

    def _listens(self) -> bool:
        with self._place():
            try:
                socket.create_connection((self.address, self.ports.plain), POLL_SECONDS).close()
                family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
                with socket.socket(family, socket.SOCK_DGRAM) as asking:
                    asking.settimeout(POLL_SECONDS)
                    asking.connect((self.address, self.ports.plain))
                    asking.send(BINDING)
                    return bool(asking.recv(MAX_ANSWER_BYTES))
            except OSError:
                return False

    def _options(self) -> list[str]:
        folder = self._folder.name
        options = ["-n", "--log-file", "stdout", "--simple-log", "--no-cli", "--fingerprint", "--no-multicast-peers"]
        options += ["--realm", "tests.invalid"]
        options += ["--use-auth-secret", "--static-auth-secret", self.secret] if self.secret else ["--no-auth"]
        options += ["--listening-ip", self.address, "--relay-ip", self._relay or self.address]
        options += ["--listening-port", str(self.ports.plain), "--tls-listening-port", str(self.ports.tls)]
        options += ["--min-port", str(self.ports.first), "--max-port", str(self.ports.last)]
        options += ["--db", f"{folder}/db", "--pidfile", f"{folder}/pid", *self._more]
        if self._tls:
            return [*options, "--cert", str(self._tls.certificate), "--pkey", str(self._tls.key)]
        return [*options, "--no-tls", "--no-dtls"]


def free_ports() -> Ports:
    """Return ports of this process alone, with some to relay by behind the plain one."""
    plain = own_row(RELAYS + 1)
    return Ports(plain, own_port(), plain + 1, plain + RELAYS)
