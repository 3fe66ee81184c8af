"""A file with a secret that is made once.

Promises that only its owner can read it, that it is whole or not there, and that two processes that start at once
agree on one.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

FILE_MODE = 0o600
OTHERS = 0o077


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what the file holds; where there is none, what `make` makes from now on.

    Raises:
        OSError: The file cannot be used.
    """
    if not path.exists():
        _create(path, make())
    if path.stat().st_mode & OTHERS:
        path.chmod(FILE_MODE)
    return path.read_bytes()


def replace_secret(path: Path, content: bytes) -> None:
    """Write a file that others cannot read, in place of the one that is there.

    Raises:
        OSError: The file cannot be used.
    """
    with _draft(path, content) as draft:
        os.replace(draft, path)


def _create(path: Path, content: bytes) -> None:
    """Whoever comes second keeps the first one's file."""
    with _draft(path, content) as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)


@contextlib.contextmanager
def _draft(path: Path, content: bytes) -> Iterator[str]:
    """A new file beside the one that is meant, on disk and readable by its owner alone; gone afterwards."""
    handle, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
