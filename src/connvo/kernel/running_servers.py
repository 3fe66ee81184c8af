"""Which servers of this user run on this machine, and on which data folder: a hint for the commands beside them.

Guarantees: a server that has ended, however it ended, is not listed. Does not know servers of other users or
containers, so an empty list proves nothing.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from .private_files import open_private

FOLDER_MODE = 0o700


class Running(NamedTuple):
    """A server: where it listens, and its data folder as an absolute path."""

    url: str
    data: Path


@contextmanager
def announced(server: Running) -> Iterator[None]:
    """List this process's server while the block runs. A note that cannot be written is left out."""
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(_note(server))
        yield


def running() -> list[Running]:
    """Return the servers that run now."""
    found = []
    with suppress(OSError):
        for file in sorted(_folder().glob("*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                found += _read(file)
    return found


@contextmanager
def _note(server: Running) -> Iterator[None]:
    """Keep a file with a lock that ends with the process."""
    file = _folder() / f"{os.getpid()}.json"
    with open(file, "w", opener=open_private) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        json.dump({"url": server.url, "data": str(server.data)}, opened)
        opened.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def _read(file: Path) -> list[Running]:
    with file.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            told = json.load(opened)
            return [Running(str(told["url"]), Path(told["data"]))]
        file.unlink(missing_ok=True)
        return []


def _folder() -> Path:
    """Return the folder of the notes, which is this user's alone.

    Raises:
        OSError: The file cannot be used.
    """
    own = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(own, "connvo") if own else Path(tempfile.gettempdir(), f"connvo-{os.getuid()}")
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder
