"""Calls on networks that fail are saved: by which rung, over which path. How fast, `make recovery` tells."""

from collections.abc import Callable, Iterator

import pytest

from .lab import Lab
from .scenarios import SCENARIOS, Scenario, attempt

# A minute of sleep, as long to recover from it, and a machine with other things to do.
PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The network with everything in it."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.mark.timeout(PATIENCE_SECONDS)
@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.usual], ids=lambda scenario: scenario.name)
def test_the_call_is_saved(lab: Lab, scenario: Scenario, record_property: Callable[[str, object], None]) -> None:
    found = attempt(lab, scenario)
    record_property("seconds", found.seconds)
    assert found.fits(scenario), found
