"""How much a costly test does: a dose in `make test`, and all of it in `make soak`, which runs every week.

With the mark `soak`, a test repeats in another setting a promise that a cheaper one holds, and runs there alone.
"""

import os

import pytest

SOAK = bool(os.environ.get("SOAK"))
MARK = "soak"


def dose(usual: int, whole: int) -> int:
    """Return how often something is done, in `make test` and in `make soak`."""
    return whole if SOAK else usual


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that `make soak` alone runs."""
    if SOAK:
        return
    left = [item for item in items if item.get_closest_marker(MARK)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker(MARK)]
