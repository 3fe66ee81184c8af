"""What the scenarios came to is told at the end of a run."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long each call was without media."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "seconds" and report.when == "call":
                terminalreporter.write_line(f"{value:5.1f} s without media: {report.nodeid.partition('::')[2]}")
