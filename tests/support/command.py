"""The command line as a process of its own: run to its end, or serving until it is told to stop."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .live import clean_environment

PATIENCE_SECONDS = 60
CONNVO = [sys.executable, "-m", "connvo"]


def environment(variables: dict[str, str] | None) -> dict[str, str]:
    return {**clean_environment(), "COLUMNS": "100", **(variables or {})}


def run(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, program: Sequence[str] = CONNVO
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(env),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


class Served:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.banner = [process.stdout.readline().rstrip()]
        found = re.fullmatch(r"connvo \S+ at (http://\S+)", self.banner[0])
        assert found is not None, process.communicate()
        self.url = found[1]

    def stop(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(number)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.wait(PATIENCE_SECONDS)
        return self.process.stdout.read(), self.process.stderr.read()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)

    def post(self, path: str, args: Any, token: str | None = None) -> Any:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(self.url + path, json.dumps({"args": args}).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return json.load(reply)


@contextmanager
def serving(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, program: Sequence[str] = CONNVO
) -> Iterator[Served]:
    with subprocess.Popen(
        [*program, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(env),
    ) as process:
        try:
            yield Served(process)
        finally:
            if process.poll() is None:
                process.kill()
