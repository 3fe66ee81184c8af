"""The load balancer of the compose file, with its own configuration, before servers of a test."""

import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from .outside import needs
from .ports import own_port

CONFIGURATION = Path(__file__).parents[2] / "contrib" / "compose" / "Caddyfile"
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.1


class Balanced(NamedTuple):
    """Where the balancer listens, and who is believed there."""

    url: str
    trust: ssl.SSLContext


@contextmanager
def balancing(folder: Path, *nodes: str) -> Iterator[Balanced]:
    """Run Caddy before nodes, given as http addresses; its certificate is of its own authority."""
    needs("Caddy")
    port = own_port()
    variables = {
        "SITE": "localhost",
        "HTTP_PORT": str(own_port()),
        "HTTPS_PORT": str(port),
        "NODES": " ".join(node.removeprefix("http://") for node in nodes),
        **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder)),
    }
    log = folder / "caddy.log"
    command = ["caddy", "run", "--config", str(CONFIGURATION), "--adapter", "caddyfile"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, env={**os.environ, **variables}, stdout=errors, stderr=errors) as process,
    ):
        try:
            balanced = Balanced(f"https://localhost:{port}", _context())
            yield _when_ready(balanced, folder, process, log)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _context() -> ssl.SSLContext:
    """Return a context for clients that read in one thread and write in another, as that of `sync_line` does.

    Python 3.11 has no lock around the state of a TLS connection. With TLS 1.3 a session ticket may be read while the
    first request is written: one of 225 such connections then ended before any answer, and none with TLS 1.2.
    """
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def _when_ready(balanced: Balanced, folder: Path, process: "subprocess.Popen[bytes]", log: Path) -> Balanced:
    authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError, URLError):
            balanced.trust.load_verify_locations(authority)
            urlopen(f"{balanced.url}/readyz", context=balanced.trust, timeout=READY_SECONDS).close()
            return balanced
        time.sleep(LOOK_EVERY_SECONDS)
    raise AssertionError(f"the balancer is not ready:\n{log.read_text()[-2000:]}")
