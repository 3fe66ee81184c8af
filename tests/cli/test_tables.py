"""A command without the functions knows every table that a server knows."""

import subprocess
import sys

TELL = "from connvo.store.schema import tables; print(sorted(table.name for table in tables()))"


def told_after(statement: str) -> str:
    """Return the names of the tables that a new process knows after a statement."""
    command = [sys.executable, "-c", f"{statement}; {TELL}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_every_table_of_a_server_is_declared() -> None:
    declared = told_after("from connvo.maintenance.tables import declare_tables; declare_tables()")
    assert declared == told_after("import connvo.app")
