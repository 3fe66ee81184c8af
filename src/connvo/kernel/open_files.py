"""How many files this process may open, and how many of them connections may take.

Guarantees: connections never take the last files, which the database, providers and the accepting of new connections
need. A process that could open no file could not even turn somebody away.
"""

import resource
from typing import NamedTuple

import structlog

log = structlog.get_logger()

# For the database, providers and files; where few may be opened, a part of them.
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
    """Return how many of the wanted connections fit, after raising the limit of open files as far as it goes."""
    files = _raise_limit()
    budget = divide(files, wanted)
    note = log.warning if budget.connections < wanted else log.debug
    note("open_files", files=files, connections=budget.connections, wanted_connections=wanted)
    return budget


def divide(files: int, wanted: int) -> FileBudget:
    """Return what of so many files connections may take."""
    backlog = min(MAX_BACKLOG, files // BACKLOG_PART)
    reserved = min(RESERVED_FILES, files // RESERVED_PART)
    return FileBudget(max(MIN_CONNECTIONS, min(wanted, files - backlog - reserved)), backlog)


def _raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft
