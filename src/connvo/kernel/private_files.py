"""Files that their owner alone can read, whatever the folder and the umask."""

import os
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o600
OTHERS = 0o077


def create_private(path: Path) -> None:
    """Make an empty file, or close the one that is there to others.

    Raises:
        OSError: It cannot be made.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    close_to_others(path)


def close_to_others(path: Path) -> None:
    """Take the rights of others from a file, if it is there and ours to change."""
    with suppress(FileNotFoundError, PermissionError):
        if path.stat().st_mode & OTHERS:
            path.chmod(FILE_MODE)


def open_private(path: str, flags: int) -> int:
    """Open a file that is new as its owner's alone; the `opener` of the built-in `open`."""
    return os.open(path, flags, FILE_MODE)


def is_open_to_others(path: Path) -> bool:
    """Return whether others than the owner can enter a folder, or read a file."""
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False
