"""A figure, its target, and the table that people read."""

import json
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

BASELINE = Path(__file__).with_name("baseline.json")
PERCENT = 100.0
WHOLE_FROM = 100
RATIO = "x"
HEADINGS = ("figure", "now", "target", "verdict", "baseline", "change")
Bound = Literal["<=", "<", ">="]
HOLDS = {"<=": operator.le, "<": operator.lt, ">=": operator.ge}


@dataclass(frozen=True)
class Figure:
    """A median of several rounds. Without a target it only stands beside others. `low` and `high` are its rounds'."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    bound: Bound | None = None
    target: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the target holds; a figure without one has nothing to miss."""
        return self.bound is None or self.target is None or bool(HOLDS[self.bound](self.value, self.target))


def figure(
    name: str, rounds: Sequence[float], unit: str, bound: Bound | None = None, target: float | None = None
) -> Figure:
    """Return the median of rounds."""
    return Figure(name, median(rounds), unit, min(rounds), max(rounds), bound, target)


def load_baseline() -> dict[str, float]:
    """Return the stored figures by name; empty when there are none."""
    return dict(json.loads(BASELINE.read_text("utf-8"))) if BASELINE.exists() else {}


def save_baseline(figures: Iterable[Figure]) -> None:
    """Store ratios and what has a target, to compare with later; what was not measured stays as it was."""
    kept = load_baseline() | {f.name.strip(): round(f.value, 4) for f in figures if f.unit == RATIO or f.target}
    BASELINE.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def table(figures: Iterable[Figure], baseline: dict[str, float]) -> str:
    """Return the figures as aligned columns."""
    rows = [HEADINGS, *(_row(f, baseline.get(f.name.strip())) for f in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(f: Figure, before: float | None) -> tuple[str, ...]:
    target = "" if f.target is None else f"{f.bound} {f.target:g}{f.unit}"
    verdict = "" if f.target is None else "reached" if f.reached else "MISSED"
    now = f"{_short(f.value)}{f.unit} ({_short(f.low)}-{_short(f.high)})"
    if not before:
        return f.name, now, target, verdict, "", ""
    return f.name, now, target, verdict, f"{_short(before)}{f.unit}", f"{(f.value / before - 1) * PERCENT:+.0f} %"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.3g}"
