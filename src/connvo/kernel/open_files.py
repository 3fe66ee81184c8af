"""Divide the files that this process may open between connections and everything else.

Guarantees: connections never take the last files. The database and providers need some, and without one the server
cannot even accept a connection to refuse it.
"""

import resource
from typing import NamedTuple

import structlog

log = structlog.get_logger()

# Files for the database, providers and others; a fraction of them if the limit is low.
RESERVED_FILES = 128
RESERVED_PART = 4
# Connections that the system has accepted and this process has not counted yet hold files as well.
MAX_BACKLOG = 2048
BACKLOG_PART = 8
MIN_CONNECTIONS = 16


class FileBudget(NamedTuple):
    """The most connections that may be open, and how many more may wait to be accepted."""

    connections: int
    backlog: int


def file_budget(wanted: int) -> FileBudget:
    """Raise the limit of open files as far as allowed, and return how many of the wanted connections fit."""
    files = _raise_limit()
    budget = divide(files, wanted)
    note = log.warning if budget.connections < wanted else log.debug
    note("open_files", files=files, connections=budget.connections, wanted_connections=wanted)
    return budget


def divide(files: int, wanted: int) -> FileBudget:
    """Return the share of connections in a number of files."""
    backlog = min(MAX_BACKLOG, files // BACKLOG_PART)
    reserved = min(RESERVED_FILES, files // RESERVED_PART)
    return FileBudget(max(MIN_CONNECTIONS, min(wanted, files - backlog - reserved)), backlog)


def _raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft
