"""`python -m bench`: measures, prints targets and figures, and compares with the baseline."""

import argparse
import os
import platform
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from . import (
    auditing,
    bystanding,
    calling,
    captions,
    clustering,
    concluding,
    crowding,
    embeddings,
    idling,
    loading,
    matching,
    nearest,
    notes,
    packing,
    prompting,
    pushing,
    reading,
    replaying,
    reporting,
    searching,
    speaking,
    starting,
    trail,
    watching,
    writing,
)
from .figures import Figure, load_baseline, save_baseline, table
from .peers import comparing

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
    "crowding",
    "clustering",
    "auditing",
    "trail",
    "captions",
    "embeddings",
    "matching",
    "nearest",
    "notes",
    "packing",
    "replaying",
    "peers",
    "searching",
    "prompting",
    "speaking",
    "reporting",
    "concluding",
)


def main() -> None:
    """Measure; a target that is missed is printed as such, and is no failure of the command."""
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
    figures: list[Figure] = []
    lines: list[str] = []
    try:
        _measure(options.only or PARTS, options.folder, figures, lines)
    finally:  # what was measured before a failure took minutes
        print(table(figures, load_baseline()), *lines, sep="\n")
    print(f"measured in {perf_counter() - began:.0f} s")
    if options.save:
        save_baseline(figures)


def _measure(parts: Sequence[str], where: Path | None, figures: list[Figure], lines: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="connvo-bench-", dir=where) as made:
        folder = Path(made)
        if "starting" in parts:
            figures += starting.measure(folder / "starting")
        if "writing" in parts:
            found, explained = writing.measure(folder)
            figures += found
            lines += explained
        for name, part in (
            ("reading", reading),
            ("watching", watching),
            ("pushing", pushing),
            ("calling", calling),
            ("loading", loading),
            ("idling", idling),
            ("bystanding", bystanding),
            ("crowding", crowding),
            ("clustering", clustering),
            ("captions", captions),
            ("embeddings", embeddings),
            ("matching", matching),
            ("nearest", nearest),
            ("notes", notes),
            ("packing", packing),
            ("replaying", replaying),
            ("peers", comparing),
            ("searching", searching),
            ("auditing", auditing),
            ("trail", trail),
            ("prompting", prompting),
            ("speaking", speaking),
            ("reporting", reporting),
            ("concluding", concluding),
        ):
            if name in parts:
                figures += part.measure(folder)


if __name__ == "__main__":
    main()
