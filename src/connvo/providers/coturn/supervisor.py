"""The supervisor of coturn, which runs as long as the server.

Guarantees:
    Coturn listens when `start` returns.
    If it ends it is restarted: at once if it had worked, and with growing pauses while restarts fail.
    It is gone when `stop` has returned or the server has died.
"""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address
from pathlib import Path
from time import monotonic

import structlog

from connvo.kernel.part_health import PartHealth
from connvo.kernel.secret_file import replace_secret

from .child_process import ChildProcess
from .config import configuration
from .plan import CoturnError, Plan

log = structlog.get_logger()

CONFIGURATION_FILE = "coturn.conf"
PID_FILE = "coturn.pid"
USER_FILE = "coturn.db"
READY_SECONDS = 10.0
POLL_SECONDS = 0.05
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 60.0
# After this long the start was successful, and the next one must not wait: calls depend on it.
STEADY_SECONDS = 5.0
RUNNING = "running"
COMPLAINT = re.compile(r"error|cannot|fail|denied", re.IGNORECASE)
MAX_COMPLAINT = 200


class Coturn:
    """A coturn and its restarts, with its files in `folder`."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder.resolve()
        self._running: ChildProcess | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._lack = "not started"
        self.restarts = 0

    def health(self) -> PartHealth:
        """Return whether coturn runs, and its state in words."""
        running = self._running is not None and self._running.running
        return PartHealth(running, RUNNING if running else self._lack)

    async def start(self) -> None:
        """Start coturn and wait until it listens.

        Raises:
            CoturnError: A port is taken, or coturn does not start.
        """
        check_ports(self._plan)
        self._running = await self._launch()
        self._keeping = asyncio.create_task(self._keep(self._running), name="coturn")

    async def stop(self) -> None:
        """Stop coturn and its restarts."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._running is not None:
            await self._running.end()
        self._lack = "stopped"

    async def _launch(self) -> ChildProcess:
        file = self._folder / CONFIGURATION_FILE
        text = configuration(self._plan, str(self._folder / PID_FILE), str(self._folder / USER_FILE))
        try:
            replace_secret(file, text.encode())
            program = await ChildProcess.start([self._plan.program, "-c", str(file)])
        except OSError as error:
            raise CoturnError(f"the TURN server cannot be started: {error.strerror or error}") from error
        try:
            await self._wait_for(program)
        except BaseException:
            await program.end()
            raise
        self._lack = "ended"
        return program

    async def _wait_for(self, program: ChildProcess) -> None:
        until = monotonic() + READY_SECONDS
        while not await self._listens():
            if not program.running:
                status = await program.ended()
                raise CoturnError(f"the TURN server ended at once, with status {status}: {complaint(program.said)}")
            if monotonic() > until:
                raise CoturnError(f"the TURN server does not listen after {READY_SECONDS:.0f} s")
            await asyncio.sleep(POLL_SECONDS)

    async def _listens(self) -> bool:
        try:
            async with asyncio.timeout(POLL_SECONDS * 10):
                _, writer = await asyncio.open_connection(str(self._plan.own), self._plan.settings.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def _keep(self, program: ChildProcess) -> None:
        pause = 0.0
        while True:
            since = monotonic()
            status = await program.ended()
            pause = 0.0 if monotonic() - since > STEADY_SECONDS else _longer(pause)
            program = await self._again(f"ended with status {status}", pause)

    async def _again(self, reason: str, pause: float) -> ChildProcess:
        """Restart coturn, with as many tries as that takes."""
        while True:
            self._lack = f"{reason}; starts again within {pause:.0f} s"
            log.warning("turn_server_down", reason=reason, restart_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = _longer(pause)
            try:
                self._running = await self._launch()
            except CoturnError as error:
                reason = str(error)
                continue
            self.restarts += 1
            log.info("turn_server_up", restarts=self.restarts)
            return self._running


def _longer(pause: float) -> float:
    return min(max(2 * pause, FIRST_PAUSE_SECONDS), MAX_PAUSE_SECONDS)


def complaint(said: str) -> str:
    """Return the last line of coturn's output that says why it ended."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    found = [line for line in lines if COMPLAINT.search(line)] or lines or ["it printed nothing"]
    return found[-1][:MAX_COMPLAINT]


def check_ports(plan: Plan) -> None:
    """Check that the ports are free: two coturns would share one without an error.

    Raises:
        CoturnError: Another program has one of the ports.
    """
    for port, kind, protocol in _ports(plan):
        family = socket.AF_INET6 if isinstance(plan.own, IPv6Address) else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((str(plan.own), port))
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise CoturnError(
                    f"the TURN server cannot listen on {plan.own}, {protocol} port {port}: {reason}"
                ) from error


def _ports(plan: Plan) -> Iterator[tuple[int, socket.SocketKind, str]]:
    yield plan.settings.port, socket.SOCK_DGRAM, "UDP"
    yield plan.settings.port, socket.SOCK_STREAM, "TCP"
    if plan.settings.certificate is not None:
        yield plan.settings.tls_port, socket.SOCK_STREAM, "TCP"
