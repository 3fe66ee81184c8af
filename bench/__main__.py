"""`python -m bench`: measures, prints, compares with the baseline; exits with 1 when a target is missed."""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from . import bystanding, calling, clustering, idling, loading, pushing, reading, starting, watching, writing
from .figures import Figure, load_baseline, save_baseline, table

PARTS = (
    "starting",
    "writing",
    "reading",
    "watching",
    "pushing",
    "calling",
    "loading",
    "idling",
    "bystanding",
    "clustering",
)


def main() -> int:
    """Returns the exit code: 0 when every target measured is reached."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures, and compares with the baseline.")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part; may be repeated")
    parser.add_argument("--folder", type=Path, help="where the databases go; has to lie on a disk, not in memory")
    parser.add_argument("--save", action="store_true", help="store the figures as the new baseline")
    options = parser.parse_args()
    began = perf_counter()
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores with a load of "
        f"{os.getloadavg()[0]:.1f} at the start; medians (low-high)"
    )
    figures, notes = _measure(options.only or PARTS, options.folder)
    print(table(figures, load_baseline()), *notes, sep="\n")
    print(f"measured in {perf_counter() - began:.0f} s")
    if options.save:
        save_baseline(figures)
    return 0 if all(f.reached for f in figures) else 1


def _measure(parts: Sequence[str], where: Path | None) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(prefix="connvo-bench-", dir=where) as made:
        folder = Path(made)
        if "starting" in parts:
            figures += starting.measure(folder / "starting")
        if "writing" in parts:
            found, notes = writing.measure(folder)
            figures += found
        for name, part in (
            ("reading", reading),
            ("watching", watching),
            ("pushing", pushing),
            ("calling", calling),
            ("loading", loading),
            ("idling", idling),
            ("bystanding", bystanding),
            ("clustering", clustering),
        ):
            if name in parts:
                figures += part.measure(folder)
    return figures, notes


if __name__ == "__main__":
    sys.exit(main())
