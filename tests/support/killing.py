"""Starting one of the test processes and killing it in the middle of its work."""

import subprocess
import sys
from pathlib import Path

from .outside import needs
from .postgres import server_url
from .writer import READY

ROOT = Path(__file__).parents[2]


def output_until_killed(module: str, engine: str, folder: Path, lines: int) -> list[str]:
    """Run `tests.support.MODULE`, kill it once it said so many lines, and return all it had said by then."""
    needs("processes to kill")
    if engine == "postgres":
        server_url()  # all processes share the server of this one, so it has to run before them
    command = [sys.executable, "-m", f"tests.support.{module}", engine, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == READY
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        return [line.strip() for line in [*said, *process.stdout] if line.endswith("\n")]
