"""A server to which every hint of other servers is lost: `python -m bench.deaf serve ...`."""

from unittest.mock import patch

from connvo.bus.local import LocalBus
from connvo.cli.commands import main

if __name__ == "__main__":
    with patch("connvo.app.create_bus", lambda address: LocalBus()):
        main()
