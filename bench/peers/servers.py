"""The servers that are compared, each in a process of its own, and the program that drives their clients."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.served import Server, processor_time, resident, serving
from connvo.kernel.identity import Identity

HERE = Path(__file__).with_name("node")
INSTALLED = HERE / "node_modules" / ".package-lock.json"
LOCK = HERE / "package-lock.json"
MISSING = "npm not found, so notes are not compared with other servers: install Node.js 20 or newer"
STOP_SECONDS = 15.0
# A server that keeps what it was told to on disk, and those that keep it in memory.
NAMES = {
    "connvo": "connvo, on disk before it is answered",
    "sharedb": "ShareDB, in memory",
    "hocuspocus": "Hocuspocus, in SQLite 2 to 10 s later",
    "ywebsocket": "y-websocket, in memory",
}


def install() -> str | None:
    """Installs the peers as locked, unless they are; returns what is missing for that, or None."""
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return MISSING
    done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"the servers that notes are compared with could not be installed:\n{done.stderr.strip()}"
    INSTALLED.touch()
    return None


class Running:
    """A running server: its address, its process, and the folder that it writes into. Only connvo asks for tokens."""

    def __init__(self, name: str, url: str, pid: int, folder: Path, connvo: Server | None = None) -> None:
        self.name, self.url, self.pid, self.folder = name, url, pid, folder
        self._connvo = connvo

    def tokens(self, people: list[Identity]) -> list[str]:
        """Returns a token for each person, or none where nobody is asked."""
        return [] if self._connvo is None else self._connvo.tokens(*people)

    def usage(self) -> dict[str, float]:
        """Returns what it has used: processor time in seconds, memory in MB, bytes on disk."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {
            "cpu": processor_time(self.pid),
            "memory": resident(self.pid),
            "disk": sum(path.stat().st_size for path in files),
        }

    def drive(self, part: str, tokens: list[str], **options: Any) -> dict[str, Any]:
        """Returns the results of one part of the comparison, with clients in a process of their own."""
        config = self.folder.with_name(f"{self.name}-{part}.json")
        config.write_text(
            json.dumps({"part": part, "server": self.name, "url": self.url, "tokens": tokens, **options}), "utf-8"
        )
        command = ["node", "driver.mjs", str(config)]
        with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
            assert driver.stdin is not None
            assert driver.stdout is not None
            for line in driver.stdout:
                if line != "usage\n":
                    result: dict[str, Any] = json.loads(line)
                    return result
                driver.stdin.write(json.dumps(self.usage()) + "\n")
                driver.stdin.flush()
        raise RuntimeError(f"{self.name}: the clients of {part} have failed")


@contextmanager
def running(name: str, folder: Path) -> Iterator[Running]:
    """Yields a server on a folder that exists."""
    if name == "connvo":
        with serving(folder, NOTE_BURST="1000000000") as server:
            yield Running(name, server.sync, server.pid, folder, server)
        return
    environment = {**os.environ, "NODE_ENV": "production"}
    command = ["node", "server.mjs", name, str(folder)]
    with subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            yield Running(name, f"ws://127.0.0.1:{port}", process.pid, folder)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
