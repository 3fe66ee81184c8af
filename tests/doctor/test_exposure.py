"""The doctor tells what a configuration opens to strangers."""

import asyncio
import resource
from pathlib import Path
from typing import Any

import pytest

from connvo.doctor import exposure
from connvo.doctor.report import State, told
from connvo.settings import IdentitySettings, MetricsSettings, ServerSettings, Settings

ISSUER = {"issuer": "https://id.example.org", "audience": "connvo"}
PATIENCE_SECONDS = 10.0
TOKEN = "a-token-of-operators"


@pytest.mark.parametrize(
    ("host", "identity", "state", "says"),
    [
        ("127.0.0.1", {}, "ok", "from this machine only"),
        ("::1", {}, "ok", "from this machine only"),
        ("0.0.0.0", {}, "warning", "any client that reaches 0.0.0.0"),
        ("meet.example.org", {}, "warning", "by any name"),
        ("0.0.0.0", ISSUER, "ok", "by the issuer only"),
        ("0.0.0.0", {"workos_client_id": "client_1"}, "ok", "by the issuer only"),
        ("127.0.0.1", ISSUER | {"local_issuer": True}, "warning", "beside those of the issuer"),
    ],
)
def test_sign_in(host: str, identity: dict[str, Any], state: State, says: str) -> None:
    found = exposure.sign_in_finding(Settings(server=ServerSettings(host=host), identity=IdentitySettings(**identity)))
    assert (found.state, bool(found.advice)) == (state, state == "warning")
    assert says in found.says


@pytest.mark.parametrize(
    ("host", "metrics", "state", "says"),
    [
        ("127.0.0.1", {}, "ok", "programs on this machine"),
        ("0.0.0.0", {}, "ok", "not available"),
        ("0.0.0.0", {"port": 9464}, "ok", "127.0.0.1, for this machine"),
        ("0.0.0.0", {"port": 9464, "host": "0.0.0.0"}, "warning", "0.0.0.0:9464"),
        ("0.0.0.0", {"port": 9464, "host": "0.0.0.0", "token": TOKEN}, "ok", "with the token"),
    ],
)
def test_metrics(host: str, metrics: dict[str, Any], state: State, says: str) -> None:
    found = exposure.metrics_finding(Settings(server=ServerSettings(host=host), metrics=MetricsSettings(**metrics)))
    assert found.state == state and says in found.says
    assert TOKEN not in found.says + found.advice


def test_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert exposure.folder_finding(folder).state == "skipped"
    folder.mkdir(0o700)
    file = folder / "connvo.db"
    file.write_bytes(b"")
    file.chmod(0o644)
    assert exposure.folder_finding(folder).state == "ok"
    folder.chmod(0o755)
    found = exposure.folder_finding(folder)
    assert (found.state, found.says) == ("warning", "other users of this machine can read connvo.db")
    assert f"chmod 700 {folder}" in found.advice
    assert str(folder) not in found.says
    file.chmod(0o600)
    found = exposure.folder_finding(folder)
    assert (found.state, found.says) == ("warning", "other users of this machine can look into it")


@pytest.mark.parametrize(
    ("networks", "state"),
    [
        ([], "skipped"),
        (["127.0.0.1/32", "10.0.0.0/8", "fd00::/32"], "ok"),
        (["0.0.0.0/0"], "warning"),
        (["10.0.0.1/32", "::/0"], "warning"),
    ],
)
def test_proxies(networks: list[str], state: State) -> None:
    assert exposure.proxies_finding(networks).state == state


@pytest.mark.parametrize(
    ("limit", "state"), [(256, "warning"), (1024, "warning"), (65_536, "ok"), (resource.RLIM_INFINITY, "ok")]
)
def test_open_files(limit: int, state: State) -> None:
    assert exposure.files_finding(limit).state == state


def test_every_check_is_made(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data=tmp_path))
    checks = exposure.exposure_checks(settings)
    found = [asyncio.run(told(check, PATIENCE_SECONDS)).check for check in checks]
    assert found == [check.name for check in checks] == ["sign-in", "metrics", "data folder", "proxies", "open files"]
