"""Every scenario many times: how many calls were saved, and how long they were without media."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Error

from .lab import Lab
from .scenarios import Scenario, Try, attempt

HEAD = ("scenario", "calls", "saved", "median", "worst", "target", "rungs")


class Row(NamedTuple):
    """A scenario and what came of every try; None where a call did not even begin."""

    scenario: Scenario
    tries: list[Try | None]

    @property
    def saved(self) -> int:
        """How many calls were saved as they should be."""
        return sum(one is not None and one.fits(self.scenario) for one in self.tries)

    @property
    def seconds(self) -> list[float]:
        """The seconds without media of those that were."""
        return [one.seconds for one in self.tries if one is not None and one.fits(self.scenario)]

    @property
    def spread(self) -> str:
        """Those seconds, the least first."""
        return " ".join(f"{one:.1f}" for one in sorted(self.seconds)) + " s"

    @property
    def reached(self) -> bool:
        """Whether every call was saved, and the median is within its target."""
        target = self.scenario.target
        return self.saved == len(self.tries) and (target is None or median(self.seconds) <= target)

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        ways = Counter(" ".join(one.rungs) or "none" for one in self.tries if one is not None)
        target = self.scenario.target
        return (
            self.scenario.what,
            str(len(self.tries)),
            str(self.saved),
            f"{median(self.seconds):.1f} s" if self.seconds else "–",
            f"{max(self.seconds):.1f} s" if self.seconds else "–",
            "" if target is None else f"{target:.0f} s",
            ", ".join(f"{way} ×{count}" for way, count in ways.most_common()),
        )


def measure(lab: Lab, scenario: Scenario, times: int) -> Row:
    """Try a scenario so many times; say at once what came of each that was not saved."""
    row = Row(scenario, [])
    for nth in range(times):
        found: Try | None = None
        try:
            found = attempt(lab, scenario)
        except (AssertionError, Error) as error:
            print(f"{scenario.name}, call {nth + 1}: {error}", flush=True)
        if found is not None and not found.fits(scenario):
            print(f"{scenario.name}, call {nth + 1}: {found}", flush=True)
        row.tries.append(found)
    print(f"{scenario.name}: {row.saved} of {times} saved, {row.spread}", flush=True)
    return row


def table(rows: Sequence[Row]) -> str:
    """Return the matrix as a table of Markdown."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    texts = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines]
    texts.insert(1, f"| {' | '.join('-' * width for width in widths)} |")
    return "\n".join(texts)
