"""Keep a secret in a file, which is created once.

Guarantees: only its owner can read the file, and the file is complete if it exists. Two processes that start at the
same time get the same secret.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

FILE_MODE = 0o600
OTHERS = 0o077


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of a file; if there is none, create it with the result of `make`.

    Raises:
        OSError: The file cannot be read or created.
    """
    if not path.exists():
        _create(path, make())
    if path.stat().st_mode & OTHERS:
        path.chmod(FILE_MODE)
    return path.read_bytes()


def replace_secret(path: Path, content: bytes) -> None:
    """Write a private file, replacing an existing one atomically.

    Raises:
        OSError: The file cannot be written.
    """
    with _temporary(path, content) as temporary:
        os.replace(temporary, path)


def _create(path: Path, content: bytes) -> None:
    """Create the file, or keep the one that another process has created meanwhile."""
    with _temporary(path, content) as temporary, contextlib.suppress(FileExistsError):
        os.link(temporary, path)


@contextlib.contextmanager
def _temporary(path: Path, content: bytes) -> Iterator[str]:
    """Yield the path of a temporary private file beside `path`, synced to disk; delete it afterwards."""
    handle, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
