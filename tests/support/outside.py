"""Programs outside Python that tests need: browsers, database servers, media servers, Node.js.

With `CONNVO_TEST_SERVERS=none`, as `make unit` sets it, a test that needs one is skipped and the report names it.
Tests of generated examples then try a sixteenth of them.
"""

import os
from collections import Counter
from collections.abc import Sequence

import pytest

VARIABLE = "CONNVO_TEST_SERVERS"
NONE = "none"
REASON = "needs {}: `make test` runs it"
SHARE = 16


def left_out() -> bool:
    """Return whether tests that need programs outside Python are skipped."""
    return os.environ.get(VARIABLE) == NONE


def needs(program: str) -> None:
    """Skip the test that runs if programs such as this one are left out."""
    if left_out():
        pytest.skip(REASON.format(program))


def skip(items: Sequence[pytest.Item], engine: str, program: str) -> None:
    """Skip the tests on this engine if programs are left out, before any fixture is made."""
    if not left_out():
        return
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and engine in item.callspec.params.values():
            item.add_marker(pytest.mark.skip(reason=REASON.format(program)))


def examples(whole: int) -> int:
    """Return how many generated examples a test tries that tries so many in `make test`."""
    return whole // SHARE if left_out() else whole


def summary(skipped: Sequence[pytest.TestReport]) -> list[str]:
    """Return how many tests were skipped, by reason."""
    reasons = Counter(str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple))
    return [f"{count} x {reason.removeprefix('Skipped: ')}" for reason, count in reasons.most_common()]
