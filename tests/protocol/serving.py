"""A sample server that is started, stopped, killed and started again at the same address, and programs that use it."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.support.live import PATIENCE_SECONDS, LiveServer, clean_environment
from tests.support.outside import needs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM_SECONDS = 100
# Crowds without tokens come from one address here, and call as often as members do.
ONE_NETWORK = {"CONNVO_RATE_NETWORK_BURST": "100000"}


class SampleServer(LiveServer):
    """A server with the sample functions, in a process of its own. `environment` are settings."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__("", folder / "data")
        self._log = folder / "server.log"
        self._environment = clean_environment() | ONE_NETWORK | environment
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; return when it listens."""
        command = [sys.executable, "-m", "tests.protocol.server", "--data", str(self.data), "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip().rpartition(" ")[2]
        assert self.url, self._log.read_text()
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
        self._process = None

    def stop(self) -> None:
        """Tell it to stop; it must do so cleanly."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, self._log.read_text()

    def log(self) -> str:
        """Return what it wrote on its standard error."""
        return self._log.read_text()


def given(server: LiveServer, **more: Any) -> dict[str, str]:
    """Return the environment of a program: where the server is, tokens, and what else it needs to know."""
    alice = server.token("alice")
    forged = alice[:-5] + ("AAAAA" if alice[-5:] != "AAAAA" else "BBBBB")
    tokens = {"alice": alice, "aliceAgain": server.token("alice"), "forged": forged}
    return clean_environment() | {"GIVEN": json.dumps({"url": server.url, "tokens": tokens, **more})}


def node(program: str) -> list[str]:
    """Return the command that runs a program of `clients/`."""
    needs("Node.js")
    found = shutil.which("node")
    assert found, "these tests run the official clients: install Node.js 20 or newer"
    assert (HERE / "node_modules" / "convex").is_dir(), "run make test, or in tests/protocol/: npm ci --ignore-scripts"
    return [found, str(HERE / "clients" / program)]


def python(program: str) -> list[str]:
    """Return the command that runs a program of `clients/` with this Python."""
    return [sys.executable, "-m", f"tests.protocol.clients.{program}"]


def run(command: list[str], environment: dict[str, str]) -> str:
    """Return what a program says that must succeed."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PROGRAM_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Talker:
    """A program that says JSON objects, line by line, and takes lines. `heard` is what it has said so far."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.heard.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def say(self, line: str) -> None:
        """Tell it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def wait(self, key: str, count: int = 1) -> list[Any]:
        """Return what it has said under a key, as soon as that is so many times."""

        def found() -> list[Any]:
            return [message[key] for message in self.heard if key in message]

        with self._news:
            told = self._news.wait_for(
                lambda: len(found()) >= count or not self._reader.is_alive(), timeout=PROGRAM_SECONDS
            )
            assert told and len(found()) >= count, f"it never said {key}; last: {self.heard[-3:]}"
            return found()

    def end(self) -> None:
        """Wait for its end, which must be a good one."""
        code = self._process.wait(PATIENCE_SECONDS)
        self._close()
        assert code == 0, self.heard[-3:]

    def kill(self) -> None:
        """End it, if it still runs."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
