"""A fixture that refuses writes to rows of a feed that would leave its revision as it is."""

import sys
from typing import Any

import pytest

from connvo.schema.changes import Revised
from connvo.store.schema import Document
from connvo.store.transaction import Transaction

# Erasure deletes all rows of a meeting together, so that nobody is left to show them to.
WRITERS = ("connvo.model.changes", "connvo.model.erasure", "tests.")


@pytest.fixture(autouse=True)
def feed_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails what writes a row of a feed past `model/changes.py`."""
    for name in ("insert", "patch", "delete"):
        monkeypatch.setattr(Transaction, name, _guarded(getattr(Transaction, name)))


def _guarded(write: Any) -> Any:
    def guarded(db: Transaction, document: Document, *args: Any, **changes: Any) -> Any:
        writer = sys._getframe(1).f_globals["__name__"]
        if isinstance(document, Revised) and not writer.startswith(WRITERS):
            raise AssertionError(f"{writer} writes a {type(document).__name__} past model/changes.py")
        return write(db, document, *args, **changes)

    return guarded
