"""Starting one of the test processes and killing it in the middle of its work."""

import subprocess
import sys
import time
from pathlib import Path

from .writer import READY

ROOT = Path(__file__).parents[2]


def output_until_killed(module: str, engine: str, folder: Path, life: float) -> list[str]:
    """Runs `tests.support.MODULE`, kills it some seconds after it was ready, and returns the lines it said by then."""
    command = [sys.executable, "-m", f"tests.support.{module}", engine, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == READY
        time.sleep(life)
        process.kill()
        return [line.strip() for line in process.stdout if line.endswith("\n")]
