"""The database and the nodes that serve it."""

from pydantic import Field

from .section import Section


class StoreSettings(Section, prefix="STORE_"):
    """The database."""

    group_size: int = Field(default=256, ge=1, description="Most mutations in one group commit.")
    group_seconds: float = Field(
        default=0.01, gt=0, description="Longest time that mutations run before their group is committed."
    )
    log_retention_seconds: float = Field(default=3600.0, ge=60, description="How long the commit log is kept.")
    poll_seconds: float = Field(
        default=0.25, gt=0, description="Poll interval of the commit log, for commits that no hint announced."
    )
    snapshots: int = Field(default=8, ge=1, description="Most snapshots held open for `/api/query_at_ts`.")
    snapshots_per_account: int = Field(default=2, ge=1, description="Most snapshots held open for one account.")
    snapshot_ttl_seconds: float = Field(default=30.0, gt=0, description="How long a snapshot is held open.")
    snapshot_span_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Close all snapshots for one second after some were open without a gap for this long.",
    )
    wal_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="SQLite: size of the write-ahead log at which snapshots are closed, so that the log can restart.",
    )


class DatabaseSettings(Section, prefix="DATABASE_"):
    """Database connection; without an address, a SQLite file in the data folder."""

    url: str | None = Field(
        default=None, description="PostgreSQL address, as postgresql://user:password@host:5432/database."
    )
    connections: int = Field(default=8, ge=2, description="Most connections of one process for reading.")
    connect_timeout_seconds: float = Field(default=5.0, ge=2, description="Time limit for connecting.")


class NodeSettings(Section, prefix="NODE_"):
    """Cluster: the processes that serve one database, and how they detect a dead one."""

    renew_seconds: float = Field(default=5.0, gt=0, description="How often a process renews its lease.")
    missed_renewals: int = Field(default=3, ge=2, description="Missed renewals after which a process counts as dead.")
