"""A coturn for a question: how it answers is the test's to say."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from connvo.doctor.relays import turn_finding
from connvo.doctor.report import Finding
from connvo.settings import IceSettings
from tests.support.certificate import Authority

SECRET = "a secret of a test"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Returns an authority that this process believes."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def ask(url: str, secret: str = SECRET, at: float | None = None, **more: Any) -> Finding:
    """Return what the doctor finds about a TURN server."""
    ice = IceSettings(turn_urls=url, turn_secret=secret)
    return asyncio.run(turn_finding(url, ice, time.time() if at is None else at, **more))
