"""Create files that only their owner can read, regardless of the folder and the umask."""

import os
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o600
OTHERS = 0o077


def create_private(path: Path) -> None:
    """Create an empty private file, or remove the rights of others from an existing one.

    Raises:
        OSError: The file cannot be created.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
    close_to_others(path)


def close_to_others(path: Path) -> None:
    """Remove the rights of others from a file, if it exists and belongs to us."""
    with suppress(FileNotFoundError, PermissionError):
        if path.stat().st_mode & OTHERS:
            path.chmod(FILE_MODE)


def open_private(path: str, flags: int) -> int:
    """Open a file, creating it as private; an `opener` for the built-in `open`."""
    return os.open(path, flags, FILE_MODE)


def is_open_to_others(path: Path) -> bool:
    """Return whether users other than the owner have any rights to a file or folder."""
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False
