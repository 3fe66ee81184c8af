"""Run the server and the page for development (`make dev`). The server restarts when a Python file changes.

Arguments are passed to `connvo serve`. Vite serves the page, proxies calls to the server and hot-reloads components.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from watchfiles import PythonFilter, run_process

from connvo.settings import ServerSettings

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"
PAGE = ROOT / "web" / "app"
# Not through npm, which would exit on a signal and leave vite running.
VITE = (PAGE / "node_modules" / ".bin" / "vite", "--host", "127.0.0.1", "--clearScreen", "false")
DEBOUNCE_MS = 300
STOP_SECONDS = 15
PORT = "--port"


def main(arguments: list[str]) -> None:
    """Run server and page until interrupted."""
    server = shlex.join([sys.executable, "-m", "connvo", "serve", *arguments])
    variables = os.environ | {"CONNVO_DEV_SERVER": f"http://127.0.0.1:{port_of(arguments)}"}
    page = subprocess.Popen(VITE, cwd=PAGE, env=variables, stdin=subprocess.DEVNULL)
    try:
        run_process(
            SOURCES,
            target=server,
            target_type="command",
            watch_filter=PythonFilter(),
            callback=lambda changes: tell(sorted(path for _, path in changes)),
            debounce=DEBOUNCE_MS,
            sigint_timeout=STOP_SECONDS,
        )
    finally:
        page.terminate()
        page.wait(STOP_SECONDS)


def port_of(arguments: list[str]) -> str:
    """Return the port of the server."""
    for index, argument in enumerate(arguments):
        if argument.startswith(f"{PORT}="):
            return argument.removeprefix(f"{PORT}=")
        if argument == PORT and index + 1 < len(arguments):
            return arguments[index + 1]
    return str(ServerSettings().port)


def tell(changed: list[str]) -> None:
    """Print why the server restarts."""
    names = ", ".join(os.path.relpath(path, ROOT) for path in changed)
    print(f"dev: {names} changed, the server restarts", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
