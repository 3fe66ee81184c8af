"""The alert rules ask for figures of the server alone, and each says why it matters."""

from typing import Any

import yaml

from tests.project.tree import ROOT

from .test_grafana import FIGURE, OF_TURN, families, family

RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "contrib" / "prometheus" / "alerts.yml").read_text("utf-8"))[
    "groups"
][0]["rules"]
__all__ = ["families"]


def test_the_rules_ask_for_nothing_that_is_not_there(families: set[str]) -> None:
    asked = {family(name, families) for rule in RULES for name in FIGURE.findall(rule["expr"])}
    assert asked - families - OF_TURN == set()


def test_each_rule_has_a_severity_and_a_reason() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith(".")
        assert 'job="connvo"' in rule["expr"]
