"""How soon a server is ready, and what memory it holds when nothing happens.

An empty application is Starlette without a route under uvicorn, in the same environment. Rounds alternate, so that a
ratio compares what ran under the same load. The ratio to the empty application is of processor time, which the load of
the machine changes little.
"""

import http.client
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from .figures import RATIO, Figure, figure
from .served import STOP_SECONDS, plain_environment, processor_time, resident, serving

ROUNDS = 7
SETTLE_SECONDS = 1.0
START_TARGET = 1.0
MEMORY_TARGET = 100.0
EMPTY_TARGET = 1.2
POLL_SECONDS = 0.005
EMPTY_APPLICATION = """
import socket
import uvicorn
from starlette.applications import Starlette

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(Starlette(), log_config=None)).run(sockets=[listener])
"""
LIBRARIES = "httpx2, jwt, msgspec, prometheus_client, pydantic, sqlite3, starlette, structlog, typer, uvicorn"


def measure(folder: Path) -> list[Figure]:
    """Return time to ready and memory of a server on an existing folder, and their ratios to an interpreter
    that only imports the same libraries, and to an empty application.
    """
    folder.mkdir(mode=0o700)
    rounds = [(_server(folder), _bare(folder), _empty(folder)) for _ in range(ROUNDS + 1)][1:]
    return [
        figure("start to ready", [server.seconds for server, *_ in rounds], " s", "<", START_TARGET),
        figure(
            "  start / that of a bare interpreter", [server.seconds / bare.seconds for server, bare, _ in rounds], RATIO
        ),
        figure("processor time of a start", [server.processor for server, *_ in rounds], " s"),
        figure(
            "  start / that of an empty application",
            [server.processor / empty for server, _, empty in rounds],
            RATIO,
            "<=",
            EMPTY_TARGET,
        ),
        figure("memory at rest", [server.memory for server, *_ in rounds], " MB", "<", MEMORY_TARGET),
        figure(
            "  memory / that of a bare interpreter", [server.memory / bare.memory for server, bare, _ in rounds], RATIO
        ),
    ]


@dataclass(frozen=True)
class Started:
    """A process when it was ready: its age and its processor time in seconds, and its memory at rest in MB."""

    seconds: float
    processor: float
    memory: float


def _server(folder: Path) -> Started:
    began = perf_counter()
    with serving(folder) as server:
        ready, processor = perf_counter() - began, processor_time(server.pid)
        time.sleep(SETTLE_SECONDS)
        return Started(ready, processor, server.memory())


def _bare(folder: Path) -> Started:
    began = perf_counter()
    command = [sys.executable, "-c", f"import {LIBRARIES}; print(flush=True); input()"]
    environment = plain_environment(folder)
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = Started(perf_counter() - began, processor_time(process.pid), resident(process.pid))
        process.communicate("\n", timeout=STOP_SECONDS)
    return started


def _empty(folder: Path) -> float:
    """Return the processor time of an empty application until it answers."""
    command = [sys.executable, "-c", EMPTY_APPLICATION]
    environment = plain_environment(folder)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        while not _answers(port):
            time.sleep(POLL_SECONDS)
        seconds = processor_time(process.pid)
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)
    return seconds


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_SECONDS)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except ConnectionError:
        return False
    finally:
        connection.close()
    return True
