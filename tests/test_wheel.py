"""The wheel is the whole product: server and page, without the sources. Without a built page it is the server alone."""

import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from .support.command import PATIENCE_SECONDS, Served, environment

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
SOURCES = ("src", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
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
def clone(tmp_path: Path) -> Path:
    """The sources as a clone has them: without a built page."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def install(package: Path, place: Path, *more: str) -> Path:
    """Return the command of a fresh environment with the package in it; what it depends on is borrowed from this one.

    What builds a package is borrowed as well.
    """
    venv.create(place, symlinks=True)
    program = place / "bin" / "python"
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    subprocess.run([*PIP, "--python", program, "install", "--no-deps", "--no-index", *more, package], check=True)
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


def test_an_installed_package_serves_the_page(wheel: Path, tmp_path: Path) -> None:
    with serving(install(wheel, tmp_path / "environment"), tmp_path) as served:
        (script,) = SCRIPT.findall(text(served.url + "/"))
        assert text(served.url + script) == (ROOT / "web" / "dist" / script.lstrip("/")).read_text("utf-8")
        assert served.get("/openapi.json")["paths"]
        out, _ = served.stop()
    assert "no web page" not in out
    assert "environment/bin/connvo token alice" in out


def test_a_clone_without_a_built_page_can_be_installed_and_names_the_missing_part(clone: Path, tmp_path: Path) -> None:
    with serving(install(clone, tmp_path / "environment", "--no-build-isolation"), tmp_path) as served:
        assert "installed without its web page" in text(served.url + "/")
        with pytest.raises(urllib.error.HTTPError) as missing:
            text(served.url + "/j/invitation")
        assert missing.value.code == 404
        assert "installed without its web page" in missing.value.read().decode()
        missing.value.close()
        assert served.get("/openapi.json")["paths"]
        out, errors = served.stop()
    assert "no web page is installed" in out
    assert "`make wheel`" in out
    assert "`pip install --force-reinstall dist/*.whl`" in out
    assert errors == ""


@contextmanager
def serving(command: Path, folder: Path) -> Iterator[Served]:
    """Run an installed server."""
    with subprocess.Popen(
        [str(command), "serve", "--port", "0", "--data", str(folder / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(None),
    ) as process:
        try:
            yield Served(process)
        finally:
            if process.poll() is None:
                process.kill()


def text(address: str) -> str:
    """Return what a browser is shown there."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
        content: str = reply.read().decode()
        return content
