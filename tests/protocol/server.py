"""A whole server with the sample functions beside the product's own: `python -m tests.protocol.server --data DIR`.

Settings come from the environment, as those of `connvo serve`.
"""

import argparse
import socket
from pathlib import Path

from connvo.app import Backend
from connvo.server import run
from connvo.settings import ServerSettings, Settings
from connvo.telemetry.logging import configure_logging

SAMPLE = "tests.protocol.sample"


def main() -> None:
    """Serve until told to stop; say where on the first line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    settings = Settings(server=ServerSettings(data=options.data, port=options.port))
    configure_logging(settings.server.log_level, "text")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    where = f"connvo sample at http://127.0.0.1:{listener.getsockname()[1]}"
    run(Backend(settings, more_functions=[SAMPLE]), listener, lambda: print(where, flush=True))


if __name__ == "__main__":
    main()
