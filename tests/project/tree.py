"""The files of the repository."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "node_modules", "connvo-data", "build", "dist", "__pycache__", ".hypothesis"}


def committed_files() -> Iterator[tuple[Path, str]]:
    """Yield every text file that is, or would be, committed. Without git: every file outside the usual litter."""
    for path in _listed_by_git() or _found():
        try:
            yield path, path.read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def _listed_by_git() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [ROOT / line for line in listed.split("\0") if line]


def _found() -> list[Path]:
    everything = (path for path in ROOT.rglob("*") if path.is_file())
    return [path for path in everything if not NOT_OURS.intersection(path.relative_to(ROOT).parts)]
