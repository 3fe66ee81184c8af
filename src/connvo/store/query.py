"""Build the SQL statements of the store, once per shape.

A dialect defines how a parameter and an order are written; everything else is the same for both databases.
"""

import base64
from functools import cache, lru_cache
from typing import Annotated, TypeAlias

import msgspec

from connvo.kernel.errors import Invalid
from connvo.kernel.keys import Key, KeyPart, part

from .read_set import Range
from .schema import BY_ID, Document, Table
from .statements import BatchStatement

Bound: TypeAlias = tuple[Key, bool]
CursorInteger: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
NEVER_NULL = {"created", "id"}

_position_decoder = msgspec.json.Decoder(list[None | CursorInteger | float | str])


class Dialect(msgspec.Struct, frozen=True):
    """The SQL syntax of one database; `nulls_said`: it sorts nulls first only on request."""

    placeholder: str
    nulls_said: bool = False

    def order(self, name: str, reverse: bool = False) -> str:
        """Return the ORDER BY term of a column, nulls before everything else."""
        if self.nulls_said:
            return f"{name} DESC NULLS LAST" if reverse else f"{name} NULLS FIRST"
        return f"{name} DESC" if reverse else name


class Scan(msgspec.Struct, frozen=True):
    """A range of one index, in one direction."""

    table: str
    index: str
    prefix: Key
    lower: Bound | None
    upper: Bound | None
    reverse: bool
    limit: int | None

    @classmethod
    def build(
        cls,
        table: Table,
        index: str,
        prefix: tuple[object, ...],
        after: object = None,
        since: object = None,
        before: object = None,
        until: object = None,
        reverse: bool = False,
        limit: int | None = None,
    ) -> "Scan":
        """Return the scan of these arguments.

        Raises:
            TypeError: The index has fewer columns.
        """
        if index == BY_ID or len(prefix) > len(table.indexes[index]) + 1:
            raise TypeError(f"{table.name}.{index} cannot be scanned with {len(prefix)} values")
        lower = ((part(after),), False) if after is not None else ((part(since),), True) if since is not None else None
        upper = (
            ((part(before),), False) if before is not None else ((part(until),), True) if until is not None else None
        )
        return cls(table.name, index, tuple(map(part, prefix)), lower, upper, reverse, limit)

    def range(self, last: Key | None = None) -> Range:
        """Return the range that this scan read; `last` is the key at which its limit ended it."""
        lower, upper = self.lower, self.upper
        if last is not None:
            bound = (last[len(self.prefix) :], True)
            lower, upper = (bound, upper) if self.reverse else (lower, bound)
        return Range(self.table, self.index, self.prefix, lower, upper)

    def cursor_after(self, table: Table, document: Document) -> str:
        """Return the cursor that continues this scan after a document."""
        rest = table.key(self.index, document)[len(self.prefix) :]
        return base64.urlsafe_b64encode(msgspec.json.encode(rest)).decode()

    def resume(self, cursor: str | None) -> "Scan":
        """Return this scan from a cursor on.

        Raises:
            Invalid: (InvalidCursor) The cursor belongs to another list.
        """
        if cursor is None:
            return self
        return msgspec.structs.replace(self, **{"upper" if self.reverse else "lower": (_position(cursor), False)})

    def until(self, cursor: str | None) -> "Scan":
        """Return this scan up to and including a cursor.

        Raises:
            Invalid: (InvalidCursor) The cursor belongs to another list.
        """
        if cursor is None:
            return self
        return msgspec.structs.replace(self, **{"lower" if self.reverse else "upper": (_position(cursor), True)})


def _position(cursor: str) -> Key:
    try:
        rest = tuple(_position_decoder.decode(base64.urlsafe_b64decode(cursor)))
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid("InvalidCursor: this cursor belongs to no list; start again without one", "cursor") from error
    if not rest or not isinstance(rest[-1], str):
        raise Invalid("InvalidCursor: this cursor belongs to another list; start again without one", "cursor")
    return rest


def column(field: str) -> str:
    """Return the name of the column that holds an indexed field."""
    return f"c_{field}"


def index_columns(table: Table, index: str) -> list[str]:
    """Return the columns of an index, ending with the creation time and the id."""
    return [*map(column, table.indexes[index]), "created", "id"]


@cache
def get_sql(dialect: Dialect, table: Table) -> str:
    """Return the statement that reads one body; parameters: id."""
    return f'SELECT body FROM "{table.name}" WHERE id = {dialect.placeholder}'


@cache
def inserting(dialect: Dialect, table: Table) -> BatchStatement:
    """Return the statement that inserts documents; parameters: id, creation time, body, and the table's columns."""
    names = ["id", "created", "body", *map(column, table.columns)]
    return _insert(dialect, f'"{table.name}" ({", ".join(names)})', len(names))


@cache
def logging(dialect: Dialect) -> BatchStatement:
    """Return the statement that adds commits to the log; parameters: position, timestamp, written keys."""
    return _insert(dialect, "_log", 3)


@cache
def updating(dialect: Dialect, table: Table, changed: tuple[str, ...]) -> BatchStatement:
    """Return the statement that replaces a body and changed columns; parameters: body, changed columns, id."""
    mark = dialect.placeholder
    sets = ", ".join(f"{name} = {mark}" for name in ("body", *map(column, changed)))
    one = f'UPDATE "{table.name}" SET {sets} WHERE id = {mark}'
    if changed:  # a VALUES list of several rows would need explicit column types
        return BatchStatement(one)
    head = f'UPDATE "{table.name}" AS old SET body = new.body FROM (VALUES '
    return BatchStatement(one, head, f"({mark}, {mark})", ") AS new (body, id) WHERE old.id = new.id")


@cache
def deleting(dialect: Dialect, table: Table) -> BatchStatement:
    """Return the statement that removes documents; parameters: id."""
    mark = dialect.placeholder
    head = f'DELETE FROM "{table.name}" WHERE id '
    return BatchStatement(f"{head}= {mark}", f"{head}IN (", mark, ")")


def _insert(dialect: Dialect, target: str, columns: int) -> BatchStatement:
    head = f"INSERT INTO {target} VALUES "
    row = f"({', '.join([dialect.placeholder] * columns)})"
    return BatchStatement(head + row, head, row)


def scan_sql(dialect: Dialect, table: Table, scan: Scan) -> tuple[str, tuple[KeyPart, ...]]:
    """Return the statement of a scan and its parameters except the last one, the limit."""
    shape = _shape(scan)
    sql, picks = _scan_text(dialect, table, scan.index, shape, scan.reverse)
    return sql, _parameters(scan, picks)


def count_sql(dialect: Dialect, table: Table, scan: Scan) -> tuple[str, tuple[KeyPart, ...]]:
    """Return the statement that counts a scan up to its limit, and all its parameters."""
    inner, picks = _where(dialect, table, scan.index, _shape(scan))
    sql = f'SELECT count(*) FROM (SELECT 1 FROM "{table.name}" WHERE {inner} LIMIT {dialect.placeholder}) AS counted'
    return sql, (*_parameters(scan, picks), scan.limit)


# A shape is everything about a scan but its values: which of the prefix columns are null and, per bound, which of its
# parts are null and whether it is inclusive. Picks say which of the values (those of the prefix, of the lower and
# of the upper bound, in a row) stands at each place of the text.
_Mark: TypeAlias = tuple[tuple[bool, ...], bool] | None
_Shape: TypeAlias = tuple[tuple[bool, ...], _Mark, _Mark]
_Picks: TypeAlias = tuple[int, ...]


def _shape(scan: Scan) -> _Shape:
    return tuple([value is None for value in scan.prefix]), _bound_mark(scan.lower), _bound_mark(scan.upper)


def _bound_mark(bound: Bound | None) -> _Mark:
    return None if bound is None else (tuple([value is None for value in bound[0]]), bound[1])


def _parameters(scan: Scan, picks: _Picks) -> tuple[KeyPart, ...]:
    if scan.lower is None and scan.upper is None and None not in scan.prefix:
        return scan.prefix
    values = (*scan.prefix, *(scan.lower[0] if scan.lower else ()), *(scan.upper[0] if scan.upper else ()))
    return tuple([values[pick] for pick in picks])


@lru_cache(maxsize=2048)
def _scan_text(dialect: Dialect, table: Table, index: str, shape: _Shape, reverse: bool) -> tuple[str, _Picks]:
    order = ", ".join(dialect.order(name, reverse) for name in index_columns(table, index)[len(shape[0]) :])
    where, picks = _where(dialect, table, index, shape)
    sql = f'SELECT body FROM "{table.name}" WHERE {where} ORDER BY {order} LIMIT {dialect.placeholder}'
    return sql, picks


def _where(dialect: Dialect, table: Table, index: str, shape: _Shape) -> tuple[str, _Picks]:
    columns = index_columns(table, index)
    nulls, lower, upper = shape
    start = length = len(nulls)
    equal = f"= {dialect.placeholder}"
    terms = [f"{name} {'IS NULL' if null else equal}" for name, null in zip(columns, nulls, strict=False)]
    picks = [place for place, null in enumerate(nulls) if not null]
    for mark, greater in ((lower, True), (upper, False)):
        if mark is not None:
            text, places = _bound_text(dialect, columns[length:], mark[0], mark[1], greater)
            terms.append(text)
            picks += [start + place for place in places]
            start += len(mark[0])
    return " AND ".join(terms) or "1 = 1", tuple(picks)


def _bound_text(
    dialect: Dialect, columns: list[str], nulls: tuple[bool, ...], inclusive: bool, greater: bool
) -> tuple[str, list[int]]:
    """Return the comparison of the columns with the bound, lexicographic and nulls first, and its values' places.

    A lone bound is never null and matches no null: it is written plainly so that the index serves it. A longer one
    starts, where it can, with a plain comparison of the first column, for the same reason.
    """
    mark = dialect.placeholder
    if len(nulls) == 1:
        return f"{columns[0]} {'>' if greater else '<'}{'=' if inclusive else ''} {mark}", [0]
    places: list[int] = []

    def same(i: int) -> str:
        if nulls[i]:
            return f"{columns[i]} IS NULL"
        places.append(i)
        return f"{columns[i]} = {mark}"

    def beyond(i: int) -> str:
        if nulls[i]:
            return f"{columns[i]} IS NOT NULL" if greater else "1 = 0"
        places.append(i)
        if greater or columns[i] in NEVER_NULL:
            return f"{columns[i]} {'>' if greater else '<'} {mark}"
        return f"({columns[i]} < {mark} OR {columns[i]} IS NULL)"

    seek = ""
    if not nulls[0] and (greater or columns[0] in NEVER_NULL):
        places.append(0)
        seek = f"{columns[0]} {'>' if greater else '<'}= {mark} AND "
    alternatives = [" AND ".join([*[same(j) for j in range(i)], beyond(i)]) for i in range(len(nulls))]
    if inclusive:
        alternatives.append(" AND ".join([same(i) for i in range(len(nulls))]))
    return seek + "(" + " OR ".join(f"({term})" for term in alternatives) + ")", places
