"""What is kept for a time only."""

from collections.abc import Callable

import pytest

from connvo.schema.audit import AuditLog
from connvo.schema.idempotency import IdempotencyKey
from connvo.settings import RetentionSettings
from connvo.store import purging
from tests.support.audit import all_rows
from tests.support.backend import Backend
from tests.support.people import FORM

A_DAY = 24 * 3600


def test_idempotency_keys_go_after_a_day(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call("users/mutations:saveOnboarding", **FORM, idempotencyKey="one")
    backend.advance(A_DAY / 2)
    assert len(backend.read(lambda db: db.scan(IdempotencyKey, "by_creation"))) == 1
    backend.advance(A_DAY)
    assert backend.read(lambda db: db.scan(IdempotencyKey, "by_creation")) == []


def test_the_audit_trail_is_kept_as_long_as_the_settings_say(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(retention=RetentionSettings(audit_days=30))
    backend.sign_in("ada")
    backend.advance(29 * A_DAY)
    assert len(backend.read(lambda db: db.scan(AuditLog, "by_creation"))) == 1
    backend.advance(3 * A_DAY)
    assert [row.action for row in all_rows(backend)] == ["audit.prune"]


def test_many_rows_go_in_several_transactions(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for number in range(5):
        person = backend.sign_in(f"p{number}")
        person.call("users/mutations:saveOnboarding", **FORM, idempotencyKey="one")
    backend.advance(2 * A_DAY)
    assert backend.read(lambda db: db.scan(IdempotencyKey, "by_creation")) == []
    backend.advance(400 * A_DAY)
    assert {row.action for row in all_rows(backend)} == {"audit.prune"}
