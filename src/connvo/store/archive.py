"""Export and import a whole database as JSON Lines that every engine reads.

The first line names the program and the timestamp. One line per document follows, as `[table, body]`. The last line
has their number, so that a truncated file is recognised. The database's own secret is not exported: whatever it signs
is valid for minutes only.

Guarantees: ids, creation times and every digit are preserved.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TypeAlias

import msgspec

from connvo.kernel.errors import ConnvoError

from .migrations import SCHEMA_VERSION
from .query import Dialect, inserting
from .schema import Table, table_named, tables
from .snapshot import Snapshot
from .statements import Parameters
from .transaction import Transaction

FORMAT = 1
PAGE = 1000
IMPORTED = "_import/documents"


class ArchiveError(ConnvoError):
    """An error for an archive that cannot be imported; the message is one line for the operator."""


class Refused(ArchiveError):
    """An error for an import into a database that is not empty."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line; `timestamp` is that of the snapshot, and commits after an import have larger ones."""

    connvo: str
    format: int
    schema_version: int
    timestamp: int


class Footer(msgspec.Struct, frozen=True, kw_only=True):
    """The last line."""

    documents: int


Line = tuple[str, msgspec.Raw]
# A document as the values of its table's insert statement.
Values: TypeAlias = tuple[Table, Parameters]
_encode = msgspec.json.Encoder().encode
_line_decoder = msgspec.json.Decoder(Line)
_header_decoder = msgspec.json.Decoder(Header)
_footer_decoder = msgspec.json.Decoder(Footer)


def dump(db: Snapshot, version: str) -> Iterator[bytes]:
    """Yield the lines of the archive of a snapshot, each with its newline; `version` is that of the program."""
    header = Header(connvo=version, format=FORMAT, schema_version=SCHEMA_VERSION, timestamp=db.timestamp)
    yield _encode(header) + b"\n"
    count = 0
    for table in tables():
        for body in _bodies(db, table):
            yield _encode((table.name, msgspec.Raw(body.encode()))) + b"\n"
            count += 1
    yield _encode(Footer(documents=count)) + b"\n"


def header_of(line: bytes) -> Header:
    """Decode the first line of an archive.

    Raises:
        ArchiveError: The line is no header, or a newer program made the archive.
    """
    try:
        header = _header_decoder.decode(line)
    except msgspec.MsgspecError:
        raise ArchiveError("line 1: this is no archive made by `connvo export`") from None
    if header.format > FORMAT or header.schema_version > SCHEMA_VERSION:
        raise ArchiveError(f"the archive was made by a newer program, connvo {header.connvo}: import it with that one")
    return header


def load(db: Transaction, lines: Iterable[bytes], replace: bool = False) -> int:
    """Import the documents of an archive and return their number; with `replace`, delete the stored ones first.

    Raises:
        ArchiveError: The archive is incomplete, damaged, or made by a newer program.
        Refused: The database is not empty.
    """
    db.flush()  # the statements below bypass the write buffer
    if replace:
        _clear(db)
    else:
        _require_empty(db)
    rest = iter(lines)
    header_of(next(rest, b""))
    count = 0
    for table, rows in _batches(_documents(rest)):
        db.rows.many(inserting(db.rows.dialect, table), rows)
        count += len(rows)
    db.written.add([IMPORTED], [(count,)])
    return count


def _bodies(db: Snapshot, table: Table) -> Iterator[str]:
    sql = _page_sql(db.rows.dialect, table)
    after = ""
    while page := db.rows.all(sql, (after, PAGE)):
        after = page[-1][0]
        yield from (body for _, body in page)


def _page_sql(dialect: Dialect, table: Table) -> str:
    mark = dialect.placeholder
    return f'SELECT id, body FROM "{table.name}" WHERE id > {mark} ORDER BY id LIMIT {mark}'


def _clear(db: Transaction) -> None:
    for table in tables():
        db.rows.run(f'DELETE FROM "{table.name}"', ())


def _require_empty(db: Transaction) -> None:
    for table in tables():
        if db.rows.all(f'SELECT 1 FROM "{table.name}" LIMIT 1', ()):
            raise Refused(f"the database is not empty: it holds {table.name}")


def _footer(number: int, line: bytes) -> Footer:
    try:
        return _footer_decoder.decode(line)
    except msgspec.MsgspecError:
        raise ArchiveError(f"line {number}: this is no document; export the database again") from None


def _batches(documents: Iterator[Values]) -> Iterator[tuple[Table, list[Parameters]]]:
    for _, same in groupby(documents, key=lambda row: row[0].number):
        while batch := list(islice(same, PAGE)):
            yield batch[0][0], [values for _, values in batch]


def _documents(lines: Iterator[bytes]) -> Iterator[Values]:
    """Yield the documents after the header.

    Raises:
        ArchiveError: A line is no document, or the end is missing.
    """
    count = 0
    footer: Footer | None = None
    for number, line in enumerate(lines, 2):
        if footer is not None:
            raise ArchiveError(f"line {number}: there is more behind the end of the archive")
        if line.startswith(b"["):
            yield _document(number, line)
            count += 1
        else:
            footer = _footer(number, line)
    if footer is None or footer.documents != count:
        raise ArchiveError("the archive is not whole: its end is missing; copy or export it again")


def _document(number: int, line: bytes) -> Values:
    try:
        name, body = _line_decoder.decode(line)
        table = table_named(name)
        document = table.decoder.decode(body)
    except (msgspec.MsgspecError, KeyError):
        raise ArchiveError(f"line {number}: this is no document of a table that this program knows") from None
    return table, (document.id, document.creation_time, bytes(body).decode(), *table.column_values(document))
