"""The processes of a cluster: started, killed, started again at the same addresses."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path

from tests.support.live import clean_environment
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]
# Several start at once on a machine that has other things to do.
PATIENCE_SECONDS = 90
# All clients call without a token, from one address.
UNLIMITED = {
    "CONNVO_RATE_NETWORK_BURST": "10000000",
    "CONNVO_SYNC_STRANGER_QUERIES": "1000",
    "CONNVO_SYNC_ACCOUNT_MUTATIONS": "100000",
}


class Node:
    """One server process; `options` are those of `tests.cluster.server`, `environment` its settings."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str], options: Sequence[str]) -> None:
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self._log = folder / f"{name}.log"
        self._environment = clean_environment() | UNLIMITED | environment
        self._options = options
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The number of its process, which must run."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it; return when it listens."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.cluster.server", "--data", str(self.data), "--port", str(self.port)),
                *self._options,
                cwd=ROOT,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        said = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECONDS)
        assert said == b"ready\n", self.log()

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process is not None:
            process, self._process = self._process, None
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def stop(self) -> None:
        """Tell it to stop; it must do so cleanly."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        assert process.returncode == 0, self.log()

    def log(self) -> str:
        """Return what it wrote on its standard error."""
        return self._log.read_text()
