"""The board shows what the server measures: every figure it asks for is there, and none is forgotten."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.project.tree import ROOT
from tests.support.live import PATIENCE_SECONDS, serving

BOARD: dict[str, Any] = json.loads((ROOT / "contrib" / "grafana" / "connvo.json").read_text("utf-8"))
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")
FIGURE = re.compile(r"\b(?:connvo|process|python)_[a-z_]+\b")
SUFFIX = re.compile(r"_(?:total|bucket|sum|count)$")

# Of the runtime, not of what the server does.
LEFT_OUT = {
    "process_virtual_memory_bytes", "process_start_time_seconds", "python_info", "python_gc_objects_collected",
    "python_gc_objects_uncollectable", "python_gc_collections",
}  # fmt: skip
# Only where `connvo serve --turn` runs one.
OF_TURN = {"connvo_turn_server_up", "connvo_turn_server_restarts"}


def queries() -> Iterator[str]:
    """Yield every query of the board."""
    for panel in BOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The figures of a running server."""
    with (
        serving(tmp_path_factory.mktemp("grafana") / "data") as server,
        urlopen(f"{server.url}/metrics", timeout=PATIENCE_SECONDS) as reply,
    ):
        return {family.name for family in text_string_to_metric_families(reply.read().decode())}


def family(name: str, known: set[str]) -> str:
    """Return the family that a name in a query belongs to."""
    return name if name in known else SUFFIX.sub("", name)


def test_the_board_asks_for_nothing_that_is_not_there(families: set[str]) -> None:
    asked = {family(name, families) for query in queries() for name in FIGURE.findall(query)}
    assert asked - families == OF_TURN


def test_no_figure_is_missing_on_the_board(families: set[str]) -> None:
    asked = {family(name, families) for query in queries() for name in FIGURE.findall(query)}
    assert families - asked == LEFT_OUT


def test_the_document_names_only_figures_that_exist(families: set[str]) -> None:
    named = {family(name, families) for name in FIGURE.findall(OPERATING)}
    assert named - families - OF_TURN == set()


def test_every_panel_stands_alone() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in BOARD["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in BOARD["panels"])
