"""The files of a recording by Janus: one per track, in a folder per room."""

from pathlib import Path

import msgspec

from .base import Recording

# A recording begins with this mark, the length of a JSON object in two bytes, and the object.
MJR_MARK = b"MJR00002"
MJR_HEAD = 4096
MS, US_PER_MS = 1000.0, 1000.0


class _Head(msgspec.Struct):
    """The object at the start of a file. `s` is when the recording began, in microseconds since the epoch."""

    s: float


def files_in(folder: Path) -> list[Recording]:
    """Return the recordings in a folder, oldest first."""
    found = []
    for file in folder.glob("*.mjr"):
        with file.open("rb") as opened:
            started = _start_of(opened.read(MJR_HEAD))
        stat = file.stat()
        found.append(
            Recording(id=file.name, started_at=started, ended_at=stat.st_mtime * MS, url=None, bytes=stat.st_size)
        )
    return sorted(found, key=lambda recording: (recording.started_at, recording.id))


def _start_of(head: bytes) -> float:
    """Return when a recording began, from its first bytes; 0 if they are incomplete."""
    size = int.from_bytes(head[len(MJR_MARK) : len(MJR_MARK) + 2], "big")
    text = head[len(MJR_MARK) + 2 : len(MJR_MARK) + 2 + size]
    try:
        return msgspec.json.decode(text, type=_Head).s / US_PER_MS
    except msgspec.DecodeError:
        return 0.0
