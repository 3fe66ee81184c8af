"""What the migrations of both databases share: the version of the schema, and the names of its parts.

`SCHEMA_VERSION` rises with every change of the tables, columns and indexes. While nodes are replaced one after
another, a program meets a database that is one step ahead of it: it leaves the schema as it is. One further ahead is
refused.
"""

from .engine import NewerDatabase

SCHEMA_VERSION = 3
SECRET_BYTES = 32
INDEX_MARK = "__"
OWN_COLUMNS = {"id", "created", "body"}


def is_ahead(version: int) -> bool:
    """Return whether a database is ahead of this program, by one step.

    Raises:
        NewerDatabase: It is by more.
    """
    if version > SCHEMA_VERSION + 1:
        raise NewerDatabase(
            f"the database has schema version {version}, this program knows {SCHEMA_VERSION} and lives with "
            f"{SCHEMA_VERSION + 1}: start the newer connvo, or restore a backup made with this one"
        )
    return version > SCHEMA_VERSION
