"""A check that the columns of a table agree with the documents they were copied from.

Indexes use the columns, and readers get the documents. A column that was changed by hand hides a document from some
readers, while the document looks whole.
"""

from .query import Dialect, column
from .schema import Document, Table, table_of
from .snapshot import Snapshot

AT_ONCE = 1000


def misplaced(db: Snapshot, kind: type[Document], after: str) -> tuple[list[str], str]:
    """Return the ids of documents whose columns differ from them, and the last id looked at, empty at the end.

    Looks at up to a thousand documents after an id.
    """
    table = table_of(kind)
    rows = db.rows.all(_sql(db.rows.dialect, table), (after, AT_ONCE))
    found = [str(row[0]) for row in rows if not _agrees(table, row)]
    return found, str(rows[-1][0]) if len(rows) == AT_ONCE else ""


def _agrees(table: Table, row: tuple[object, ...]) -> bool:
    id, created, body, *columns = row
    document = table.decoder.decode(str(body))
    return document.id == id and document.creation_time == created and table.column_values(document) == tuple(columns)


def _sql(dialect: Dialect, table: Table) -> str:
    names = ", ".join(["id", "created", "body", *map(column, table.columns)])
    mark = dialect.placeholder
    return f'SELECT {names} FROM "{table.name}" WHERE id > {mark} ORDER BY id LIMIT {mark}'
