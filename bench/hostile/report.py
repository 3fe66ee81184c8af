"""What came of attacks: bounds, a table for people, JSON for machines."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from .bystander import Waits

MAX_P99_MS = 100.0
MAX_GROWTH = 1.5
MAX_HAUL = 4
HEADINGS = (
    "attack", "p50", "p99", "max ms", "lost", "quiet p99", "start MB", "peak", "x", "CPU s", "of s", "files MB",
    "log kB", "verdict", "the attacker got",
)  # fmt: skip
KB_PER_MB = 1024.0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one attack did. Memory and files in MB, times in seconds but for `Waits`."""

    name: str
    title: str
    quiet: Waits
    attacked: Waits
    start: float
    peak: float
    cpu: float
    seconds: float
    files: float
    log: float
    got: dict[str, int]

    @property
    def growth(self) -> float:
        """How many times the memory of the start was used at most."""
        return self.peak / self.start

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold."""
        waited = self.attacked.p99 > MAX_P99_MS
        found = {"wait": waited, "lost": self.attacked.lost > 0, "memory": self.growth > MAX_GROWTH}
        return [name for name, broken in found.items() if broken]


def table(results: Sequence[Result]) -> str:
    """Return the results as aligned columns."""
    rows = [HEADINGS, *map(_row, results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def save(results: Sequence[Result], path: Path, about: dict[str, Any]) -> None:
    """Write the results as JSON."""
    plain = [
        {**msgspec.to_builtins(one), "quiet": one.quiet._asdict(), "attacked": one.attacked._asdict()}
        for one in results
    ]
    path.write_text(json.dumps({**about, "attacks": plain}, indent=2) + "\n", "utf-8")


def _row(result: Result) -> tuple[str, ...]:
    waits = result.attacked
    got = sorted(result.got.items(), key=lambda item: -item[1])[:MAX_HAUL]
    return (
        f"{result.name}: {result.title}",
        f"{waits.p50:.1f}",
        f"{waits.p99:.0f}",
        f"{waits.longest:.0f}",
        f"{waits.lost}/{waits.sent}",
        f"{result.quiet.p99:.1f}",
        f"{result.start:.0f}",
        f"{result.peak:.0f}",
        f"{result.growth:.2f}",
        f"{result.cpu:.1f}",
        f"{result.seconds:.0f}",
        f"{result.files:+.1f}",
        f"{result.log * KB_PER_MB:.1f}",
        ", ".join(result.broken) or "held",
        "; ".join(f"{count:,} x {what}" for what, count in got),
    )
