"""Fixtures of the contract tests."""

from collections.abc import Iterator

import pytest

from tests.support.live import LiveServer, serving

# One account makes thousands of calls here.
RATES = {"CONNVO_RATE_ACCOUNT_BURST": "1000000", "CONNVO_RATE_NETWORK_BURST": "1000000"}
# The fuzzer creates a meeting with every other call.
MEETINGS = {"CONNVO_MEETING_CREATE_BURST": "1000000", "CONNVO_MEETING_SCHEDULED_PER_MEMBER": "1000000"}


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server, for all tests of this process."""
    with serving(tmp_path_factory.mktemp("live") / "data", **RATES, **MEETINGS) as server:
        yield server
