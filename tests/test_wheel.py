"""The wheel is the whole product: whoever installs it has the server and the page, and needs nothing of the sources."""

import re
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.command import PATIENCE_SECONDS, Served, environment

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
SCRIPT = re.compile(r'src="(/assets/[\w.-]+\.js)"')


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of these sources."""
    assert (ROOT / "web" / "dist" / "index.html").is_file(), "the page is not built: run make page"
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The command of a fresh environment with the wheel in it; what it depends on is borrowed from this one."""
    place = tmp_path / "environment"
    venv.create(place, symlinks=True)
    program = place / "bin" / "python"
    subprocess.run([*PIP, "--python", program, "install", "--no-deps", "--no-index", wheel], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return place / "bin" / "connvo"


def test_it_carries_the_page_and_nothing_of_the_workshop(wheel: Path) -> None:
    with ZipFile(wheel) as packed:
        names = packed.namelist()
        page = packed.read("connvo/web/index.html").decode()
    (script,) = SCRIPT.findall(page)
    assert f"connvo/web{script}" in names
    about = f"{wheel.name.split('-py')[0]}.dist-info"
    assert {name.split("/")[0] for name in names} == {"connvo", about}
    assert [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx"))] == []


def test_what_is_installed_serves_the_page(installed: Path, tmp_path: Path) -> None:
    command = [str(installed), "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(None)
    ) as process:
        try:
            served = Served(process)
            (script,) = SCRIPT.findall(text(served.url + "/"))
            assert text(served.url + script) == (ROOT / "web" / "dist" / script.lstrip("/")).read_text("utf-8")
            assert served.get("/openapi.json")["paths"]
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)


def text(address: str) -> str:
    """Returns what is served there."""
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as reply:
        content: str = reply.read().decode()
        return content
