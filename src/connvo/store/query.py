"""Build the SQL statements of the store, once per shape.

A dialect defines how a parameter and an order are written; everything else is the same for both databases.
"""

import base64
from functools import cache, lru_cache
from typing import Annotated, NamedTuple, TypeAlias

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
    """The SQL syntax of one database.

    `nulls_said`: it sorts nulls first only on request. `has_tsvector`: it searches text as PostgreSQL does.
    """

    placeholder: str
    nulls_said: bool = False
    has_tsvector: bool = False

    def order(self, name: str, reverse: bool = False) -> str:
        """Return the ORDER BY term of a column, nulls before everything else."""
        if self.nulls_said:
            return f"{name} DESC NULLS LAST" if reverse else f"{name} NULLS FIRST"
        return f"{name} DESC" if reverse else name


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The values of the first columns of an index, and inclusive bounds of the next column."""

    prefix: tuple[object, ...]
    since: object = None
    until: object = None


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
    fragment = _scan_fragment(dialect, table, scan.index, _shape(scan), scan.reverse)
    return fragment.text, _parameters(scan, fragment)


def count_sql(dialect: Dialect, table: Table, scan: Scan) -> tuple[str, tuple[KeyPart, ...]]:
    """Return the statement that counts a scan up to its limit, and all its parameters."""
    where = _where(dialect, table, scan.index, _shape(scan))
    rows = f'SELECT 1 FROM "{table.name}" WHERE {where.text} LIMIT {dialect.placeholder}'
    return f"SELECT count(*) FROM ({rows}) AS counted", (*_parameters(scan, where), scan.limit)


class SqlFragment(NamedTuple):
    """A piece of SQL with one position per placeholder.

    A position counts the values of a scan: those of its prefix, its lower bound and its upper bound, in this order.
    """

    text: str
    parameters: tuple[int, ...]


class BoundShape(NamedTuple):
    """A bound without its values: which of its parts are null, and whether it is inclusive."""

    nulls: tuple[bool, ...]
    inclusive: bool


class ScanShape(NamedTuple):
    """A scan without its values: which values of the prefix are null, and the shapes of the bounds."""

    nulls: tuple[bool, ...]
    lower: BoundShape | None
    upper: BoundShape | None


class ColumnValue(NamedTuple):
    """A column and the value to compare it with: whether that is null, otherwise its position in the scan."""

    column: str
    null: bool
    position: int


def _shape(scan: Scan) -> ScanShape:
    nulls = tuple([value is None for value in scan.prefix])
    if scan.lower is None and scan.upper is None:
        return ScanShape(nulls, None, None)
    return ScanShape(nulls, _bound_shape(scan.lower), _bound_shape(scan.upper))


def _bound_shape(bound: Bound | None) -> BoundShape | None:
    return None if bound is None else BoundShape(tuple([value is None for value in bound[0]]), bound[1])


def _parameters(scan: Scan, fragment: SqlFragment) -> tuple[KeyPart, ...]:
    if scan.lower is None and scan.upper is None and None not in scan.prefix:
        return scan.prefix
    values = (*scan.prefix, *(scan.lower[0] if scan.lower else ()), *(scan.upper[0] if scan.upper else ()))
    return tuple([values[position] for position in fragment.parameters])


@lru_cache(maxsize=2048)
def _scan_fragment(dialect: Dialect, table: Table, index: str, shape: ScanShape, reverse: bool) -> SqlFragment:
    order = ", ".join(dialect.order(name, reverse) for name in index_columns(table, index)[len(shape.nulls) :])
    where = _where(dialect, table, index, shape)
    text = f'SELECT body FROM "{table.name}" WHERE {where.text} ORDER BY {order} LIMIT {dialect.placeholder}'
    return SqlFragment(text, where.parameters)


def _where(dialect: Dialect, table: Table, index: str, shape: ScanShape) -> SqlFragment:
    columns = index_columns(table, index)
    rest = columns[len(shape.nulls) :]
    terms = [_equal(dialect, value) for value in _column_values(columns, shape.nulls, 0)]
    start = len(shape.nulls)
    for bound, greater in ((shape.lower, True), (shape.upper, False)):
        if bound is not None:
            terms.append(_within(dialect, _column_values(rest, bound.nulls, start), bound.inclusive, greater))
            start += len(bound.nulls)
    return _joined(" AND ", terms) if terms else SqlFragment("1 = 1", ())


def _column_values(columns: list[str], nulls: tuple[bool, ...], start: int) -> list[ColumnValue]:
    return [ColumnValue(name, null, start + i) for i, (name, null) in enumerate(zip(columns, nulls, strict=False))]


def _within(dialect: Dialect, values: list[ColumnValue], inclusive: bool, greater: bool) -> SqlFragment:
    """Return the comparison of columns with a bound, lexicographic and nulls first.

    A bound of one value is never null and matches no null, so a plain comparison is enough and can use the index. A
    longer bound starts with a plain comparison of the first column where possible, for the same reason.
    """
    first = values[0]
    if len(values) == 1:
        return _compared(dialect, first, greater, inclusive)
    equal = [_equal(dialect, value) for value in values]
    alternatives = [_joined(" AND ", [*equal[:i], _beyond(dialect, value, greater)]) for i, value in enumerate(values)]
    if inclusive:
        alternatives.append(_joined(" AND ", equal))
    any_of = _grouped(_joined(" OR ", [_grouped(alternative) for alternative in alternatives]))
    if first.null or not (greater or first.column in NEVER_NULL):
        return any_of
    return _joined(" AND ", [_compared(dialect, first, greater, inclusive=True), any_of])


def _equal(dialect: Dialect, value: ColumnValue) -> SqlFragment:
    if value.null:
        return SqlFragment(f"{value.column} IS NULL", ())
    return SqlFragment(f"{value.column} = {dialect.placeholder}", (value.position,))


def _beyond(dialect: Dialect, value: ColumnValue, greater: bool) -> SqlFragment:
    """Return the strict comparison of one column with a value, nulls first."""
    if value.null:
        return SqlFragment(f"{value.column} IS NOT NULL" if greater else "1 = 0", ())
    compared = _compared(dialect, value, greater, inclusive=False)
    if greater or value.column in NEVER_NULL:
        return compared
    return SqlFragment(f"({compared.text} OR {value.column} IS NULL)", compared.parameters)


def _compared(dialect: Dialect, value: ColumnValue, greater: bool, inclusive: bool) -> SqlFragment:
    operator = (">" if greater else "<") + ("=" if inclusive else "")
    return SqlFragment(f"{value.column} {operator} {dialect.placeholder}", (value.position,))


def _joined(separator: str, fragments: list[SqlFragment]) -> SqlFragment:
    text = separator.join([fragment.text for fragment in fragments])
    return SqlFragment(text, tuple([position for fragment in fragments for position in fragment.parameters]))


def _grouped(fragment: SqlFragment) -> SqlFragment:
    return SqlFragment(f"({fragment.text})", fragment.parameters)
