"""A server for the demo: a process on a free port, with its data in a temporary folder.

Guarantees:
    The server is ready when it is yielded, and has stopped afterwards.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from connvo.kernel.http_client import web_client

HOST = "127.0.0.1"
READY_SECONDS = 15.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.02
PROBE_SECONDS = 2.0
LOG_FILE = "server.log"
ADDRESS = re.compile(rb" at (http://\S+)")


class ServerFailed(Exception):
    """The server did not start; the message is the last line of its log."""


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[str]:
    """Run a server on `folder` and yield its address once it is ready.

    Raises:
        ServerFailed: The server does not start.
    """
    log = folder / LOG_FILE
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "connvo", "serve", "--host", HOST, "--port", "0", "--data", str(folder)),
            env={**os.environ, "CONNVO_AUTH_LOCAL_ISSUER": "true", "CONNVO_LOG_LEVEL": "warning"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield await _address(process, log)
    finally:
        await _stop(process)


async def answers(url: str) -> bool:
    """Return whether a server is ready at an address."""
    try:
        async with web_client(timeout=PROBE_SECONDS, trust_env=False) as client:
            return (await client.get(f"{url}/readyz")).is_success
    except httpx2.HTTPError:
        return False


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            found = ADDRESS.search(await process.stdout.readline())
            if found is None:
                raise ServerFailed(f"the server did not start: {_last_line(log)}")
            url = found[1].decode()
            while True:
                if await answers(url):
                    return url
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise ServerFailed(f"the server was not ready after {READY_SECONDS:.0f} s: {_last_line(log)}") from None


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.communicate()


def _last_line(log: Path) -> str:
    return (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
