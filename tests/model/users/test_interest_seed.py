"""The catalogue of a new deployment, and of an old one."""

from typing import Any

import pytest

from connvo.model.users import interest_seed
from connvo.rules import interest_catalog
from connvo.rules.interest_catalog import CatalogInterest
from tests.support.backend import Backend
from tests.support.people import seed_catalogue, usage


def entries(backend: Backend) -> dict[str, dict[str, Any]]:
    """Return the catalogue by key."""
    return {entry["key"]: entry for entry in backend.anonymous.call("interests/queries:listCatalog", limit=500)}


def test_seeding_twice_changes_nothing(backend: Backend) -> None:
    seed_catalogue(backend)
    commits = backend.commit_count()
    seed_catalogue(backend)
    assert backend.commit_count() == commits
    assert len(entries(backend)) == len(interest_catalog.CATALOGUE)


def test_a_newer_catalogue_is_taken_over_and_counts_stay(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    seed_catalogue(backend)
    ada = backend.sign_in("ada")
    ada.call("users/mutations:updateUserInterests", userId=ada.user_id, interests=["music", "art"])
    newer = (
        CatalogInterest("music", "All music", "skill", "disc"),
        CatalogInterest("chess", "Chess", "personal", "crown"),
    )
    monkeypatch.setattr(interest_seed, "CATALOGUE", newer)
    seed_catalogue(backend)
    found = entries(backend)
    assert found["music"] == {
        "key": "music", "label": "All music", "category": "skill", "iconName": "disc", "usageCount": 1
    }  # fmt: skip
    assert "chess" in found
    assert usage(backend) == {"music": 1, "art": 1}, "what people have chosen is never taken from them"


def test_nobody_seeds_from_outside(backend: Backend) -> None:
    backend.sign_in("ada").fails("users/interestSeed:ensureCatalog", code="NOT_FOUND")
