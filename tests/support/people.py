"""People in tests: other claims, a look at one's own account, a filled form."""

from typing import Any

import msgspec

from connvo.model.users.interest_seed import ensure_catalog
from connvo.schema.audit import AuditLog

from .backend import Backend, Caller

FORM: dict[str, Any] = {
    "age": 36,
    "gender": "female",
    "field": "Mathematics",
    "jobTitle": "Analyst",
    "company": "Analytical Engines",
    "bio": "Writes programs for machines to come.",
    "interests": [],
}


def claiming(caller: Caller, **claims: Any) -> Caller:
    """Return the same person with other claims in the token."""
    assert caller.identity is not None
    other = Caller(caller.backend, msgspec.structs.replace(caller.identity, **claims))
    other.user_id = caller.user_id
    return other


def me(caller: Caller) -> dict[str, Any]:
    """Return the caller's own account."""
    row: dict[str, Any] = caller.call("users/queries:getCurrentUser")
    return row


def audit_rows(backend: Backend, action: str) -> list[AuditLog]:
    """Return the rows of the audit trail about one kind of deed, oldest first."""
    return [row for row in backend.read(lambda db: db.scan(AuditLog, "by_creation")) if row.action == action]


def seed_catalogue(backend: Backend) -> None:
    """Bring the catalogue into the database, as the server does when it starts."""
    backend.run(backend.runtime.call(ensure_catalog))


def usage(backend: Backend) -> dict[str, int]:
    """Return how many people have each interest of the catalogue, without those nobody has."""
    listed = backend.anonymous.call("interests/queries:listCatalog", limit=500)
    return {entry["key"]: entry["usageCount"] for entry in listed if entry["usageCount"]}


def chosen(key: str, name: str = "", category: str = "skill", **more: Any) -> dict[str, Any]:
    """Return an interest as the onboarding form sends it."""
    return {"id": key, "name": name or key, "category": category, **more}
