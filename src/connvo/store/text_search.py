"""Find documents by the terms of their declared text field: FTS5 on SQLite, tsvector on PostgreSQL.

The field holds terms of small letters and digits, separated by spaces. The program makes them of its texts, so both
databases find the same documents in every language.
"""

import re
from functools import cache

import msgspec

from .query import Dialect, column
from .schema import Table

TERM = re.compile(r"[a-z0-9]{1,200}")
TEXT_MARK = "__text"
TERMS_MARK = "__terms"


class TermQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The terms that a document needs: one of `any_of`, and all of `all_of`."""

    any_of: tuple[str, ...]
    all_of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for term in (*self.any_of, *self.all_of):
            if TERM.fullmatch(term) is None:
                raise ValueError(f"{term!r} is no term")

    def text(self, dialect: Dialect) -> str:
        """Return the query in the language of a database."""
        either, both = ("|", "&") if dialect.has_tsvector else (" OR ", " AND ")
        return both.join([f"({either.join(self.any_of)})", *self.all_of])


@cache
def matching(dialect: Dialect, table: Table) -> str:
    """Return the statement that reads the newest bodies that match; parameters: query, limit."""
    name, mark = table.name, dialect.placeholder
    if dialect.has_tsvector:
        source = f"\"{name}\" AS found WHERE {tsvector(table)} @@ to_tsquery('simple', {mark})"
    else:
        terms = f'"{name}{TERMS_MARK}"'
        source = (
            f'{terms} JOIN "{name}{TEXT_MARK}" AS known ON known.n = {terms}.rowid'
            f' JOIN "{name}" AS found ON found.id = known.id WHERE {terms} MATCH {mark}'
        )
    return f"SELECT found.body FROM {source} ORDER BY found.created DESC, found.id DESC LIMIT {mark}"


def tsvector(table: Table) -> str:
    """Return the expression that PostgreSQL indexes."""
    return f"to_tsvector('simple', {column(str(table.text))})"
