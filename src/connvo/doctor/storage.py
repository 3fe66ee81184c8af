"""Checks of the database and its disk."""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

from connvo.settings import Settings
from connvo.store.factory import database_health, sqlite_file
from connvo.store.health import DatabaseHealth, NoDatabase, Unhealthy

from .report import Finding

DATABASE, DISK = "database", "disk"
MS = 1000.0
MIB = 1024 * 1024
GIB = 1024 * MIB
# Below the first the next backup may not fit, below the second the next hour's log.
LITTLE_BYTES, NO_BYTES = GIB, 64 * MIB
SLOW_SYNC_MS = 50.0
SLOW_READ_MS = 100.0
SYNCS = 5
DURABLE = {
    "SQLite": "commits may be lost in a power cut: put it on a local disk, and start the server once",
    "PostgreSQL": "commits may be lost: turn on fsync, full_page_writes and synchronous_commit there",
}
BLOCK = bytes(4096)


async def database_finding(settings: Settings) -> Finding:
    """Return the state of the database."""
    try:
        return judged(await asyncio.to_thread(database_health, settings))
    except NoDatabase:
        return Finding(DATABASE, "skipped", "there is none yet: connvo serve creates it")
    except Unhealthy as error:
        if settings.database.url:
            advice = "check CONNVO_DATABASE_URL (host, port, user, password), and that the server runs and accepts us"
        else:
            where = sqlite_file(settings)
            advice = f"check {where}: its owner, its permissions, and whether it is damaged; if so, restore a backup"
        return Finding(DATABASE, "failed", str(error), advice)


def judged(vitals: DatabaseHealth) -> Finding:
    """Return the finding about a database's state."""
    seen = f"{vitals.kind}, schema version {vitals.schema_version}, read in {vitals.read_ms:.1f} ms"
    if vitals.schema_version > vitals.known_version + 1:
        knows = f"this program knows version {vitals.known_version}"
        return Finding(
            DATABASE, "failed", f"{seen}: {knows}", "start the newer connvo, or restore a backup of this one"
        )
    if not vitals.durable:
        advice = DURABLE[vitals.kind]
        return Finding(DATABASE, "failed", f"{seen}: its settings are not durable", advice)
    if vitals.schema_version > vitals.known_version:
        return Finding(
            DATABASE, "warning", f"{seen}: one version ahead of this program", "replace it with the newer connvo"
        )
    if vitals.schema_version < vitals.known_version:
        return Finding(DATABASE, "warning", f"{seen}: older than this program", "the next start brings it up to date")
    if vitals.read_ms > SLOW_READ_MS:
        return Finding(DATABASE, "warning", f"{seen}: slow", "check the load of this machine and its disk")
    return Finding(DATABASE, "ok", seen)


async def disk_finding(folder: Path) -> Finding:
    """Return whether the data folder is writable, how full its disk is, and how fast it is."""
    try:
        free, sync_ms = await asyncio.to_thread(lambda: (shutil.disk_usage(folder).free, _sync_ms(folder)))
    except FileNotFoundError:
        advice = f"set --data or CONNVO_DATA to that of the server, here {folder}; connvo serve creates a new one"
        return Finding(DISK, "failed", "there is no such data folder", advice)
    except OSError as error:
        advice = f"make {folder} writable for the server's user, and free its disk"
        return Finding(DISK, "failed", f"cannot be written: {(error.strerror or str(error)).lower()}", advice)
    seen = f"{free / GIB:.1f} GiB free, on disk in {sync_ms:.1f} ms"
    if free < NO_BYTES:
        return Finding(DISK, "failed", f"{seen}: full", f"free space on the disk of {folder}: soon mutations will fail")
    if free < LITTLE_BYTES:
        return Finding(DISK, "warning", f"{seen}: little", f"free space on the disk of {folder}")
    if sync_ms > SLOW_SYNC_MS:
        return Finding(
            DISK, "warning", f"{seen}: slow", "every mutation waits for this: use a local disk, preferably an SSD"
        )
    return Finding(DISK, "ok", seen)


def _sync_ms(folder: Path) -> float:
    """Return the median time in milliseconds of a few small synced writes."""
    took: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            since = time.perf_counter()
            file.write(BLOCK)
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - since) * MS)
    return sorted(took)[SYNCS // 2]
