"""The audit trail in tests: rows, seals, and the check of both."""

from collections.abc import Callable
from typing import Any

from connvo.maintenance.audit_check import Checked, Head, check
from connvo.model.audit.sealing import seal_rows
from connvo.schema.audit import AuditLog, AuditSeal
from connvo.store.schema import Document
from connvo.store.transaction import Transaction

from .backend import Backend

SEALABLE_SECONDS = 20.0


def all_rows(backend: Backend) -> list[AuditLog]:
    """Return the rows of the trail, oldest first."""
    return backend.read(lambda db: db.scan(AuditLog, "by_creation"))


def all_seals(backend: Backend) -> list[AuditSeal]:
    """Return the seals, oldest first."""
    return backend.read(lambda db: db.scan(AuditSeal, "by_number"))


def seal_now(backend: Backend) -> list[AuditSeal]:
    """Let the present rows settle and be sealed; return all seals."""
    backend.now_ns += int(SEALABLE_SECONDS * 1e9)
    backend.run(backend.runtime.call(seal_rows))
    backend.run(backend.runtime.scheduler.settle())
    return all_seals(backend)


def checked(backend: Backend, key: bytes | None = None, head: Head | None = None) -> Checked:
    """Return the result of the check of the whole trail."""
    found: Checked = backend.run(check(backend.engine, key, head))
    return found


def write(backend: Backend, work: Callable[[Transaction], Any]) -> Any:
    """Change the database behind the back of all functions."""
    return backend.run(backend.engine.write(work)).value


def remove(backend: Backend, *documents: Document) -> None:
    """Delete documents behind the back of all functions."""

    def work(db: Transaction) -> None:
        for document in documents:
            db.delete(document)

    write(backend, work)
