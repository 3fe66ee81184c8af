"""A real Janus of the test's own, with the configuration that `contrib/janus` recommends, on free ports.

Media needs an address that is not loopback: the machine's own, or one in a network namespace.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import msgspec

from connvo.settings import JanusSettings

from .outside import needs
from .ports import own_port

CONTRIB = Path(__file__).parent.parent.parent / "contrib" / "janus"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
ADMIN_SECRET, ADMIN_KEY = "a secret of the tests", "a key of the tests"


class JanusServer:
    """One Janus; `with` it, or `start` it. `prefix` is a command to run it by, as `ip netns exec NAME`.

    `admin_ip` is where this server reaches it, `ws_host` what browsers call it by; with another `ws_host` than
    loopback its WebSocket listens on every address.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prefix: tuple[str, ...] = (),
        admin_ip: str = "127.0.0.1",
        ws_host: str = "127.0.0.1",
        record: bool = False,
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._admin_ip = admin_ip
        self._ws_host = ws_host
        self._ports = own_port(), own_port()
        self.recordings = folder / "recordings"
        self._record = record
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> JanusSettings:
        """What a server that uses it is configured with."""
        admin, ws = self._ports
        return JanusSettings(
            admin_url=f"http://{self._admin_ip}:{admin}/admin",
            ws_url=f"ws://{self._ws_host}:{ws}",
            admin_secret=ADMIN_SECRET,
            admin_key=ADMIN_KEY,
            recordings=self.recordings if self._record else None,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers. After a crash it knows nothing of what it knew."""
        if self._process is not None and self._process.poll() is None:
            return
        needs("Janus")
        if shutil.which("janus") is None:
            raise RuntimeError("the tests need Janus: run `make servers`, or apt install janus")
        self._configure()
        with (self._folder / "janus.log").open("ab") as log:
            command = [*self._prefix, "janus", "-F", str(self._folder)]
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.ask("ping")
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self._folder / "janus.log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it answer nothing any more, until `thaw`."""
        self._send(signal.SIGSTOP)
        # Until every thread of it has stopped, one on another core may still answer.
        os.waitid(os.P_PID, self._pid(), os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on, if it is frozen."""
        if self._process is not None:
            self._send(signal.SIGCONT)

    def ask(self, what: str, path: str = "", **arguments: Any) -> dict[str, Any]:
        """Return its answer to a request to the Admin API."""
        body = {"janus": what, "transaction": "t", "admin_secret": ADMIN_SECRET, **arguments}
        url = f"http://{self._admin_ip}:{self._ports[0]}/admin{path}"
        request = Request(url, msgspec.json.encode(body), {"Content-Type": "application/json"})
        with urlopen(request, timeout=5) as response:
            return msgspec.json.decode(response.read(), type=dict[str, Any])

    def room(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Return the VideoRoom plugin's answer to a request."""
        request = {"request": what, "admin_key": ADMIN_KEY, **arguments}
        found: dict[str, Any] = self.ask("message_plugin", plugin="janus.plugin.videoroom", request=request)["response"]
        return found

    def rooms(self) -> list[str]:
        """Return the ids of its rooms."""
        return sorted(room["room"] for room in self.room("list")["list"])

    def tokens(self) -> list[str]:
        """Return the tokens that open it."""
        return sorted(found["token"] for found in self.ask("list_tokens")["data"]["tokens"])

    def _configure(self) -> None:
        admin, ws = self._ports
        self._folder.mkdir(parents=True, exist_ok=True)
        ws_ip = 'ws_ip = "127.0.0.1"' if self._ws_host == "127.0.0.1" else ""
        changes = {
            r'"change-me-1"': f'"{ADMIN_SECRET}"',
            r'"change-me-2"': f'"{ADMIN_KEY}"',
            r"admin_port = \d+": f"admin_port = {admin}",
            r'admin_ip = ".*"': f'admin_ip = "{self._admin_ip}"',
            r"ws_port = \d+": f"ws_port = {ws}",
            r'ws_ip = ".*"': ws_ip,
        }
        for file in CONTRIB.glob("*.jcfg"):
            text = file.read_text()
            for pattern, wanted in changes.items():
                text = re.sub(pattern, wanted, text)
            (self._folder / file.name).write_text(text)

    def _send(self, what: signal.Signals) -> None:
        os.kill(self._pid(), what)

    def _pid(self) -> int:
        if self._process is None:
            raise RuntimeError("this Janus was not started")
        return self._process.pid

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
