"""List the servers of this user that run on this machine, as a hint for the other commands.

Guarantees: a server that has ended, for whatever reason, is not listed.
Does not know: servers of other users or containers, so an empty list proves nothing.
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
    """A running server with its URL and the absolute path of its data folder."""

    url: str
    data: Path


@contextmanager
def announced(server: Running) -> Iterator[None]:
    """List the server of this process while the block runs, if its file can be written."""
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(_locked_file(server))
        yield


def running() -> list[Running]:
    """Return the running servers."""
    found = []
    with suppress(OSError):
        for file in sorted(_folder().glob("*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                found += _read(file)
    return found


@contextmanager
def _locked_file(server: Running) -> Iterator[None]:
    """Keep a file with a lock, which the system releases with the process."""
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
            content = json.load(opened)
            return [Running(str(content["url"]), Path(content["data"]))]
        file.unlink(missing_ok=True)
        return []


def _folder() -> Path:
    """Return the folder of these files, which belongs to this user alone.

    Raises:
        OSError: The folder cannot be created, or belongs to another user.
    """
    own = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(own, "connvo") if own else Path(tempfile.gettempdir(), f"connvo-{os.getuid()}")
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder
