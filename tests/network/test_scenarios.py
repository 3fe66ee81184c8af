"""Calls on networks that fail are saved: by which rung, over which path. How fast, `make recovery` tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab import Lab
from .scenarios import SCENARIOS, Scenario, attempt


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The network with everything in it."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_call_is_saved(lab: Lab, scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    found = attempt(lab, scenario)
    with capsys.disabled():
        print(f"\n{scenario.what}: {found.seconds:.1f} s, {found}")
    assert found.fits(scenario), found
