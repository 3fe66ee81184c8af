"""The served document says of every documented operation exactly what the documented API says."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

import connvo.functions
from connvo import app
from connvo.runtime.openapi import document
from connvo.runtime.registry import Registry
from connvo.settings import Settings
from tests.support import contract

# The part of the documented API that this server has; it only ever grows.
SERVED = (
    "/api/run/meetings/webrtc",
    "/api/run/meetings/lifecycle",
    "/api/run/meetings/queries",
    "/api/run/meetings/stream",
    "/api/run/meetings/stateTracking",
    "/api/run/users",
    "/api/run/profiles",
    "/api/run/interests",
    "/api/run/transcripts",
    "/api/run/embeddings",
    "/api/run/insights",
    "/api/run/matching",
    "/api/run/realtime",
    "/api/run/monitoring",
    "/api/run/notes",
    "/api/run/prompts",
    "/api/run/auth",
    "/api/run/audit",
)
DOCUMENTED = [path for path in contract.operations() if path.startswith(SERVED)]


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    return app.openapi(Registry(connvo.functions), Settings())


@pytest.mark.parametrize("path", DOCUMENTED)
def test_an_operation_is_served_as_documented(served: dict[str, Any], path: str) -> None:
    wanted = contract.operations()[path]
    assert path in served["paths"], "not served"
    have = served["paths"][path]["post"]
    components = served["components"]["schemas"]
    request = have["requestBody"]["content"]["application/json"]["schema"]
    success, failure = have["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"]

    assert (have["operationId"], have["x-kind"]) == (wanted["operationId"], wanted["kind"])
    assert have["tags"] == [wanted["tag"]]
    assert have["security"] == [{"bearerAuth": []}]
    assert request["required"] == ["args"]
    assert_same(wanted["args"], request["properties"]["args"], "args", components)
    assert_same(wanted["value"], success["properties"]["value"], "value", components)
    assert set(contract.resolve(failure, components)["properties"]) == contract.ERROR_MEMBERS
    assert {"400", "500"} <= have["responses"].keys()


def assert_same(wanted: dict[str, Any], have: dict[str, Any], where: str, components: dict[str, Any]) -> None:
    expected, found = contract.lines(wanted, where, {}), contract.lines(have, where, components)
    assert (sorted(expected - found), sorted(found - expected)) == ([], []), "documented only, served only"


def test_additions_to_the_documented_api_are_known(served: dict[str, Any]) -> None:
    extras = {path.removeprefix("/api/run/") for path in served["paths"].keys() - contract.operations().keys()}
    assert extras == {path.replace(":", "/") for path in contract.UNDOCUMENTED}


def test_every_schema_is_valid_json_schema(served: dict[str, Any]) -> None:
    for schema in served["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path in served["paths"].values():
        Draft202012Validator.check_schema(path["post"]["requestBody"]["content"]["application/json"]["schema"])


def test_tags_and_operation_ids_follow_from_the_path_for_the_whole_documented_api() -> None:
    for path, operation in contract.operations().items():
        module, _, function = path.removeprefix("/api/run/").rpartition("/")
        assert document.tag(f"{module}:{function}") == operation["tag"], path
        assert document.operation_id(f"{module}:{function}") == operation["operationId"], path
