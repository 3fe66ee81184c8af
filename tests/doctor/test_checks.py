"""A glance takes as long as its slowest check, however many servers there are."""

import asyncio
from pathlib import Path

import pytest

from connvo.doctor import checks
from connvo.doctor.report import Finding
from connvo.settings import DoctorSettings, IceSettings, ServerSettings, Settings

SERVERS = [f"turn:127.0.0.1:{port}?transport=udp" for port in range(3478, 3486)]


def test_every_relay_is_asked_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    all_asked = asyncio.Event()

    async def found(url: str, ice: IceSettings, now: float, thorough: bool = True) -> Finding:
        asked.add(url)
        if len(asked) == len(SERVERS):
            all_asked.set()
        await all_asked.wait()
        return Finding(url, "ok", "relays")

    monkeypatch.setattr(checks, "turn_finding", found)
    settings = Settings(
        server=ServerSettings(data=tmp_path),
        ice=IceSettings(turn_urls=",".join(SERVERS), turn_secret="s"),
        doctor=DoctorSettings(deep_timeout_seconds=60),
    )
    findings = asyncio.run(checks.glanced(settings))
    assert {finding.check for finding in findings} >= set(SERVERS)
