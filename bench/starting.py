"""How soon a server is ready, and what memory it holds when nothing happens."""

import subprocess
import sys
import time
from pathlib import Path
from time import perf_counter

from .figures import RATIO, Figure, figure
from .served import STOP_SECONDS, resident, serving

ROUNDS = 7
SETTLE_SECONDS = 1.0
START_TARGET = 1.0
MEMORY_TARGET = 100.0
LIBRARIES = "httpx2, jwt, msgspec, prometheus_client, pydantic_settings, sqlite3, starlette, structlog, typer, uvicorn"


def measure(folder: Path) -> list[Figure]:
    """Returns time to ready and memory of a server on an existing folder, and their ratios to an interpreter
    that only imports the same libraries.
    """
    folder.mkdir()
    rounds = [(*_server(folder), *_bare()) for _ in range(ROUNDS + 1)][1:]
    return [
        figure("start to ready", [ready for ready, _, _, _ in rounds], " s", "<", START_TARGET),
        figure("  start / that of a bare interpreter", [ready / bare for ready, _, bare, _ in rounds], RATIO),
        figure("memory at rest", [memory for _, memory, _, _ in rounds], " MB", "<", MEMORY_TARGET),
        figure("  memory / that of a bare interpreter", [memory / bare for _, memory, _, bare in rounds], RATIO),
    ]


def _server(folder: Path) -> tuple[float, float]:
    began = perf_counter()
    with serving(folder) as server:
        ready = perf_counter() - began
        time.sleep(SETTLE_SECONDS)
        return ready, server.memory()


def _bare() -> tuple[float, float]:
    began = perf_counter()
    command = [sys.executable, "-c", f"import {LIBRARIES}; print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = perf_counter() - began
        memory = resident(process.pid)
        process.communicate("\n", timeout=STOP_SECONDS)
    return seconds, memory
