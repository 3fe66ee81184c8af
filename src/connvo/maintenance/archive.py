"""Export and import of a whole database, as a file or stream.

Guarantees:
    An archive is complete, or there is none.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from connvo.kernel.clock import MS
from connvo.kernel.private_files import open_private
from connvo.runtime.cluster.node_leases import MAX_NODES, Node
from connvo.settings import NodeSettings
from connvo.store.archive import ArchiveError, Refused, dump, header_of, load
from connvo.store.engine import Engine
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction

PART = ".part"
# Progress is reported after this many lines.
STEP = 50_000
Tell = Callable[[int], None]


@contextmanager
def new_file(target: Path) -> Iterator[IO[bytes]]:
    """Yield a file to write to, which is synced, then renamed to `target`.

    Raises:
        ArchiveError: `target` exists or cannot be written.
    """
    if target.exists():
        raise ArchiveError(f"{target} exists: give the archive a new name")
    part = target.with_name(target.name + PART)
    try:
        part.unlink(missing_ok=True)
        with open(part, "wb", opener=open_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise ArchiveError(f"cannot write {target}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


async def export_to(engine: Engine, file: IO[bytes], version: str, tell: Tell) -> int:
    """Write one snapshot of an open database to `file`, and return the number of documents.

    Raises:
        OSError: The file cannot be written.
        StoreError: The database cannot be read.
    """
    return await engine.read(lambda db: _write(db, file, version, tell))


async def import_from(engine: Engine, source: IO[bytes], replace: bool, nodes: NodeSettings, tell: Tell) -> int:
    """Read an archive into an open database in one transaction, and return the number of documents.

    Later commits of this database have higher timestamps than clients of the old one have seen. `replace` deletes the
    contents of the database first.

    Raises:
        ArchiveError: The source is not a complete archive.
        Refused: The database is not empty, or a server runs on it.
        StoreError: The database cannot be written.
    """
    await engine.advance_clock(header_of(source.readline()).timestamp)

    def work(db: Transaction) -> int:
        _refuse_while_served(db, nodes)
        source.seek(0)
        return load(db, _counted(source, tell), replace)

    return (await engine.write(work)).value


def _write(db: Snapshot, file: IO[bytes], version: str, tell: Tell) -> int:
    count = -2  # the first line and the last
    for line in dump(db, version):
        file.write(line)
        count += 1
        if count and count % STEP == 0:
            tell(count)
    file.flush()
    return count


def _counted(lines: IO[bytes], tell: Tell) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        yield line
        if number and number % STEP == 0:
            tell(number)


def _refuse_while_served(db: Transaction, nodes: NodeSettings) -> None:
    """Refuse if a process has a current lease: the data in its memory would become stale."""
    lease = nodes.renew_seconds * nodes.missed_renewals * MS
    if any(
        node.ended is None and abs(db.now - node.renewed_at) < lease
        for node in db.scan(Node, "by_creation", limit=MAX_NODES)
    ):
        raise Refused("a server runs on this database: stop it first; one that was killed is forgotten within a minute")
