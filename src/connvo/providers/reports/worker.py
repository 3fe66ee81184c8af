"""The process that computes one report: minutes as JSON on its input, the report as JSON on its output."""

import os
import sys

import msgspec

from connvo.rules.insights.minutes import report_of
from connvo.rules.insights.report import Minutes

# Calls come first where processors are few.
NICENESS = 5


def main() -> None:
    """Read minutes and write their report."""
    os.nice(NICENESS)
    sys.stdout.buffer.write(computed(sys.stdin.buffer.read()))


def computed(minutes: bytes) -> bytes:
    """Return the report of minutes, both as JSON."""
    return msgspec.json.encode(report_of(msgspec.json.decode(minutes, type=Minutes)))


if __name__ == "__main__":
    main()
