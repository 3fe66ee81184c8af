"""Define what the migrations of both databases share: the schema version and the names of its parts.

`SCHEMA_VERSION` rises with every change of the tables, columns and indexes. During a rolling upgrade a program may
find a database one version ahead; it then leaves the schema unchanged. A database further ahead is refused.
"""

from .engine import NewerDatabase

SCHEMA_VERSION = 3
SECRET_BYTES = 32
INDEX_MARK = "__"
OWN_COLUMNS = {"id", "created", "body"}


def is_ahead(version: int) -> bool:
    """Return whether a database is one schema version ahead of this program.

    Raises:
        NewerDatabase: The database is more than one version ahead.
    """
    if version > SCHEMA_VERSION + 1:
        raise NewerDatabase(
            f"the database has schema version {version}, this program supports {SCHEMA_VERSION} and "
            f"{SCHEMA_VERSION + 1}: start the newer connvo, or restore a backup made with this one"
        )
    return version > SCHEMA_VERSION
