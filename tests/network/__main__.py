"""`python -m tests.network`: prints the matrix of scenarios; exits with 1 unless every call was saved in time."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from .lab import Lab
from .matrix import measure, table
from .scenarios import SCENARIOS

TRIES = 20


def main() -> int:
    """Return the exit code: 0 when every call was saved, and every median is within its target."""
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(prog="make recovery", description="Breaks calls, and counts those that are saved.")
    parser.add_argument("--tries", type=int, default=TRIES, help=f"calls of each scenario; {TRIES} unless given")
    parser.add_argument("--only", action="append", choices=names, help="this scenario; may be repeated")
    options = parser.parse_args()
    began = perf_counter()
    print(f"{os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f} at the start", flush=True)
    with tempfile.TemporaryDirectory(prefix="connvo-network-") as folder, Lab(Path(folder)) as lab:
        chosen = [one for one in SCENARIOS if not options.only or one.name in options.only]
        rows = [measure(lab, scenario, options.tries) for scenario in chosen]
    print(table(rows))
    print(f"measured in {perf_counter() - began:.0f} s, with a load of {os.getloadavg()[0]:.1f} at the end")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
