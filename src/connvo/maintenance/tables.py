"""The declaration of every table, for commands that open the database without the functions.

Guarantees: `declare_tables` declares what a server declares, or an export would leave documents behind.
"""

from importlib import import_module

# A table is declared when its module is imported: those of the application, and those of the runtime.
MODULES = (
    "connvo.schema",
    "connvo.runtime.cluster.node_leases",
    "connvo.runtime.jobs.tables",
    "connvo.runtime.measuring.tables",
    "connvo.runtime.request_dedup",
)


def declare_tables() -> None:
    """Declare every table."""
    for module in MODULES:
        import_module(module)
