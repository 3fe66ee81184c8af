"""One node of the cluster: `python -m tests.cluster.server --data DIR --port N`, with the samples beside the product.

Settings come from the environment, as those of `connvo serve`. `--without` takes a protection away, to show that the
tests see it missing; `--lose-hints` is the share of hints between nodes that get lost.
"""

import argparse
import socket
from pathlib import Path

from connvo.app import Backend
from connvo.server import run
from connvo.settings import ServerSettings, Settings
from connvo.telemetry.logging import configure_logging

from .seams import PROTECTIONS, lose_hints

SAMPLE = "tests.cluster.sample"


def main() -> None:
    """Serve until told to stop; say where on the first line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lose-hints", type=float, default=0.0)
    parser.add_argument("--without", action="append", choices=PROTECTIONS, default=[])
    options = parser.parse_args()
    settings = Settings(server=ServerSettings(data=options.data, port=options.port))
    configure_logging(settings.server.log_level, "text")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    backend = Backend(settings, more_functions=[SAMPLE])
    lose_hints(backend, options.lose_hints)
    for protection in options.without:
        PROTECTIONS[protection](backend)
    run(backend, listener, lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
